/**
 * Finds a CPython of the target's own minor version on this machine. What imports must be the same system and processor
 * too; bytecode depends on the version alone, so any machine's interpreter can make it.
 *
 * Each candidate is run and must answer: a name on PATH may be a version manager's shim with nothing behind it.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { rcompare } from '@renovatebot/pep440';
import { SlimError } from '../errors.js';
import type { Environment, Architecture, PythonVersion, Target } from '../model.js';
import { run, type RunOptions, type RunResult } from './run.js';
import { homeFolder } from './user-folders.js';

export interface InterpreterRunOptions extends Omit<RunOptions, 'onlyEnv'> {
  /** Absolute folders that it must see, at these paths. This machine's interpreter sees all; an image's mounts them. */
  readonly folders?: readonly string[];
  /** Those of them that it may change. */
  readonly writable?: readonly string[];
}

/** A Python that runs somewhere: on this machine, or (the same shape) in an image. */
export interface Interpreter {
  /** For people, e.g. `CPython 3.13.0 (host)`. */
  readonly description: string;
  /** e.g. `3.13.0`. */
  readonly version: string;
  /** e.g. `cpython-313`: the middle part of a bytecode file's name. */
  readonly cacheTag: string;
  /** Hex of the four bytes that its bytecode begins with. */
  readonly magic: string;
  /** True when it can load the target's extension modules. */
  readonly canImport: boolean;
  /** Why it cannot, as a clause; null when it can. */
  readonly because: string | null;
  /** Program and first arguments. */
  readonly command: readonly string[];
  /** Absolute folders that hold its program and its standard library. */
  readonly places: readonly string[];
  /** True: a program of this machine; false: reached in another way, in a container. */
  readonly onHost: boolean;
  /** Run it in an environment that holds only `options.env`. Never throws for what the program does. */
  run(args: readonly string[], options: InterpreterRunOptions): Promise<RunResult>;
}

/** Of a `World`, what the search for an interpreter needs. */
interface Machine {
  readonly environment: Environment;
  readonly signal: AbortSignal;
}

/** What a candidate says of itself. */
interface Answer {
  readonly implementation: string;
  readonly version: readonly [number, number, number, string];
  readonly cacheTag: string;
  readonly magic: string;
  readonly system: string;
  readonly machine: string;
  readonly suffixes: readonly string[];
  readonly freeThreaded: boolean;
  readonly executable: string;
  readonly places: readonly string[];
}

const question = `
import os, sys, json, platform, sysconfig, importlib.util, importlib.machinery
print(json.dumps({
    "implementation": platform.python_implementation(),
    "version": list(sys.version_info[:4]),
    "cacheTag": sys.implementation.cache_tag or "",
    "magic": importlib.util.MAGIC_NUMBER.hex(),
    "system": sys.platform,
    "machine": platform.machine(),
    "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
    "freeThreaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "executable": sys.executable,
    "places": [sys.prefix, sys.base_prefix, sys.base_exec_prefix, os.path.dirname(sys.executable), os.path.dirname(os.path.realpath(sys.executable))],
}))`;
import { exists } from './exists.js';

/** How a file name of an extension module ends on the target, e.g. `x86_64-linux-gnu`. */
const platforms: Readonly<Record<Architecture, string>> = {
  x86_64: 'x86_64-linux-gnu',
  arm64: 'aarch64-linux-gnu',
};

/**
 * The first CPython of the target's minor version that can import for it; else the first that can at least make its
 * bytecode; else null. Nothing is downloaded.
 * @param machine `PATH`, `HOME`, `PYENV_ROOT`, … of the caller, and what stops the search
 * @param named `--interpreter`: a path, or a name on PATH. It alone is then tried.
 * @throws SlimError `bad-option` when the named one does not run or is another version; the signal's reason
 */
export async function findInterpreter(
  target: Pick<Target, 'python' | 'architecture'>,
  machine: Machine,
  named: string | null = null,
): Promise<Interpreter | null> {
  if (named !== null) return namedInterpreter(target, machine, named);
  let second: Interpreter | null = null;
  const tried = new Set<string>();
  for await (const command of candidates(target.python, machine)) {
    const key = command.join(' ');
    if (tried.has(key)) continue;
    tried.add(key);
    const answer = await ask(command, machine);
    if (answer === null || mismatch(answer, target.python) !== null) continue;
    const found = hostInterpreter(answer, target, machine.environment);
    if (found.canImport) return found;
    second ??= found;
  }
  return second;
}

async function namedInterpreter(
  target: Pick<Target, 'python' | 'architecture'>,
  machine: Machine,
  named: string,
): Promise<Interpreter> {
  const answer = await ask([named], machine);
  const why = answer === null ? 'does not run' : mismatch(answer, target.python);
  if (answer === null || why !== null) {
    throw new SlimError('bad-option', `The interpreter ${named} ${why ?? 'does not run'}.`, {
      hint: `Name a CPython ${target.python} with --interpreter, or leave the option out to let lambda-slim look for one.`,
    });
  }
  return hostInterpreter(answer, target, machine.environment);
}

