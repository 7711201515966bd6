/** What a cache folder holds, how large it is, and how it becomes smaller: the least recently used first, never what is in use. */
import { randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { openLease, readLeases, whilePruning } from './leases.js';
import { exists } from './exists.js';

/** Raised when the layout of entries changes; older entries are then never read. */
export const layout = 'v1';

/** A file beside an entry's content: its time is when the entry was last used. */
export const sealName = 'seal.json';
/** A file beside an entry's content: `{ "bytes": N }`, so that nobody has to walk it again. */
export const factsName = 'facts.json';
/** The kind whose entries are folders that tools fill as they like: no seal, and walked to be measured. */
export const downloads = 'downloads';
/** Lies in such a folder: its time is when it was last used. */
export const usedName = '.lambda-slim-used';

export interface StoredEntry {
  /** e.g. `trees`. */
  readonly kind: string;
  /** `kind/key`. */
  readonly id: string;
  /** Absolute. */
  readonly place: string;
  readonly bytes: number;
  /** Milliseconds since 1970; 0 when nobody can tell. */
  readonly usedMs: number;
  readonly inUse: boolean;
}

export interface Census {
  readonly entries: readonly StoredEntry[];
  /** Bytes of half-made things of running builds, and of ones that were killed. */
  readonly work: { readonly running: number; readonly left: number };
  /** Builds and other commands that use the cache now. */
  readonly running: number;
}

const notKinds = new Set(['work', 'pruning']);

/**
 * Everything in a cache folder, sorted by kind and key. A folder that is not there is empty.
 * @param folder the user's cache folder
 */
export async function census(folder: string): Promise<Census> {
  const root = path.join(folder, layout);
  const leases = await readLeases(root);
  const kinds = (await namesIn(root)).filter((name) => !notKinds.has(name)).sort();
  const found: StoredEntry[] = [];
  for (const kind of kinds) {
    const places = await placesOf(path.join(root, kind), kind);
    found.push(
      ...(await pMap(
        places,
        async (place) => {
          const id = `${kind}/${path.basename(place)}`;
          return { kind, id, place, ...(await measure(kind, place)), inUse: leases.used.has(id) };
        },
        { concurrency: 16 },
      )),
    );
  }
  const sum = async (folders: readonly string[]): Promise<number> =>
    (await Promise.all(folders.map(sizeOf))).reduce((total, bytes) => total + bytes, 0);
  return {
    entries: found,
    work: { running: await sum(leases.alive), left: await sum(leases.dead) },
    running: leases.alive.length,
  };
}

async function placesOf(folder: string, kind: string): Promise<readonly string[]> {
  const names = (await namesIn(folder)).sort();
  if (kind === downloads) return names.map((name) => path.join(folder, name));
  const inner = await Promise.all(
    names.map(async (name) =>
      (await namesIn(path.join(folder, name))).sort().map((key) => path.join(folder, name, key)),
    ),
  );
  return inner.flat();
}

async function measure(kind: string, place: string): Promise<Pick<StoredEntry, 'bytes' | 'usedMs'>> {
  const clock = path.join(place, kind === downloads ? usedName : sealName);
  const usedMs = await stat(clock).then(
    (facts) => facts.mtimeMs,
    () => 0,
  );
  if (kind === downloads) return { bytes: await sizeOf(place), usedMs };
  const known = /^\{"bytes":(\d+)\}$/.exec(
    await readFile(path.join(place, factsName), 'utf8').catch(() => ''),
  );
  if (known !== null) return { bytes: Number(known[1]), usedMs };
  const bytes = await sizeOf(place);
  await writeFile(path.join(place, factsName), JSON.stringify({ bytes })).catch(() => {});
  return { bytes, usedMs };
}

/** Bytes of all files below a folder; what vanishes meanwhile counts nothing. */
async function sizeOf(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const sizes = await pMap(
    names.filter((name) => !name.isDirectory()),
    async (name) =>
      lstat(path.join(name.parentPath, name.name)).then(
        (facts) => facts.size,
        () => 0,
      ),
    { concurrency: 16 },
  );
  return sizes.reduce((total, size) => total + size, 0);
}

const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { withFileTypes: true }).catch(() => []))
    .filter((one) => one.isDirectory())
    .map((one) => one.name);

export interface Pruned {
  readonly removed: number;
  /** Bytes that went, with what killed builds had left. */
  readonly bytes: number;
  /** Bytes that stay. */
  readonly left: number;
  /** Entries that would have gone and are in use. */
  readonly inUse: number;
}

/**
 * Make the cache at most `limit` bytes large, as far as nobody uses what is in it. What killed builds left goes always.
 * Safe beside running builds of any number: see leases.ts.
 * @param limit bytes; 0 takes everything
 */
export async function prune(folder: string, limit: number): Promise<Pruned> {
  const root = path.join(folder, layout);
  if (!(await exists(root))) return { removed: 0, bytes: 0, left: 0, inUse: 0 };
  const before = await census(folder);
  const total = before.entries.reduce((sum, one) => sum + one.bytes, 0);
  const { work } = before;
  const nothing = { removed: 0, bytes: 0, left: total + work.running, inUse: 0 };
  if (total <= limit && work.left === 0 && (await readLeases(root)).dead.length === 0) return nothing;

  const own = path.join(root, 'work', randomUUID());
  const trash = path.join(own, 'trash');
  await openLease(own);
  try {
    await mkdir(trash);
    const moved = await whilePruning(root, async () => {
      const leases = await readLeases(root);
      const oldestFirst = [...before.entries].sort((a, b) => a.usedMs - b.usedMs);
      let [removed, bytes, inUse] = [0, 0, 0];
      for (const one of oldestFirst) {
        if (total - bytes <= limit) break;
        if (leases.used.has(one.id)) inUse++;
        else if (await moveAside(one.place, path.join(trash, String(removed)))) {
          removed++;
          bytes += one.bytes;
        }
      }
      return { removed, bytes, inUse, dead: leases.dead };
    });
    // Deleting takes long, and nobody waits for it.
    for (const left of moved.dead) await rm(left, { recursive: true, force: true });
    const { removed, bytes, inUse } = moved;
    return { removed, inUse, bytes: bytes + work.left, left: total - bytes + work.running };
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

async function moveAside(place: string, target: string): Promise<boolean> {
  return rename(place, target).then(
    () => true,
    () => false,
  );
}

/** Take everything away that nobody uses, with what older versions of lambda-slim left. */
export async function clean(folder: string): Promise<Pruned> {
  for (const name of await namesIn(folder)) {
    if (/^v\d+$/.test(name) && name !== layout)
      await rm(path.join(folder, name), { recursive: true, force: true });
  }
  return prune(folder, 0);
}
