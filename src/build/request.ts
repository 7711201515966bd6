/** Settings of a build, checked against each other and against the disk, as one whole request. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { mistakenFile } from '../resolve/inputs/mistaken.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import type { BuildInputs, BuildRequest } from '../model.js';
import { parseSize } from '../options/sizes.js';
import { buildOptions } from '../options/build.js';
import type { SettingsOf } from '../options/row.js';
import { refuseContradictions } from './contradictions.js';
import { configInputs } from './inputs.js';
import { layerNames } from '../layers/names.js';
import { isTyped, readSettings, type CommandLine } from '../options/command-line.js';
import { parseVariables } from '../options/variables.js';

/**
 * @returns the request, the config file that took part, and what of it counts
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readRequest(
  given: CommandLine,
): Promise<{ request: BuildRequest; configFile: string | null; config: BuildInputs['config'] }> {
  const folder = path.resolve(given.cwd, given.folder);
  await mustBe('folder', folder, 'the folder to build');
  const { settings, configFile, config } = await readSettings(buildOptions, given, folder);
  const request = toRequest(folder, settings, given);
  for (const file of request.requirements) {
    await refuseMistaken(file);
    await mustBe('file', file, '--requirement');
  }
  for (const file of request.recipes) await mustBe('file', file, '--recipes');
  for (const { file } of request.patches) await mustBe('file', file, '--patch');
  for (const folder of request.vendor) await mustBe('folder', folder, '--vendor');
  refuseReplaced(request);
  if (request.code !== null) await mustBe('folder', request.code, '--code');
  if (request.from !== null) {
    await mustBe('folder', request.from, '--from');
    refuseInside(request.out, request.from);
  }
  return { request, configFile, config: configInputs(given, config, folder) };
}

/** Long: one line for each option. */
function toRequest(
  folder: string,
  settings: SettingsOf<typeof buildOptions>,
  given: CommandLine,
): BuildRequest {
  const { resolver, from = null } = settings;
  const request: BuildRequest = {
    folder,
    requirements: settings.requirements ?? [],
    package: settings.package ?? null,
    python: settings.python ?? null,
    architecture: settings.arch,
    glibc: settings.glibc ?? null,
    out: settings.out,
    resolver: from === null ? resolver : 'directory',
    from,
    indexes: settings.indexes ?? [],
    buildSources: settings.noBuild !== true,
    offline: settings.offline === true,
    refresh: settings.refresh === true,
    groups: settings.groups ?? [],
    extras: settings.extras ?? [],
    torchBackend: settings.torchBackend,
    image: settings.image ?? null,
    containerEngine: settings.containerEngine ?? null,
    exclude: settings.exclude ?? [],
    excludeRuntime: settings.excludeRuntime === true,
    stub: settings.stub ?? [],
    ...{ patches: settings.patches ?? [], vendor: settings.vendor ?? [] },
    keep: settings.keep ?? [],
    drop: settings.drop ?? [],
    recipes: settings.recipes ?? [],
    services: settings.services ?? [],
    prune: settings.prune,
    strategy: settings.strategy,
    codec: settings.codec,
    codecLevel: settings.level ?? null,
    upload: settings.upload ?? null,
    pyc: settings.pyc,
    format: settings.format ?? null,
    code: settings.code ?? null,
    excludeCode: settings.excludeCode ?? [],
    handler: settings.handler ?? null,
    provided: settings.provided ?? [],
    models: settings.models === false ? null : (settings.models ?? null),
    layers: layerNames(settings.layers ?? [], folder),
    reserve: settings.reserve === undefined ? null : parseSize(settings.reserve),
    ephemeralStorage: settings.ephemeralStorage,
    interpreter: settings.interpreter ?? null,
    confine: settings.confine,
    // A config file may have keys of AWS's for a verification that goes out: no import needs them.
    environment: parseVariables(settings.env ?? [], isTyped(given, 'env') ? 'refuse' : 'leave out'),
    proof: settings.noProof !== true,
    cacheDir: settings.cacheDir ?? defaultCacheFolder(given.environment),
    cacheLimit: parseSize(settings.cacheLimit) ?? 0,
    cache: settings.noCache !== true,
    ...{ plan: settings.plan === true, provenance: settings.provenance ?? null },
  };
  refuseContradictions({ ...request, resolver });
  return request;
}

/** Else the next build would pack the result of this one. */
function refuseInside(out: string, from: string): void {
  const inside = path.relative(from, out);
  if (inside.startsWith('..') || path.isAbsolute(inside)) return;
  throw new SlimError('bad-option', `The output folder ${out} would lie in the folder that --from names.`, {
    hint: 'Name a folder outside of it with --out.',
  });
}

/** A build replaces its output folder, and refuses one with somebody else's file in it. */
function refuseReplaced({ out, provenance }: BuildRequest): void {
  if (provenance === null) return;
  const inside = path.relative(out, provenance);
  if (inside.startsWith('..') || path.isAbsolute(inside)) return;
  throw new SlimError(
    'bad-option',
    `--provenance: ${provenance} would lie in the output folder, which each build replaces.`,
    {
      hint: 'Name a file beside it.',
    },
  );
}

async function mustBe(kind: 'file' | 'folder', place: string, what: string): Promise<void> {
  const facts = await stat(place).catch(() => null);
  if (facts && (kind === 'file' ? facts.isFile() : facts.isDirectory())) return;
  throw new SlimError('not-found', `${what}: ${place} is ${facts ? `not a ${kind}` : 'not there'}.`, {
    hint:
      kind === 'folder' && facts?.isFile() === true
        ? `Name the folder that holds it: ${path.dirname(place)}.`
        : `Check the path; it must be an existing ${kind}.`,
  });
}

/** @throws SlimError `bad-option` */
async function refuseMistaken(place: string): Promise<void> {
  const [, scheme, rest] = /\b(https?):[/\\]+(.+)$/i.exec(place) ?? [];
  if (scheme !== undefined && rest !== undefined) {
    throw new SlimError('bad-option', '--requirement: a requirements file on the web is not followed.', {
      hint: `Download ${scheme}://${rest}, read it, and name your copy.`,
    });
  }
  const facts = await stat(place).catch(() => null);
  if (facts?.isDirectory() === true) {
    throw new SlimError('bad-option', `--requirement: ${place} is a folder.`, {
      hint: 'Name the file in it: requirements.txt, pyproject.toml or a lock. A folder of installed packages is named with --from.',
    });
  }
  const known = facts && mistakenFile(place);
  if (known)
    throw new SlimError('bad-option', `--requirement: ${place} ${known.what}.`, { hint: known.hint });
}
