import { createHash, randomBytes } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { readdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import zlib from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import type { PackedFile, StagedFile } from '../../../src/model.js';
import { packFiles } from '../../../src/pack/compress/pack-files.js';
import { silent, type Progress } from '../../../src/progress.js';
import { openCache, scratch, stage } from '../helpers.js';

const folder = scratch();

async function pack(
  root: string,
  files: readonly StagedFile[],
  progress: Progress = silent,
): Promise<PackedFile[]> {
  const cache = await openCache(path.join(root, 'cache'));
  try {
    return await packFiles(files, { cache, progress });
  } finally {
    await cache.close();
  }
}

/** The content as it comes out again. */
async function unpacked(file: PackedFile): Promise<Buffer> {
  const bytes = await readFile(file.packedSource);
  const data = bytes.subarray(file.packedOffset, file.packedOffset + file.packedBytes);
  return file.method === 'store' ? data : zlib.inflateRawSync(data);
}

async function cacheFiles(root: string): Promise<string[]> {
  const entries = await readdir(path.join(root, 'cache'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => path.join(entry.parentPath, entry.name));
}

/** Progress that remembers whether the step came from the cache, and how far it went. */
function recorder(): Progress & { cached: boolean[]; done: number } {
  const self = {
    cached: [] as boolean[],
    done: 0,
    start: () => ({
      advance: (amount: number) => {
        self.done += amount;
      },
      note: () => {},
      end: (_summary?: string, options?: { cached?: boolean }) => {
        self.cached.push(options?.cached ?? false);
      },
    }),
  };
  return self;
}

const tree = {
  'a/empty.py': '',
  'a/one.py': 'print(1)\n'.repeat(200),
  'a/copy.py': 'print(1)\n'.repeat(200),
  'a/noise': randomBytes(5000),
  'b/large.so': Buffer.concat([randomBytes(600_000), Buffer.alloc(1_000_000, 'ab')]),
  'b/large-noise': randomBytes(700_000),
  'c/exactly-a-block': Buffer.alloc(1 << 20, 'xyz'),
  'c/link': { link: 'exactly-a-block' },
};

describe('packing', () => {
  test('gives digests and contents that come out again, in the order given', async () => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    const progress = recorder();
    const packed = await pack(root, files, progress);
    expect(packed.map((file) => file.path)).toEqual(files.map((file) => file.path));
    for (const file of packed.filter((one) => one.link === undefined)) {
      const content = await readFile(file.source);
      expect((await unpacked(file)).equals(content)).toBe(true);
      expect(file).toMatchObject({
        bytes: content.length,
        crc32: zlib.crc32(content),
        sha256: createHash('sha256').update(content).digest('hex'),
      });
    }
    expect(packed.map((file) => file.method)).toEqual([
      'store',
      'deflate',
      'deflate',
      'store',
      'deflate',
      'store',
      'deflate',
      'store',
    ]);
    expect(packed.at(-1)).toMatchObject({ packedBytes: 15, bytes: 0 });
    expect(progress.done).toBe(files.reduce((sum, file) => sum + file.bytes, 0));
  });

  test('a second time everything comes from the cache, with the same result', async () => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    const progress = recorder();
    const first = await pack(root, files, progress);
    expect(await pack(root, files, progress)).toEqual(first);
    expect(progress.cached).toEqual([false, true]);
  });

  test('a changed file costs its own distribution only', async () => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    await pack(root, files);
    const before = await cacheFiles(root);
    const changed = files.find((file) => file.path === 'a/one.py')!;
    await writeFile(changed.source, 'print(2)\n'.repeat(200));
    await pack(root, files);
    const added = (await cacheFiles(root)).filter((file) => !before.includes(file));
    expect(added).toHaveLength(1);
  });

  test.each([
    ['a flipped byte in the data', (bytes: Buffer) => void (bytes[10]! ^= 1)],
    ['a flipped byte in the index', (bytes: Buffer) => void (bytes[bytes.length - 30]! ^= 1)],
    ['a flipped byte at the end', (bytes: Buffer) => void (bytes[bytes.length - 1]! ^= 1)],
    [
      'another length in the footer',
      (bytes: Buffer) => void bytes.writeUInt32LE(0xffff_ffff, bytes.length - 16),
    ],
  ])('a cache entry with %s is made again, not used', async (_name, damage) => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    const first = await pack(root, files);
    for (const file of await cacheFiles(root)) {
      const bytes = await readFile(file);
      damage(bytes);
      await writeFile(file, bytes);
    }
    const progress = recorder();
    expect(await pack(root, files, progress)).toEqual(first);
    expect(progress.cached).toEqual([false]);
    const large = first.find((file) => file.path === 'b/large.so')!;
    expect((await unpacked(large)).equals(await readFile(large.source))).toBe(true);
  });

  test.each([0, 5, 100])('a cache entry cut to %s bytes is made again', async (length) => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    const first = await pack(root, files);
    for (const file of await cacheFiles(root)) await truncate(file, length);
    expect(await pack(root, files)).toEqual(first);
    const one = first.find((file) => file.path === 'a/one.py')!;
    expect((await unpacked(one)).equals(await readFile(one.source))).toBe(true);
  });

  test('two builds at once share a cache', async () => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), tree);
    const [one, other] = await Promise.all([pack(root, files), pack(root, files)]);
    expect(one).toEqual(other);
    expect(await readdir(path.join(root, 'cache', 'v1', 'work'))).toEqual([]);
  });

  test('data that does not get smaller takes no room in the cache', async () => {
    const root = await folder();
    const files = await stage(path.join(root, 'tree'), { 'x/noise': randomBytes(2_000_000) });
    const [file] = await pack(root, files);
    expect(file).toMatchObject({ method: 'store', packedSource: file!.source, packedBytes: 2_000_000 });
    const [entry] = await cacheFiles(root);
    expect((await stat(entry!)).size).toBeLessThan(1000);
  });
});

test('a file that grows while it is packed is told', async () => {
  const root = await folder();
  const [file] = await stage(root, { 'a.log': randomBytes(12 << 20) });
  let grown = false;
  const growing: Progress = {
    start: () => ({
      advance: () => {
        if (!grown) appendFileSync(file!.source, 'more');
        grown = true;
      },
      note: () => {},
      end: () => {},
    }),
  };
  await expect(pack(root, [file!], growing)).rejects.toMatchObject({ code: 'archive-differs' });
});
