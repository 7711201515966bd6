/** A payload as ordinary tools read it, frame by frame, and what happens when bytes are not what they were. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../../program.js';
import type { Codec } from '../../../src/model.js';
import { frameBytes, openFrame } from '../../../src/pack/payload/codec.js';
import type { UnitInput } from '../../../src/pack/payload/frames.js';
import { readBackPayload } from '../../../src/pack/payload/payload.js';
import { payloadIndex } from '../../../src/pack/payload/layout.js';
import { listTree, readTar, scratch, stage, type Tree } from '../helpers.js';
import { content, flipped, MIB, pack, write, type Made } from './helper.js';

const scratchFolder = scratch();
const codecs: readonly Codec[] = ['gzip', 'zstd'];

const libraries: Tree = {
  'torch/lib/liblarge.so': content(20 * MIB + 7, 1),
  'torch/lib/libframe.so': content(frameBytes, 2),
  'torch/lib/libtwo.so': content(2 * frameBytes, 3),
  'torch/lib/libsmall.so': content(MIB - 1, 4),
};
const singles: Tree = {
  'données/a large file.bin': content(MIB, 5),
  'données/with one more.bin': content(MIB + 1, 6),
};
const group: Tree = {
  'pkg/__init__.py': '',
  'pkg/a.py': 'x = 1\n',
  'pkg/empty.txt': '',
  'pkg/exactly.bin': content(512, 7),
  [`pkg/${'folder/'.repeat(20)}deep.py`]: 'deep = 1\n',
  [`pkg/${'folder/'.repeat(40)}deeper.py`]: 'deeper = 1\n',
  [`pkg/${'n'.repeat(150)}.py`]: 'name = 1\n',
  'pkg/modül/模块.py': 'y = 2\n',
  'pkg/run': ['#!/bin/sh\n'],
  'pkg/link.py': { link: 'a.py' },
  // As libraries that need each other: large, and yet in a group.
  'pkg/y.bin': content(3 * MIB + 1, 9),
  // Together more than a frame: one of them lies in two.
  ...Object.fromEntries(
    Array.from({ length: 10 }, (_, index) => [`pkg/z${index}.bin`, content(MIB - 100, 10 + index)]),
  ),
};

/** The units of a build: each large file and library by itself, the small ones together. */
async function unitsIn(root: string): Promise<readonly UnitInput[]> {
  await mkdir(root, { recursive: true });
  const [outside, large, small] = [
    await stage(root, libraries),
    await stage(root, singles),
    await stage(root, group),
  ];
  return [
    ...outside.map((file) => ({ files: [file], under: 'lib' as const })),
    ...large.map((file) => ({ files: [file], under: 'python' as const })),
    { files: small, under: 'python' },
  ];
}

