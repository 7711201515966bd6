/** Settings of a build, checked against each other and against the disk, as one whole request. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import envPaths from 'env-paths';
import type { Settings } from '../options/config.js';
import { SlimError } from '../errors.js';
import type { BuildRequest } from '../model.js';
import { parseSize } from '../options/sizes.js';
import { buildOptions } from '../options/build.js';
import { refuseContradictions } from './contradictions.js';
import { readSettings, type CommandLine } from '../options/command-line.js';

/**
 * @returns the request, and the config file that took part
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readRequest(
  given: CommandLine,
): Promise<{ request: BuildRequest; configFile: string | null }> {
  const folder = path.resolve(given.cwd, given.folder);
  await mustBe('folder', folder, 'the folder to build');
  const { settings, configFile } = await readSettings(buildOptions, given, folder);
  const request = toRequest(folder, settings);
  for (const file of request.requirements) await mustBe('file', file, '--requirement');
  for (const file of request.recipes) await mustBe('file', file, '--recipes');
  if (request.code !== null) await mustBe('folder', request.code, '--code');
  if (request.from !== null) {
    await mustBe('folder', request.from, '--from');
    refuseInside(request.out, request.from);
  }
  return { request, configFile };
}

function toRequest(folder: string, settings: Settings): BuildRequest {
  const text = (key: keyof Settings): string | null =>
    typeof settings[key] === 'string' ? settings[key] : null;
  const list = (key: keyof Settings): readonly string[] =>
    Array.isArray(settings[key]) ? (settings[key] as string[]) : [];
  const from = text('from');
  const resolver = text('resolver') as BuildRequest['resolver'];
  const request: BuildRequest = {
    folder,
    requirements: list('requirements'),
    package: text('package'),
    python: text('python') as BuildRequest['python'],
    architecture: text('arch') as BuildRequest['architecture'],
    glibc: text('glibc'),
    out: text('out') ?? '',
    resolver: from === null ? resolver : 'directory',
    from,
    indexes: list('indexes'),
    buildSources: settings.noBuild !== true,
    offline: settings.offline === true,
    refresh: settings.refresh === true,
    groups: list('groups'),
    extras: list('extras'),
    torchBackend: text('torchBackend') as BuildRequest['torchBackend'],
    image: text('image'),
    containerEngine: text('containerEngine'),
    exclude: list('exclude'),
    excludeRuntime: settings.excludeRuntime === true,
    stub: list('stub'),
    keep: list('keep'),
    drop: list('drop'),
    recipes: list('recipes'),
    services: list('services'),
    prune: text('prune') as BuildRequest['prune'],
    strategy: text('strategy') as BuildRequest['strategy'],
    codec: text('codec') as BuildRequest['codec'],
    codecLevel: typeof settings.level === 'number' ? settings.level : null,
    upload: text('upload'),
    pyc: text('pyc') as BuildRequest['pyc'],
    format: text('format') as BuildRequest['format'],
    code: text('code'),
    handler: text('handler'),
    ephemeralStorage: settings.ephemeralStorage as number,
    interpreter: text('interpreter'),
    confine: text('confine') as BuildRequest['confine'],
    proof: settings.noProof !== true,
    cacheDir: text('cacheDir') ?? envPaths('lambda-slim', { suffix: '' }).cache,
    cacheLimit: parseSize(text('cacheLimit') ?? '') ?? 0,
    cache: settings.noCache !== true,
    plan: settings.plan === true,
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

async function mustBe(kind: 'file' | 'folder', place: string, what: string): Promise<void> {
  const facts = await stat(place).catch(() => null);
  if (facts && (kind === 'file' ? facts.isFile() : facts.isDirectory())) return;
  throw new SlimError('not-found', `${what}: ${place} is ${facts ? `not a ${kind}` : 'not there'}.`, {
    hint: `Check the path; it must be an existing ${kind}.`,
  });
}
