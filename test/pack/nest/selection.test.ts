import { describe, expect, test } from '@jest/globals';
import { limits } from '../../../src/limits.js';
import type { StagedFile } from '../../../src/model.js';
import type { PackedUnit } from '../../../src/pack/payload/frames.js';
import { nestingOf, type PayloadStrategy } from '../../../src/pack/nest/nesting.js';
import { payloadIndex } from '../../../src/pack/payload/layout.js';
import { select, type Ready, type Selected, type Selection } from '../../../src/pack/nest/selection.js';
import { entryBytes } from '../../../src/pack/zip/size.js';
import { packed } from '../helpers.js';

const MIB = 2 ** 20;

/** A group that packs to a quarter. */
function ready(files: readonly StagedFile[], way: Ready['way'] = 'tree', share = 0.25): Ready {
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const packedBytes = Math.round(bytes * share);
  const unit: PackedUnit = {
    files,
    under: way === 'library' ? 'lib' : 'python',
    bytes,
    packedBytes,
    frames: [{ bytes, packedBytes, sha256: '0'.repeat(64), packedSource: '/cache', packedOffset: 0 }],
    holds: files.length === 1 ? 'data' : 'members',
    offsets: files.map(() => 0),
  };
  return { name: files[0]?.path ?? '', way, files, bytes, unit, follows: false };
}

const file = (path: string, bytes: number): StagedFile => packed(path, { bytes });
const boot = [packed('lambda_slim_boot/__init__.py', { bytes: 100_000, origin: 'boot' })];

function selected(
  groups: readonly Ready[],
  others: readonly StagedFile[],
  { inBucket = false, ephemeralStorage = 512, limit = limits.unzipped } = {},
): Selected {
  const files = [...groups.flatMap((one) => one.files), ...others];
  return select(
    groups,
    { request: { codec: 'gzip', ephemeralStorage }, files, entries: [], boot, limit },
    inBucket,
  );
}

function chosen(result: Selected): Selection {
  if (!result.ok) throw new Error(result.rejection.because);
  return result.selection;
}
const namesOf = (result: Selected): readonly string[] => chosen(result).groups.map((one) => one.name);

/** Unzipped bytes of the package without the index. */
function packageBytes(selection: Selection, groups: readonly Ready[], others: readonly StagedFile[]): number {
  const nested = new Set(selection.groups.flatMap((one) => one.files));
  const plain = [...groups.flatMap((one) => one.files), ...others, ...boot].filter((one) => !nested.has(one));
  return plain.reduce((sum, one) => sum + entryBytes(one), 0) + selection.layout.payloadBytes;
}

describe('what is nested', () => {
  const [large, small] = [ready([file('a/large.so', 100 * MIB)]), ready([file('b/small.so', 40 * MIB)])];

  test('as little as is needed', () => {
    expect(namesOf(selected([large, small], [file('c/x', 120 * MIB)]))).toEqual(['b/small.so']);
  });

  test('more where other layers take room, or some is kept free', () => {
    const limit = limits.unzipped - 30 * MIB;
    expect(namesOf(selected([large, small], [file('c/x', 120 * MIB)], { limit }))).toEqual(['a/large.so']);
  });

  test('one group at least, since a payload was asked for', () => {
    expect(namesOf(selected([small, large], []))).toEqual(['a/large.so']);
  });

  test('what is loaded by path comes first in the archive', () => {
    const library = ready([file('z/libz.so', 90 * MIB)], 'library');
    const selection = chosen(selected([large, library], [file('c/x', 180 * MIB)]));
    expect(selection.layout.files.map((one) => one.path)).toEqual(['lib/libz.so', 'python/a/large.so']);
    expect([...selection.outside]).toEqual(['z/libz.so']);
    expect(selection.tree).toEqual({ folders: ['a'], links: [] });
    expect(selection.modules).toEqual(['a', 'z']);
  });

  test('files that must not be links come along with their package, and only then', () => {
    const follower = (name: string): Ready => ({ ...ready([file(name, 1000)]), follows: true });
    const [own, other] = [follower('b/__init__.py'), follower('a/__init__.py')];
    const selection = chosen(selected([large, small, own, other], [file('c/x', 120 * MIB)]));
    expect(selection.groups.map((one) => one.name)).toEqual(['b/__init__.py', 'b/small.so']);
  });

  test('a payload in a bucket takes no room in the package', () => {
    const groups = [ready([file('a/x.so', 400 * MIB)]), ready([file('b/y.so', 60 * MIB)])];
    const others = [file('c/x', 170 * MIB)];
    expect(selected(groups, others)).toMatchObject({
      ok: false,
      rejection: { limit: 'unzipped', limitBytes: limits.unzipped },
    });
    expect(namesOf(selected(groups, others, { inBucket: true }))).toEqual(['a/x.so']);
  });

  test('/tmp is a limit, with the bytes that are missing', () => {
    const groups = [ready([file('a/x.so', 600 * MIB)])];
    const result = selected(groups, []);
    expect(result).toMatchObject({
      ok: false,
      rejection: { limit: 'ephemeral-storage', limitBytes: 512 * MIB, actualBytes: 606 * MIB + 4 * MIB },
    });
    expect(namesOf(selected(groups, [], { ephemeralStorage: 640 }))).toEqual(['a/x.so']);
  });
});

