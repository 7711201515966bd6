/** Which file in the tree answers when a binary needs a library. Pure. */
import path from 'node:path/posix';
import type { Entry, Inventory } from '../model.js';

export interface LibraryIndex {
  /**
   * Files that can answer `needed` of a binary: those on its own search path, else any of that SONAME or name (the
   * loader finds a library by SONAME once it is loaded, from wherever). Empty: none in the tree.
   */
  find(from: Entry, needed: string): readonly Entry[];
}

export function libraryIndex(inventory: Pick<Inventory, 'entries'>): LibraryIndex {
  const byName = new Map<string, Entry[]>();
  const byPath = new Map<string, Entry>();
  for (const entry of inventory.entries) {
    if (!entry.elf && entry.link === undefined) continue;
    byPath.set(entry.path, entry);
    if (!entry.elf) continue;
    for (const name of new Set([path.basename(entry.path), entry.elf.soname])) {
      if (name === null) continue;
      const known = byName.get(name);
      if (known) known.push(entry);
      else byName.set(name, [entry]);
    }
  }
  return {
    find(from, needed) {
      for (const folder of from.elf?.searchPath ?? []) {
        const place = folder.replace(/^\$\{?ORIGIN\}?/, path.dirname(from.path));
        const entry = byPath.get(path.join(place, needed));
        if (entry) return follow(entry, byPath, []);
      }
      return byName.get(needed) ?? [];
    },
  };
}

/** A link and what it points to: the loader needs both. */
function follow(
  entry: Entry,
  byPath: ReadonlyMap<string, Entry>,
  before: readonly Entry[],
): readonly Entry[] {
  const chain = [...before, entry];
  if (entry.link === undefined) return chain;
  const end = byPath.get(path.join(path.dirname(entry.path), entry.link));
  return end && !chain.includes(end) ? follow(end, byPath, chain) : chain;
}