async function* candidates(
  python: PythonVersion,
  { environment, signal }: Machine,
): AsyncGenerator<readonly string[]> {
  for (const name of [`python${python}`, 'python3', 'python']) yield [name];
  const home = homeFolder(environment) ?? '';
  const managers = [
    path.join(environment['PYENV_ROOT'] ?? path.join(home, '.pyenv'), 'versions'),
    path.join(environment['MISE_DATA_DIR'] ?? path.join(home, '.local/share/mise'), 'installs/python'),
    path.join(environment['ASDF_DATA_DIR'] ?? path.join(home, '.asdf'), 'installs/python'),
  ];
  for (const folder of managers) {
    for (const version of await versionsIn(folder, python)) {
      const program = path.join(folder, version, 'bin', 'python');
      if (await exists(program)) yield [program];
    }
  }
  const uv = await run('uv', ['python', 'find', '--no-python-downloads', '--system', python], {
    env: environment,
    onlyEnv: true,
    timeout: 20_000,
    signal,
  });
  if (uv.ok && uv.stdout !== '') yield [uv.stdout.trim()];
  for (const folder of ['/usr/local/bin', '/usr/bin', '/opt/homebrew/bin']) {
    const program = path.join(folder, `python${python}`);
    if (await exists(program)) yield [program];
  }
  yield ['py', `-${python}`];
}

/** Folders such as `3.12` and `3.12.1`, newest first. */
async function versionsIn(folder: string, python: PythonVersion): Promise<readonly string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => name === python || (name.startsWith(`${python}.`) && /^\d+(?:\.\d+)+$/.test(name)))
    .sort(rcompare);
}

/** Null when it does not run, or answers something else. */
async function ask(command: readonly string[], { environment, signal }: Machine): Promise<Answer | null> {
  const [program = '', ...first] = command;
  const result = await run(program, [...first, '-I', '-S', '-c', question], {
    env: clean(environment),
    onlyEnv: true,
    timeout: 20_000,
    signal,
  });
  return answerIn(result);
}

function answerIn(result: RunResult): Answer | null {
  if (!result.ok) return null;
  try {
    return JSON.parse(result.stdout) as Answer;
  } catch {
    return null;
  }
}

/**
 * A Python that is reached in another way than as a program of this machine: in a container.
 * @param place for people, e.g. `in public.ecr.aws/sam/build-python3.13`
 * @returns null when it does not answer or is another version
 */
export async function interpreterBehind(
  target: Pick<Target, 'python' | 'architecture'>,
  place: string,
  execute: Interpreter['run'],
  signal: AbortSignal,
): Promise<Interpreter | null> {
  const answer = answerIn(await execute(['-I', '-S', '-c', question], { timeout: 60_000, signal }));
  return answer === null || mismatch(answer, target.python) !== null
    ? null
    : interpreterOf(answer, target, place, execute);
}

/** The proof runs without the caller's Python and library paths; so must the question. */
function clean(environment: Environment): Environment {
  return Object.fromEntries(
    Object.entries(environment).filter(([name]) => !/^(?:PYTHON(?!_BUILD)|LD_|DYLD_)/.test(name)),
  );
}

/** What is wrong with it as a clause; null when nothing is. */
function mismatch(answer: Answer, python: PythonVersion): string | null {
  const [major, minor, micro, level] = answer.version;
  const version = `${major}.${minor}.${micro}`;
  if (answer.implementation !== 'CPython') return `is ${answer.implementation}, not CPython`;
  if (`${major}.${minor}` !== python) return `is Python ${version}, but the target is ${python}`;
  if (level !== 'final') return `is a pre-release of Python ${version}`;
  if (answer.freeThreaded) return 'is a free-threaded build, which Lambda does not run';
  return null;
}

function hostInterpreter(
  answer: Answer,
  target: Pick<Target, 'architecture'>,
  environment: Environment,
): Interpreter {
  // The real program: a shim would look for its version again at every start.
  return interpreterOf(answer, target, 'host', (args, options) => {
    // Windows programs do not start without it.
    const system = environment['SYSTEMROOT'];
    const env = { ...(system === undefined ? {} : { SYSTEMROOT: system }), ...options.env };
    return run(answer.executable, args, { ...options, env, onlyEnv: true, ownGroup: true });
  });
}

function interpreterOf(
  answer: Answer,
  target: Pick<Target, 'architecture'>,
  place: string,
  execute: Interpreter['run'],
): Interpreter {
  const version = answer.version.slice(0, 3).join('.');
  const wanted = platforms[target.architecture];
  const canImport = answer.system === 'linux' && answer.suffixes.some((suffix) => suffix.includes(wanted));
  return {
    description: `CPython ${version} (${place})`,
    version,
    cacheTag: answer.cacheTag,
    magic: answer.magic,
    canImport,
    because: canImport
      ? null
      : `the Python ${version} here is for ${answer.system} on ${answer.machine}, and the target is ${wanted}`,
    command: [answer.executable],
    places: answer.places,
    onHost: place === 'host',
    run: execute,
  };
}
