/**
 * The tree on sys.path when something is nested that must stay beside its neighbours: in it nested files are real, folders
 * with shared objects are real (the loader resolves `$ORIGIN/../x.libs` through the physical parent), and all else is a
 * link to where it lies in the package. Only top-level packages that need it are in the tree. Pure.
 */
import path from 'node:path/posix';
import type { Entry, PayloadIndex } from '../../model.js';
import { libraryIndex } from '../../inventory/libraries.js';

type Tree = NonNullable<PayloadIndex['tree']>;

/**
 * @param files every path of the Python tree that travels
 * @param entries the inventory's entries of these
 * @param nested those that lie in the payload's tree
 * @param outside those that lie in the payload's `lib/`: they are in no folder
 * @returns null when nothing is nested in a tree
 */
export function planTree(
  files: readonly string[],
  entries: readonly Entry[],
  nested: ReadonlySet<string>,
  outside: ReadonlySet<string>,
): Tree | null {
  if (nested.size === 0) return null;
  const tops = treeTops(entries, nested, outside);
  const inside = files.filter((file) => tops.has(topOf(file)) && !outside.has(file));
  const binaries = new Set(entries.filter(({ elf }) => elf).map((entry) => entry.path));
  const real = new Set<string>();
  for (const file of inside) {
    if (!nested.has(file) && !binaries.has(file)) continue;
    for (let folder = path.dirname(file); folder !== '.'; folder = path.dirname(folder)) real.add(folder);
  }
  const links = new Set<string>();
  for (const file of inside) if (!nested.has(file)) links.add(highestPlain(file, real));
  return { folders: [...real].sort(), links: [...links].sort() };
}

/**
 * Top-level packages that must be in the tree: those with nested files, those whose libraries would look for a nested file
 * beside themselves, and those that hold what the ones in the tree look for.
 */
function treeTops(
  entries: readonly Entry[],
  nested: ReadonlySet<string>,
  outside: ReadonlySet<string>,
): ReadonlySet<string> {
  const libraries = libraryIndex({ entries });
  const pairs = new Map<string, readonly [string, string, boolean]>();
  for (const entry of entries) {
    for (const name of entry.elf?.needed ?? []) {
      for (const found of libraries.find(entry, name)) {
        const [user, holder] = [topOf(entry.path), topOf(found.path)];
        // What lies outside is found by its SONAME.
        if (user === holder || outside.has(found.path) || outside.has(entry.path)) continue;
        pairs.set(`${user} ${holder} ${nested.has(found.path)}`, [user, holder, nested.has(found.path)]);
      }
    }
  }
  const tops = new Set([...nested].map(topOf));
  for (let size = 0; size !== tops.size;) {
    size = tops.size;
    for (const [user, holder, isNested] of pairs.values()) {
      if (isNested) tops.add(user);
      if (tops.has(user)) tops.add(holder);
    }
  }
  return tops;
}

/** The file itself, or the highest folder above it that is not real. */
function highestPlain(file: string, real: ReadonlySet<string>): string {
  let highest = file;
  for (let folder = path.dirname(file); folder !== '.' && !real.has(folder); folder = path.dirname(folder)) {
    highest = folder;
  }
  return highest;
}

export function topOf(file: string): string {
  return file.split('/', 1)[0] ?? file;
}
