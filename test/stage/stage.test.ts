import { createHash } from 'node:crypto';
import {
  copyFile,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { takeInventory } from '../../src/inventory/walk.js';
import { Cache } from '../../src/io/cache.js';
import { planPrune } from '../../src/prune/plan.js';
import type { PruneOptions } from '../../src/prune/plan.js';
import { restore } from '../../src/prune/restore.js';
import { readSources } from '../../src/inventory/sources.js';
import { restage, stage, writeRecords } from '../../src/stage/stage.js';
import type { Staged, StageOptions } from '../../src/stage/stage.js';
import { silent } from '../../src/progress.js';
import { fixturePath } from '../elf/objects.js';
import { defaults } from '../prune/tree.js';

let work: string;
let root: string;
let cache: Cache;

const texts: Record<string, string> = {
  'pkg/__init__.py': 'x = 1\n',
  'pkg/x.h': '',
  'pkg/tests/__init__.py': '',
  'pkg/tests/test_x.py': '',
  'pkg/data.csv': '1,2\n',
  'big/__init__.py': 'print("big")\n',
  'big/core.py': '',
  'bin/tool': '#!/usr/bin/python\n',
  '.lock': '',
  'pkg-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: pkg\nVersion: 1.0\nRequires-Dist: big\n\n',
  'pkg-1.0.dist-info/INSTALLER': 'uv',
  'pkg-1.0.dist-info/RECORD':
    'pkg/__init__.py,sha256=a,6\npkg/x.h,,\npkg/data.csv,sha256=b,4\npkg/_lib.so,sha256=c,9\npkg/tests/__init__.py,,\npkg/tests/test_x.py,,\npkg/link,,\n../../bin/tool,,\npkg-1.0.dist-info/METADATA,,\npkg-1.0.dist-info/INSTALLER,,\npkg-1.0.dist-info/RECORD,,\n',
  'big-2.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: Big\nVersion: 2.0\n\n',
  'big-2.0.dist-info/RECORD':
    'big/__init__.py,sha256=d,13\nbig/core.py,,\nbig-2.0.dist-info/METADATA,,\nbig-2.0.dist-info/RECORD,,\n',
};

beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'stage-'));
  root = path.join(work, 'resolved tree');
  for (const [name, text] of Object.entries(texts)) {
    await mkdir(path.dirname(path.join(root, name)), { recursive: true });
    await writeFile(path.join(root, name), text);
  }
  await copyFile(fixturePath('plain.so'), path.join(root, 'pkg/_lib.so'));
  await symlink('data.csv', path.join(root, 'pkg/link'));
  cache = await Cache.open(path.join(work, 'cache'), true);
});

afterEach(async () => {
  await cache.close();
  await rm(work, { recursive: true });
});

async function prepare(
  options: Partial<PruneOptions> = {},
): Promise<{ inventory: Awaited<ReturnType<typeof takeInventory>>; plan: ReturnType<typeof planPrune> }> {
  const inventory = await takeInventory(root, silent);
  const sources = await readSources(inventory, silent);
  const plan = planPrune(inventory, {
    ...defaults,
    requested: ['pkg'],
    sources,
    ...options,
  });
  return { inventory, plan };
}

async function optionsFor(name: string): Promise<StageOptions> {
  const folder = path.join(work, name);
  await mkdir(folder);
  return { cache, progress: silent, folder, tree: true };
}

/** Path → mode, times and content of everything below a folder; a seal's time tells when its entry was last used. */
async function snapshot(folder: string): Promise<Record<string, string>> {
  const rows = (await readdir(folder, { recursive: true, withFileTypes: true })).filter(
    (one) => !one.isDirectory(),
  );
  const facts = await Promise.all(
    rows.map(async (row) => {
      const full = path.join(row.parentPath, row.name);
      const { mode, mtimeMs, size } = await lstat(full);
      const content = row.isSymbolicLink()
        ? 'link'
        : createHash('sha256')
            .update(await readFile(full))
            .digest('hex');
      const changed = row.name === 'seal.json' ? '' : mtimeMs;
      return [path.relative(folder, full), `${mode} ${changed} ${size} ${content}`] as const;
    }),
  );
  return Object.fromEntries(facts.sort((a, b) => (a[0] < b[0] ? -1 : 1)));
}

async function contentOf(staged: Staged, name: string): Promise<string> {
  return readFile(path.join(staged.tree ?? '', name), 'utf8');
}

test('the inventory of a real tree', async () => {
  const { inventory } = await prepare();
  expect(inventory.distributions).toMatchObject([
    { name: 'Big', normalized: 'big', version: '2.0', modules: ['big'] },
    { name: 'pkg', requires: ['big'], folder: 'pkg-1.0.dist-info', modules: ['pkg'] },
  ]);
  const kinds = Object.fromEntries(inventory.entries.map((one) => [one.path, [one.kind, one.distribution]]));
  expect(kinds).toMatchObject({
    'pkg/_lib.so': ['elf', 'pkg'],
    'bin/tool': ['script', 'pkg'],
    '.lock': ['data', null],
    'big/core.py': ['python', 'big'],
  });
  expect(inventory.entries.find(({ path: name }) => name === 'pkg/link')).toMatchObject({
    link: 'data.csv',
    bytes: 0,
  });
  expect(inventory.entries.map((one) => one.path)).toEqual(
    [...inventory.entries.map((one) => one.path)].sort(),
  );
});