/** Every frame of the archive, opened without the others. */
async function openFrames({ archive, index }: Made): Promise<readonly Buffer[]> {
  const bytes = await readFile(archive);
  const opened: Buffer[] = [];
  let at = 0;
  for (const [packedBytes] of index.frames) {
    opened.push(await openFrame(bytes.subarray(at, at + packedBytes), index.codec));
    at += packedBytes;
  }
  expect(at).toBe(bytes.length);
  return opened;
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

let root: string;
let units: readonly UnitInput[];
const made = new Map<Codec, Made>();
beforeAll(async () => {
  root = await scratchFolder();
  units = await unitsIn(path.join(root, 'sources'));
  for (const codec of codecs) {
    const packed = await pack(units, path.join(root, 'cache'), { codec });
    made.set(codec, await write(packed, codec, root));
  }
});
const payloadOf = (codec: Codec): Made => made.get(codec) as Made;

/** Path in the archive → content, or a link's target. */
const expected: ReadonlyMap<string, Tree[string]> = new Map([
  ...Object.entries(libraries).map(([name, bytes]) => [`lib/${path.basename(name)}`, bytes] as const),
  ...Object.entries({ ...singles, ...group }).map(([name, bytes]) => [`python/${name}`, bytes] as const),
]);
const bytesOf = (one: Tree[string]): Buffer =>
  Buffer.isBuffer(one)
    ? one
    : Buffer.from(typeof one === 'string' ? one : Array.isArray(one) ? (one[0] as string) : '');

const found = await Promise.all(codecs.map(async (codec) => run(codec, ['--version'])));
const tools = codecs.filter((_, index) => found[index]?.ok === true);

describe.each(codecs)('%s', (codec) => {
  test('each frame opens alone, and together they are an archive that Python reads', async () => {
    const one = payloadOf(codec);
    const frames = await openFrames(one);
    expect(frames.map((frame) => frame.length)).toEqual(one.index.frames.map(([, bytes]) => bytes));
    const tar = Buffer.concat(frames);
    expect(tar).toHaveLength(one.index.tarBytes);
    const file = path.join(root, `${codec}.tar`);
    await writeFile(file, tar);
    const members = await readTar(codec === 'gzip' ? one.archive : file);
    expect(members.map((member) => [member.path, member.mode, member.link, member.sha256])).toEqual(
      [...expected].map(([name, value]) => {
        const isLink = typeof value === 'object' && 'link' in value;
        const mode = isLink || Array.isArray(value) ? 0o755 : 0o644;
        return [name, mode, isLink ? value.link : '', isLink ? null : sha256(bytesOf(value))];
      }),
    );
    // The index tells the same, so that nobody has to read tar.
    expect(one.index.files.map((member) => [member.path, member.bytes, member.mode, member.at])).toEqual(
      members.map((member) => [member.path, member.bytes, member.mode, member.link === '' ? member.at : 0]),
    );
    expect(one.index.unpackedBytes).toBe(members.reduce((sum, member) => sum + member.bytes, 0));
  });

  test('a large file has frames of its own data alone', async () => {
    const frames = await openFrames(payloadOf(codec));
    for (const [name, bytes] of Object.entries({ ...libraries, ...singles })) {
      const whole = bytesOf(bytes);
      if (whole.length < MIB) continue;
      const own = Array.from({ length: Math.ceil(whole.length / frameBytes) }, (_, index) =>
        whole.subarray(index * frameBytes, (index + 1) * frameBytes),
      );
      const begin = frames.findIndex((frame) => own[0]?.equals(frame));
      expect([name, begin]).toEqual([name, expect.any(Number)]);
      expect(frames.slice(begin, begin + own.length).every((frame, at) => own[at]?.equals(frame))).toBe(true);
    }
  });

  test('no frame is larger than 8 MiB, and its checksum is in the index', async () => {
    const { archive, index } = payloadOf(codec);
    const bytes = await readFile(archive);
    expect([bytes.length, sha256(bytes)]).toEqual([index.payload.bytes, index.payload.sha256]);
    let at = 0;
    for (const [packedBytes, opened, digest] of index.frames) {
      expect(opened).toBeLessThanOrEqual(frameBytes);
      expect(sha256(bytes.subarray(at, at + packedBytes))).toBe(digest);
      // The bootstrap relies on the frame's own; bit 2 of the descriptor says that it is there. gzip always has one.
      if (codec === 'zstd') expect((bytes[at + 4] ?? 0) & 4).toBe(4);
      at += packedBytes;
    }
  });

  test('the same bytes in another folder, without a cache, on another number of threads', async () => {
    const folder = await scratchFolder();
    const again = await unitsIn(path.join(folder, 'other sources'));
    const packed = await pack(again, path.join(folder, 'cache'), { codec, threads: 5 });
    const { index } = await write(packed, codec, folder);
    expect(index).toEqual(payloadOf(codec).index);
  });

  test('it is read back as it was written', async () => {
    const { archive, layout, index } = payloadOf(codec);
    let read = 0;
    await readBackPayload(archive, layout, (bytes) => (read += bytes));
    expect(read).toBe(index.payload.bytes);
  });

  test.each<readonly [string, (archive: string, bytes: Buffer) => Promise<void>, string]>([
    [
      'one bit of a frame',
      (archive, bytes) => writeFile(archive, flipped(bytes, 5000)),
      'is not what was written',
    ],
    [
      'its end',
      (archive, bytes) => writeFile(archive, flipped(bytes, bytes.length - 1)),
      'is not what was written',
    ],
    ['a byte less', (archive, bytes) => truncate(archive, bytes.length - 1), 'is not what was written'],
    [
      'a byte more',
      (archive, bytes) => writeFile(archive, Buffer.concat([bytes, Buffer.alloc(1)])),
      'has another size than planned',
    ],
  ])('damage is found: %s', async (_name, damage, sentence) => {
    const { archive, layout } = payloadOf(codec);
    const copy = path.join(await scratchFolder(), 'copy');
    const bytes = await readFile(archive);
    await writeFile(copy, bytes);
    await damage(copy, bytes);
    await expect(readBackPayload(copy, layout)).rejects.toMatchObject({
      code: 'archive-differs',
      message: expect.stringContaining(sentence) as unknown,
    });
  });

  // In CI both are there (test/setup/tools.sh).
  const inSystem = tools.includes(codec) || process.env['CI'] ? test : test.skip;
  inSystem(`the system's tar opens it with ${codec}`, async () => {
    const into = path.join(await scratchFolder(), 'opened');
    await mkdir(into);
    const { ok, stderr } = await run('tar', [`--${codec}`, '-xf', payloadOf(codec).archive, '-C', into]);
    expect({ ok, stderr }).toEqual({ ok: true, stderr: '' });
    expect(await listTree(into)).toEqual(
      [...expected]
        .map(([name, value]) =>
          typeof value === 'object' && 'link' in value
            ? `${name} -> ${value.link}`
            : `${name} ${Array.isArray(value) ? '755' : '644'}`,
        )
        .sort(),
    );
    for (const [name, value] of expected) {
      if (typeof value === 'object' && 'link' in value) continue;
      const file = path.join(into, name);
      expect([name, sha256(await readFile(file))]).toEqual([name, sha256(bytesOf(value))]);
      expect((await stat(file)).mtimeMs).toBe(Date.UTC(1980));
    }
  });
});

describe('the digest', () => {
  const facts = {
    codec: 'gzip',
    payload: { file: 'payload.tar.gz', bytes: 1, sha256: '0' },
    s3: null,
    libraries: [],
    tree: null,
    modules: ['torch'],
  } as const;
  const digest = (change: object): string =>
    payloadIndex(payloadOf('gzip').layout, { ...facts, ...change }).digest;

  test.each([
    ['where the payload lies', { s3: { bucket: 'b', key: 'k', region: null } }, true],
    ['the order of loading', { libraries: [{ path: 'lib/liblarge.so', nested: true }] }, false],
    ['the tree', { tree: { folders: ['pkg'], links: [] } }, false],
    ['the modules', { modules: ['torch', 'pkg'] }, false],
    ['the archive', { payload: { ...facts.payload, sha256: '1' } }, false],
  ])('of a payload with %s changed', (_name, change, same) => {
    expect(digest(change) === digest({})).toBe(same);
  });
});
