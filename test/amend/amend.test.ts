/** The changed tree: what is in it, whose it is, and that the resolved one is as it was. */
import { createHash } from 'node:crypto';
import { link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { PatchRequest } from '../../src/amended.js';
import { amend, readAmendments } from '../../src/amend/amend.js';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import type { Resolution } from '../../src/model.js';
import { silent } from '../../src/progress.js';

let work: string;
let root: string;
let cache: Cache;

const diff = (name: string, before: string, after: string): string =>
  `--- a/${name}\n+++ b/${name}\n@@ -1 +1 @@\n-${before}\n+${after}\n`;

const resolved: Readonly<Record<string, string>> = {
  'pkg/__init__.py': 'x = 1\n',
  'pkg/more.py': 'y = 1\n',
  'pkg/data.bin': '\0\u0001',
  'pkg-2.5.dist-info/METADATA': 'Metadata-Version: 2.1\nName: Pkg\nVersion: 2.5\n\n',
  'pkg-2.5.dist-info/RECORD':
    'pkg/__init__.py,sha256=a,6\npkg/more.py,sha256=b,6\npkg/data.bin,sha256=c,2\npkg/link.py,,\npkg-2.5.dist-info/METADATA,,\npkg-2.5.dist-info/RECORD,,\n',
  'other/__init__.py': 'z = 1\n',
  'ns/one/__init__.py': '',
  'other-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: other\nVersion: 1.0\n\n',
  'other-1.0.dist-info/RECORD':
    'other/__init__.py,,\nns/one/__init__.py,,\nother-1.0.dist-info/METADATA,,\nother-1.0.dist-info/RECORD,,\n',
};

async function write(folder: string, files: Readonly<Record<string, string>>): Promise<string> {
  const place = path.join(work, folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), text);
  }
  return place;
}

beforeEach(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'amend-'));
  root = await write('resolved', resolved);
  await symlink('more.py', path.join(root, 'pkg/link.py'));
  cache = await Cache.open(path.join(work, 'cache'), true);
});

afterEach(async () => {
  await cache.close();
  await rm(work, { recursive: true });
});

const target = targetFor('3.13', 'x86_64', null);

type Given = {
  readonly patch?: Partial<PatchRequest>;
  readonly text?: string;
  readonly vendor?: readonly string[];
};

async function amended({ patch, text = '', vendor = [] }: Given) {
  const file = path.join(work, 'it.patch');
  await writeFile(file, text);
  const patches =
    patch === undefined ? [] : [{ package: 'pkg', version: null, replace: null, ...patch, file }];
  const resolution: Resolution = {
    ...{ root, resolver: 'uv', resolverVersion: 'uv', requested: ['pkg'], key: 'k', read: [], findings: [] },
  };
  const amendments = await readAmendments({ folder: work, patches, vendor });
  const signal = new AbortController().signal;
  const result = await amend(resolution, amendments, target, { cache, progress: silent, signal });
  return { ...result, amendments, tree: result.resolution.root };
}

const textOf = (tree: string, name: string): Promise<string> => readFile(path.join(tree, name), 'utf8');
const names = async (tree: string): Promise<readonly string[]> =>
  (await readdir(tree, { recursive: true, withFileTypes: true }))
    .filter((one) => !one.isDirectory())
    .map((one) => path.relative(tree, path.join(one.parentPath, one.name)))
    .sort();

