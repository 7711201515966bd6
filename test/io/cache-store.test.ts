import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { census, clean, prune } from '../../src/io/cache-store.js';
import { cacheKey } from '../../src/text/cache-key.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim store é '));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const keyOf = (name: string): string => cacheKey({ name });
/** An entry of `bytes` bytes that was last used `minutes` ago. */
async function entry(cache: Cache, name: string, bytes: number, minutes: number): Promise<string> {
  const made = await cache.folder('trees', keyOf(name), (place) =>
    writeFile(path.join(place, name), 'x'.repeat(bytes)),
  );
  const then = new Date(Date.now() - minutes * 60_000);
  await utimes(path.join(made.path, '..', 'seal.json'), then, then);
  return made.path;
}
const isThere = async (place: string): Promise<boolean> => stat(place).then(() => true, () => false); // prettier-ignore

test('the least recently used go first, until the rest is within the limit', async () => {
  const cache = await Cache.open(folder, true);
  const old = await entry(cache, 'old', 400, 60);
  const older = await entry(cache, 'older', 400, 90);
  const young = await entry(cache, 'young', 400, 1);
  await cache.close();
  // Used again: it is the youngest now.
  const again = await Cache.open(folder, true);
  expect((await again.find('trees', keyOf('older')))?.cached).toBe(true);
  await again.close();
  expect(await prune(folder, 900)).toEqual({ removed: 1, bytes: 400, left: 800, inUse: 0 });
  expect([await isThere(old), await isThere(older), await isThere(young)]).toEqual([false, true, true]);
  expect((await census(folder)).entries.map((one) => one.bytes)).toEqual([400, 400]);
});

test('nothing goes while it is within the limit', async () => {
  const cache = await Cache.open(folder, true);
  await entry(cache, 'one', 400, 60);
  await cache.close();
  expect(await prune(folder, 400)).toEqual({ removed: 0, bytes: 0, left: 400, inUse: 0 });
});

test('what a running build uses stays, however old it is; when the build has ended it goes', async () => {
  const running = await Cache.open(folder, true);
  const used = await entry(running, 'used', 400, 600);
  const other = await Cache.open(folder, true);
  const idle = await entry(other, 'idle', 400, 1);
  await other.close();
  expect(await clean(folder)).toMatchObject({ removed: 1, bytes: 400, inUse: 1 });
  expect([await isThere(used), await isThere(idle)]).toEqual([true, false]);
  await running.close();
  expect(await clean(folder)).toEqual({ removed: 1, bytes: 400, left: 0, inUse: 0 });
});

test('closing makes the cache as small as its limit', async () => {
  const cache = await Cache.open(folder, true, 500);
  await entry(cache, 'one', 400, 2);
  const two = await entry(cache, 'two', 400, 1);
  await cache.close();
  expect((await census(folder)).entries.map((one) => path.join(one.place, 'content'))).toEqual([two]);
});

test('what a killed build left goes, what another machine may still be making stays', async () => {
  const work = path.join(folder, 'v1', 'work');
  const leave = async (name: string, lease: string | null, hours: number): Promise<void> => {
    await mkdir(path.join(work, name, 'trees-x'), { recursive: true });
    await writeFile(path.join(work, name, 'trees-x', 'half'), 'x'.repeat(100));
    if (lease !== null) await writeFile(path.join(work, name, 'lease.json'), lease);
    const then = new Date(Date.now() - hours * 3_600_000);
    await utimes(path.join(work, name), then, then);
  };
  // No process has this number: it is above every system's limit.
  await leave('killed', JSON.stringify({ pid: 2 ** 30, host: hostname() }), 0);
  await leave('elsewhere', JSON.stringify({ pid: 2 ** 30, host: 'another' }), 1);
  await leave('of an older version', null, 30);
  await leave('young', null, 0);
  const { work: before, running } = await census(folder);
  expect([before.left > 200, running]).toEqual([true, 2]);
  expect(await prune(folder, 1e9)).toMatchObject({ removed: 0 });
  expect((await readdir(work)).sort()).toEqual(['elsewhere', 'young']);
});

