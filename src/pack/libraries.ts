/**
 * Which shared objects a payload may take out of their folder, and in which order the bootstrap loads them by path. Once
 * a library is loaded, the loader answers every later need of its SONAME with it, wherever it lies (tried with torch and
 * TensorFlow). So a library that is only needed by others may lie in /tmp alone, and no tree of links is necessary. Pure.
 */
import path from 'node:path/posix';
import type { Entry, PayloadIndex } from '../model.js';
import { libraryIndex } from '../prune/libraries.js';

/** A library that only its SONAME brings to life, if no file names it. */
export function neededOnly(entries: readonly Entry[]): readonly Entry[] {
  const sonames = Map.groupBy(
    entries.filter(({ elf }) => elf?.soname),
    ({ elf }) => elf?.soname,
  );
  const linked = new Set(
    entries.flatMap(({ path: file, link }) =>
      link === undefined ? [] : [path.join(path.dirname(file), link)],
    ),
  );
  const needed = new Set(entries.flatMap(({ elf }) => elf?.needed ?? []));
  return entries.filter(
    ({ path: file, elf, link }) =>
      link === undefined &&
      elf?.type === 'shared' &&
      elf.interpreter === null &&
      elf.pythonModules.length === 0 &&
      // Children find it by file name through LD_LIBRARY_PATH; two of one SONAME could be mistaken for each other.
      elf.soname === path.basename(file) &&
      sonames.get(elf.soname)?.length === 1 &&
      needed.has(elf.soname) &&
      !linked.has(file),
  );
}

/**
 * Each library after what it needs, so that the loader never looks for one in a folder that is not there any more.
 * @param entries all that travels
 * @param outside paths that lie in the payload's `lib/`
 * @param inTree paths that lie in the payload's tree
 */
export function loadOrder(
  entries: readonly Entry[],
  outside: ReadonlySet<string>,
  inTree: ReadonlySet<string>,
): PayloadIndex['libraries'] {
  const libraries = libraryIndex({ entries });
  const order = new Map<string, PayloadIndex['libraries'][number]>();
  const visiting = new Set<string>();
  const visit = (entry: Entry): void => {
    if (visiting.has(entry.path) || entry.link !== undefined) return;
    visiting.add(entry.path);
    for (const name of entry.elf?.needed ?? []) {
      // More than one answers only when none is on its search path; the first by path is as good as any.
      const found = libraries.find(entry, name).filter((one) => one.link === undefined)[0];
      if (found) visit(found);
    }
    order.set(entry.path, placeOf(entry.path));
  };
  const placeOf = (file: string): PayloadIndex['libraries'][number] =>
    outside.has(file)
      ? { path: `lib/${path.basename(file)}`, nested: true }
      : inTree.has(file)
        ? { path: `python/${file}`, nested: true }
        : { path: file, nested: false };
  for (const entry of entries) if (outside.has(entry.path)) visit(entry);
  return [...order.values()];
}
