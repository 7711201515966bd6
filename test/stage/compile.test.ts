import { cp, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import type { StagedFile } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { compileAll, compileMore } from '../../src/stage/compile.js';
import type { BytecodeOptions } from '../../src/stage/compile.js';
import { bytecodePath, chooseBytecode, worthCompiling } from '../../src/stage/choose.js';
import type { Compiled } from '../../src/stage/choose.js';
import { measureImports } from '../../src/prove/timing.js';
import { interpreter, openBench, writeTree } from '../prove/tree.js';
import type { Bench } from '../prove/tree.js';
import { never } from '../never.js';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => bench.close());

function optionsFor(cache: Cache): BytecodeOptions {
  return { cache, progress: silent, interpreter, signal: new AbortController().signal };
}

async function stagedFiles(root: string): Promise<readonly StagedFile[]> {
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names.filter((name) => name.isFile()).map((name) => path.join(name.parentPath, name.name));
  return Promise.all(
    files.sort().map(async (source) => ({
      path: path.relative(root, source),
      place: 'python' as const,
      source,
      bytes: (await stat(source)).size,
      mode: 0o644,
      distribution: path.relative(root, source).split('/')[0] ?? null,
      origin: 'tree' as const,
    })),
  );
}

async function bytesOf(compiled: readonly Compiled[]): Promise<Record<string, string>> {
  const rows = await Promise.all(
    compiled.map(async (one) => [one.path, (await readFile(one.source)).toString('base64')] as const),
  );
  return Object.fromEntries(rows);
}

const source = `"""Docs."""
import os
NAMES = {"a", "b", "c", "self", "join"}
def f(x, *, self=None): return x in {"alpha", "beta", "gamma", "delta"} and os.path.join("join", __file__)
class K:
    """Kept."""
    def method(self, alpha): return {alpha: [self for self in NAMES if "x y" == "x y"]}
def trace():
    raise RuntimeError(f.__code__.co_filename)
`;

test('two compilations of a large package give the same bytes, whatever the order and the folder', async () => {
  const { stdout } = await interpreter.run(
    ['-c', 'import asyncio, os; print(os.path.dirname(asyncio.__file__))'],
    { signal: never },
  );
  for (const place of ['tree', 'elsewhere/deep']) {
    await cp(stdout, path.join(bench.work, place, 'asyncio'), {
      recursive: true,
      filter: (name) => !name.includes('__pycache__'),
    });
  }
  const other = await Cache.open(path.join(bench.work, 'other cache'), true);
  const first = await stagedFiles(bench.root);
  const second = [...(await stagedFiles(path.join(bench.work, 'elsewhere/deep')))].reverse();
  const one = await bytesOf(await compileAll(first, optionsFor(bench.cache)));
  const two = await bytesOf(await compileAll(second, optionsFor(other)));
  expect(Object.keys(one).length).toBeGreaterThan(15);
  expect(two).toEqual(one);
});

test('bytecode is unchecked, names no local path, keeps docstrings, and comes from the cache the second time', async () => {
  await writeTree(bench.root, { pkg: { 'pkg/__init__.py': source } });
  const files = await stagedFiles(bench.root);
  const [compiled] = await compileAll(files, optionsFor(bench.cache));
  const bytes = await readFile(compiled?.source ?? '');
  expect(compiled).toMatchObject({ path: 'pkg/__init__.py', distribution: 'pkg', bytes: bytes.length });
  expect(bytes.subarray(0, 4).toString('hex')).toBe(interpreter.magic);
  expect(bytes.readUInt32LE(4)).toBe(1);
  expect(bytes.includes(bench.root)).toBe(false);
  expect(bytes.includes('pkg/__init__.py')).toBe(true);
  expect(bytes.includes('Docs.') && bytes.includes('Kept.')).toBe(true);
  const again = await Cache.open(path.join(bench.work, 'cache'), true);
  const broken = {
    ...optionsFor(again),
    interpreter: { ...interpreter, run: () => Promise.reject(new Error('ran')) },
  };
  expect(await compileAll(files, broken)).toEqual([compiled]);
});

test('only importable modules of the tree are compiled; what is not Python is skipped', async () => {
  await writeTree(bench.root, {
    pkg: {
      'pkg/__init__.py': '',
      'pkg/template.py': 'print "{{ name }}"',
      'pkg/latin.py': '# coding: latin-1\nname = "\u00e9"\n',
      'pkg/cookie-cutter/x.py': '',
      'pkg/tests/test_x.py': '',
      'pkg/tests/_natype.py': '',
      'pkg/data.txt': '',
    },
  });
  const files = await stagedFiles(bench.root);
  const touched = new Set(['pkg/tests/_natype.py']);
  const compiled = await compileAll(files, { ...optionsFor(bench.cache), touched });
  expect(compiled.map((one) => one.path)).toEqual([
    'pkg/__init__.py',
    'pkg/latin.py',
    'pkg/tests/_natype.py',
  ]);
  const handler = files.map((file) => ({ ...file, place: 'function' as const }));
  expect(worthCompiling(handler, new Set(), Infinity)).toEqual([]);
});