test('a prune that died does not hold builds up', async () => {
  await mkdir(path.join(folder, 'v1'), { recursive: true });
  await writeFile(path.join(folder, 'v1', 'pruning'), JSON.stringify({ pid: 2 ** 30, host: hostname() }));
  const cache = await Cache.open(folder, true);
  await entry(cache, 'one', 10, 0);
  expect(await readdir(path.join(folder, 'v1'))).not.toContain('pruning');
  await cache.close();
});

test('a build waits while another process prunes', async () => {
  const cache = await Cache.open(folder, true);
  const pruning = path.join(folder, 'v1', 'pruning');
  await writeFile(pruning, JSON.stringify({ pid: process.pid, host: hostname() }));
  let done = false;
  const making = entry(cache, 'one', 10, 0).then(() => (done = true));
  await wait(150);
  expect(done).toBe(false);
  await rm(pruning);
  await making;
  expect(done).toBe(true);
  await cache.close();
});

test('a replaced entry has the new contents; others find it', async () => {
  const cache = await Cache.open(folder, true);
  const write = (text: string) => (place: string) => writeFile(path.join(place, 'a'), text);
  await cache.replace('pins', keyOf('a'), write('one'));
  await cache.replace('pins', keyOf('a'), write('two'));
  const other = await Cache.open(folder, true);
  const found = await other.find('pins', keyOf('a'));
  expect(await readFile(path.join(found?.path ?? '', 'a'), 'utf8')).toBe('two');
  expect(await other.find('pins', keyOf('b'))).toBeNull();
  await Promise.all([cache.close(), other.close()]);
});

test('builds that take and make entries beside one that takes everything away always have whole ones', async () => {
  const stop = new AbortController();
  let removed = 0;
  const pruner = (async () => {
    while (!stop.signal.aborted) removed += (await clean(folder)).removed;
  })();
  const build = async (): Promise<number> => {
    let seen = 0;
    for (let round = 0; round < 25; round++) {
      const cache = await Cache.open(folder, true);
      for (const name of ['a', 'b', 'c', 'd']) {
        const { path: place } = await cache.folder('trees', keyOf(name), async (made) => {
          await writeFile(path.join(made, 'one'), name);
          await writeFile(path.join(made, 'two'), name);
        });
        await wait(1);
        const texts = await Promise.all(['one', 'two'].map((one) => readFile(path.join(place, one), 'utf8')));
        expect(texts).toEqual([name, name]);
        seen++;
      }
      await cache.close();
    }
    return seen;
  };
  const seen = await Promise.all([build(), build(), build()]);
  stop.abort();
  await pruner;
  expect(seen).toEqual([100, 100, 100]);
  expect(removed).toBeGreaterThan(0);
  expect(await readdir(path.join(folder, 'v1', 'work'))).toEqual([]);
});

test('downloads of a tool are measured as they are, and go as a whole', async () => {
  const cache = await Cache.open(folder, true);
  const place = await cache.downloads('container-1000');
  await writeFile(path.join(place, 'wheel'), 'x'.repeat(1000));
  expect((await census(folder)).entries).toMatchObject([
    { kind: 'downloads', id: 'downloads/container-1000', bytes: 1000, inUse: true },
  ]);
  await cache.close();
  expect(await prune(folder, 10)).toMatchObject({ removed: 1, bytes: 1000 });
});

test('a folder that is not there is an empty cache', async () => {
  const nowhere = path.join(folder, 'nowhere');
  expect(await census(nowhere)).toEqual({ entries: [], work: { running: 0, left: 0 }, running: 0 });
  expect(await clean(nowhere)).toEqual({ removed: 0, bytes: 0, left: 0, inUse: 0 });
  expect(await isThere(nowhere)).toBe(false);
});