describe('the unzipped limit is kept with the index', () => {
  // The tree has a link for each of them, and their names take a megabyte of the index.
  const neighbours = Array.from({ length: 9000 }, (_, index) => file(`a/${'name'.repeat(25)}${index}.py`, 0));
  const groups = [
    ready([file('a/one.so', 40 * MIB)], 'tree', 0.5),
    ...Array.from({ length: 60 }, (_, index) => ready([file(`b/${index}.so`, 100_000)], 'tree', 0.5)),
  ];
  const nestable = groups.reduce((sum, one) => sum + one.bytes, 0) + 100_000;
  const others = (over: number): readonly StagedFile[] => [
    ...neighbours,
    file('c/x', limits.unzipped - 1 - nestable + over),
  ];

  test.each([
    ['the large file frees enough', 18, 1],
    ['with the index it frees a little too little', 19.6, 13],
    ['more than half of the others are needed', 21, 41],
  ])('%s', (_name, mib, least) => {
    const around = others(Math.round(mib * MIB));
    const selection = chosen(selected(groups, around));
    const { layout, libraries, tree, modules } = selection;
    const payload = { file: 'payload.tar.gz', bytes: layout.payloadBytes, sha256: '0'.repeat(64) };
    const index = JSON.stringify(
      payloadIndex(layout, { codec: 'gzip', payload, s3: null, libraries, tree, modules }),
    );
    expect(index.length).toBeGreaterThan(1_000_000);
    const bytes = packageBytes(selection, groups, around) + index.length;
    expect(bytes).toBeLessThan(limits.unzipped);
    expect(selection.groups.length).toBeGreaterThanOrEqual(least);
    // No more than the steps of counting make necessary.
    expect(selection.groups.length).toBeLessThanOrEqual(least + 4);
  });

  test('or the choice is refused', () => {
    expect(selected(groups, others(22.5 * MIB))).toMatchObject({
      ok: false,
      rejection: { limit: 'unzipped' },
    });
  });
});

describe('what the manifest tells', () => {
  const groups = [
    ready([file('a/x.so', 100 * MIB)], 'library'),
    ready([file('b/one.py', 3000), file('b/two.py', 1000)]),
  ];
  const selection = chosen(selected(groups, [file('c/x', 160 * MIB)]));
  const facts = (strategy: PayloadStrategy, bytes: number, asked: 'auto' | PayloadStrategy = 'auto') =>
    nestingOf(
      { ...selection, groups },
      {
        request: { codec: 'zstd', codecLevel: null, strategy: asked },
        limit: limits.unzipped,
        ...{ strategy, bytes, bootBytes: 1, payloadBytes: 2, digest: 'd', s3: null },
      },
    );

  test('files by size, with their share of the payload', () => {
    expect(facts('double-zip', limits.unzipped).files).toEqual([
      { path: 'a/x.so', distribution: 'a', bytes: 100 * MIB, packed: 25 * MIB, way: 'library' },
      { path: 'b/one.py', distribution: 'b', bytes: 3000, packed: 750, way: 'tree' },
      { path: 'b/two.py', distribution: 'b', bytes: 1000, packed: 250, way: 'tree' },
    ]);
    expect(facts('double-zip', limits.unzipped)).toMatchObject({ level: 9, ephemeralStorage: 512 });
  });

  test.each<readonly [string, PayloadStrategy, number, 'auto' | PayloadStrategy, RegExp]>([
    [
      'it fits without',
      'double-zip',
      1000,
      'double-zip',
      /^--strategy double-zip asks for it; it would also fit/,
    ],
    [
      'one byte too large',
      'double-zip',
      limits.unzipped,
      'auto',
      /^Unzipped it is too large by 1 byte; these files/,
    ],
    ['asked for a bucket', 's3', limits.unzipped + MIB - 1, 's3', /^Unzipped it is too large by 1\.0 MiB;/],
    [
      'it needs a bucket',
      's3',
      2 * limits.unzipped,
      'auto',
      /^Even compressed it does not fit beside the rest/,
    ],
  ])('%s', (_name, strategy, bytes, asked, because) => {
    expect(facts(strategy, bytes, asked).because).toMatch(because);
  });
});
