/** Wheels from source: the one place where a package's own code runs because a build asks for it. */
import { cp, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { findInterpreter } from '../../io/interpreter.js';
import type { Environment, Target } from '../../model.js';
import { expandVariables } from '../../python/lines.js';
import { fits, parseWheelName } from '../../python/wheels.js';
import { cacheKey } from '../../text/cache-key.js';
import type { World } from '../../world.js';
import type { SourceProject } from '../resolver.js';
import { lastLines, runTool, type Tool } from '../tools.js';
import { hideCache } from '../user-paths.js';
import { digestOf } from './projects.js';

/** What can build a wheel: uv, pip, or both (tried in this order). */
export interface Builder {
  readonly name: 'uv' | 'pip';
  readonly tool: Tool;
}

export interface WheelOptions {
  readonly builders: readonly Builder[];
  readonly target: Target;
  readonly context: World;
  /** The requirements' option lines: what a build needs itself comes from the same indexes. */
  readonly indexes: readonly string[];
  /** False: building is refused. */
  readonly allowed: boolean;
  readonly offline: boolean;
  readonly note: (text: string) => void;
}

/**
 * Build a project's or a source archive's wheel, or take it from the cache (key: its files and the builder's version).
 * @returns absolute path of the wheel
 * @throws SlimError `no-wheel` when the wheel is compiled (it would be for this machine, not for Lambda) or does not fit,
 *   `build-forbidden`, `bad-option`, `resolution-failed` when it cannot be built
 */
export async function buildWheel(project: SourceProject, options: WheelOptions): Promise<string> {
  const { builders, target, context } = options;
  if (!options.allowed) throw forbidden(project.written);
  const key = cacheKey({
    project: await digestOf(project.copy),
    python: target.python,
    builders: builders.map((one) => `${one.name} ${one.tool.version}`),
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

/** @param written what would be built, as the user wrote it */
export function forbidden(written: string): SlimError {
  return new SlimError(
    'build-forbidden',
    `"${written}" would have to be built from its source, which runs its code, and --no-build forbids that.`,
    {
      hint: 'Name a version that has a wheel, or a wheel of it by its path or URL; or leave --no-build out.',
    },
  );
}

async function buildInto(folder: string, project: SourceProject, options: WheelOptions): Promise<void> {
  const { builders, context } = options;
  let details: string[] = [];
  // Builds leave things behind (build/, compiled modules): a container that takes over must not find them.
  const source = path.join(await context.cache.workFolder('build'), path.basename(project.copy));
  await cp(project.copy, source, { recursive: true });
  for (const builder of builders) {
    const result = await runBuild(builder, source, folder, options);
    if (result.ok && (await readdir(folder)).some((one) => one.endsWith('.whl'))) return;
    const words = context.secrets.hide(project.written);
    details = lastLines(result, context.secrets).map((line) =>
      hideCache(line.replaceAll(source, words), context.cache.root),
    );
  }
  throw new SlimError(
    'resolution-failed',
    `"${context.secrets.hide(project.written)}" cannot be built into a wheel.`,
    {
      hint: options.offline
        ? 'What its build needs itself may be missing in the cache: build once without --offline.'
        : 'Correct what the build says below; "pip wheel --no-deps ." in the project shows the same.',
      details,
    },
  );
}

/** Run one build. Everything that confines package code while it builds belongs here. */
async function runBuild(
  { name, tool }: Builder,
  source: string,
  folder: string,
  { target, context, indexes, offline, note }: WheelOptions,
): ReturnType<typeof runTool> {
  // Old setup.py files ask which Python runs them to say what they need.
  const python = name === 'uv' ? await findInterpreter(target, context.environment) : null;
  const args =
    name === 'uv'
      ? [
          ...['build', '--wheel', '--out-dir', folder, '--no-create-gitignore'],
          ...(python === null ? [] : ['--python', python.command[0] ?? '']),
          ...(offline ? ['--offline'] : []),
          ...(indexes.includes('--no-index') ? ['--no-index'] : []),
          source,
        ]
      : ['wheel', '--no-deps', '--ignore-requires-python', '--wheel-dir', folder, source];
  return runTool(tool, args, {
    cwd: path.dirname(source),
    environment: context.environment,
    secrets: context.secrets,
    env: {
      PYTHONSAFEPATH: undefined,
      ...indexVariables(name, indexes, context.environment),
      ...(offline ? { PIP_NO_INDEX: '1' } : {}),
    },
    note,
    signal: context.signal,
  });
}

/**
 * The requirements' indexes as variables of the tool: on a command line everybody on the machine could read their logins.
 * @param indexes option lines
 */
function indexVariables(
  tool: Builder['name'],
  indexes: readonly string[],
  environment: Environment,
): Readonly<Record<string, string>> {
  const prefix = tool === 'uv' ? 'UV' : 'PIP';
  const lines = indexes.map((line) => expandVariables(line, environment));
  const values = (option: string): readonly string[] =>
    lines.filter((line) => line.startsWith(`${option} `)).map((line) => line.slice(option.length + 1));
  const more = (option: string, variable: string): readonly string[] =>
    [...values(option), environment[variable] ?? ''].filter((one) => one !== '');
  const [main] = values('--index-url');
  const extra = more('--extra-index-url', `${prefix}_EXTRA_INDEX_URL`);
  const links = more('--find-links', `${prefix}_FIND_LINKS`);
  return {
    ...(main === undefined ? {} : { [tool === 'uv' ? 'UV_DEFAULT_INDEX' : 'PIP_INDEX_URL']: main }),
    ...(extra.length === 0 ? {} : { [`${prefix}_EXTRA_INDEX_URL`]: extra.join(' ') }),
    ...(links.length === 0 ? {} : { [`${prefix}_FIND_LINKS`]: links.join(tool === 'uv' ? ',' : ' ') }),
    ...(tool === 'pip' && lines.includes('--no-index') ? { PIP_NO_INDEX: '1' } : {}),
  };
}
