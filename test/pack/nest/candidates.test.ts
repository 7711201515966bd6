import { describe, expect, test } from '@jest/globals';
import type { StagedFile } from '../../../src/model.js';
import { nestGroups } from '../../../src/pack/nest/candidates.js';
import { packed } from '../helpers.js';

const KIB = 1024;
const MIB = 2 ** 20;

/** `name: way, its files`, in order. */
function groupsOf(
  files: readonly StagedFile[],
  outside: readonly string[] = [],
  rings: readonly (readonly string[])[] = [],
  behindLinks: readonly string[] = [],
): readonly string[] {
  return nestGroups(files, new Set(outside), rings, new Set(behindLinks), MIB).map(
    ({ name, way, files: own }) => `${name}: ${way}, ${own.map((file) => file.path).join(' ')}`,
  );
}

const file = (path: string, bytes: number, facts: Partial<StagedFile> = {}): StagedFile =>
  packed(path, { bytes, ...facts });

describe('what can be nested', () => {
  test.each<readonly [string, StagedFile, readonly string[]]>([
    ['a large file by itself', file('a/x.so', MIB), ['a/x.so: tree, a/x.so']],
    ['a small file with its neighbours', file('a/x.py', MIB - 1), ['a/** 0: tree, a/x.py']],
    ['not metadata', file('a-1.dist-info/METADATA', 2 * MIB), []],
    ['not an egg’s metadata', file('a.egg-info/PKG-INFO', 2 * MIB), []],
    ['not a single module', file('six.py', 2 * MIB), []],
    [
      'not a single module’s bytecode, which is looked for beside it',
      file('__pycache__/six.cpython-313.pyc', 2 * MIB, { origin: 'bytecode' }),
      [],
    ],
    ['not the function’s code', file('app/data.bin', 2 * MIB, { place: 'function' }), []],
    ['not a system library', file('x/libgomp.so.1', 2 * MIB, { place: 'lib' }), []],
    ['not a link', file('a/x.so', 0, { link: 'y.so' }), []],
    ['not the bootstrap', file('lambda_slim_boot/_door.py', 100, { origin: 'boot' }), []],
    [
      'bytecode',
      file('a/__pycache__/x.pyc', 100, { origin: 'bytecode' }),
      ['a/** 2: tree, a/__pycache__/x.pyc'],
    ],
  ])('%s', (_name, one, expected) => {
    expect(groupsOf([one])).toEqual(expected);
  });

  test('a library that is loaded by path is a group of its own, even a small one', () => {
    const files = [file('a/liba.so', 100), file('a/b.so', 2 * MIB), file('a/libc.so', 3 * MIB)];
    expect(groupsOf(files, ['a/liba.so', 'a/libc.so'])).toEqual([
      'a/libc.so: library, a/libc.so',
      'a/b.so: tree, a/b.so',
      'a/liba.so: library, a/liba.so',
    ]);
  });

  test('libraries that need each other are nested together', () => {
    const files = ['libfree.so', 'libharf.so', 'libpng.so'].map((name, index) =>
      file(`p.libs/${name}`, (index + 1) * MIB - 1),
    );
    expect(groupsOf(files, [], [['p.libs/libfree.so', 'p.libs/libharf.so']])).toEqual([
      'p.libs/libpng.so: tree, p.libs/libpng.so',
      'p.libs/libfree.so: tree, p.libs/libfree.so p.libs/libharf.so',
    ]);
  });

  test('files that must not be links are apart', () => {
    const files = [file('a/__init__.py', KIB), file('a/data.bin', 2 * MIB), file('a/y.py', KIB)];
    expect(groupsOf(files, [], [], ['a/__init__.py'])).toEqual([
      'a/data.bin: tree, a/data.bin',
      'a/** 2: tree, a/y.py',
      'a/** behind links: tree, a/__init__.py',
    ]);
  });

  test('small files of a package are grouped by size, because each one costs time', () => {
    const sizes = { huge: 64, large: 63, middle: 16, small: 15 };
    const files = Object.entries(sizes).map(([name, size]) => file(`a/sub/${name}`, size * KIB));
    expect(groupsOf(files)).toEqual([
      'a/** 1: tree, a/sub/large a/sub/middle',
      'a/** 0: tree, a/sub/huge',
      'a/** 2: tree, a/sub/small',
    ]);
  });

  test('a heavy folder is split by its folders, and no file is lost or named twice', () => {
    const many = (folder: string, count: number): readonly StagedFile[] =>
      Array.from({ length: count }, (_, index) => file(`${folder}/${index}.bin`, 900 * KIB));
    const files = [...many('a', 5), ...many('a/one', 30), ...many('a/one/deep', 3), ...many('a/two', 4)];
    const groups = nestGroups(files, new Set(), [], new Set(), MIB);
    expect(groups.map((one) => `${one.name} (${one.files.length})`)).toEqual([
      'a/one/* 0 (30)',
      'a/* 0 (5)',
      'a/two/** 0 (4)',
      'a/one/deep/** 0 (3)',
    ]);
    expect(groups.flatMap((one) => one.files.map((own) => own.path)).sort()).toEqual(
      files.map((own) => own.path).sort(),
    );
  });

  test('the order of the files does not matter', () => {
    const files = ['a/x', 'b/y', 'a/z/1', 'c/big'].map((path, index) => file(path, (index + 1) * 300 * KIB));
    expect(groupsOf([...files].reverse())).toEqual(groupsOf(files));
  });
});
