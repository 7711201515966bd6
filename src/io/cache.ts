/**
 * A cache folder that two builds may use at once. An entry is made beside its place and appears by one rename, with a
 * seal (a list of its files, sizes and times) that is checked on every use: a damaged entry is made again, never used.
 */
import { randomUUID } from 'node:crypto';
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
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { diskFull, isDiskFull, SlimError } from '../errors.js';

export interface CacheEntry {
  /** Absolute path of the entry's content (a folder or a file). */
  readonly path: string;
  /** True when it was there already. */
  readonly cached: boolean;
}

/** Raised when the layout of entries changes; older entries are then never read. */
const layout = 'v1';

export class Cache {
  readonly #made = new Map<string, Promise<CacheEntry>>();

  private constructor(
    /** Absolute path of the folder that holds the kinds of entries. */
    readonly root: string,
    private readonly throwAway: boolean,
    private readonly work: string,
  ) {}

  /**
   * @param folder the user's cache folder, made when missing
   * @param keep false (`--no-cache`): entries live in a folder of this build only and go with `close`
   * @throws SlimError `cache-unwritable`
   */
  static async open(folder: string, keep: boolean): Promise<Cache> {
    try {
      if (!keep) {
        const root = await mkdtemp(path.join(tmpdir(), 'lambda-slim-'));
        const work = path.join(root, 'work');
        await mkdir(work);
        return new Cache(root, true, work);
      }
      const root = path.join(folder, layout);
      const work = path.join(root, 'work', randomUUID());
      await mkdir(work, { recursive: true });
      return new Cache(root, false, work);
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

  /** Take away what this build left half-made (and everything, when the cache is thrown away). Never throws. */
  async close(): Promise<void> {
    await rm(this.throwAway ? this.root : this.work, { recursive: true, force: true }).catch(() => {});
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
    const place = path.join(this.root, kind, key.slice(0, 2), key);
    const content = path.join(place, 'content');
    const isGood = async (): Promise<boolean> => (await isWhole(place)) && (await check(content));
    if (await isGood()) return { path: content, cached: true };
    const work = await this.workFolder(kind);
    const made = path.join(work, 'content');
    await mkdir(made);
    await make(made);
    await writeFile(path.join(work, 'seal.json'), JSON.stringify(await sealOf(made)));
    await mkdir(path.dirname(place), { recursive: true });
    await this.#publish(work, place, isGood);
    return { path: content, cached: false };
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
 * @param folder the user's cache folder; `keep` as for `Cache.open`
 * @throws SlimError `cache-unwritable`, `disk-full`, and what the work throws
 */
export async function withCache<Result>(
  folder: string,
  keep: boolean,
  work: (cache: Cache) => Promise<Result>,
): Promise<Result> {
  const cache = await Cache.open(folder, keep);
  try {
    return await work(cache);
  } catch (error) {
    // All that is written before the output is written there.
    if (!isDiskFull(error)) throw error;
    const sentence = `The disk with the cache folder ${cache.root} is full.`;
    throw diskFull(sentence, { option: '--cache-dir', cause: error });
  } finally {
    await cache.close();
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
    const expected = JSON.parse(await readFile(path.join(place, 'seal.json'), 'utf8')) as Seal;
    await stat(path.join(place, 'content'));
    return JSON.stringify(await sealOf(path.join(place, 'content'))) === JSON.stringify(expected);
  } catch {
    return false;
  }
}
