/**
 * A wheel from a source, by its own build backend. What the build needs is installed first, from wheels, by tools that run
 * none of it; then the package's code runs confined: it sees its source and what it needs, reaches no network, and
 * finds no file and no variable of the user's.
 */
import { mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { confine } from '../../confine/confine.js';
import { findInterpreter, type Interpreter } from '../../io/interpreter.js';
import type { RunResult } from '../../io/run.js';
import { templatePath } from '../../io/templates.js';
import { pythonVersions } from '../../limits.js';
import type { BuildRequest, Environment, PythonVersion, Target } from '../../model.js';
import { expandVariables } from '../../python/lines.js';
import type { World } from '../../world.js';
import { indexWithLogin } from '../secrets.js';
import { runTool, toolEnvironment, type Tool, type ToolRun } from '../tools.js';
import { onlyUvBuilds, refuseNeeds, type BuildPlaces } from './build-places.js';
import { checkedRequires, readBuildSystem } from './build-system.js';
import { indexTable, settingsFolder, type UvConfig } from './uv-config.js';

/** What installs what a build needs: the one that resolves, as it knows the same indexes. */
export interface Builder {
  readonly name: 'uv' | 'pip';
  readonly tool: Tool;
}

export interface BackendOptions {
  readonly builder: Builder;
  /** The project's settings, where uv installs. */
  readonly uv: Pick<UvConfig, 'build' | 'buildEnvironment'>;
  /** What the project itself says about the indexes; null: nothing, or it is an archive, of which only the metadata counts. */
  readonly places: BuildPlaces | null;
  readonly target: Target;
  readonly context: World;
  /** The requirements' option lines: what a build needs comes from the same indexes. */
  readonly indexes: readonly string[];
  readonly offline: boolean;
  readonly confine: BuildRequest['confine'];
  /** Told, with the reason as a clause, when the package's code runs without a sandbox. */
  readonly unconfined: (because: string) => void;
  readonly note: (text: string) => void;
}

/** Of one step: compiling what turns out to need a container is stopped at some time. */
const timeout = 15 * 60_000;

/**
 * Build a wheel.
 * @param work an empty folder of ours, for everything that the build writes
 * @param source absolute path of a folder or an archive in it, which the build may change
 * @param written as the user wrote it
 * @param out absolute folder in `work` for the wheel
 * @returns how the step that failed ended, or the last one; null when there is no Python on this machine to run the build
 * @throws SlimError `bad-requirements`, `bad-option`, `no-resolver`, `not-confined`, `interrupted`, `disk-full`
 */
export async function runBackend(
  work: string,
  source: string,
  written: string,
  out: string,
  options: BackendOptions,
): Promise<RunResult | null> {
  const { target, context } = options;
  const python = await buildPython(target, context);
  if (python === null) return null;
  const { interpreter, confinement } = await confine(python, options.confine, context);
  if (confinement.by === 'none') options.unconfined(confinement.because ?? '');
  const needs = path.join(work, 'needs');
  for (const folder of [out, needs, path.join(work, 'home'), path.join(work, 'tmp')]) await mkdir(folder);
  const building = (): void => options.note(buildingNote(written));
  building();
  const step = stepRunner(interpreter, work, needs, options);
  const unpacked = (await stat(source)).isDirectory()
    ? { ok: true as const, value: source }
    : await step({ step: 'unpack', archive: source, out: path.join(work, 'unpacked') }, 'source');
  if (!unpacked.ok) return unpacked.result;
  const folder = String(unpacked.value);
  const system = await readBuildSystem(folder, written);
  const task = { backend: system.backend, paths: system.paths, needs, source: folder, out };
  let installed = await installNeeds(system.requires, work, needs, options);
  if (!installed.ok) return installed;
  // The last words of what installs are not what takes the time now.
  building();
  const more = await step({ ...task, step: 'requires' }, 'requires');
  if (!more.ok) return more.result;
  const further = checkedRequires((more.value as readonly unknown[]).map(String), written);
  if (options.places !== null) refuseNeeds(further, options.places);
  if (further.length > 0) installed = await installNeeds(further, work, needs, options);
  if (!installed.ok) return installed;
  building();
  const built = await step({ ...task, step: 'wheel' }, 'wheel');
  return built.result;
}

/** For people: what a build is busy with. @param written as the user wrote it, or `name==version` */
export const buildingNote = (written: string): string =>
  `building ${written.replace(/^([A-Za-z0-9._-]+)==(\S+)$/, '$1 $2')} from its source`;

/** The target's Python; else any: a pure wheel is the same by all of them. */
async function buildPython(
  target: Target,
  machine: Pick<World, 'environment' | 'signal'>,
): Promise<Interpreter | null> {
  const others = pythonVersions.filter((version) => version !== target.python).reverse();
  for (const python of [target.python, ...others] as readonly PythonVersion[]) {
    const found = await findInterpreter({ python, architecture: target.architecture }, machine);
    if (found !== null) return found;
  }
  return null;
}

type Step = (
  task: Readonly<Record<string, unknown>>,
  answer: string,
) => Promise<
  | { readonly ok: true; readonly value: unknown; readonly result: RunResult }
  | { readonly ok: false; readonly result: RunResult }
>;

/** Variables that tell a build what it makes, and hold no secret. */
const telling =
  /^(?:SETUPTOOLS_SCM_PRETEND_VERSION\w*|PBR_VERSION|HATCH_BUILD_\w+|PDM_BUILD_\w+|POETRY_DYNAMIC_VERSIONING_\w+|CC|CXX|C(?:PP|XX)?FLAGS|LDFLAGS)$/;

function stepRunner(
  interpreter: Interpreter,
  work: string,
  needs: string,
  { confine: wish, context: { environment, signal } }: BackendOptions,
): Step {
  const told = Object.fromEntries(Object.entries(environment).filter(([name]) => telling.test(name)));
  const env = {
    // Who wants no sandbox gives the build what it would have without us.
    ...(wish === 'none' ? toolEnvironment(environment) : told),
    PATH: [
      path.join(needs, 'bin'),
      wish === 'none' ? (environment['PATH'] ?? '') : '/usr/local/bin:/usr/bin:/bin',
    ].join(path.delimiter),
    HOME: wish === 'none' ? environment['HOME'] : path.join(work, 'home'),
    TMPDIR: path.join(work, 'tmp'),
    PYTHONPATH: needs,
    PYTHONIOENCODING: 'utf-8',
    LANG: 'C.UTF-8',
    // Whatever is built here gets the same times in every build.
    SOURCE_DATE_EPOCH: '315532800',
  };
  return async (task, answer) => {
    const result = await interpreter.run(['-S', '-B', templatePath('build_wheel.py')], {
      ...{ env, signal, timeout, cwd: work },
      folders: [work],
      writable: [work],
      input: JSON.stringify(task),
    });
    const said = result.ok ? parsed(result.stdout) : null;
    return said?.[answer] === undefined ? { ok: false, result } : { ok: true, value: said[answer], result };
  };
}

function parsed(stdout: string): Readonly<Record<string, unknown>> | null {
  try {
    return JSON.parse(stdout.slice(stdout.lastIndexOf('\0') + 1)) as Readonly<Record<string, unknown>>;
  } catch {
    return null;
  }
}

/**
 * Wheels only: nothing that a build needs is built.
 * @throws SlimError `no-resolver`
 */
async function installNeeds(
  requires: readonly string[],
  work: string,
  needs: string,
  options: BackendOptions,
): Promise<RunResult> {
  const { builder, target, context, offline, note } = options;
  if (requires.length === 0) return nothing;
  const list = path.join(work, `needs-${(await readdir(work)).length}.txt`);
  await writeFile(list, `${requires.join('\n')}\n`);
  const common = ['install', '--target', needs, '--only-binary', ':all:', '--python-version', target.python];
  const byUv = builder.name === 'uv';
  const args = byUv
    ? ['pip', ...common, ...(offline ? ['--offline'] : []), '-r', list]
    : [...common, '--upgrade', '-r', list];
  const { environment, secrets, signal } = context;
  return runTool(builder.tool, args, {
    ...(byUv ? await uvPlace(options) : { cwd: work, env: pipVariables(options) }),
    ...{ environment, secrets, note, signal },
  });
}

const nothing: RunResult = { ok: true, exitCode: 0, signal: null, stdout: '', stderr: '', missing: false, timedOut: false }; // prettier-ignore

/** A folder with the project's settings, which the package's code does not see: an address in them may hold a login. */
async function uvPlace({
  uv,
  indexes,
  places,
  context,
}: BackendOptions): Promise<Pick<ToolRun, 'cwd' | 'env'>> {
  const { environment, cache } = context;
  const place = await settingsFolder(uv.build, await cache.workFolder('needs'), environment);
  const env = { ...uv.buildEnvironment, ...place.env, ...indexVariables('uv', indexes, environment) };
  if (places === null || places.indexes.length === 0) return { ...place, env };
  const logins: Record<string, string | undefined> = {};
  const words = places.indexes.map((index) => {
    if (index.name === '') return expandVariables(index.url, environment);
    const { name, url } = indexTable(index, environment, logins);
    return `${name}=${url}`;
  });
  const [last, ...others] = [...words].reverse();
  const more = [...(places.closed ? others.reverse() : words), environment['UV_INDEX'] ?? ''];
  return {
    ...place,
    env: {
      ...{ ...env, ...logins },
      ...(places.closed
        ? { UV_DEFAULT_INDEX: last, UV_INDEX_URL: undefined, UV_EXTRA_INDEX_URL: undefined }
        : {}),
      UV_INDEX: (places.closed ? more.slice(0, -1) : more).join(' ').trim() || undefined,
    },
  };
}

/** @throws SlimError `no-resolver`: pip takes the highest version from all indexes alike */
function pipVariables({ indexes, places, context, offline }: BackendOptions): Environment {
  const { environment } = context;
  const env = { ...indexVariables('pip', indexes, environment), ...(offline ? { PIP_NO_INDEX: '1' } : {}) };
  const [first, ...others] = places?.indexes ?? [];
  if (places === null || first === undefined) return env;
  if (!places.closed || others.length > 0) throw onlyUvBuilds(places.label);
  const url = indexWithLogin(first.name, expandVariables(first.url, environment), environment);
  return { ...env, PIP_INDEX_URL: url, PIP_EXTRA_INDEX_URL: '' };
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
    ...(lines.includes('--no-index') ? { [`${prefix}_NO_INDEX`]: '1' } : {}),
  };
}