test('the staged tree holds exactly what travels, and the resolved one is untouched', async () => {
  await utimes(path.join(root, 'pkg/data.csv'), 1e9, 1e9);
  const before = await snapshot(root);
  const { inventory, plan } = await prepare({ stub: ['big'] });
  const staged = await stage(inventory, plan, await optionsFor('one'));
  expect(await snapshot(root)).toEqual(before);

  const expected = [
    'big-2.0.dist-info/METADATA',
    'big-2.0.dist-info/RECORD',
    'big/__init__.py',
    'pkg-1.0.dist-info/METADATA',
    'pkg-1.0.dist-info/RECORD',
    'pkg/__init__.py',
    'pkg/_lib.so',
    'pkg/data.csv',
    'pkg/link',
  ];
  expect(staged.files.map((file) => file.path)).toEqual(expected);
  expect(Object.keys(await snapshot(staged.tree ?? ''))).toEqual(expected);
  expect(await contentOf(staged, 'big/__init__.py')).toBe('');
  expect(await contentOf(staged, 'pkg/link')).toBe('1,2\n');
  for (const file of staged.files)
    if (file.link === undefined) expect((await lstat(file.source)).size).toBe(file.bytes);
});

test('a stripped file is smaller, is in RECORD with its own hash, and its decision says so', async () => {
  const { inventory, plan } = await prepare();
  const staged = await stage(inventory, plan, await optionsFor('one'));
  const bytes = await readFile(path.join(staged.tree ?? '', 'pkg/_lib.so'));
  const original = (await lstat(path.join(root, 'pkg/_lib.so'))).size;
  expect(bytes.length).toBeLessThan(original);
  const decision = staged.plan.decisions.find((one) => one.path === 'pkg/_lib.so');
  expect(decision).toMatchObject({
    action: 'strip',
    rule: 'strip/symbols',
    bytes: original,
    kept: bytes.length,
  });
  const hash = createHash('sha256').update(bytes).digest('base64url');
  expect(await contentOf(staged, 'pkg-1.0.dist-info/RECORD')).toBe(
    `pkg-1.0.dist-info/METADATA,,\npkg-1.0.dist-info/RECORD,,\npkg/__init__.py,sha256=a,6\npkg/_lib.so,sha256=${hash},${bytes.length}\npkg/data.csv,sha256=b,4\npkg/link,,\n`,
  );
});

test('what cannot be stripped is kept with the reason', async () => {
  await copyFile(fixturePath('plain.so'), path.join(root, 'pkg/_lib.so'));
  await writeFile(
    path.join(root, 'pkg/_lib.so'),
    (await readFile(path.join(root, 'pkg/_lib.so'))).subarray(0, 200),
  );
  const { inventory, plan } = await prepare();
  const staged = await stage(inventory, plan, await optionsFor('one'));
  const decision = staged.plan.decisions.find((one) => one.path === 'pkg/_lib.so');
  expect(decision).toMatchObject({ action: 'keep', kept: 200 });
  expect(decision?.because).toContain('Not stripped: ');
  expect(staged.plan.findings.map((one) => one.code)).toEqual(['strip-skipped']);
});

test('a second build strips nothing', async () => {
  const { inventory, plan } = await prepare();
  const first = await stage(inventory, plan, await optionsFor('one'));
  const before = await snapshot(path.join(cache.root, 'stripped'));
  const again = await Cache.open(path.join(work, 'cache'), true);
  const second = await stage(inventory, plan, { ...(await optionsFor('two')), cache: again });
  await again.close();
  expect(await snapshot(path.join(cache.root, 'stripped'))).toEqual(before);
  expect(second.plan).toEqual(first.plan);
});

test('restage adds what was restored, and only that', async () => {
  const { inventory, plan } = await prepare();
  const options = await optionsFor('one');
  const first = await stage(inventory, plan, options);
  const restored = restore(
    first.plan,
    inventory,
    ['pkg/tests/__init__.py'],
    'restored/import-proof',
    'It is imported.',
  );
  const second = await restage(first, inventory, restored, options);
  expect(second.tree).toBe(first.tree);
  expect(second.files.map((file) => file.path)).toEqual(
    [...first.files.map((file) => file.path), 'pkg/tests/__init__.py'].sort(),
  );
  expect(await contentOf(second, 'pkg-1.0.dist-info/RECORD')).toContain('pkg/tests/__init__.py,,\n');
  expect(second.plan.decisions.filter((one) => one.action === 'strip')).toHaveLength(1);
});

test('added bytecode is listed in RECORD', async () => {
  const { inventory, plan } = await prepare();
  const options = await optionsFor('one');
  const staged = await stage(inventory, plan, options);
  const name = 'pkg/__pycache__/__init__.cpython-312.pyc';
  const added = {
    path: name,
    place: 'python',
    source: '/x',
    bytes: 5,
    mode: 0o644,
    distribution: 'pkg',
    origin: 'bytecode',
  } as const;
  const final = await writeRecords(staged, inventory, [added], options);
  expect(await contentOf(final, 'pkg-1.0.dist-info/RECORD')).toContain(`${name},,\n`);
  expect(await contentOf(final, 'big-2.0.dist-info/RECORD')).not.toContain('.pyc');
  expect(final.files).toHaveLength(staged.files.length);
});

test('without a tree nothing is linked', async () => {
  const { inventory, plan } = await prepare();
  const options = { ...(await optionsFor('one')), tree: false };
  const staged = await stage(inventory, plan, options);
  expect(staged.tree).toBeNull();
  expect((await readdir(options.folder)).every((name) => name.startsWith('record-'))).toBe(true);
  expect(staged.files.length).toBeGreaterThan(5);
});
