/**
 * A cache folder that several builds may use at once. An entry is made beside its place and appears by one rename, with a
 * seal (a list of its files, sizes and times) that is checked on every use: a damaged entry is made again, never used.
 * What a build uses is noted (leases.ts), so that another one that makes the cache smaller (cache-store.ts) leaves it alone.
 */
import { randomUUID } from 'node:crypto';
import { rmSync } from 'node:fs';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  lstat,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diskFull, isDiskFull, SlimError } from '../errors.js';
import { downloads, factsName, layout, prune, sealName, usedName } from './cache-store.js';
import { draftTag, sweepTemporary, temporaryPrefixes } from './drafts.js';
import { removal } from './removal.js';
import { closeLease, noteUse, openLease } from './leases.js';

export interface CacheEntry {
  /** Absolute path of the entry's content (a folder or a file). */
  readonly path: string;
  /** True when it was there already. */
  readonly cached: boolean;
}

/** What runs of this process make half-finished things in. */
const workFolders = new Set<string>();

/**
 * For the end of the process, when nothing of it writes any more: whoever was still at work when a run was stopped may have made
 * its folder once more. Synchronous; never throws.
 */
export function removeWork(): void {
  for (const folder of workFolders) {
    try {
      rmSync(folder, { recursive: true, force: true });
    } catch {
      // The next run takes it away.
    }
  }
}

export class Cache {
  readonly #made = new Map<string, Promise<CacheEntry>>();
  readonly #noted = new Map<string, Promise<void>>();

  private constructor(
    /** Absolute path of the folder that holds the kinds of entries. */
    readonly root: string,
    private readonly throwAway: boolean,
    private readonly work: string,
    /** The user's cache folder, and the bytes that may be in it when this is closed; null: any. */
    private readonly bounds: { readonly folder: string; readonly limit: number } | null,
  ) {
    workFolders.add(throwAway ? root : work);
  }

  /**
   * @param folder the user's cache folder, made when missing
   * @param keep false (`--no-cache`): entries live in a folder of this build only and go with `close`
   * @param limit bytes that `close` leaves at most; default: any number
   * @throws SlimError `cache-unwritable`
   */
  static async open(folder: string, keep: boolean, limit: number | null = null): Promise<Cache> {
    await sweepTemporary();
    try {
      if (!keep) {
        const root = path.join(tmpdir(), `${temporaryPrefixes.cache}${draftTag()}`);
        await mkdir(root, { mode: 0o700 });
        const work = path.join(root, 'work');
        await mkdir(work);
        return new Cache(root, true, work, null);
      }
      const root = path.join(folder, layout);
      const work = path.join(root, 'work', randomUUID());
      await openLease(work);
      return new Cache(root, false, work, limit === null ? null : { folder, limit });
    } catch (cause) {
      throw new SlimError(
        'cache-unwritable',
        `The cache folder ${folder} cannot be written: ${(cause as Error).message}`,
        {
          hint: 'Name another folder with --cache-dir or LAMBDA_SLIM_CACHE_DIR, or build with --no-cache.',
          cause,
        },
      );
    }
  }

  /** A fresh folder on the cache's file system (so that renames and hard links work); it goes with `close`. */
  async workFolder(name: string): Promise<string> {
    return mkdtemp(path.join(this.work, `${name}-`));
  }

  /**
   * Take away what this build left half-made (and everything, when the cache is thrown away), and make the cache as small as
   * its limit says. Never throws.
   * @param failed leaves the limit to the next one: who stops a build does not wait for that
   */
  async close(failed = false): Promise<void> {
    await (this.throwAway ? rm(this.root, removal) : closeLease(this.work)).catch(() => {});
    if (this.bounds !== null && !failed) await prune(this.bounds.folder, this.bounds.limit).catch(() => {});
  }

  /**
   * A folder that a tool fills as it likes, kept between builds (downloads of a container's pip).
   * @returns absolute path
   */
  async downloads(name: string): Promise<string> {
    const folder = path.join(this.root, downloads, name);
    await this.#note(`${downloads}/${name}`);
    await mkdir(folder, { recursive: true });
    await writeFile(path.join(folder, usedName), '');
    return folder;
  }

  /** An entry that is there and whole; null when it must be made. */
  async find(kind: string, key: string): Promise<CacheEntry | null> {
    const running = this.#made.get(`${kind}/${key}`);
    if (running) return running;
    await this.#note(`${kind}/${key}`);
    const place = this.#placeOf(kind, key);
    if (!(await isWhole(place))) return null;
    await touch(place);
    return { path: path.join(place, 'content'), cached: true };
  }

  /** Make a folder entry, also when there is one already: what it says has changed. */
  async replace(kind: string, key: string, make: (folder: string) => Promise<void>): Promise<CacheEntry> {
    const id = `${kind}/${key}`;
    await this.#note(id);
    const result = this.#make(kind, key, make, () => Promise.resolve(false));
    this.#made.set(id, result);
    result.catch(() => this.#made.delete(id));
    return result;
  }

  #placeOf(kind: string, key: string): string {
    return path.join(this.root, kind, key.slice(0, 2), key);
  }

