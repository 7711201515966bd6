/** Who put which file into the tree. Pure. */

export interface OwnedPaths {
  /** Normalized distribution name. */
  readonly normalized: string;
  /** Its metadata folder (or egg-info file). */
  readonly folder: string;
  /** What its RECORD lists, as paths in the tree; files that are not there may be among them. */
  readonly paths: readonly string[];
}

export interface Ownership {
  readonly distribution: string | null;
  /** Others that list the same file, sorted. */
  readonly sharedWith: readonly string[];
}

/**
 * One answer for each path. A file that no RECORD lists (bytecode, what a tool wrote later) belongs to the distribution
 * that alone owns its folder or the nearest folder above it; when several do, to nobody.
 */
export function ownersOf(
  paths: readonly string[],
  distributions: readonly OwnedPaths[],
): ReadonlyMap<string, Ownership> {
  const listed = new Map<string, string[]>();
  for (const one of [...distributions].sort((a, b) => (a.normalized < b.normalized ? -1 : 1))) {
    for (const path of new Set(one.paths)) {
      const owners = listed.get(path);
      if (owners) owners.push(one.normalized);
      else listed.set(path, [one.normalized]);
    }
  }
  const byMetadata = new Map(distributions.map((one) => [one.folder, one.normalized]));
  const byFolder = folderOwners(paths, listed);
  const result = new Map<string, Ownership>();
  for (const path of paths) {
    const metadata = byMetadata.get(path.split('/', 1)[0] ?? '');
    const [first, ...rest] = listed.get(path) ?? [];
    if (metadata !== undefined) result.set(path, { distribution: metadata, sharedWith: [] });
    else if (first !== undefined) result.set(path, { distribution: first, sharedWith: rest });
    else result.set(path, { distribution: nearest(path, byFolder), sharedWith: [] });
  }
  return result;
}

/** Folder → its only owner, or null when it has several. */
function folderOwners(
  paths: readonly string[],
  listed: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, string | null> {
  const folders = new Map<string, string | null>();
  for (const path of paths) {
    const owners = listed.get(path);
    if (!owners) continue;
    for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
      const folder = path.slice(0, slash);
      for (const owner of owners) {
        const known = folders.get(folder);
        folders.set(folder, known === undefined || known === owner ? owner : null);
      }
    }
  }
  return folders;
}

function nearest(path: string, folders: ReadonlyMap<string, string | null>): string | null {
  for (let slash = path.lastIndexOf('/'); slash > 0; slash = path.lastIndexOf('/', slash - 1)) {
    const folder = path.slice(0, slash);
    // `bin` at the root is everybody's, whoever happens to be the only one there.
    if (folder === 'bin') return null;
    const owner = folders.get(folder);
    if (owner !== undefined) return owner;
  }
  return null;
}
