import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Cache, removeWork, withCache } from '../../src/io/cache.js';
import { readLeases } from '../../src/io/leases.js';
import { cacheKey } from '../../src/text/cache-key.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim cache é '));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const key = cacheKey({ python: '3.13' });
const make = (text: string) => async (place: string) => writeFile(path.join(place, 'a.txt'), text);
const read = async (place: string) => readFile(path.join(place, 'a.txt'), 'utf8');

test('the key changes with every part and not with their order', () => {
  expect(cacheKey({ a: 1, b: { c: 2, d: 3 } })).toBe(cacheKey({ b: { d: 3, c: 2 }, a: 1 }));
  expect(cacheKey({ a: 1 })).not.toBe(cacheKey({ a: '1' }));
  expect(cacheKey({ a: ['x', 'y'] })).not.toBe(cacheKey({ a: ['y', 'x'] }));
});

test('an entry is made once', async () => {
  const cache = await Cache.open(folder, true);
  const first = await cache.folder('trees', key, make('one'));
  await cache.close();
  const again = await Cache.open(folder, true);
  const second = await again.folder('trees', key, make('two'));
  expect([first.cached, second.cached]).toEqual([false, true]);
  expect(await read(second.path)).toBe('one');
  await again.close();
});

test.each([
  ['altered', (place: string) => appendFile(path.join(place, 'a.txt'), '!')],
  ['without a file', (place: string) => rm(path.join(place, 'a.txt'))],
  ['with one file too many', (place: string) => writeFile(path.join(place, 'b.txt'), '')],
  ['without its seal', (place: string) => rm(path.join(place, '..', 'seal.json'))],
  ['with a cut seal', (place: string) => writeFile(path.join(place, '..', 'seal.json'), '[[')],
  ['without content', (place: string) => rm(place, { recursive: true })],
])('an entry %s is made again', async (_name, damage) => {
  const cache = await Cache.open(folder, true);
  await damage((await cache.folder('trees', key, make('one'))).path);
  const again = await Cache.open(folder, true);
  const entry = await again.folder('trees', key, make('two'));
  expect(entry.cached).toBe(false);
  expect(await read(entry.path)).toBe('two');
  expect(await readdir(entry.path)).toEqual(['a.txt']);
});

test('an entry whose bytes are wrong is made again: the seal does not know them', async () => {
  const isTwo = async (place: string) => (await read(place)) === 'two';
  const cache = await Cache.open(folder, true);
  await cache.folder('trees', key, make('one'));
  const again = await Cache.open(folder, true);
  const second = await again.folder('trees', key, make('two'), isTwo);
  expect([second.cached, await read(second.path)]).toEqual([false, 'two']);
  const third = await (await Cache.open(folder, true)).folder('trees', key, make('three'), isTwo);
  expect([third.cached, await read(third.path)]).toEqual([true, 'two']);
});

test('what fails leaves nothing, and may be tried again', async () => {
  const cache = await Cache.open(folder, true);
  const failing = async (place: string) => {
    await make('half')(place);
    throw new Error('no');
  };
  await expect(cache.folder('trees', key, failing)).rejects.toThrow('no');
  const entry = await cache.folder('trees', key, make('whole'));
  expect([entry.cached, await read(entry.path)]).toEqual([false, 'whole']);
});

test('two builds at once both get a whole entry', async () => {
  const caches = await Promise.all([
    Cache.open(folder, true),
    Cache.open(folder, true),
    Cache.open(folder, true),
  ]);
  const entries = await Promise.all(
    caches.map((cache, index) => cache.folder('trees', key, make(String(index)))),
  );
  expect(new Set(entries.map((entry) => entry.path)).size).toBe(1);
  expect(['0', '1', '2']).toContain(await read(entries[0]!.path));
  await Promise.all(caches.map((cache) => cache.close()));
  expect(await readdir(path.join(folder, 'v1', 'work'))).toEqual([]);
});

test('without a cache everything goes at the end', async () => {
  const cache = await Cache.open(folder, false);
  const entry = await cache.folder('trees', key, make('one'));
  expect(await read(entry.path)).toBe('one');
  await cache.close();
  await expect(stat(entry.path)).rejects.toThrow('ENOENT');
  expect(await readdir(folder)).toEqual([]);
});

test.each([true, false])(
  'what a build was still writing when it was given up goes, too (cache kept: %s)',
  async (keep) => {
    const cache = await Cache.open(folder, keep);
    const work = await cache.workFolder('prove');
    const end = Date.now() + 400;
    let written = 0;
    const writing = (async () => {
      for (; Date.now() < end; written++)
        await writeFile(path.join(work, String(written)), '').catch(() => {});
    })();
    while (written < 50) await setTimeout(1);
    await cache.close();
    await writing;
    expect(await readdir(path.dirname(work)).catch(() => [])).toEqual([]);
  },
);

test.each([true, false])(
  'a folder that was made once more after the end goes with the process (cache kept: %s)',
  async (keep) => {
    const cache = await Cache.open(folder, keep);
    const late = path.join(await cache.workFolder('stage'), 'numpy', 'linalg');
    await cache.close();
    await mkdir(late, { recursive: true });
    removeWork();
    const work = path.dirname(path.dirname(path.dirname(late)));
    expect(await readdir(path.dirname(work)).catch(() => [])).toEqual([]);
  },
);

test('a work folder without a lease is left to who may be writing one for a minute, and then is nobody’s', async () => {
  const left = path.join(folder, 'v1', 'work', 'left', 'stage-1');
  await mkdir(left, { recursive: true });
  expect((await readLeases(path.join(folder, 'v1'))).dead).toEqual([]);
  const before = new Date(Date.now() - 61_000);
  await utimes(path.dirname(left), before, before);
  expect((await readLeases(path.join(folder, 'v1'))).dead).toEqual([path.dirname(left)]);
});

test('a cache folder that cannot be made is named', async () => {
  const file = path.join(folder, 'file');
  await writeFile(file, '');
  await expect(Cache.open(path.join(file, 'x'), true)).rejects.toMatchObject({ code: 'cache-unwritable' });
});

test('a full disk under the cache is told in words, and nothing half-made stays', async () => {
  const full = Object.assign(new Error('write'), { code: 'ENOSPC' });
  const work = withCache(folder, true, (cache) =>
    cache.folder('trees', key, async (place) => {
      await make('half')(place);
      throw full;
    }),
  );
  await expect(work).rejects.toMatchObject({ code: 'disk-full', cause: full });
  const left = await readdir(folder, { recursive: true, withFileTypes: true });
  expect(left.filter((one) => one.isFile())).toEqual([]);
});

test('another failure of the work is given on as it is', async () => {
  const other = new Error('other');
  await expect(withCache(folder, true, () => Promise.reject(other))).rejects.toBe(other);
});
