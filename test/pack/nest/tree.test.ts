import { describe, expect, test } from '@jest/globals';
import type { Entry } from '../../../src/model.js';
import { loadOrder, neededOnly } from '../../../src/pack/nest/libraries.js';
import { planTree } from '../../../src/pack/nest/tree.js';

interface Elf {
  readonly soname?: string | null;
  readonly needed?: readonly string[];
  readonly searchPath?: readonly string[];
  readonly modules?: readonly string[];
  readonly interpreter?: string;
}

/** A shared object; by default a library of its own name. */
function elf(path: string, facts: Elf = {}): Entry {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return {
    path,
    bytes: 1000,
    mode: 0o755,
    kind: 'elf',
    distribution: path.split('/')[0] ?? null,
    elf: {
      machine: 'x86_64',
      bits: 64,
      littleEndian: true,
      type: 'shared',
      soname: facts.soname === undefined ? (facts.modules ? null : name) : facts.soname,
      needed: facts.needed ?? [],
      searchPath: facts.searchPath ?? [],
      versionNeeds: [],
      pythonModules: facts.modules ?? [],
      interpreter: facts.interpreter ?? null,
    },
  };
}

const link = (path: string, to: string): Entry => ({
  path,
  bytes: 0,
  mode: 0o755,
  kind: 'data',
  distribution: null,
  link: to,
});

const extension = (path: string, needed: readonly string[], searchPath: readonly string[] = []): Entry =>
  elf(path, { modules: ['_x'], needed, searchPath });

describe('libraries that only their SONAME brings to life', () => {
  const user = extension('torch/_C.so', ['liba.so']);
  test.each<[string, readonly Entry[], readonly string[]]>([
    ['a needed library', [user, elf('torch/lib/liba.so')], ['torch/lib/liba.so']],
    ['not one that nobody needs', [elf('torch/lib/liba.so')], []],
    ['not an extension module', [user, elf('torch/lib/liba.so', { modules: ['a'], soname: 'liba.so' })], []],
    ['not a program', [user, elf('torch/lib/liba.so', { interpreter: '/lib64/ld-linux-x86-64.so.2' })], []],
    ['not without a SONAME', [user, elf('torch/lib/liba.so', { soname: null })], []],
    ['not under another name than its SONAME', [user, elf('torch/lib/liba.so.1', { soname: 'liba.so' })], []],
    ['not one of two with one SONAME', [user, elf('torch/lib/liba.so'), elf('other/liba.so')], []],
    ['not the end of a link', [user, elf('torch/lib/liba.so'), link('torch/lib/liba.so.1', 'liba.so')], []],
  ])('%s', (_name, entries, expected) => {
    expect(neededOnly(entries).map((entry) => entry.path)).toEqual(expected);
  });
});

describe('the order of loading', () => {
  const entries = [
    extension('torch/_C.so', ['libtop.so'], ['$ORIGIN/lib']),
    elf('torch/lib/libbase.so'),
    elf('torch/lib/libmiddle.so', { needed: ['libbase.so'], searchPath: ['$ORIGIN'] }),
    elf('torch/lib/libtop.so', {
      needed: ['libmiddle.so', 'libbase.so', 'libc.so.6'],
      searchPath: ['$ORIGIN'],
    }),
  ];
  const paths = (outside: readonly string[], inTree: readonly string[] = []): readonly string[] =>
    loadOrder(entries, new Set(outside), new Set(inTree)).map(
      ({ path, nested }) => `${nested ? 'opened: ' : ''}${path}`,
    );
  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['nothing outside, nothing loaded', [], [], []],
    [
      'what it needs comes first, from the package',
      ['torch/lib/libtop.so'],
      [],
      ['torch/lib/libbase.so', 'torch/lib/libmiddle.so', 'opened: lib/libtop.so'],
    ],
    [
      'what it needs is outside, too',
      ['torch/lib/libtop.so', 'torch/lib/libbase.so'],
      [],
      ['opened: lib/libbase.so', 'torch/lib/libmiddle.so', 'opened: lib/libtop.so'],
    ],
    [
      'what it needs is in the tree',
      ['torch/lib/libtop.so'],
      ['torch/lib/libmiddle.so'],
      ['torch/lib/libbase.so', 'opened: python/torch/lib/libmiddle.so', 'opened: lib/libtop.so'],
    ],
  ])('%s', (_name, outside, inTree, expected) => {
    expect(paths(outside, inTree)).toEqual(expected);
  });

  // As in Pillow: FreeType needs HarfBuzz and the other way round, and what one of them needs must be there for both.
  const ring = [
    elf('p.libs/libbrotli.so'),
    elf('p.libs/libfree.so', { needed: ['libharf.so', 'libbrotli.so'], searchPath: ['$ORIGIN'] }),
    elf('p.libs/libharf.so', { needed: ['libfree.so'], searchPath: ['$ORIGIN'] }),
    elf('p.libs/libtop.so', { needed: ['libharf.so'], searchPath: ['$ORIGIN'] }),
    extension('p/_x.so', ['libtop.so', 'libfree.so'], ['$ORIGIN/../p.libs']),
  ];

  test.each([['p.libs/libtop.so'], ['p.libs/libtop.so', 'p.libs/libbrotli.so']])(
    'what libraries that need each other need comes before all of them (%s)',
    (...outside) => {
      const order = loadOrder(ring, new Set(outside), new Set()).map((one) => one.path);
      expect(order.map((one) => one.replace(/.*\//, ''))).toEqual([
        'libbrotli.so',
        'libharf.so',
        'libfree.so',
        'libtop.so',
      ]);
    },
  );

  test('libraries that need each other stay side by side', () => {
    expect(neededOnly(ring).map((one) => one.path)).toEqual(['p.libs/libbrotli.so', 'p.libs/libtop.so']);
  });
});

