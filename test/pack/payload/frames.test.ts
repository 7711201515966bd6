/** Frames in the cache: made once for the same bytes, and never used when they are damaged. */
import { open, readdir, readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { UnitInput } from '../../../src/pack/payload/frames.js';
import { readBackPayload } from '../../../src/pack/payload/payload.js';
import { layoutPayload } from '../../../src/pack/payload/layout.js';
import type { Progress } from '../../../src/progress.js';
import { scratch, stage, type Tree } from '../helpers.js';
import { content, flipped, MIB, pack, write } from './helper.js';

const scratchFolder = scratch();

/** Steps that said that nothing had to be done. */
const watching = (): { progress: Progress; ends: (boolean | undefined)[]; advanced: () => number } => {
  const ends: (boolean | undefined)[] = [];
  let advanced = 0;
  return {
    ends,
    advanced: () => advanced,
    progress: {
      start: () => ({
        advance: (amount) => (advanced += amount),
        note: () => {},
        end: (_summary, options) => ends.push(options?.cached),
      }),
    },
  };
};

test('what did not change is not compressed again, wherever it lies', async () => {
  const folder = await scratchFolder();
  const stageAt = async (at: string): Promise<UnitInput> => ({
    files: await stage(path.join(folder, at), { [`${at}/file.bin`]: content(3 * MIB, 1) }),
    under: 'python',
  });
  const seen = watching();
  const options = { progress: seen.progress };
  await pack([await stageAt('one')], path.join(folder, 'cache'), options);
  const [again] = await pack([await stageAt('other')], path.join(folder, 'cache'), options);
  expect(seen.ends).toEqual([false, true]);
  expect(seen.advanced()).toBe(2 * 3 * MIB);
  expect(again?.files[0]?.path).toBe('other/file.bin');
});

test('two files of the same bytes are compressed once', async () => {
  const folder = await scratchFolder();
  const files = await stage(folder, { 'a/x.bin': content(MIB, 1), 'b/y.bin': content(MIB, 1) });
  const packed = await pack(
    files.map((file) => ({ files: [file], under: 'python' })),
    path.join(folder, 'cache'),
  );
  expect(packed[0]?.frames).toEqual(packed[1]?.frames);
  const { archive, layout } = await write(packed, 'gzip', folder);
  await expect(readBackPayload(archive, layout)).resolves.toBeUndefined();
});

test.each<readonly [string, (group: Tree) => Tree]>([
  ['bytes', (own) => ({ ...own, 'p/a.py': 'x = 2\n' })],
  ['a name', (own) => ({ 'p/other.py': own['p/a.py'] as string, 'p/b.py': own['p/b.py'] as string })],
  ['a mode', (own) => ({ ...own, 'p/a.py': [own['p/a.py'] as string] })],
])('a group with %s changed is compressed again', async (_name, change) => {
  const folder = await scratchFolder();
  const own = { 'p/a.py': 'x = 1\n', 'p/b.py': 'y = 1\n' };
  const groupOf = async (place: string, tree: Tree): Promise<UnitInput> => ({
    files: await stage(path.join(folder, place), tree),
    under: 'python',
  });
  const seen = watching();
  await pack([await groupOf('one', own)], path.join(folder, 'cache'), seen);
  await pack([await groupOf('two', change(own))], path.join(folder, 'cache'), seen);
  expect(seen.ends).toEqual([false, false]);
});

/** Changed, with the same size and time: only the bytes tell. */
const silently = async (file: string, change: (bytes: Buffer) => Buffer): Promise<void> => {
  const { atime, mtime } = await stat(file);
  await writeFile(file, change(await readFile(file)));
  await utimes(file, atime, mtime);
};
const cachedFile = async (folder: string, name: string): Promise<string> => {
  const names = await readdir(folder, { recursive: true });
  return path.join(folder, names.find((one) => path.basename(one) === name) ?? 'none');
};

test.each<readonly [string, string, (file: string) => Promise<void>]>([
  ['a bit of a frame', 'frames', (file) => silently(file, (bytes) => flipped(bytes, 100))],
  ['the list', 'frames.json', (file) => silently(file, (bytes) => Buffer.alloc(bytes.length, ' '))],
  ['frames cut off', 'frames', (file) => truncate(file, 10)],
  ['frames that are gone', 'frames', (file) => rm(file)],
])('%s that is damaged is made again', async (_name, name, damage) => {
  const folder = await scratchFolder();
  const own: UnitInput = {
    files: await stage(folder, { 'a/x.bin': content(3 * MIB, 1) }),
    under: 'python',
  };
  const cache = path.join(folder, 'cache');
  const first = await write(await pack([own], cache), 'gzip', folder);
  await damage(await cachedFile(cache, name));
  const seen = watching();
  const second = await write(await pack([own], cache, seen), 'gzip', folder);
  expect(seen.ends).toEqual([false]);
  expect(second.index).toEqual(first.index);
  await expect(readBackPayload(second.archive, second.layout)).resolves.toBeUndefined();
});

test('one that is damaged before it is written is refused', async () => {
  const folder = await scratchFolder();
  const own: UnitInput = {
    files: await stage(folder, { 'a/x.bin': content(3 * MIB, 1) }),
    under: 'python',
  };
  const packed = await pack([own], path.join(folder, 'cache'));
  const file = await open(packed[0]?.frames[0]?.packedSource ?? '', 'r+');
  await file.write('!', 50);
  await file.close();
  await expect(write(packed, 'gzip', folder)).rejects.toMatchObject({
    code: 'archive-differs',
    hint: expect.stringContaining('--no-cache') as unknown,
  });
});

test('a source that changes after it was compressed is noticed', async () => {
  const folder = await scratchFolder();
  const own = await stage(folder, { 'a/x.bin': content(3 * MIB, 1), 'a/y.py': 'y = 1\n' });
  const packed = await pack(
    own.map((file) => ({ files: [file], under: 'python' })),
    path.join(folder, 'cache'),
  );
  const { archive, layout } = await write(packed, 'gzip', folder);
  await writeFile(own[1]?.source ?? '', 'y = 2\n');
  await expect(readBackPayload(archive, layout)).rejects.toMatchObject({
    code: 'archive-differs',
    message: 'python/a/y.py in the payload is not what was compressed.',
  });
});

test.each([3 * MIB, 10])(
  'a source of %i bytes that grows before it is compressed is noticed',
  async (size) => {
    const folder = await scratchFolder();
    const files = await stage(folder, { 'a/x.bin': content(size, 1) });
    await writeFile(files[0]?.source ?? '', content(size + 1, 1));
    await expect(pack([{ files, under: 'python' }], path.join(folder, 'cache'))).rejects.toThrow(
      'changed while it was packed',
    );
  },
);

test('two libraries of one name do not hide each other', async () => {
  const folder = await scratchFolder();
  const files = await stage(folder, { 'a/libx.so': content(100, 1), 'b/libx.so': content(100, 2) });
  const packed = await pack(
    files.map((file) => ({ files: [file], under: 'lib' })),
    path.join(folder, 'cache'),
  );
  expect(() => layoutPayload(packed, 'gzip')).toThrow('Two files want the same path');
});
