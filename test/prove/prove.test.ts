import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { hasErrors } from '../../src/findings/findings.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { interpreter, openBench, planOf, proveTree, writeTree } from './tree.js';
import type { Bench } from './tree.js';

let bench: Bench;
beforeEach(async () => {
  bench = await openBench();
});
afterEach(async () => bench.close());

type Files = Readonly<Record<string, string>>;

/** Name, files of distribution `pkg`, what is dropped, what comes back with a reason that holds the words. */
const rows: readonly (readonly [string, Files, readonly string[], Files])[] = [
  [
    'a module that is imported by name at run time',
    {
      'pkg/__init__.py': 'import importlib\nname = "hid" + "den"\nimportlib.import_module("pkg." + name)\n',
      'pkg/hidden.py': '',
      'pkg/unused.py': '',
    },
    ['pkg/hidden.py', 'pkg/unused.py'],
    { 'pkg/hidden.py': 'Importing pkg' },
  ],
  [
    'a data file that is opened on import',
    {
      'pkg/__init__.py':
        'import os\nopen(os.path.join(os.path.dirname(__file__), "data", "table.csv")).read()\n',
      'pkg/data/table.csv': '1,2',
      'pkg/data/other.csv': '1,2',
    },
    ['pkg/data/table.csv', 'pkg/data/other.csv'],
    { 'pkg/data/table.csv': 'Importing pkg' },
  ],
  [
    'a file that is looked for but not opened',
    {
      'pkg/__init__.py':
        'import os\npath = os.path.join(os.path.dirname(__file__), "mark")\nif not os.path.exists(path): raise FileNotFoundError(2, "gone", path)\n',
      'pkg/mark': '',
      'pkg/other': '',
    },
    ['pkg/mark', 'pkg/other'],
    { 'pkg/mark': 'FileNotFoundError' },
  ],
  [
    'a library that is found by name',
    {
      'pkg/__init__.py':
        'import os\nif "libthing.so.1" not in os.listdir(os.path.dirname(__file__)):\n  raise ImportError("libthing.so.1: cannot open shared object file: No such file or directory")\n',
      'pkg/libthing.so.1': '\u007fELF',
      'pkg/libother.so.1': '\u007fELF',
    },
    ['pkg/libthing.so.1', 'pkg/libother.so.1'],
    { 'pkg/libthing.so.1': 'cannot open shared object file' },
  ],
  [
    'all of the distribution when the error tells nothing',
    {
      'pkg/__init__.py': 'import os\nassert len(os.listdir(os.path.dirname(__file__))) >= 3, "too few"\n',
      'pkg/a': '',
      'pkg/b': '',
    },
    ['pkg/a', 'pkg/b'],
    { 'pkg/a': 'AssertionError: too few', 'pkg/b': 'AssertionError: too few' },
  ],
  [
    'all of the distribution when the process dies',
    {
      'pkg/__init__.py':
        'import os, ctypes\nif not os.path.exists(__file__[:-11] + "a"): ctypes.string_at(0)\n',
      'pkg/a': '',
    },
    ['pkg/a'],
    { 'pkg/a': 'Crash: the process died by SIGSEGV' },
  ],
  [
    'nothing that is only tried',
    {
      'pkg/__init__.py': 'try:\n  import nothere\nexcept ImportError:\n  pass\n',
      'pkg/a.py': '',
    },
    ['pkg/a.py'],
    {},
  ],
];

test.each(rows)('brings back %s', async (_name, files, dropped, expected) => {
  const inventory = await writeTree(bench.root, { pkg: files });
  const plan = planOf(inventory, Object.fromEntries(dropped.map((name) => [name, 'pkg/rule'])));
  const { because, proof, findings } = await proveTree(bench, inventory, plan);
  expect(Object.keys(because)).toEqual(Object.keys(expected));
  for (const [name, words] of Object.entries(expected)) expect(because[name]).toContain(words);
  expect(findings).toEqual([]);
  expect(proof).toMatchObject({ state: 'proven', imported: ['pkg'], because: null });
});

test('follows what came back to what that needs, in another distribution too', async () => {
  const inventory = await writeTree(bench.root, {
    one: { 'one/__init__.py': 'from two import inner\n' },
    two: { 'two/__init__.py': '', 'two/inner.py': 'from . import deeper\n', 'two/deeper.py': '' },
  });
  const rules = { 'two/inner.py': 'two/over', 'two/deeper.py': 'two/over' };
  const recipes: Recipe[] = [
    {
      name: 'two',
      source: '',
      provedOn: '*',
      rules: [{ name: 'over', files: [], because: '', overVeto: true }],
    },
  ];
  const { because } = await proveTree(bench, inventory, planOf(inventory, rules), { recipes });
  expect(because).toEqual({
    'two/inner.py': expect.stringContaining("ImportError: cannot import name 'inner' from 'two'"),
    'two/deeper.py': expect.stringContaining("ImportError: cannot import name 'deeper' from"),
  });
});

