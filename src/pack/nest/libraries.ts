/**
 * Which shared objects a payload may take out of their folder, and in which order the bootstrap loads them by path. Once
 * a library is loaded, the loader answers every later need of its SONAME with it, wherever it lies (tried with torch and
 * TensorFlow). So a library that is only needed by others may lie in /tmp alone, and no tree of links is necessary. Pure.
 */
import path from 'node:path/posix';
import type { Entry, PayloadIndex } from '../../model.js';
import { libraryIndex, type LibraryIndex } from '../../inventory/libraries.js';

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
  const inRing = new Set(ringsOf(entries).flat());
  return entries.filter((entry) => {
    const { path: file, elf, link } = entry;
    return (
      link === undefined &&
      elf?.type === 'shared' &&
      elf.interpreter === null &&
      elf.pythonModules.length === 0 &&
      // Children find it by file name through LD_LIBRARY_PATH; two of one SONAME could be mistaken for each other.
      elf.soname === path.basename(file) &&
      sonames.get(elf.soname)?.length === 1 &&
      needed.has(elf.soname) &&
      !linked.has(file) &&
      !inRing.has(file)
    );
  });
}

/**
 * Paths of libraries that need each other: while the loader loads one of them it looks for the other, so they must lie side
 * by side. Each list is sorted.
 */
export function ringsOf(entries: readonly Entry[]): readonly (readonly string[])[] {
  return componentsOf(entries, libraryIndex({ entries }))
    .filter((one) => one.length > 1)
    .map((one) => one.map((entry) => entry.path).sort());
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
  const placeOf = (file: string): PayloadIndex['libraries'][number] =>
    outside.has(file)
      ? { path: `lib/${path.basename(file)}`, nested: true }
      : inTree.has(file)
        ? { path: `python/${file}`, nested: true }
        : { path: file, nested: false };
  const first = entries.filter((entry) => outside.has(entry.path));
  return componentsOf(first, libraryIndex({ entries }))
    .flat()
    .map((entry) => placeOf(entry.path));
}

/**
 * These and all that they need, each after what it needs: groups of one library, or of several that need each other
 * (in Pillow, FreeType and HarfBuzz do). Tarjan's strongly connected components, which come in this order.
 */
function componentsOf(from: readonly Entry[], libraries: LibraryIndex): readonly (readonly Entry[])[] {
  const components: Entry[][] = [];
  /** When an entry was met first. */
  const met = new Map<Entry, number>();
  /** Met, and not in a component yet. */
  const open: Entry[] = [];
  /** Returns the earliest open one that can be reached from it. */
  const visit = (entry: Entry): number => {
    const time = met.size;
    let reached = time;
    met.set(entry, time);
    open.push(entry);
    for (const name of entry.elf?.needed ?? []) {
      // More than one answers only when none is on its search path; the first by path is as good as any.
      const found = libraries.find(entry, name).find((one) => one.link === undefined);
      if (!found) continue;
      if (!met.has(found)) reached = Math.min(reached, visit(found));
      else if (open.includes(found)) reached = Math.min(reached, met.get(found) ?? time);
    }
    if (reached === time) components.push(open.splice(open.indexOf(entry)));
    return reached;
  };
  for (const entry of from) if (entry.link === undefined && !met.has(entry)) visit(entry);
  return components;
}
