/**
 * The machine's shared libraries as a sandbox shows them: those that Lambda has, those that the interpreter and the
 * shell cannot do without, and no others. A package that needs libGL or libgomp then fails here as it would in Lambda.
 *
 * The loader looks into its cache and its default folders. The sandbox has no cache; in each default folder's place lies
 * a folder of links that leads to the original under another name.
 */
import { lstat, mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../io/run.js';
import { machineTags } from '../limits.js';
import type { Target } from '../model.js';
import type { Mount } from './mount.js';

export interface SystemLibraries {
  readonly mounts: readonly Mount[];
  /** What is visible although Lambda may not have it, sorted. */
  readonly more: readonly string[];
}

/** What an interpreter says of where its parts are. */
export interface PythonParts {
  readonly executable: string;
  /** Folders of the standard library's extension modules. */
  readonly extensions: readonly string[];
}

/**
 * For a sandbox that runs this Python.
 * @param work a folder of ours that stays as long as the sandbox
 * @param place where the originals are in it
 * @returns null when it cannot be told what is needed
 * @throws the signal's reason
 */
export async function librariesFor(
  { executable, extensions }: PythonParts,
  target: Pick<Target, 'architecture' | 'providedLibraries'>,
  work: string,
  place: string,
  signal: AbortSignal,
): Promise<SystemLibraries | null> {
  const modules = await Promise.all(
    extensions.map(async (folder) =>
      (await readdir(folder).catch((): string[] => []))
        // Lambda's Python has no tkinter; here it would bring X11.
        .filter((name) => !name.startsWith('_tkinter.'))
        .map((name) => path.join(folder, name)),
    ),
  );
  return onlyLambdas({
    needed: [executable, ...modules.flat(), ...(await shellPrograms())],
    provided: target.providedLibraries,
    triplet: `${machineTags[target.architecture]}-linux-gnu`,
    work,
    place,
    signal,
  });
}

interface LibraryWish {
  /** Absolute paths of programs and extension modules that must work. */
  readonly needed: readonly string[];
  /** Names of the libraries that Lambda has. */
  readonly provided: readonly string[];
  /** e.g. `x86_64-linux-gnu`. */
  readonly triplet: string;
  /** A folder of ours. */
  readonly work: string;
  /** Where the originals are in the sandbox: a folder that holds one for each of `hiddenPlaces`. */
  readonly place: string;
  readonly signal: AbortSignal;
}

/** The loader's default folders; on a multi-architecture system the first two. */
const folders = (triplet: string): readonly string[] => [
  `/usr/lib/${triplet}`,
  `/lib/${triplet}`,
  '/usr/lib64',
  '/lib64',
  '/usr/lib',
];

/** Names of the folders below `place`. */
export const hiddenPlaces: readonly string[] = ['0', '1', '2', '3', '4'];

/** glibc loads these by name. */
const loadedByName = ['libnss_files.so.2', 'libnss_dns.so.2', 'libgcc_s.so.1'];

/** @returns null when it cannot be told what is needed */
async function onlyLambdas(wish: LibraryWish): Promise<SystemLibraries | null> {
  const { needed, provided, triplet, work, place, signal } = wish;
  const closure = await closureOf(needed, signal);
  if (closure === null) return null;
  const allowed = new Set([...closure, ...provided, ...loadedByName]);
  const mounts: Mount[] = [];
  const done = new Set<string>();
  for (const [index, folder] of folders(triplet).entries()) {
    // On a merged system /lib is /usr/lib.
    const real = await realpath(folder).catch(() => null);
    if (real === null || done.has(real)) continue;
    done.add(real);
    // The one that holds the others of a multi-architecture system; libraries do not lie in it directly.
    if (folder === '/usr/lib' && done.has(`/usr/lib/${triplet}`)) continue;
    const names = await readdir(real);
    const hidden = names.filter((name) => isLibrary(name) && !allowed.has(name));
    if (hidden.length === 0) continue;
    const original = path.posix.join(place, hiddenPlaces[index] ?? '');
    const shown = path.join(work, `libraries-${index}`);
    await mkdir(shown);
    const gone = new Set(hidden);
    for (const name of names)
      if (!gone.has(name)) await symlink(`${original}/${name}`, path.join(shown, name));
    mounts.push({ kind: 'bind', source: real, target: original });
    mounts.push({ kind: 'bind', source: shown, target: real });
  }
  const known = new Set([...provided, ...loadedByName]);
  return { mounts, more: [...closure].filter((name) => !known.has(name)).sort() };
}

const isLibrary = (name: string): boolean => /\.so(?:\.|$)/.test(name);

/** Names of all libraries that the files need, as this machine's loader finds them. */
async function closureOf(files: readonly string[], signal: AbortSignal): Promise<ReadonlySet<string> | null> {
  // It starts a program for each file, which on a busy machine takes half a minute.
  const answer = await run('ldd', files, { timeout: 60_000, env: { LC_ALL: 'C' }, signal, ownGroup: true });
  signal.throwIfAborted();
  // It fails for scripts and static programs among them, and tells about the others.
  if (answer.missing || answer.timedOut) return null;
  const names = new Set<string>();
  for (const line of answer.stdout.split('\n')) {
    // "libm.so.6 => /lib/libm.so.6 (0x…)"; the loader itself stands alone.
    const [, name, file] = /^\s+(\S+) (?:=> (\S+) )?\(0x[\da-f]+\)$/.exec(line) ?? [];
    if (name === undefined || name.startsWith('linux-vdso')) continue;
    names.add(path.basename(name)).add(path.basename(file ?? name));
  }
  return names.size === 0 ? null : names;
}

/** What a wrapper script may call; busybox and uutils need no more than these. */
const programs = 'sh bash env ls cat cp mv rm ln mkdir rmdir chmod touch date head tail sort wc tr cut tee test id uname sleep sed grep awk find xargs tar gzip basename dirname readlink'.split(' '); // prettier-ignore

/** Those of the shell's programs that are here. */
async function shellPrograms(): Promise<readonly string[]> {
  const found = await Promise.all(
    programs.map(async (name) => {
      for (const folder of ['/bin', '/usr/bin']) {
        const file = path.join(folder, name);
        if (await lstat(file).then((facts) => facts.isFile() || facts.isSymbolicLink(), () => false)) return file; // prettier-ignore
      }
      return null;
    }),
  );
  return found.filter((one) => one !== null);
}
