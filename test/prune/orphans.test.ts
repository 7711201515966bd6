import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test, describe } from '@jest/globals';
import { findMentions } from '../../src/inventory/mentions.js';
import { dropOrphans, orphanCandidates, patternMatches } from '../../src/prune/orphans.js';
import { restore } from '../../src/prune/restore.js';
import { silent } from '../../src/progress.js';
import type { ElfFacts } from '../../src/model.js';
import { decisionsOf, makeTree, planFor } from './tree.js';
import type { FileSpec } from './tree.js';

const module: Partial<ElfFacts> = { pythonModules: ['_x'], needed: ['libused.so.1'] };

/** @param contents bytes of the binaries on disk; everything else is a Python source of the map */
async function orphansOf(
  files: Record<string, FileSpec>,
  contents: Record<string, string> = {},
): Promise<readonly string[]> {
  const root = await mkdtemp(path.join(tmpdir(), 'orphans-'));
  try {
    const tree = makeTree(files, { pkg: {}, other: {} });
    for (const entry of tree.inventory.entries) {
      const spec = files[entry.path];
      await mkdir(path.join(root, path.dirname(entry.path)), { recursive: true });
      await writeFile(
        path.join(root, entry.path),
        typeof spec === 'string' ? spec : (contents[entry.path] ?? ''),
      );
    }
    const inventory = { ...tree.inventory, root };
    const plan = planFor(tree);
    const candidates = orphanCandidates(inventory, plan);
    const mentions = await findMentions(inventory, plan, candidates, silent);
    return dropOrphans(inventory, plan, candidates, mentions)
      .decisions.filter(({ rule }) => rule.startsWith('orphan/'))
      .map((one) => one.path);
  } finally {
    await rm(root, { recursive: true });
  }
}

describe('orphans', () => {
  const base: Record<string, FileSpec> = {
    'pkg/__init__.py': 'import pkg._x',
    'pkg/_x.abi3.so': { elf: module },
    'pkg/libused.so.1': { elf: { soname: 'libused.so.1' } },
    'pkg/libdead.so.1.2': { elf: { soname: 'libdead.so.1', needed: ['libdeeper.so'] } },
    'pkg/libdeeper.so': { elf: { soname: 'libdeeper.so' } },
  };
  const dead = ['pkg/libdead.so.1.2', 'pkg/libdeeper.so'];

  test.each<[string, Record<string, FileSpec>, Record<string, string>, readonly string[]]>([
    ['nothing names it', {}, {}, dead],
    ['its own bytes do not count', {}, { 'pkg/libdead.so.1.2': '\0libdead.so.1\0' }, dead],
    ['nor those of another orphan', {}, { 'pkg/libdeeper.so': '\0libdead.so.1\0' }, dead],
    ['a Python file names it', { 'pkg/load.py': 'CDLL("libdead.so.1")' }, {}, []],
    ['a file of another package names it', { 'other/load.py': 'CDLL("libdead.so.1")' }, {}, []],
    ['a Python file names its stem', { 'pkg/load.py': 'load("libdead")' }, {}, []],
    ['a longer name is another one', { 'pkg/load.py': 'CDLL("libdead_cuda.so"); x = "mylibdead"' }, {}, dead],
    ['a kept binary names it', {}, { 'pkg/_x.abi3.so': '\0libdead.so.1\0' }, []],
    ['RECORD names every file', {}, { 'pkg-1.0.dist-info/RECORD': 'pkg/libdead.so.1.2,,' }, dead],
    ['a dropped test names it', { 'pkg/tests/test_x.py': 'CDLL("libdead.so.1")' }, {}, dead],
    ['a glob finds it', { 'pkg/load.py': 'glob("lib*.so*")' }, {}, []],
    ['a glob finds the other', { 'pkg/load.py': 'glob("libdeep*.so")' }, {}, ['pkg/libdead.so.1.2']],
    ['a template makes its name', { 'pkg/load.py': 'f"lib{name}.so"' }, {}, []],
    ['an old template makes its name', { 'pkg/load.py': '"lib%s.so" % name' }, {}, []],
    ["another package's glob does not look here", { 'other/load.py': 'glob("lib*.so")' }, {}, dead],
    ['a loader that takes any suffix', { 'pkg/load.py': 'if f.endswith(".so"): ctypes.CDLL(f)' }, {}, []],
    ['a suffix without a loader', { 'pkg/load.py': 'if f.endswith(".so"): count += 1' }, {}, dead],
    [
      'a name on the border of two chunks',
      {},
      { 'pkg/_x.abi3.so': `${'x'.repeat(1024 * 1024 - 5)} libdead.so.1` },
      [],
    ],
  ])('%s', async (_what, more, contents, expected) => {
    expect(await orphansOf({ ...base, ...more }, contents)).toEqual(expected);
  });

  test('programs, extension modules and what they need are no candidates', () => {
    const tree = makeTree({
      'a/_x.cpython-312-x86_64-linux-gnu.so': { elf: {} },
      'a/tool': { elf: { interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libt.so'] } },
      'a/libt.so': { elf: { soname: 'libt.so' } },
    });
    expect(orphanCandidates(tree.inventory, planFor(tree))).toEqual([]);
  });

  test.each([
    ['lib*.so', 'libfoo.so', true],
    ['lib{name}.so.{n}', 'libfoo.so.1', true],
    ['lib%s.so', 'libfoo.so', true],
    ['libbar*.so', 'libfoo.so', false],
    ['lib.oo*', 'libfoo.so', false],
  ])('%s makes %s: %s', (pattern, name, expected) => expect(patternMatches(pattern, [name])).toBe(expected));
});

describe('restore', () => {
  const tree = makeTree(
    {
      'pkg/__init__.py': '',
      'pkg/tests/test_y.py': '',
      'pkg/tests/_y.abi3.so': { elf: { pythonModules: ['_y'], needed: ['liby.so'] } },
      'pkg/tests/liby.so': { elf: { soname: 'liby.so' } },
      'pkg/x.h': '',
    },
    { pkg: {} },
  );

  test('brings back what is named, and the libraries that it needs', () => {
    const plan = restore(
      planFor(tree),
      tree.inventory,
      ['pkg/tests/_y.abi3.so', 'pkg/__init__.py'],
      'restored/import-proof',
      'import pkg.tests._y failed.',
    );
    expect(decisionsOf(plan)).toEqual({
      'pkg/__init__.py': 'keep kept/default',
      'pkg/tests/test_y.py': 'drop base/test-suites',
      'pkg/tests/_y.abi3.so': 'keep restored/import-proof',
      'pkg/tests/liby.so': 'keep needed/library',
      'pkg/x.h': 'drop base/headers',
    });
    expect(plan.decisions.find(({ path }) => path === 'pkg/tests/_y.abi3.so')).toMatchObject({
      kept: 100,
      because: 'import pkg.tests._y failed.',
    });
  });

  test('a whole distribution comes back without what the installer wrote', () => {
    const plan = restore(
      planFor(tree, { exclude: ['pkg'] }),
      tree.inventory,
      tree.inventory.entries.map((one) => one.path),
      'restored/import-proof',
      'Needed.',
    );
    expect(decisionsOf(plan, true)).toMatchObject({
      'pkg/__init__.py': 'keep restored/import-proof',
      'pkg-1.0.dist-info/METADATA': 'keep restored/import-proof',
      'pkg-1.0.dist-info/RECORD': 'rewrite law/record',
      'pkg-1.0.dist-info/INSTALLER': 'drop law/machine-files',
    });
  });
});