test('a rule over the veto stands when its import is optional', async () => {
  const inventory = await writeTree(bench.root, {
    pkg: {
      'pkg/__init__.py': 'try:\n  from . import extra\nexcept ImportError:\n  extra = None\n',
      'pkg/extra.py': '',
    },
  });
  const rule = { name: 'extra', files: [], because: '', overVeto: true };
  const recipes: Recipe[] = [{ name: 'pkg', source: '', provedOn: '*', rules: [rule] }];
  const plan = planOf(inventory, { 'pkg/extra.py': 'pkg/extra' });
  const { because, proof } = await proveTree(bench, inventory, plan, { recipes });
  expect(because).toEqual({});
  expect(proof.state).toBe('proven');
});

test('what failed before stays failed, is a warning, and loses nothing else', async () => {
  const inventory = await writeTree(bench.root, {
    good: { 'good/__init__.py': '' },
    bad: {
      'bad/__init__.py': 'import ctypes\nctypes.string_at(0)\n',
      'bad/a': '',
      'alone.py': 'import nothere\n',
    },
  });
  const { because, proof, findings } = await proveTree(
    bench,
    inventory,
    planOf(inventory, { 'bad/a': 'x/y' }),
  );
  expect(because).toEqual({});
  expect(proof).toMatchObject({ state: 'partly', imported: ['good'] });
  expect(proof.failedBefore.map(({ module }) => module).sort()).toEqual(['alone', 'bad']);
  expect(findings.map(({ code }) => code)).toEqual(['import-failed-before', 'import-failed-before']);
});

test('a crash loses its module alone', async () => {
  const inventory = await writeTree(bench.root, {
    pkg: {
      'aaa.py': '',
      'bbb.py': 'import os\nos.abort()\n',
      'ccc.py': 'import os\nos._exit(0)\n',
      'ddd.py': '',
    },
  });
  const { proof } = await proveTree(bench, inventory, planOf(inventory, {}));
  expect(proof.imported).toEqual(['aaa', 'ddd']);
  expect(proof.failedBefore).toEqual([
    { module: 'bbb', error: expect.stringContaining('SIGABRT') },
    { module: 'ccc', error: 'Crash: the process ended with code 0' },
  ]);
});

describe('a probe', () => {
  const files = {
    'pkg/__init__.py':
      'def use():\n  import os\n  return open(os.path.dirname(__file__) + "/model.bin").read()\n',
    'pkg/model.bin': 'weights',
  };
  const withProbe = (probe: string): Recipe[] => [
    { name: 'pkg', source: '', provedOn: '*', rules: [], probe },
  ];

  test('brings back what it opens', async () => {
    const inventory = await writeTree(bench.root, { pkg: files });
    const recipes = withProbe(
      'import pkg, sys\nassert pkg.use() == "weights"\nprint("noise")\nsys.exit(0)\n',
    );
    const plan = planOf(inventory, { 'pkg/model.bin': 'pkg/models' });
    const { because, proof } = await proveTree(bench, inventory, plan, { recipes });
    expect(because).toEqual({ 'pkg/model.bin': 'The probe of recipe pkg opens it.' });
    expect(proof).toMatchObject({ state: 'proven', probes: ['pkg'] });
  });

  test('that never worked is a warning', async () => {
    const inventory = await writeTree(bench.root, { pkg: files });
    const { findings, proof } = await proveTree(bench, inventory, planOf(inventory, {}), {
      recipes: withProbe('1/0'),
    });
    expect(findings).toEqual([
      { code: 'probe-failed-before', args: { recipe: 'pkg', error: 'ZeroDivisionError: division by zero' } },
    ]);
    expect(proof).toMatchObject({ state: 'partly', probes: [] });
  });
});