describe('patches', () => {
  test('a diff changes its file and its line of RECORD, and nothing of the resolved tree', async () => {
    // As uv does it: its cache has the same file.
    await link(path.join(root, 'pkg/__init__.py'), path.join(work, 'in-uv-cache.py'));
    const { tree, patched } = await amended({ patch: {}, text: diff('pkg/__init__.py', 'x = 1', 'x = 20') });
    expect(await textOf(tree, 'pkg/__init__.py')).toBe('x = 20\n');
    expect([...patched]).toEqual([['pkg/__init__.py', ['it.patch']]]);
    const digest = createHash('sha256').update('x = 20\n').digest('base64url');
    const record = await textOf(tree, 'pkg-2.5.dist-info/RECORD');
    expect(record).toContain(`pkg/__init__.py,sha256=${digest},7\n`);
    expect(record).toContain('pkg/more.py,sha256=b,6\n');
    expect(await names(tree)).toEqual(await names(root));
    for (const [name, text] of Object.entries(resolved)) expect(await textOf(root, name)).toBe(text);
    expect(await readFile(path.join(work, 'in-uv-cache.py'), 'utf8')).toBe('x = 1\n');
    expect((await stat(path.join(tree, 'pkg/more.py'))).ino).toBe(
      (await stat(path.join(root, 'pkg/more.py'))).ino,
    );
  });

  test('a new file, one that goes, and two that touch one file', async () => {
    const text = [
      '--- /dev/null\n+++ b/pkg/sub/new.py\n@@ -0,0 +1 @@\n+n = 1\n',
      '--- a/pkg/more.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-y = 1\n',
      diff('pkg/__init__.py', 'x = 1', 'x = 2'),
      diff('pkg/__init__.py', 'x = 2', 'x = 3'),
    ].join('');
    const { tree } = await amended({ patch: {}, text });
    expect(await textOf(tree, 'pkg/__init__.py')).toBe('x = 3\n');
    const record = await textOf(tree, 'pkg-2.5.dist-info/RECORD');
    expect(record).toMatch(/^pkg\/sub\/new\.py,sha256=[\w-]{43},6$/m);
    expect(record).not.toContain('pkg/more.py');
    expect(await names(tree)).not.toContain('pkg/more.py');
  });

  test('a diff of a repository, whose folders lie deeper', async () => {
    const { tree } = await amended({ patch: {}, text: diff('src/pkg/__init__.py', 'x = 1', 'x = 9') });
    expect(await textOf(tree, 'pkg/__init__.py')).toBe('x = 9\n');
  });

  test('replace: bytes, whatever they are', async () => {
    const { tree } = await amended({ patch: { replace: 'pkg/data.bin' }, text: '\0new' });
    expect(await textOf(tree, 'pkg/data.bin')).toBe('\0new');
  });

  const good = diff('pkg/__init__.py', 'x = 1', 'x = 2');
  test.each<readonly [what: string, patch: Partial<PatchRequest>, text: string, sentence: string]>([
    ['another package', { package: 'pgk' }, good, 'it.patch is for pgk, which is not in this build.'],
    ['another version', { version: '>=3' }, good, 'it.patch is for Pkg >=3, and the build has Pkg 2.5.'],
    ['no diff', {}, 'x = 2\n', 'it.patch holds no change'],
    [
      'another text',
      {},
      diff('pkg/__init__.py', 'x = 7', 'x = 8'),
      'the hunk @@ -1,1 +1,1 @@ does not apply to pkg/__init__.py of Pkg 2.5.',
    ],
    [
      'another file',
      {},
      diff('pkg/nope.py', 'x = 7', 'x = 8'),
      'it.patch names pkg/nope.py, which is no file of Pkg 2.5.',
    ],
    [
      "another package's file",
      {},
      diff('other/__init__.py', 'z = 1', 'z = 2'),
      'names other/__init__.py, which is no file of Pkg',
    ],
    [
      'a path that goes up',
      {},
      diff('pkg/../pkg/__init__.py', 'x = 1', 'x = 2'),
      'names pkg/../pkg/__init__.py, which is no file',
    ],
    [
      'a path that leads out',
      {},
      '--- /dev/null\n+++ b/../../etc/evil.py\n@@ -0,0 +1 @@\n+n = 1\n',
      'names ../../etc/evil.py, which is no file',
    ],
    [
      'an absolute path',
      {},
      '--- /dev/null\n+++ /etc/pkg/evil.py\n@@ -0,0 +1 @@\n+n = 1\n',
      'names /etc/pkg/evil.py, which is no file',
    ],
    [
      'metadata',
      {},
      diff('pkg-2.5.dist-info/METADATA', 'Metadata-Version: 2.1', 'x'),
      'which is no file of Pkg',
    ],
    [
      'a new file beside the package',
      {},
      '--- /dev/null\n+++ b/site.py\n@@ -0,0 +1 @@\n+n = 1\n',
      'names site.py, which is no file',
    ],
    [
      'a new file that is there',
      {},
      '--- /dev/null\n+++ b/pkg/more.py\n@@ -0,0 +1 @@\n+n = 1\n',
      'adds pkg/more.py, which Pkg 2.5 has already.',
    ],
    ['a binary', {}, diff('pkg/data.bin', 'x', 'y'), 'pkg/data.bin is no text in UTF-8.'],
    ['a link', {}, diff('pkg/link.py', 'y = 1', 'y = 2'), 'pkg/link.py of Pkg is a link.'],
    ['replace of nothing', { replace: 'pkg/new.py' }, 'x', 'names pkg/new.py, which is no file'],
    ['replace that leads out', { replace: '../resolved/pkg/more.py' }, 'x', 'which is no file'],
  ])('%s is refused', async (_, patch, text, sentence) => {
    await expect(amended({ patch, text })).rejects.toMatchObject({
      code: 'bad-patch',
      message: expect.stringContaining(sentence),
    });
  });

  test('the error shows the nearest lines', async () => {
    const text = diff('pkg/__init__.py', 'x = 7', 'x = 8');
    await expect(amended({ patch: {}, text })).rejects.toMatchObject({
      details: ['line 1: the patch expects "x = 7", the file has "x = 1"'],
    });
  });

  test('its content is in the key, and its name is not', async () => {
    const one = await amended({ patch: {}, text: good });
    const other = await amended({ patch: {}, text: good.replace('x = 2', 'x = 3') });
    expect(one.amendments.key).not.toBe(other.amendments.key);
    expect((await amended({})).amendments.key).toBeNull();
  });
});

