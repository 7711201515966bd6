/**
 * Package code is somebody else's code (DESIGN, law 11): imports, probes and timing run where it can read the trees that
 * it needs and nothing else of this machine, write into its own temporary folder alone, reach no network, see no other
 * process and no variable of the caller's, and where all that it started ends with it.
 */
import { writeFile } from 'node:fs/promises';
import { constants, totalmem } from 'node:os';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { Interpreter, InterpreterRunOptions } from '../io/interpreter.js';
import { run, type RunResult } from '../io/run.js';
import { templatePath } from '../io/templates.js';
import type { BuildRequest, Proof, Target } from '../model.js';
import type { World } from '../world.js';
import { bubblewrapArgs, findBubblewrap } from './bubblewrap.js';
import { makeEtc } from './etc.js';
import type { Mount } from './mount.js';
import { bind, deviceMounts, existing, isWithin, systemMounts, systemSettings } from './system.js';
import { librariesFor, type PythonParts, type SystemLibraries } from './system-libraries.js';
import { unshareCommand } from './unshare.js';

export interface Confinement {
  readonly by: NonNullable<Proof['confinedBy']>;
  /** Why it is `none`, as a clause; null otherwise. */
  readonly because: string | null;
  /** Why libraries of this machine that Lambda lacks are seen, as a clause; null: they are hidden. */
  readonly librariesSeen: string | null;
}

export interface Confined {
  /** As the one that was given, but for how it runs. */
  readonly interpreter: Interpreter;
  /** The same with every library of this machine, to tell which of them is missed; null: it is not confined, or sees them. */
  readonly seeingAll: Interpreter | null;
  /** Names of the libraries that Lambda lacks and that are seen nevertheless, because the interpreter needs them. */
  readonly ownLibraries: readonly string[];
  readonly confinement: Confinement;
}

/** What of this machine's libraries shall be seen. */
export type LibraryView =
  /** Those that Lambda has, and what the interpreter needs. */
  { readonly like: Pick<Target, 'architecture' | 'providedLibraries'> } | 'all';

/** Bytes of /tmp besides the probe's own folder, which lies on a disk. */
const tmpBytes = 64 * 2 ** 20;
/** Importing TensorFlow starts some dozens of threads, which count. */
const mostProcesses = 1024;
/** Bytes of one file. */
const mostFile = 2 ** 30;

/**
 * The interpreter as package code shall run.
 * @param interpreter of this machine; one in a container is confined by that
 * @param wish `auto` takes what the machine offers, `require` refuses to go on without
 * @param libraries a build of a package needs the compiler's, too
 * @throws SlimError `not-confined` with `--confine require` when nothing works here
 */
export async function confine(
  interpreter: Interpreter,
  wish: BuildRequest['confine'],
  world: Pick<World, 'cache' | 'environment' | 'signal'>,
  libraries: LibraryView = 'all',
): Promise<Confined> {
  if (!interpreter.onHost) {
    const librariesSeen = 'the image has libraries of its own';
    return whole(interpreter, { by: 'container', because: null, librariesSeen });
  }
  if (wish === 'none') return unconfined(interpreter, '--confine none was given');
  const misses: string[] = [];
  const work = await world.cache.workFolder('confine');
  const hidden =
    libraries === 'all' ? null : await hiddenLibraries(interpreter, libraries.like, work, world.signal);
  const mounts = await commonMounts(interpreter, work, true);
  // With its list of other folders the loader would find what is hidden.
  const fewer = hidden === null ? [] : [...(await commonMounts(interpreter, work, false)), ...hidden.mounts];
  for (const way of await waysFor(interpreter, world)) {
    if ('miss' in way) {
      misses.push(way.miss);
      continue;
    }
    const seeingAll = { ...interpreter, run: runner(interpreter, mounts, way) };
    let librariesSeen = 'it is not known here what the interpreter needs of them';
    if (hidden !== null) {
      const confined = { ...interpreter, run: runner(interpreter, fewer, way) };
      const said = await tryOut(confined, world.signal);
      const confinement = { by: way.by, because: null, librariesSeen: null };
      if (said === null) return { interpreter: confined, seeingAll, ownLibraries: hidden.more, confinement };
      librariesSeen = `the interpreter does not run without them (${said})`;
    }
    const said = await tryOut(seeingAll, world.signal);
    if (said === null) return whole(seeingAll, { by: way.by, because: null, librariesSeen });
    misses.push(`${way.by}: ${said}`);
  }
  if (wish === 'auto') return unconfined(interpreter, misses.join('; '));
  throw new SlimError(
    'not-confined',
    'Package code cannot be confined on this machine, and --confine require was given.',
    {
      hint: 'Install bubblewrap on Linux ("apt-get install bubblewrap", "dnf install bubblewrap") and let the kernel make user namespaces, or build in a container (--resolver docker), or take --confine auto, which works on copies of the packages where there is no sandbox.',
      details: misses,
    },
  );
}

function unconfined(interpreter: Interpreter, because: string): Confined {
  return whole(interpreter, { by: 'none', because, librariesSeen: 'nothing confines the packages' });
}