describe("the user's word", () => {
  const files = {
    'two/__init__.py': 'value = 1\n',
    'two/inner.py': '',
    'two/data/s3.json': '{}',
    'two/data/sqs.json': '{}',
  };
  /** Like botocore: what is not there is no error of the file system. */
  const client = [
    'import os, two',
    'folder = os.path.dirname(two.__file__) + "/data"',
    'if "s3.json" not in os.listdir(folder): raise ValueError("Unknown service")',
    'open(folder + "/s3.json").close()\n',
  ].join('\n');

  test.each([
    ['--drop', 'import two.inner\n', { 'two/inner.py': 'option/--drop' }, 'two/inner.py'],
    [
      '--stub',
      'from two import value\n',
      { 'two/__init__.py': 'stub', 'two/inner.py': 'option/--stub' },
      'two/__init__.py',
    ],
    // The error names nothing; what was opened before tells.
    ['--service', client, { 'two/data/s3.json': 'option/--service' }, 'two/data/s3.json'],
    ['--drop', client, { 'two/data/s3.json': 'option/--drop' }, 'two/data/s3.json'],
    // It was not even opened before.
    [
      '--drop',
      'import os, two\nassert len(os.listdir(os.path.dirname(two.__file__) + "/data")) == 2, "too few"\n',
      { 'two/data/sqs.json': 'option/--drop' },
      'two/data/sqs.json',
    ],
    // A package in two distributions does not reach into what another layer brings.
    ['--exclude', 'import two.plugin\n', { 'two/plugin.py': 'option/--exclude' }, 'two/plugin.py'],
  ])('%s is reported, not undone: %j', async (option, source, rules, gone) => {
    const more = { 'three/__init__.py': '', 'three/read.txt': '' };
    const inventory = await writeTree(bench.root, {
      one: { 'one/__init__.py': source, 'one/notes.txt': '' },
      plugin: { 'two/plugin.py': '' },
      two: files,
      three: more,
    });
    const recipes = { 'one/notes.txt': 'one/notes', 'three/read.txt': 'three/notes' };
    const plan = planOf(inventory, { ...recipes, ...rules });
    const { because, findings, proof } = await proveTree(bench, inventory, plan);
    expect(because).toEqual({});
    expect(findings).toEqual([
      {
        code: 'import-lost-by-option',
        args: { what: 'import one', error: expect.any(String), option, path: gone },
      },
    ]);
    expect(proof.state).toBe('partly');
  });

  test('--stub: bytecode of the empty file is not taken for the untouched one', async () => {
    const inventory = await writeTree(bench.root, {
      one: { 'one/__init__.py': 'from two import value\n' },
      two: files,
    });
    const empty = path.join(bench.work, 'empty.pyc');
    await writeFile(empty, 'not even bytecode');
    const compiled = [{ path: 'two/__init__.py', source: empty, bytes: 1, distribution: 'two' }];
    const plan = planOf(inventory, { 'two/__init__.py': 'stub' });
    const { proof } = await proveTree(bench, inventory, plan, { compiled });
    expect(proof.failedBefore).toEqual([]);
  });

  test('--exclude: what it takes away comes from elsewhere', async () => {
    const inventory = await writeTree(bench.root, {
      one: { 'one/__init__.py': 'import two.inner\n' },
      two: files,
    });
    const gone = inventory.entries.filter((entry) => entry.distribution === 'two');
    const rules = Object.fromEntries(gone.map((entry) => [entry.path, 'option/--exclude']));
    const { because, proof, around } = await proveTree(bench, inventory, planOf(inventory, rules));
    expect(because).toEqual({});
    expect(proof).toMatchObject({ state: 'proven', imported: ['one'] });
    expect(await readFile(path.join(around.after[0] ?? '', 'two/__init__.py'), 'utf8')).toBe('value = 1\n');
  });
});

test("a recipe's leave-out comes back whole, with its metadata", async () => {
  const inventory = await writeTree(bench.root, {
    one: { 'one/__init__.py': 'import two\n' },
    two: { 'two/__init__.py': '', 'two/more.py': '' },
  });
  const gone = inventory.entries.filter((entry) => entry.distribution === 'two').map((entry) => entry.path);
  const plan = planOf(inventory, Object.fromEntries(gone.map((name) => [name, 'one/leave-out'])));
  const { staged, proof } = await proveTree(bench, inventory, plan);
  expect(proof.state).toBe('proven');
  expect(staged.files.map((file) => file.path)).toEqual(expect.arrayContaining(gone));
});

test('a whole module that a rule drops is not promised', async () => {
  const inventory = await writeTree(bench.root, { pkg: { 'pkg/__init__.py': '', 'tool/__init__.py': '' } });
  const { because, proof } = await proveTree(
    bench,
    inventory,
    planOf(inventory, { 'tool/__init__.py': 'pkg/tool' }),
  );
  expect(because).toEqual({});
  expect(proof).toMatchObject({ state: 'proven', imported: ['pkg'] });
});

