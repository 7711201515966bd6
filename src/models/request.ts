/** Settings of `models`, and what was typed behind it: which store, which model. */
import path from 'node:path';
import { awsEnvironment } from '../aws/environment.js';
import { parseS3Address, type S3Folder } from '../aws/s3-address.js';
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import type { ModelSettings } from '../models-table.js';
import { readSettings, type Given } from '../options/command-line.js';
import { storedName } from '../options/model-store.js';
import { modelsIn, modelsOption } from '../options/models.js';
import { modelsOptions } from '../options/table.js';
import { near } from '../text/near.js';
import { modelActions, type ModelAction, type ModelsRequest } from './model.js';
import { filesFolder } from './pointer.js';

/** What is behind the action: `push FILE…`, `promote NAME FROM TO`, `rollback NAME ALIAS`, `list [NAME]`, `show NAME [ALIAS]`, `gc`, `pull NAME [ALIAS]`. */
const words: Readonly<
  Record<ModelAction, { readonly says: string; readonly least: number; readonly most: number }>
> = {
  push: { says: 'push FILE… --name NAME', least: 1, most: Infinity },
  promote: { says: 'promote NAME FROM-ALIAS TO-ALIAS', least: 3, most: 3 },
  rollback: { says: 'rollback NAME ALIAS', least: 2, most: 2 },
  list: { says: 'list [NAME]', least: 0, most: 1 },
  show: { says: 'show NAME [ALIAS|DIGEST]', least: 1, most: 2 },
  gc: { says: 'gc', least: 0, most: 0 },
  pull: { says: 'pull NAME [ALIAS|DIGEST]', least: 1, most: 2 },
};

export interface ModelsLine {
  readonly action: ModelAction;
  /** As typed behind it. */
  readonly rest: readonly string[];
  readonly request: ModelsRequest;
  /** Of `rollback`. */
  readonly toVersion: string | null;
  /** Of `pull`: absolute; null: the model's name. */
  readonly folder: string | null;
}

/** @throws SlimError `bad-option`, `bad-config` */
export async function readModelsLine(
  [typed = '', ...rest]: readonly string[],
  sources: Given,
): Promise<ModelsLine> {
  const { settings } = await readSettings([...modelsOptions, modelsOption], sources);
  const action = readAction(typed, rest);
  const model = action === 'push' ? (settings.modelName ?? null) : (rest[0] ?? null);
  const table = settings.models === undefined || settings.models === false ? {} : settings.models;
  const configured = new Map(modelsIn(table));
  if (action === 'push' && model === null)
    throw new SlimError('bad-option', 'A model needs a name.', {
      hint: `For example: lambda-slim models push ${rest.join(' ')} --name classifier --alias dev.`,
    });
  if (model !== null) checkName(model, 'model');
  const own = model === null ? undefined : configured.get(model);
  if (action === 'promote' || action === 'rollback')
    for (const alias of rest.slice(1)) checkName(alias, 'alias');
  const { store, folder: name } = storeOf(
    settings.modelStore ?? null,
    model,
    configured,
    sources.environment,
  );
  return {
    ...{ action, rest },
    toVersion: settings.modelVersion ?? null,
    folder: settings.modelFolder === undefined ? null : path.resolve(sources.cwd, settings.modelFolder),
    request: {
      store,
      model: name,
      alias: settings.modelAlias,
      kind: settings.modelFormat ?? own?.format ?? null,
      compress: settings.modelCompression,
      keep: settings.modelVersions,
      dryRun: settings.dryRun === true,
      environment: awsEnvironment(
        sources.environment,
        settings.profile ?? null,
        settings.endpointUrl ?? null,
      ),
    },
  };
}

function readAction(typed: string, rest: readonly string[]): ModelAction {
  const action = modelActions.find((one) => one === typed);
  if (action === undefined) {
    const meant = near(typed, modelActions);
    throw new SlimError(
      'bad-option',
      `models does not know "${typed}"${meant === null ? '' : ` (did you mean ${meant}?)`}.`,
      { hint: `It knows: ${modelActions.join(', ')}.` },
    );
  }
  const { says, least, most } = words[action];
  if (rest.length < least || rest.length > most)
    throw new SlimError(
      'bad-option',
      `models ${action} takes ${rest.length < least ? 'more' : 'less'} than ${rest.length === 0 ? 'nothing' : `"${rest.join(' ')}"`}.`,
      { hint: `Write: lambda-slim models ${says}.` },
    );
  return action;
}

function checkName(name: string, what: 'model' | 'alias'): void {
  if (storedName.test(name) && name !== filesFolder) return;
  throw new SlimError(
    'bad-option',
    `"${name}" is no name for ${what === 'model' ? 'a model' : 'an alias'}.`,
    {
      hint: `Use letters, digits, - and _, a letter first; "${filesFolder}" is where the files lie.`,
    },
  );
}

interface FoundStore {
  readonly store: S3Folder;
  /** The model's folder in it. */
  readonly folder: string | null;
}

function storeOf(
  named: string | null,
  model: string | null,
  configured: ReadonlyMap<string, ModelSettings>,
  environment: Environment,
): FoundStore {
  if (named !== null) return { store: parseS3Address(named), folder: model };
  const own = model === null ? [...configured] : [...configured].filter(([name]) => name === model);
  const found = own.map(([name, settings]) => folderOf(name, settings, environment));
  const stores = new Map(found.map((one) => [`${one.store.bucket}/${one.store.prefix}`, one]));
  const [first] = stores.values();
  if (first !== undefined && stores.size === 1)
    return { store: first.store, folder: model === null ? null : first.folder };
  throw new SlimError(
    'bad-option',
    stores.size > 1
      ? `The config file names ${stores.size} stores of models.`
      : `Nobody has said where ${model === null ? 'the models lie' : `the model ${model} lies`}.`,
    {
      hint: 'Name it with --store s3://BUCKET/PREFIX, or in the config file with a url such as s3://BUCKET/PREFIX/NAME/ of [models.NAME].',
    },
  );
}

/** `s3://bucket/prefix/name/` → the store and the name that the model has in it. */
function folderOf(name: string, { url }: ModelSettings, environment: Environment): FoundStore {
  const address = url.replace(/\$\{(\w+)\}/g, (_, variable: string) => {
    const value = environment[variable];
    if (value !== undefined && value !== '') return value;
    throw new SlimError(
      'bad-option',
      `The url of the model ${name} asks for \${${variable}}, which is not set.`,
      {
        hint: `Set ${variable} as the function has it, e.g. ${variable}=dev, or name the store with --store.`,
      },
    );
  });
  const [, folder, own] = /^(s3:\/\/.+)\/([^/]+)\/$/.exec(address) ?? [];
  if (folder === undefined || own === undefined)
    throw new SlimError(
      'bad-option',
      `The url of the model ${name} is ${url}, which is one object and no store.`,
      {
        hint: 'To push versions give it a folder, e.g. s3://my-models/classifier/, or name a store with --store.',
      },
    );
  return { store: parseS3Address(folder), folder: own };
}