describe('the tree of links', () => {
  const plan = (
    files: readonly string[],
    nested: readonly string[],
    entries: readonly Entry[] = [],
    outside: readonly string[] = [],
  ): ReturnType<typeof planTree> => planTree(files, entries, new Set(nested), new Set(outside));

  test('there is none when nothing is nested in one', () => {
    expect(plan(['torch/a.py', 'torch/lib/liba.so'], [], [], ['torch/lib/liba.so'])).toBeNull();
  });

  test('plain folders are one link, files beside nested ones a link each, other packages none', () => {
    const files = [
      'numpy/__init__.py',
      'scipy/__init__.py',
      'scipy/big.bin',
      'scipy/data/a/b.txt',
      'scipy/data/c.txt',
      'scipy/sub/big.bin',
      'scipy/sub/mod.py',
    ];
    expect(plan(files, ['scipy/big.bin', 'scipy/sub/big.bin'])).toEqual({
      folders: ['scipy', 'scipy/sub'],
      links: ['scipy/__init__.py', 'scipy/data', 'scipy/sub/mod.py'],
    });
  });

  test('folders with shared objects are real: $ORIGIN goes through the physical parent', () => {
    const so = extension('scipy/linalg/_x.so', []);
    expect(
      plan(['scipy/__init__.py', 'scipy/big.bin', so.path, 'scipy/linalg/y.py'], ['scipy/big.bin'], [so]),
    ).toEqual({
      folders: ['scipy', 'scipy/linalg'],
      links: ['scipy/__init__.py', 'scipy/linalg/_x.so', 'scipy/linalg/y.py'],
    });
  });

  const blas = elf('numpy.libs/libblas.so');
  const user = extension('numpy/core/_m.so', ['libblas.so'], ['$ORIGIN/../../numpy.libs']);
  const files = ['numpy/__init__.py', user.path, blas.path];

  test('whoever looks for a nested library beside itself is in the tree, too', () => {
    expect(plan(files, [blas.path], [user, blas])).toEqual({
      folders: ['numpy', 'numpy.libs', 'numpy/core'],
      links: ['numpy/__init__.py', user.path],
    });
  });

  test('and what those in the tree look for', () => {
    expect(plan(files, ['numpy/__init__.py'], [user, blas])).toEqual({
      folders: ['numpy', 'numpy.libs', 'numpy/core'],
      links: [blas.path, user.path],
    });
  });

  test('a library outside is looked for by nobody', () => {
    const other = 'pandas/big.bin';
    expect(plan([...files, other], [other], [user, blas], [blas.path])).toEqual({
      folders: ['pandas'],
      links: [],
    });
  });

  test('a package that is nested whole has no links', () => {
    expect(plan(['a/x.py', 'a/b/y.py'], ['a/x.py', 'a/b/y.py'])).toEqual({
      folders: ['a', 'a/b'],
      links: [],
    });
  });
});
