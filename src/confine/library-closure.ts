/**
 * What programs need of this machine's libraries, as its loader would find them. Read from the files themselves: `ldd` starts a program
 * for each of them, which on a busy machine takes most of a minute.
 */
import path from 'node:path';
import { inspectFile } from '../io/elf-file.js';
import { run } from '../io/run.js';
import type { ElfFacts } from '../model.js';

/** The loader's list, as `ldconfig -p` prints it. */
export interface LoaderList {
  /** Name → files, in the loader's order; of every architecture that this machine has libraries for. */
  readonly files: ReadonlyMap<string, readonly string[]>;
  /** Folders that they lie in, in the order of the list. */
  readonly folders: readonly string[];
}

/** @returns an empty list where there is none: then the default folders are all */
export async function loaderList(signal: AbortSignal): Promise<LoaderList> {
  for (const program of ['/sbin/ldconfig', '/usr/sbin/ldconfig', 'ldconfig']) {
    const answer = await run(program, ['-p'], { timeout: 20_000, env: { LC_ALL: 'C' }, signal });
    if (answer.ok) return readLoaderList(answer.stdout);
  }
  return readLoaderList('');
}

/** Lines like `libz.so.1 (libc6,x86-64) => /lib/x86_64-linux-gnu/libz.so.1`. */
export function readLoaderList(text: string): LoaderList {
  const files = new Map<string, string[]>();
  for (const [, name = '', file = ''] of text.matchAll(/^\s+(\S+) \([^)]*\) => (\/.*)$/gm)) {
    const known = files.get(name);
    if (known === undefined) files.set(name, [file]);
    else known.push(file);
  }
  return { files, folders: [...new Set([...files.values()].flat().map((file) => path.dirname(file)))] };
}

interface Needing {
  readonly file: string;
  /** Search paths of what needed it: the loader looks there, too, for some. */
  readonly around: readonly string[];
}

/**
 * Names of all libraries that the files need, and of the files that answer: as they are needed, and as they are called.
 * @param files programs and extension modules; what is none, as a script, needs nothing
 * @param defaults the loader's own folders
 * @throws the signal's reason
 */
export async function libraryClosure(
  files: readonly string[],
  list: LoaderList,
  defaults: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlySet<string>> {
  const names = new Set<string>();
  const seen = new Set<string>();
  const read = new Map<string, Promise<ElfFacts | null>>();
  const elfOf = (file: string): Promise<ElfFacts | null> => {
    const known = read.get(file) ?? factsOf(file);
    read.set(file, known);
    return known;
  };
  const queue: Needing[] = files.map((file) => ({ file, around: [] }));
  for (let one = queue.pop(); one !== undefined; one = queue.pop()) {
    signal.throwIfAborted();
    if (seen.has(one.file)) continue;
    seen.add(one.file);
    const elf = await elfOf(one.file);
    if (elf === null) continue;
    if (elf.interpreter !== null) names.add(path.basename(elf.interpreter));
    const own = elf.searchPath.map((folder) => inPlace(folder, one.file));
    for (const name of elf.needed) {
      names.add(path.basename(name));
      const places = [
        ...(name.includes('/') ? [name] : []),
        ...own.map((folder) => path.join(folder, name)),
        ...(list.files.get(name) ?? []),
        ...[...defaults, ...one.around].map((folder) => path.join(folder, name)),
      ];
      const found = await firstLike(elf, places, elfOf);
      if (found === null) continue;
      names.add(path.basename(found));
      queue.push({ file: found, around: [...new Set([...own, ...one.around])] });
    }
  }
  return names;
}

/** The loader passes over those that are made for another processor. */
async function firstLike(
  elf: ElfFacts,
  places: readonly string[],
  elfOf: (file: string) => Promise<ElfFacts | null>,
): Promise<string | null> {
  for (const place of places) {
    const found = await elfOf(place);
    if (found !== null && found.machine === elf.machine && found.bits === elf.bits) return place;
  }
  return null;
}

const factsOf = (file: string): Promise<ElfFacts | null> =>
  inspectFile(file).then(
    ({ elf }) => elf,
    () => null,
  );

const inPlace = (folder: string, file: string): string =>
  folder.replace(/\$\{?ORIGIN\}?/g, path.dirname(file));
