/** Where a value comes from: flag > environment > config file > default, all through one parser. */
import type { PatchRequest } from '../amended.js';
import path from 'node:path';
import { closest } from 'fastest-levenshtein';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { SlimError } from '../errors.js';
import { manifestName } from '../io/output-folder.js';
import { OddFile, readBytes } from '../io/text-file.js';
import { isShallow, parseJson } from '../text/json.js';
import { allOptions } from './table.js';
import { environmentName } from './row.js';
import type { OptionValue } from './row.js';
import type { OptionRow, SettingsOf } from './row.js';
import { formerVariable, modernized, type Sources } from './former.js';
import { parseValue } from './value.js';
import type { Environment } from '../model.js';

export interface ConfigFile {
  /** Absolute path. */
  readonly file: string;
  readonly values: Readonly<Record<string, unknown>>;
}

type Table = Readonly<Record<string, unknown>>;

/** The library writes warnings to standard error by itself, with lines of the file as they are. */
const quietly = { logLevel: 'error' } as const;

const parsers: Readonly<Record<string, (text: string) => unknown>> = {
  '.json': parseJson,
  '.yaml': (text) => parseYaml(text, quietly) as unknown,
  '.yml': (text) => parseYaml(text, quietly) as unknown,
  '.toml': (text) => parseToml(text),
};

/** Files that hold other things too, and where our part is. */
const shared: Readonly<Record<string, (document: Table) => unknown>> = {
  'package.json': (document) => document['lambda-slim'],
  'pyproject.toml': (document) => (document.tool as Table | undefined)?.['lambda-slim'],
};

const searched = ['json', 'yaml', 'yml', 'toml']
  .map((end) => `lambda-slim.${end}`)
  .concat(Object.keys(shared));

/**
 * The config file of a folder (its parents are not searched), or the one that was named.
 * @throws SlimError `bad-config` when it cannot be read, is not a table, or two files would both hold
 */
export async function readConfig(folder: string, named: string | null): Promise<ConfigFile | null> {
  if (named !== null) {
    const config = await readOne(named);
    if (config) return config;
    throw new SlimError(
      'bad-config',
      `There is no config file ${named}, or it has nothing for lambda-slim.`,
      { hint: configHint },
    );
  }
  const found: ConfigFile[] = [];
  for (const name of searched) {
    const config = await readOne(path.join(folder, name));
    if (config) found.push(config);
  }
  const [first, second] = found;
  if (first && second) {
    throw new SlimError(
      'bad-config',
      `Both ${path.basename(first.file)} and ${path.basename(second.file)} configure lambda-slim.`,
      {
        hint: 'Keep one of them, or name the one to use with --config.',
      },
    );
  }
  return first ?? null;
}

/** Bytes: what people write has some KB. */
const largest = 4 << 20;

const configHint =
  'It must be JSON, YAML or TOML; in package.json the key "lambda-slim", in pyproject.toml the table [tool.lambda-slim].';

async function readOne(file: string): Promise<ConfigFile | null> {
  const bytes = await readBytes(file, largest).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    // Others' files may be as large as they like.
    if (error instanceof OddFile && path.basename(file) in shared) return null;
    if (error instanceof OddFile)
      throw new SlimError('bad-config', error.message, { hint: configHint, cause: error });
    throw new SlimError('bad-config', `${file} cannot be read: ${(error as Error).message}`, {
      hint: configHint,
      cause: error,
    });
  });
  const parse = parsers[path.extname(file)];
  if (bytes === null) return null;
  const text = bytes.toString('utf8');
  if (!parse)
    throw new SlimError('bad-config', `${file} is not a JSON, YAML or TOML file.`, { hint: configHint });
  let document: unknown;
  try {
    document = parse(text.replace(/^\uFEFF/, ''));
    if (!isShallow(document))
      throw new Error('it is nested too deeply, holds itself, or has more than 100,000 values.');
  } catch (cause) {
    // Others' files may be broken without it being our business, unless they were written for us.
    if (path.basename(file) in shared && !text.includes('lambda-slim')) return null;
    throw new SlimError('bad-config', `${file} cannot be read: ${(cause as Error).message}`, {
      hint: configHint,
      cause,
    });
  }
  const part = shared[path.basename(file)];
  const values = part ? (isTable(document) ? part(document) : undefined) : document;
  if (part && values === undefined) return null;
  // What a build wrote has the same name.
  if (path.basename(file) === manifestName && isTable(values) && 'manifestVersion' in values) return null;
  if (!isTable(values)) {
    throw new SlimError('bad-config', `${file} must hold a table of options, not ${kindOf(values)}.`, {
      hint: configHint,
    });
  }
  return { file, values };
}