describe('vendored folders', () => {
  const mine = { 'mine/__init__.py': 'm = 1\n', 'mine/sub/x.py': '' };
  const info = (name: string, requires: string): Record<string, string> => ({
    [`${name}-1.0.dist-info/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n${requires}\n`,
    [`${name}-1.0.dist-info/RECORD`]: `${name}/__init__.py,,\n`,
  });

  test('packages with and without dist-info come in, and what lies beside them does not', async () => {
    const folder = await write('libs', {
      ...mine,
      ...info('lib', ''),
      'lib/__init__.py': '',
      'single.py': '',
      'ns/two/__init__.py': '',
      'README.md': '',
      '.env': '',
      '.git/config': '',
      'mine/__pycache__/x.cpython-313.pyc': '',
    });
    const { tree, resolution, amendments } = await amended({ vendor: [folder] });
    const added = (await names(tree)).filter((name) => !(name in resolved) && name !== 'pkg/link.py');
    expect(added).toEqual([
      'lib-1.0.dist-info/METADATA',
      'lib-1.0.dist-info/RECORD',
      'lib/__init__.py',
      'mine/__init__.py',
      'mine/sub/x.py',
      'ns/two/__init__.py',
      'single.py',
    ]);
    expect(amendments.vendored[0]?.modules).toEqual(['lib', 'mine', 'ns.two', 'single']);
    expect(resolution.requested).toEqual(['lib', 'pkg']);
    expect(resolution.findings).toEqual([]);
    // Whoever writes into the folder later does not write into the build.
    expect((await stat(path.join(tree, 'single.py'))).ino).not.toBe(
      (await stat(path.join(folder, 'single.py'))).ino,
    );
  });

  test('what it asks for and the build does not have is told', async () => {
    const requires =
      'Requires-Dist: six>=1\nRequires-Dist: Pkg>=3\nRequires-Dist: other\nRequires-Dist: x; extra == "y"\n';
    const folder = await write('libs', { ...info('lib', requires), 'lib/__init__.py': '' });
    const { resolution } = await amended({ vendor: [folder] });
    expect(resolution.findings).toEqual([
      {
        code: 'vendored-lacks',
        args: {
          folder: 'libs',
          distribution: 'lib',
          version: '1.0',
          missing: ['six>=1', 'pkg>=3 (the build has 2.5)'],
        },
      },
    ]);
  });

  test('two folders together have what each asks for', async () => {
    const one = await write('one', { ...info('lib', 'Requires-Dist: second\n'), 'lib/__init__.py': '' });
    const two = await write('two', { ...info('second', ''), 'second/__init__.py': '' });
    expect((await amended({ vendor: [one, two] })).resolution.findings).toEqual([]);
  });

  test.each<readonly [what: string, files: Readonly<Record<string, string>>, sentence: string]>([
    [
      'the same distribution',
      { ...info('pkg', ''), 'pkgs/__init__.py': '' },
      'brings pkg 1.0, and the resolved packages bring Pkg 2.5.',
    ],
    [
      'the same module',
      { 'pkg.py': '' },
      'brings the module pkg, and the resolved packages bring pkg/__init__.py (of Pkg 2.5).',
    ],
    [
      'the same package',
      { 'other/__init__.py': '' },
      'the resolved packages bring other/__init__.py (of other 1.0).',
    ],
    [
      'a file in a package',
      { 'pkg/plug/x.py': '' },
      'brings pkg/plug/x.py, and the resolved packages bring pkg/__init__.py',
    ],
    [
      'a package around one',
      { 'ns/__init__.py': '' },
      'brings ns/__init__.py, and the resolved packages bring ns/one/__init__.py',
    ],
    ['a project', { ...mine, 'pyproject.toml': '' }, 'is a project: it has a pyproject.toml.'],
    ['a package itself', { '__init__.py': '' }, 'is a package itself'],
    ['nothing', { 'notes.txt': '' }, 'holds no package.'],
  ])('%s is refused', async (_, files, sentence) => {
    const folder = await write('libs', files);
    await expect(amended({ vendor: [folder] })).rejects.toMatchObject({
      code: 'bad-vendor',
      message: expect.stringContaining(sentence),
    });
  });

  test('a link out of it is refused, one within it stays', async () => {
    const folder = await write('libs', mine);
    await symlink('x.py', path.join(folder, 'mine/sub/y.py'));
    expect(await names((await amended({ vendor: [folder] })).tree)).toContain('mine/sub/y.py');
    await symlink('../../resolved/pkg', path.join(folder, 'mine/out'));
    await expect(amended({ vendor: [folder] })).rejects.toMatchObject({ code: 'bad-vendor' });
  });

  test('any changed byte is another key; a time is not', async () => {
    const folder = await write('libs', mine);
    const first = (await amended({ vendor: [folder] })).amendments.key;
    await writeFile(path.join(folder, 'mine/__init__.py'), 'm = 1\n');
    expect((await amended({ vendor: [folder] })).amendments.key).toBe(first);
    await writeFile(path.join(folder, 'mine/__init__.py'), 'm = 2\n');
    expect((await amended({ vendor: [folder] })).amendments.key).not.toBe(first);
  });
});
