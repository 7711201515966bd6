/** Settings of `check`, checked against each other. */
import path from 'node:path';
import { SlimError } from '../errors.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import { layerNames } from '../layers/names.js';
import type { LayerName } from '../model.js';
import { baselineOption } from '../options/check.js';
import { checkOptions } from '../options/table.js';
import { isGiven, isTyped, readSettings, type CommandLine } from '../options/command-line.js';
import { isFolder } from '../io/exists.js';
import { buildIn, placeNamed, type Place } from '../manifest/place.js';
import { readConfig } from '../options/config.js';
import type { MaxGrowth } from '../options/sizes.js';
import type { Budget } from '../options/budget.js';
import { parseMaxGrowth, parseSize } from '../options/sizes.js';

export interface CheckRequest {
  /** Absolute path of what is measured; with `build` the folder of the requirements. */
  readonly place: string;
  /** Absolute: whose config file took part. */
  readonly folder: string;
  /** As it was named. */
  readonly name: string;
  readonly build: boolean;
  /** Nothing was named: `place` is the output folder. */
  readonly lastBuild: boolean;
  readonly budgets: readonly Budget[];
  /** Other layers of the function, in its order; null: those that the build was told. */
  readonly layers: readonly LayerName[] | null;
  readonly cacheDir: string;
  readonly cache: boolean;
  /** Bytes to be free for the function's code; null: what the build was told, or the default. */
  readonly reserve: number | null;
  /** MiB; null: what the build was told. */
  readonly ephemeralStorage: number | null;
  readonly baseline: string | null;
  /** Absolute: where a commit of `--baseline` is looked for. */
  readonly baselineFolder: string;
  readonly maxGrowth: MaxGrowth | null;
  /** Absolute. */
  readonly writeBaseline: string | null;
  /** Absolute, or `-` for standard output. */
  readonly markdown: string | null;
  readonly junit: string | null;
  readonly github: boolean;
  readonly comment: boolean;
  readonly title: string;
}

/**
 * @param given its folder is what was named to be checked; empty: the last build, or with `--build` the working folder
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readCheckRequest({ folder, ...sources }: CommandLine): Promise<CheckRequest> {
  const { cwd } = sources;
  const project = await projectNamed(folder, cwd, sources.flags.build === true);
  const { settings } = await readSettings(checkOptions, sources, project.folder);
  const { out, baseline = null, maxGrowth = null, writeBaseline = null, junit = null } = settings;
  const build = settings.build === true;
  for (const key of ['code', 'handler'] as const) {
    if (build || !isTyped(sources, key)) continue;
    throw new SlimError('bad-option', `--${key} is for a build, but --build is not given.`, {
      hint: 'Add --build, or leave it out: what was built is measured with its code.',
    });
  }
  if (maxGrowth !== null && baseline === null) {
    throw new SlimError('bad-option', '--max-growth needs a --baseline to compare with.', {
      hint: 'Write one with --write-baseline, commit it, and name it with --baseline.',
    });
  }
  const place = project.out ?? (folder !== '' ? path.resolve(cwd, folder) : build ? cwd : out);
  const markdown = markdownPlace(settings.markdown ?? null, settings.json === true, cwd);
  refuseOverwriting(place, {
    'write-baseline': writeBaseline,
    markdown: markdown === '-' ? null : markdown,
    junit,
  });
  return {
    place,
    folder: project.folder,
    name: folder !== '' ? folder : path.relative(cwd, place) || '.',
    build,
    lastBuild: folder === '' && !build,
    budgets: settings.budgets ?? [],
    layers: settings.layers === undefined ? null : layerNames(settings.layers, cwd),
    cacheDir: settings.cacheDir ?? defaultCacheFolder(sources.environment),
    cache: settings.noCache !== true,
    reserve: settings.reserve === undefined ? null : parseSize(settings.reserve),
    ephemeralStorage: settings.checkEphemeralStorage ?? null,
    baseline,
    baselineFolder: isGiven(sources, baselineOption) ? cwd : project.folder,
    maxGrowth: maxGrowth === null ? null : growth(maxGrowth),
    writeBaseline,
    markdown,
    junit,
    github: settings.github === true,
    comment: settings.comment === true,
    title: settings.title,
  };
}

/**
 * What was named may be a file or a folder of packages, which have no settings of their own; then those of the working folder count.
 * @throws SlimError `bad-config`
 */
async function projectNamed(named: string, cwd: string, build: boolean): Promise<Place> {
  const folder = path.resolve(cwd, named);
  if (named === '' || !(await isFolder(folder))) return { folder: cwd, out: null };
  if (build) return { folder, out: null };
  const out = await buildIn(folder);
  if (out !== null) return { folder: out === folder ? (await placeNamed(named, cwd)).folder : folder, out };
  return { folder: (await readConfig(folder, null)) === null ? cwd : folder, out: null };
}

/**
 * @param measured absolute
 * @param written absolute, by option
 * @throws SlimError `bad-option` when a report would replace what is measured, or another report
 */
function refuseOverwriting(measured: string, written: Readonly<Record<string, string | null>>): void {
  const taken = new Map([[measured, 'what is checked']]);
  for (const [option, file] of Object.entries(written)) {
    if (file === null) continue;
    const other = taken.get(file);
    if (other !== undefined) {
      throw new SlimError('bad-option', `--${option} would write over ${other}: ${file}.`, {
        hint: 'Name another file.',
      });
    }
    if (path.basename(file) === '-') {
      throw new SlimError('bad-option', `--${option} writes a file; only --markdown takes "-".`, {
        hint: `Name a file, for example --${option} report.`,
      });
    }
    taken.set(file, `the file of --${option}`);
  }
}

function growth(text: string): MaxGrowth {
  const parsed = parseMaxGrowth(text);
  if (parsed !== null) return parsed;
  throw new SlimError('bad-option', `--max-growth is "${text}", but must be a size or a percentage.`, {
    hint: 'For example --max-growth 5MiB, or --max-growth 2%.',
  });
}

/**
 * Where `--markdown` goes: an absolute path, or `-`.
 * @throws SlimError `bad-option` when standard output is to hold two documents
 */
export function markdownPlace(given: string | null, json: boolean, cwd: string): string | null {
  if (given === null) return null;
  if (given !== '-') return path.resolve(cwd, given);
  if (!json) return given;
  throw new SlimError('bad-option', '--json and --markdown - both want standard output.', {
    hint: 'Name a file for --markdown.',
  });
}
