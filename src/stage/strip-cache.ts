/** Strips each distinct binary once, whatever tree it lies in. I/O. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';
import { lstat, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import pMap from 'p-map';
import { cacheKey } from '../text/cache-key.js';
import type { Cache } from '../io/cache.js';
import { leftAlone, stripFile } from '../io/elf-file.js';

/** Raised when `elf/strip.ts` writes other bytes for the same file. */
const stripVersion = 2;
const chunkBytes = 1024 * 1024;

export type Stripped =
  | {
      readonly stripped: true;
      /** Absolute path of the new bytes, in the cache. */
      readonly source: string;
      readonly bytes: number;
      /** Hex, of the new bytes. */
      readonly sha256: string;
      /** Hex, of what lies in the tree. */
      readonly was: string;
    }
  | { readonly stripped: false; readonly because: string };

/**
 * @param files absolute paths; they are read, never written
 * @param onDone called for each with its size in bytes
 * @returns by path
 * @throws the file system's error; SlimError `cache-unwritable`
 */
export async function stripAll(
  files: readonly { readonly source: string; readonly bytes: number }[],
  cache: Cache,
  onDone: (bytes: number) => void,
): Promise<ReadonlyMap<string, Stripped>> {
  const results = new Map<string, Stripped>();
  // What its headers forbid to strip need not be read whole: a sparse file may claim any size.
  for (const { source, bytes } of files) {
    const because = leftAlone(source);
    await setImmediate();
    if (because === null) continue;
    results.set(source, { stripped: false, because });
    onDone(bytes);
  }
  const rest = files.filter((file) => !results.has(file.source));
  const digests = await sourceDigests(
    rest.map((file) => file.source),
    cache,
  );
  await pMap(
    rest,
    async ({ source, bytes }) => {
      results.set(source, await stripOne(source, digests[source] ?? (await digestOf(source)), cache));
      onDone(bytes);
    },
    // The work is reading and writing; two keep one going while the other waits for the disk.
    { concurrency: 4 },
  );
  return results;
}

type Outcome =
  | { readonly stripped: true; readonly bytes: number; readonly sha256: string }
  | { readonly stripped: false; readonly because: string };

async function stripOne(source: string, sha256: string, cache: Cache): Promise<Stripped> {
  const key = cacheKey({ stripVersion, sha256 });
  const entry = await cache.folder('stripped', key, async (folder) => {
    const destination = path.join(folder, 'file');
    const result = await stripFile(source, destination);
    const outcome: Outcome = result.stripped ? { ...result, sha256: await digestOf(destination) } : result;
    await writeFile(path.join(folder, 'outcome.json'), JSON.stringify(outcome));
  });
  const outcome = JSON.parse(await readFile(path.join(entry.path, 'outcome.json'), 'utf8')) as Outcome;
  return outcome.stripped ? { ...outcome, was: sha256, source: path.join(entry.path, 'file') } : outcome;
}

/**
 * Content digests of all files. Hashing a gigabyte takes two seconds, so they are remembered for exactly these files: by
 * place, inode, size and time of the last change. (Not the inode's own change time: a hard link to it, as staging makes, moves it.)
 */
async function sourceDigests(
  files: readonly string[],
  cache: Cache,
): Promise<Readonly<Record<string, string>>> {
  const identities = await pMap(files, identityOf, { concurrency: 16 });
  const entry = await cache.folder('digests', cacheKey({ identities }), async (folder) => {
    const digests: Record<string, string> = {};
    for (const file of files) {
      digests[file] = await digestOf(file);
    }
    await writeFile(path.join(folder, 'sha256.json'), JSON.stringify(digests));
  });
  return JSON.parse(await readFile(path.join(entry.path, 'sha256.json'), 'utf8')) as Record<string, string>;
}

async function identityOf(file: string): Promise<readonly string[]> {
  const facts = await lstat(file, { bigint: true });
  return [file, facts.dev, facts.ino, facts.size, facts.mtimeNs].map(String);
}

/** sha256 in hex; a megabyte at a time, with a look at the event loop after each. */
async function digestOf(file: string): Promise<string> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(chunkBytes);
  const descriptor = openSync(file, 'r');
  try {
    for (let count = 1; count > 0;) {
      count = readSync(descriptor, buffer, 0, chunkBytes, null);
      hash.update(buffer.subarray(0, count));
      await setImmediate();
    }
  } finally {
    closeSync(descriptor);
  }
  return hash.digest('hex');
}