test('what came back later is compiled alone', async () => {
  await writeTree(bench.root, { pkg: { 'pkg/__init__.py': '', 'pkg/a.py': 'x = 1\n' } });
  const files = await stagedFiles(bench.root);
  const first = await compileAll(
    files.filter((file) => file.path !== 'pkg/a.py'),
    optionsFor(bench.cache),
  );
  const all = await compileMore(first, files, optionsFor(bench.cache));
  expect(all.map((one) => one.path)).toEqual(['pkg/__init__.py', 'pkg/a.py']);
  expect(all[0]).toBe(first[0]);
});

describe('Lambda unpacks it', () => {
  const group = [{ name: 'pkg', distribution: 'pkg', items: [{ kind: 'module', name: 'pkg' } as const] }];

  async function unpack(policy: 'all' | 'only'): Promise<string> {
    const slow = `x = [${'(1, 2), '.repeat(50)}]\nassert __file__.endswith("pkg/__init__.py"), __file__\n`;
    await writeTree(bench.root, {
      pkg: { 'pkg/__init__.py': policy === 'all' ? slow : source, 'pkg/a.py': '' },
    });
    const files = await stagedFiles(bench.root);
    const compiled = await compileAll(files, optionsFor(bench.cache));
    const chosen = chooseBytecode(
      compiled,
      policy,
      new Set(),
      { unzipped: 0, zipped: 0 },
      interpreter.cacheTag,
    );
    expect(chosen.length).toBe(2);
    for (const file of chosen) {
      await mkdir(path.dirname(path.join(bench.root, file.path)), { recursive: true });
      await writeFile(path.join(bench.root, file.path), await readFile(file.source));
    }
    return path.join(bench.root, 'pkg/__init__.py');
  }

  const measure = (): ReturnType<typeof measureImports> =>
    measureImports(group, {
      interpreter,
      root: bench.root,
      after: [],
      timeout: 60_000,
      signal: never,
    });

  test('with other times it is still used: the source is not even compiled', async () => {
    const file = await unpack('all');
    await writeFile(file, 'not valid (');
    await utimes(file, 0, 0);
    expect(await measure()).toMatchObject({ failed: [] });
    await rm(path.join(bench.root, 'pkg/__pycache__'), { recursive: true });
    expect((await measure()).failed.map(({ error }) => error?.type)).toEqual(['SyntaxError']);
  });

  test('only: it imports without sources', async () => {
    await rm(await unpack('only'));
    await rm(path.join(bench.root, 'pkg/a.py'));
    expect(await measure()).toMatchObject({ failed: [] });
  });
});

test.each([
  ['pkg/mod.py', 'auto', 'pkg/__pycache__/mod.cpython-313.pyc'],
  ['six.py', 'all', '__pycache__/six.cpython-313.pyc'],
  ['pkg/__init__.py', 'only', 'pkg/__init__.pyc'],
] as const)('bytecode of %s (%s) is %s', (from, policy, to) => {
  expect(bytecodePath(from, 'cpython-313', policy)).toBe(to);
});

describe('which bytecode travels', () => {
  const compiled = (['big', 'mid', 'used', 'tiny'] as const).map((name, index): Compiled => ({
    path: `${name}.py`,
    source: `/cache/${name}.pyc`,
    bytes: [1000, 500, 100, 10][index] ?? 0,
    distribution: 'x',
  }));
  const choose = (unzipped: number, zipped = Infinity): readonly string[] =>
    chooseBytecode(compiled, 'auto', new Set(['used.py']), { unzipped, zipped }, 't').map((one) =>
      one.path.slice(12, -6),
    );

  // Each also needs a line in RECORD: its path and 40 bytes. The unzipped limit itself is too much (law 8).
  test.each([
    [57, []],
    [58, ['tiny']],
    [147, ['tiny']],
    [148, ['used']],
    [204, ['used']],
    [205, ['tiny', 'used']],
    [1194, ['big', 'used']],
    [1796, ['big', 'mid', 'used']],
    [1797, ['big', 'mid', 'tiny', 'used']],
  ])('with %d bytes left: %j', (room, expected) => {
    expect(choose(room)).toEqual(expected);
  });

  test('a direct upload stays one', () => {
    expect(choose(Infinity, 400)).toEqual(['used']);
    expect(choose(Infinity, 0)).toEqual([]);
  });

  test('none is none', () => {
    expect(
      chooseBytecode(compiled, 'none', new Set(), { unzipped: Infinity, zipped: Infinity }, 't'),
    ).toEqual([]);
  });

  test('what surely has no room is not compiled', () => {
    const files = compiled.map((one): StagedFile => ({
      ...one,
      place: 'python',
      mode: 0o644,
      origin: 'tree',
    }));
    expect(worthCompiling(files, new Set(['used.py']), 700).map((file) => file.path)).toEqual([
      'big.py',
      'used.py',
    ]);
    expect(worthCompiling(files, new Set(['used.py']), 0)).toEqual([]);
  });
});
