/** Settings of a build, checked against each other and against the disk, as one whole request. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import envPaths from 'env-paths';
import { readConfig, settle, type Settings } from '../options/config.js';
import { SlimError } from '../errors.js';
import type { Environment, BuildRequest } from '../model.js';
import { buildOptions, commonOptions } from '../options/table.js';
import { parseS3Address } from '../aws/s3-address.js';

export interface CommandLine {
  /** The positional folder, as typed. */
  readonly folder: string;
  /** Flags as commander parsed them, by option key. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly cwd: string;
}

/** How to speak. */
export interface Manners {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/**
 * @returns the request, and the config file that took part
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readRequest(
  given: CommandLine,
): Promise<{ request: BuildRequest; configFile: string | null }> {
  const folder = path.resolve(given.cwd, given.folder);
  await mustBe('folder', folder, 'the folder to build');
  const { flags, environment, cwd } = given;
  const named = settle(commonOptions, { flags, environment, config: null, cwd }).config;
  const config = await readConfig(folder, typeof named === 'string' ? named : null);
  const settings = settle(buildOptions, { flags, environment, config, cwd });
  const request = toRequest(folder, settings);
  for (const file of request.requirements) await mustBe('file', file, '--requirement');
  for (const file of request.recipes) await mustBe('file', file, '--recipes');
  if (request.handler !== null) await mustBe('folder', request.handler, '--handler');
  if (request.from !== null) {
    await mustBe('folder', request.from, '--from');
    refuseInside(request.out, request.from);
  }
  return { request, configFile: config?.file ?? null };
}

/** What each `--strategy` can make. */
const strategyFormats: Readonly<Record<string, readonly string[]>> = {
  direct: ['function'],
  layer: ['layer'],
  'double-zip': ['function', 'layer'],
  s3: ['function', 'layer'],
};

/** Strategies that leave nothing for a bucket. */
const keepsAll: readonly string[] = ['direct', 'layer', 'double-zip'];

function toRequest(folder: string, settings: Settings): BuildRequest {
  const text = (key: keyof Settings): string | null =>
    typeof settings[key] === 'string' ? settings[key] : null;
  const list = (key: keyof Settings): readonly string[] =>
    Array.isArray(settings[key]) ? (settings[key] as string[]) : [];
  const from = text('from');
  const resolver = text('resolver') as BuildRequest['resolver'];
  if (from !== null && resolver !== 'auto' && resolver !== 'directory') {
    throw new SlimError(
      'bad-option',
      `--from slims an installed folder, but --resolver ${resolver} was asked to install.`,
      {
        hint: 'Give one of the two.',
      },
    );
  }
  if (resolver === 'directory' && from === null) {
    throw new SlimError('bad-option', '--resolver directory needs --from DIR.', {
      hint: 'Name the folder of installed packages with --from.',
    });
  }
  if (from !== null && list('requirements').length > 0) {
    throw new SlimError(
      'bad-option',
      '--from slims an installed folder, so there is nothing to install from --requirement.',
      {
        hint: 'Give one of the two.',
      },
    );
  }
  const [strategy, format] = [text('strategy'), text('format')];
  if (strategy !== 'auto' && format !== null && strategyFormats[strategy ?? '']?.includes(format) !== true) {
    throw new SlimError(
      'bad-option',
      `--strategy ${strategy} and --format ${format} contradict each other.`,
      {
        hint: 'Give one of the two.',
      },
    );
  }
  const upload = text('upload');
  if (upload !== null) parseS3Address(upload);
  if (upload !== null && strategy !== null && keepsAll.includes(strategy)) {
    throw new SlimError(
      'bad-option',
      `--upload sends a payload to a bucket, but --strategy ${strategy} makes none for it.`,
      {
        hint: 'Use --strategy s3 or auto, or leave --upload out.',
      },
    );
  }
  const level = typeof settings.level === 'number' ? settings.level : null;
  if (text('codec') === 'gzip' && level !== null && level > 9) {
    throw new SlimError('bad-option', `--level is ${level}, but gzip has levels 1 to 9.`, {
      hint: 'Give a lower level, or use --codec zstd.',
    });
  }
  return {
    folder,
    requirements: list('requirements'),
    python: text('python') as BuildRequest['python'],
    architecture: text('arch') as BuildRequest['architecture'],
    glibc: text('glibc'),
    out: text('out') ?? '',
    resolver: from === null ? resolver : 'directory',
    from,
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
    codecLevel: level,
    upload,
    pyc: text('pyc') as BuildRequest['pyc'],
    format: text('format') as BuildRequest['format'],
    handler: text('handler'),
    ephemeralStorage: settings.ephemeralStorage as number,
    interpreter: text('interpreter'),
    proof: settings.noProof !== true,
    cacheDir: text('cacheDir') ?? envPaths('lambda-slim', { suffix: '' }).cache,
    cache: settings.noCache !== true,
    plan: settings.plan === true,
  };
}

/** What every command has: `--json`, `--quiet`, `--verbose`. */
export function readManners(
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
  cwd: string,
): Manners {
  const settings = settle(commonOptions, { flags, environment, config: null, cwd });
  return { json: settings.json === true, quiet: settings.quiet === true, verbose: settings.verbose === true };
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