  async #note(id: string): Promise<void> {
    if (this.throwAway) return;
    const noted = this.#noted.get(id) ?? noteUse(this.root, this.work, id);
    this.#noted.set(id, noted);
    await noted;
  }

  /**
   * A folder entry.
   * @param kind groups entries, e.g. `trees`
   * @param key from `cacheKey`
   * @param make fills the given empty folder; when it throws, nothing is kept
   * @param check tells whether an entry that is there already holds what it should; the seal does not know the bytes
   */
  async folder(
    kind: string,
    key: string,
    make: (folder: string) => Promise<void>,
    check: (folder: string) => Promise<boolean> = () => Promise.resolve(true),
  ): Promise<CacheEntry> {
    const id = `${kind}/${key}`;
    const running = this.#made.get(id);
    if (running) return running;
    const result = this.#folder(kind, key, make, check);
    this.#made.set(id, result);
    result.catch(() => this.#made.delete(id));
    return result;
  }

  async #folder(
    kind: string,
    key: string,
    make: (folder: string) => Promise<void>,
    check: (folder: string) => Promise<boolean>,
  ): Promise<CacheEntry> {
    const place = this.#placeOf(kind, key);
    const content = path.join(place, 'content');
    const isGood = async (): Promise<boolean> => (await isWhole(place)) && (await check(content));
    await this.#note(`${kind}/${key}`);
    if (await isGood()) {
      await touch(place);
      return { path: content, cached: true };
    }
    return this.#make(kind, key, make, isGood);
  }

  async #make(
    kind: string,
    key: string,
    make: (folder: string) => Promise<void>,
    isGood: () => Promise<boolean>,
  ): Promise<CacheEntry> {
    const place = this.#placeOf(kind, key);
    const work = await this.workFolder(kind);
    const made = path.join(work, 'content');
    await mkdir(made);
    await make(made);
    const seal = await sealOf(made);
    await writeFile(path.join(work, sealName), JSON.stringify(seal));
    const bytes = seal.reduce((sum, [, size]) => sum + size, 0);
    await writeFile(path.join(work, factsName), JSON.stringify({ bytes }));
    await mkdir(path.dirname(place), { recursive: true });
    await this.#publish(work, place, isGood);
    return { path: path.join(place, 'content'), cached: false };
  }

  async #publish(work: string, place: string, isGood: () => Promise<boolean>): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      try {
        await rename(work, place);
        return;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
        // Another build was first: its entry is as good as ours. A damaged one is moved aside, so that a build which
        // still reads it keeps its open files.
        if (await isGood()) return;
        await rename(place, path.join(this.work, `damaged-${randomUUID()}`)).catch(() => {});
      }
    }
    throw new SlimError('cache-unwritable', `The cache entry ${place} cannot be replaced.`, {
      hint: 'Delete that folder, or build with --no-cache.',
    });
  }
}

/**
 * Work with a cache, and take away afterwards what was left half-made.
 * @param folder the user's cache folder; `keep` and `limit` as for `Cache.open`
 * @throws SlimError `cache-unwritable`, `disk-full`, and what the work throws
 */
export async function withCache<Result>(
  folder: string,
  keep: boolean,
  work: (cache: Cache) => Promise<Result>,
  limit: number | null = null,
): Promise<Result> {
  const cache = await Cache.open(folder, keep, limit);
  let failed = true;
  try {
    const result = await work(cache);
    failed = false;
    return result;
  } catch (error) {
    // All that is written before the output is written there.
    if (!isDiskFull(error)) throw error;
    const sentence = `The disk with the cache folder ${cache.root} is full.`;
    throw diskFull(sentence, { option: '--cache-dir', cause: error });
  } finally {
    await cache.close(failed);
  }
}

type Seal = readonly (readonly [path: string, size: number, mtimeMs: number, link: string | null])[];

async function sealOf(folder: string): Promise<Seal> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const rows = await Promise.all(
    names
      .filter((name) => !name.isDirectory())
      .map(async (name) => {
        const full = path.join(name.parentPath, name.name);
        const facts = await lstat(full);
        const link = facts.isSymbolicLink() ? await readlink(full) : null;
        return [path.relative(folder, full), facts.size, Math.trunc(facts.mtimeMs), link] as const;
      }),
  );
  return rows.sort((a, b) => (a[0] < b[0] ? -1 : 1));
}

async function isWhole(place: string): Promise<boolean> {
  try {
    const expected = JSON.parse(await readFile(path.join(place, sealName), 'utf8')) as Seal;
    await stat(path.join(place, 'content'));
    return JSON.stringify(await sealOf(path.join(place, 'content'))) === JSON.stringify(expected);
  } catch {
    return false;
  }
}

/** The seal's time says when the entry was last used. A cache that cannot be written is used as it is. */
async function touch(place: string): Promise<void> {
  const now = new Date();
  await utimes(path.join(place, sealName), now, now).catch(() => {});
}