function whole(interpreter: Interpreter, confinement: Confinement): Confined {
  return { interpreter, seeingAll: null, ownLibraries: [], confinement };
}

const question = `
import json, os, sys
print(json.dumps({
    "executable": os.path.realpath(sys.executable),
    "extensions": [path for path in sys.path if path.endswith("lib-dynload")],
}))`;

async function hiddenLibraries(
  interpreter: Interpreter,
  target: Pick<Target, 'architecture' | 'providedLibraries'>,
  work: string,
  signal: AbortSignal,
): Promise<SystemLibraries | null> {
  const answer = await interpreter.run(['-I', '-S', '-c', question], { timeout: 20_000, signal });
  if (!answer.ok) return null;
  return librariesFor(
    JSON.parse(answer.stdout) as PythonParts,
    target,
    { work, place: '/var/system', own: null },
    signal,
  );
}

/** A command line around another one. */
interface Way {
  readonly by: 'bubblewrap' | 'namespaces';
  readonly around: (
    mounts: readonly Mount[],
    folder: string,
    inside: readonly string[],
  ) => readonly [string, ...string[]];
}

async function waysFor(
  interpreter: Interpreter,
  { environment, signal }: Pick<World, 'environment' | 'signal'>,
): Promise<readonly (Way | { readonly miss: string })[]> {
  const found = await findBubblewrap(environment, signal);
  return [
    'miss' in found
      ? found
      : {
          by: 'bubblewrap',
          around: (mounts, folder, inside) => [found.program, ...bubblewrapArgs(mounts, folder), ...inside],
        },
    {
      by: 'namespaces',
      around: (mounts, folder, inside) => unshareCommand(interpreter, mounts, folder, inside),
    },
  ];
}

const loaderSettings = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d'];

/**
 * The same for every run: the system, an /etc without users, the interpreter, our templates.
 * @param all with the loader's list of libraries
 */
async function commonMounts(interpreter: Interpreter, work: string, all: boolean): Promise<readonly Mount[]> {
  const settings = await existing([...systemSettings, ...(all ? loaderSettings : []), '/etc/localtime']);
  const folders = settings.filter((one) => systemSettings.includes(one) || one.endsWith('.d'));
  const etc = await makeEtc(path.join(work, all ? 'etc' : 'etc-without'), folders);
  // A file is bound over a file.
  for (const file of settings.filter((one) => !folders.includes(one)))
    await writeFile(path.join(etc, path.basename(file)), '');
  const places = [...new Set(interpreter.places)].filter((one) => !isWithin(one, '/usr')).sort();
  return [
    bind('/usr', '/usr'),
    ...(await systemMounts()),
    bind(etc, '/etc'),
    ...settings.map((one) => bind(one, one)),
    ...deviceMounts,
    ...(await existing(['/nix/store'])).map((one) => bind(one, one)),
    { kind: 'memory', target: '/tmp', bytes: tmpBytes },
    // Those that lie in another one are seen with it.
    ...places
      .filter((one) => !places.some((other) => other !== one && isWithin(one, other)))
      .map((one) => bind(one, one)),
    bind(templatePath(''), templatePath('')),
  ];
}

function runner(interpreter: Interpreter, mounts: readonly Mount[], way: Way): Interpreter['run'] {
  const [program = '', ...first] = interpreter.command;
  const limits = JSON.stringify({
    memory: Math.floor(totalmem() * 0.8),
    processes: mostProcesses,
    file: mostFile,
  });
  return async (args, options: InterpreterRunOptions) => {
    const { folders = [], writable = [], cwd = '/tmp', ...rest } = options;
    const own: Mount[] = [
      ...folders.filter((one) => !writable.includes(one)).map((one) => bind(one, one)),
      ...writable.map((one): Mount => ({ kind: 'writable', source: one, target: one })),
    ];
    const guard = [program, ...first, '-I', '-S', '-B', templatePath('confine/guard.py'), limits];
    const [command, ...line] = way.around([...mounts, ...own], cwd, [...guard, program, ...first, ...args]);
    const result = await run(command, line, { ...rest, onlyEnv: true, ownGroup: true });
    return bySignal(result);
  };
}

/** The guard says which signal ended the code as a shell does. */
function bySignal(result: RunResult): RunResult {
  const number = (result.exitCode ?? 0) - 128;
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0];
  return name === undefined ? result : { ...result, exitCode: null, signal: name };
}

/** Some are built without; none may be there and not load. */
const works = `
import ctypes, zlib
for name in ("bz2", "lzma", "sqlite3", "ssl"):
    try:
        __import__(name)
    except ModuleNotFoundError:
        pass`;

/** @returns null when a Python runs there; else what was said */
async function tryOut(interpreter: Interpreter, signal: AbortSignal): Promise<string | null> {
  const result = await interpreter.run(['-I', '-S', '-B', '-c', works], {
    timeout: 20_000,
    signal,
  });
  if (result.ok) return null;
  const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
  return lines.at(-1) ?? `exit ${result.exitCode ?? result.signal ?? '?'}`;
}
