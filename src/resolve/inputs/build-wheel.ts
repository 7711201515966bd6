/** Wheels from source: the one place where a package's own code runs because a build asks for it. */
import { cp, readdir, rename } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { fits, parseWheelName } from '../../python/wheels.js';
import { cacheKey } from '../../text/cache-key.js';
import { withoutLogins } from '../../text/secrets.js';
import type { SourceProject } from '../resolver.js';
import { lastLines } from '../tools.js';
import { hideCache } from '../user-paths.js';
import type { BuildPlaces } from './build-places.js';
import { digestOf } from './projects.js';
import { runBackend, type BackendOptions } from './run-backend.js';

export interface WheelOptions extends Omit<BackendOptions, 'places'> {
  /** What projects say about their builds, by the absolute path of our copy. */
  readonly builds: ReadonlyMap<string, BuildPlaces>;
  /** False: building is refused. */
  readonly allowed: boolean;
}

/**
 * Build a project's or a source archive's wheel, or take it from the cache (key: its files and the builder's version).
 * @returns absolute path of the wheel
 * @throws SlimError `no-wheel` when the wheel is compiled (it would be for this machine, not for Lambda) or does not fit,
 *   `build-forbidden`, `bad-option`, `bad-requirements`, `no-resolver`, `not-confined`, `resolution-failed` when it cannot be built
 */
export async function buildWheel(project: SourceProject, options: WheelOptions): Promise<string> {
  const { builder, target, context } = options;
  const { indexes = [], closed = false } = options.builds.get(project.copy) ?? {};
  if (!options.allowed) throw forbidden(project.written);
  const key = cacheKey({
    format: 3,
    project: await digestOf(project.copy),
    confine: options.confine,
    python: target.python,
    builder: `${builder.name} ${builder.tool.version}`,
    places: { indexes: indexes.map(({ url }) => withoutLogins(url)), closed },
  });
  const entry = await context.cache.folder('wheels', key, (folder) => buildInto(folder, project, options));
  const wheel = (await readdir(entry.path)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`no wheel in ${entry.path}`);
  const fit = fits(wheel, target);
  if (!fit.fits) {
    const compiled = !(parseWheelName(wheel)?.platforms.includes('any') ?? false);
    throw new SlimError(
      'no-wheel',
      compiled
        ? `"${project.written}" has compiled parts (${wheel}): built here, they are for this machine.`
        : `The wheel of "${project.written}" does not fit: ${fit.because}.`,
      {
        hint: compiled
          ? 'Have it compiled for Lambda in a container: --resolver docker.'
          : 'Correct the tags of its wheel, or build for another --python.',
      },
    );
  }
  return path.join(entry.path, wheel);
}

/**
 * @param written what would be built, as the user wrote it
 * @param chains who asks for it, when that is not said with it
 */
export function forbidden(written: string, chains: readonly string[] = []): SlimError {
  return new SlimError(
    'build-forbidden',
    `"${written}" would have to be built from its source, which runs its code, and --no-build forbids that.`,
    {
      hint: 'Name a version that has a wheel, or a wheel of it by its path or URL; or leave --no-build out.',
      details: chains,
    },
  );
}

async function buildInto(folder: string, project: SourceProject, options: WheelOptions): Promise<void> {
  const { context } = options;
  // Builds leave things behind (build/, compiled modules): a container that takes over must not find them.
  const work = await context.cache.workFolder('build');
  const source = path.join(work, path.basename(project.copy));
  await cp(project.copy, source, { recursive: true });
  const out = path.join(work, 'wheel');
  const words = context.secrets.hide(project.written);
  const places = options.builds.get(project.copy) ?? null;
  const ran = await runBackend(work, source, words, out, { ...options, places });
  const [wheel] = ran?.ok === true ? await readdir(out) : [];
  if (wheel !== undefined) return rename(path.join(out, wheel), path.join(folder, wheel));
  const details =
    ran === null
      ? ['There is no Python on this machine that could build it.']
      : lastLines(ran, context.secrets).map((line) =>
          hideCache(line.replaceAll(source, words), context.cache.root),
        );
  throw new SlimError('resolution-failed', `"${words}" cannot be built into a wheel.`, {
    hint: options.offline
      ? 'What its build needs itself may be missing in the cache: build once without --offline.'
      : 'Correct what the build says above. It runs without network, your files and your variables; --confine none lets it have them.',
    details,
  });
}