/** Short, whatever it holds. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  const text = JSON.stringify(value ?? null);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Lists every key and variable. */
const keysPage = 'https://github.com/lambda-slim/lambda-slim/blob/main/docs/reference/configuration.md';

/** Variables that start like ours but are no options. */
const otherVariables = ['LAMBDA_SLIM_DEBUG', 'LAMBDA_SLIM_TMP'];

/** Those of a function that reads models, which may be set for a trial on one's own machine. */
const modelsVariable = /^LAMBDA_SLIM_MODELS?(?:_|$)/;

/**
 * Put the sources together. Paths become absolute: those of flags and environment from `cwd`, those of a config file from
 * the folder that it lies in, defaults from the folder that was named.
 * @throws SlimError `bad-option`, `bad-config`
 */
export function settle<const Rows extends readonly OptionRow[]>(
  rows: Rows,
  sources: Sources,
): SettingsOf<Rows>;
/**
 * The parser makes of each value what its row says, which the compiler cannot follow through the loop.
 * @throws SlimError `bad-option`, `bad-config`
 */
export function settle(rows: readonly OptionRow[], sources: Sources): Readonly<Record<string, OptionValue>> {
  refuseUnknown(sources.environment, sources.config);
  const { flags, environment, config, cwd, folder = cwd, spelling = 'flags' } = modernized(rows, sources);
  const settings: Record<string, OptionValue> = {};
  for (const row of rows) {
    const variable = environmentName(row);
    const hasMore = row.type === 'models' && isTable(config?.values[row.key]);
    if (flags[row.key] !== undefined && !(hasMore && flags[row.key] === true)) {
      const origin = spelling === 'flags' ? `--${row.name}` : `The setting "${row.key}"`;
      settings[row.key] = absolute(row, parseValue(row, flags[row.key], origin), cwd);
    } else if (environment[variable] !== undefined && environment[variable] !== '' && !hasMore) {
      settings[row.key] = absolute(row, parseValue(row, environment[variable], variable), cwd);
    } else if (config?.values[row.key] !== undefined) {
      const origin = `"${row.key}" in ${config.file}`;
      settings[row.key] = absolute(
        row,
        parseValue(row, config.values[row.key], origin),
        path.dirname(config.file),
      );
    } else if (row.default !== undefined) {
      settings[row.key] = absolute(row, row.default, folder);
    }
  }
  return settings;
}

function absolute(row: OptionRow, value: OptionValue, base: string): OptionValue {
  if (!row.path) return value;
  if (typeof value === 'string') return resolved(row, value, base);
  if (!Array.isArray(value)) return value;
  return row.type === 'patches'
    ? value.map((item: PatchRequest) => ({ ...item, file: path.resolve(base, item.file) }))
    : value.map((item: string) => resolved(row, item, base));
}

/** Of `NAME=PATH` the part behind the equals sign. */
function resolved({ value, unlessPath }: OptionRow, text: string, base: string): string {
  if (unlessPath?.test(text) === true) return text;
  const at = value?.includes('=') === true ? text.indexOf('=') + 1 : 0;
  return text.slice(0, at) + path.resolve(base, text.slice(at));
}

function refuseUnknown(environment: Environment, config: ConfigFile | null): void {
  const rows = allOptions();
  const keys = rows.filter((row) => row.inConfig !== false).map((row) => row.key);
  const former = rows.flatMap((row) => row.formerly ?? []);
  for (const key of Object.keys(config?.values ?? {})) {
    if (key === '$schema' || keys.includes(key) || former.includes(key)) continue;
    throw new SlimError('bad-config', `${config?.file ?? ''} has an unknown key "${key}".`, {
      hint: `Did you mean "${closest(key, keys)}"? Every key: ${keysPage}`,
    });
  }
  const names = rows.map(environmentName);
  const known = new Set([...names, ...former.map(formerVariable), ...otherVariables]);
  for (const name of Object.keys(environment)) {
    if (!name.startsWith('LAMBDA_SLIM_') || known.has(name) || modelsVariable.test(name)) continue;
    throw new SlimError('bad-option', `The environment has an unknown variable ${name}.`, {
      hint: `Did you mean ${closest(name, names)}? Unset it, or spell it as here: ${keysPage}`,
    });
  }
}