test('versions are answered, and metadata comes back for them', async () => {
  const inventory = await writeTree(bench.root, { pkg: { 'pkg/__init__.py': '' } });
  const plan = planOf(inventory, { 'pkg-1.0.dist-info/METADATA': 'pkg/metadata' });
  const { because } = await proveTree(bench, inventory, plan);
  expect(because).toEqual({ 'pkg-1.0.dist-info/METADATA': expect.any(String) });
});

test('imports see no network, no writable tree, nothing of the caller', async () => {
  const inventory = await writeTree(bench.root, {
    pkg: {
      'net.py': 'import socket\nsocket.create_connection(("192.0.2.1", 80), 1)\n',
      'write.py': 'open(__file__ + ".new", "w")\n',
      'colorsys.py': 'raise RuntimeError("the tree comes before the standard library")\n',
      'temp.py':
        'import tempfile, os\nwith tempfile.TemporaryDirectory() as d: open(d + "/x", "w")\nopen(os.path.expanduser("~/y"), "w")\n',
      'packages.py': 'import sys\nassert not [p for p in sys.path if "site-packages" in p], sys.path\n',
    },
  });
  const { proof } = await proveTree(bench, inventory, planOf(inventory, {}));
  expect(proof.imported).toEqual(['packages', 'temp']);
  expect(proof.failedBefore.map(({ error }) => error)).toEqual([
    expect.stringContaining('RuntimeError'),
    expect.stringMatching(/OSError.*Network is unreachable/),
    expect.stringMatching(/OSError.*Read-only file system/),
  ]);
});

test('time that runs out is said, and never taken for an answer', async () => {
  const inventory = await writeTree(bench.root, { pkg: { 'slow.py': 'import time\ntime.sleep(60)\n' } });
  const { proof, findings } = await proveTree(bench, inventory, planOf(inventory, {}), { timeout: 1500 });
  expect(proof).toMatchObject({ state: 'not-proven', imported: [] });
  expect(findings.map(({ code }) => code)).toEqual(['import-failed-before']);
  expect(proof.failedBefore).toEqual([{ module: 'slow', error: 'Timeout: no answer within 2 s' }]);
});

test.each([
  ['no interpreter', null, 'no CPython'],
  ['one of another platform', { ...interpreter, canImport: false, because: 'it is a Mac' }, 'it is a Mac'],
])('%s: not proven here', async (_name, one, words) => {
  const inventory = await writeTree(bench.root, { pkg: { 'pkg/__init__.py': '' } });
  const { proof, findings } = await proveTree(bench, inventory, planOf(inventory, {}), { interpreter: one });
  expect(proof).toMatchObject({
    state: 'not-proven',
    interpreter: null,
    because: expect.stringContaining(words),
  });
  expect(findings.map(({ code }) => code)).toEqual(['not-proven-here']);
});

describe('nothing that worked is no success', () => {
  const codes = ({ findings }: { findings: readonly { code: string }[] }) => findings.map(({ code }) => code);

  test('no module imports', async () => {
    const inventory = await writeTree(bench.root, {
      pkg: { 'one.py': 'import not_there\n', 'two.py': 'raise RuntimeError("no")\n' },
    });
    const proved = await proveTree(bench, inventory, planOf(inventory, {}));
    expect(proved.proof).toMatchObject({
      state: 'not-proven',
      imported: [],
      because: expect.stringContaining('none of 2 modules imports'),
    });
    expect(proved.findings).toContainEqual({ code: 'nothing-proven', args: { modules: ['one', 'two'] } });
    expect(hasErrors(proved.findings)).toBe(true);
  });

  test('there is no module', async () => {
    const inventory = await writeTree(bench.root, { pkg: { 'pkg-data/table.csv': '1,2\n' } });
    const proved = await proveTree(bench, inventory, planOf(inventory, {}));
    expect(proved.proof).toMatchObject({ state: 'not-proven', because: 'there is no module to import' });
    expect(codes(proved)).toEqual(['nothing-to-prove']);
  });

  test('a probe has nothing to try', async () => {
    const inventory = await writeTree(bench.root, { pkg: { 'pkg/__init__.py': '' } });
    const recipe: Recipe = {
      name: 'pkg',
      source: 'test',
      provedOn: '>=0',
      rules: [],
      probe: 'import unittest\nraise unittest.SkipTest("no backend is installed")\n',
    };
    const proved = await proveTree(bench, inventory, planOf(inventory, {}), { recipes: [recipe] });
    expect(proved.proof).toMatchObject({
      state: 'partly',
      probes: [],
      because: 'already before pruning: the probe of recipe pkg did not run (no backend is installed)',
    });
    expect(proved.findings).toEqual([
      { code: 'probe-not-run', args: { recipe: 'pkg', because: 'no backend is installed' } },
    ]);
  });
});
