/**
 * The machine's shared libraries as a sandbox shows them: those that Lambda has, those that the interpreter and the
 * shell cannot do without, and no others. A package that needs libGL or libgomp then fails here as it would in Lambda.
 *
 * The loader looks into its list (ld.so.cache), its default folders and those that the interpreter names. The sandbox has no list; in the
 * place of each folder lies one of links that leads to the original under another name.
 */
import { lstat, mkdir, readdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import { machineTags } from '../limits.js';
import type { Target } from '../model.js';
import { libraryClosure, loaderList } from './library-closure.js';
import type { Mount } from './mount.js';
import { bind } from './system.js';

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
 * @param own where the folder that the interpreter is installed in is seen, e.g. `/var/lang`; null: in its own place
 * @returns null when it cannot be told what is needed
 * @throws the signal's reason
 */
export async function librariesFor(
  { executable, extensions }: PythonParts,
  target: Pick<Target, 'architecture' | 'providedLibraries'>,
  {
    work,
    place,
    own,
  }: { readonly work: string; readonly place: string; readonly own: readonly string[] | null },
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
  const list = await loaderList(signal);
  const defaults = defaultFolders(`${machineTags[target.architecture]}-linux-gnu`);
  const programs = [executable, ...modules.flat(), ...(await shellPrograms())];
  const closure = await libraryClosure(programs, list, defaults, signal);
  if (closure.size === 0) return null;
  const known = new Set([...target.providedLibraries, ...loadedByName]);
  const mounts = await mountsHiding(
    await searchedFolders([...defaults, ...localFolders, ...list.folders], executable, own),
    new Set([...closure, ...known]),
    { work, place },
  );
  return { mounts, more: [...closure].filter((name) => !known.has(name)).sort() };
}

/** The loader's default folders; on a multi-architecture system the first two. */
const defaultFolders = (triplet: string): readonly string[] => [
  `/usr/lib/${triplet}`,
  `/lib/${triplet}`,
  '/usr/lib64',
  '/lib64',
  '/usr/lib',
];

/** A linker looks there, and so does `find_library` by its help, also where the loader's list has nothing of it. */
const localFolders = ['/usr/local/lib', '/usr/local/lib64'];

/** glibc loads these by name. */
const loadedByName = ['libnss_files.so.2', 'libnss_dns.so.2', 'libgcc_s.so.1'];

/** A folder with libraries, and where a sandbox shows it: absolute, without links. */
interface Searched {
  readonly folder: string;
  readonly seen: string;
}

/** Those that are here, the outer ones first. The interpreter's own is on the loader's path, by its RPATH or by Lambda's settings. */
async function searchedFolders(
  folders: readonly string[],
  executable: string,
  own: readonly string[] | null,
): Promise<readonly Searched[]> {
  const installed = path.join(path.dirname(executable), '../lib');
  const [mine, ...real] = await Promise.all(
    [installed, ...folders].map((one) => realpath(one).catch(() => null)),
  );
  const there = [...new Set(real.filter((one) => one !== null).filter((one) => isShown.test(one)))].sort();
  const outer = there.filter((one) => !there.some((other) => isInside(one, other)));
  // Of a multi-architecture system it holds the others, and no library directly.
  const found = outer.filter(
    (one) => one !== '/usr/lib' || !outer.some((other) => other.startsWith('/usr/lib/')),
  );
  const seen = found.map((folder): Searched => ({ folder, seen: folder }));
  if (typeof mine !== 'string' || isSystems(mine)) return seen;
  const places = own === null ? [mine] : own.map((one) => path.join(one, 'lib'));
  return [
    ...seen,
    ...places.filter((one) => !there.includes(one)).map((one) => ({ folder: mine, seen: one })),
  ];
}

/** What lies in another one is seen with it, by its links. */
const isInside = (one: string, other: string): boolean =>
  one !== other && other !== '/usr/lib' && one.startsWith(`${other}/`);

/** What a sandbox shows of this machine's system. */
const isShown = /^\/(?:usr|lib(?:32|64|x32)?)(?:\/|$)/;

const isSystems = (folder: string): boolean => folder === '/usr/lib' || folder === '/lib';

/** How many folders can be hidden. */
const mostPlaces = 32;
/** Names of the folders below `place`. */
export const hiddenPlaces: readonly string[] = Array.from({ length: mostPlaces }, (_, index) =>
  String(index),
);

/** Each folder that holds what is not allowed gives way to one of links to what is. */
async function mountsHiding(
  searched: readonly Searched[],
  allowed: ReadonlySet<string>,
  { work, place }: { readonly work: string; readonly place: string },
): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  let index = 0;
  for (const { folder, seen } of searched) {
    const entries = await readdir(folder, { withFileTypes: true });
    const shown = entries.filter(({ name }) => name !== faster && (!isLibrary(name) || allowed.has(name)));
    if (shown.length === entries.length || index === mostPlaces) continue;
    const original = path.posix.join(place, String(index));
    const links = path.join(work, `libraries-${index}`);
    index += 1;
    await mkdir(links);
    mounts.push(bind(folder, original), bind(links, seen));
    for (const entry of shown) {
      const { name } = entry;
      // Something is mounted below it, for which no link may be on the way.
      if (entry.isDirectory() && pythonFolder.test(name)) {
        await mkdir(path.join(links, name));
        mounts.push(bind(path.join(folder, name), path.join(seen, name)));
      } else await symlink(`${original}/${name}`, path.join(links, name));
    }
  }
  return mounts;
}

const isLibrary = (name: string): boolean => /\.so(?:\.|$)/.test(name);
const pythonFolder = /^python\d/;
/** The same libraries once more, for newer processors, and others. */
const faster = 'glibc-hwcaps';

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
