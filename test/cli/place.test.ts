/** The build of a folder lies in that folder, and what reads it takes the folder's name. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Check } from '../../src/check/model.js';
import { run } from '../program.js';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { cli, entriesOf, folder, hostPython, listing, manifestOf, smallTree, tree } from './helper.js';

let cwd = '';

/** Two functions of one repository, each with settings of its own. */
beforeAll(async () => {
  cwd = await folder({
    'orders/app.py': 'import alpha\ndef handler(event, context): ...\n',
    'orders/lambda-slim.toml': `python = "${hostPython}"\ncode = "."\nbudgets = [{ what = "unzipped", max = "100 B" }]\n`,
    'stock/lambda-slim.toml': `python = "${hostPython}"\nout = "made"\n`,
  });
  const other = await tree({ 'gamma 3.0': { 'gamma/__init__.py': '' } });
  for (const [name, from] of [
    ['orders', await smallTree()],
    ['stock', other],
  ] as const) {
    const { code, stderr } = await cli(['build', name, '--from', from, '--quiet'], { cwd });
    expect(stderr).toBe('');
    expect(code).toBe(0);
  }
});

const distributions = async (out: string): Promise<readonly string[]> =>
  (await manifestOf(path.join(cwd, out))).distributions.map(({ name }) => name);

test('two functions of one repository do not overwrite each other', async () => {
  expect(await listing(cwd)).toEqual([
    'orders/.lambda-slim/.gitignore',
    'orders/.lambda-slim/function.zip',
    'orders/.lambda-slim/lambda-slim.json',
    'orders/app.py',
    'orders/lambda-slim.toml',
    'stock/lambda-slim.toml',
    'stock/made/lambda-slim.json',
    'stock/made/layer.zip',
  ]);
  expect(await distributions('orders/.lambda-slim')).toEqual(['alpha', 'beta']);
  expect(await distributions('stock/made')).toEqual(['gamma']);
  expect(await readFile(path.join(cwd, 'orders/.lambda-slim/.gitignore'), 'utf8')).toMatch(/^\*$/m);
});

test('the build says how the next commands find it', async () => {
  const { stdout } = await cli(['report', 'orders', '--html', 'page.html'], { cwd });
  expect(stdout).toContain('lambda-slim verify orders\n');
  expect(stdout).toContain('lambda-slim verify --handler app.handler orders\n');
  expect(stdout).toContain('fileb://orders/.lambda-slim/function.zip');
});

describe('what reads a build takes', () => {
  test.each(['orders', 'orders/.lambda-slim', 'orders/.lambda-slim/lambda-slim.json'])(
    '%s',
    async (named) => {
      const why = await cli(['why', 'alpha', named, '--json'], { cwd });
      expect(JSON.parse(why.stdout)).toMatchObject({ distribution: { name: 'alpha' } });
      const check = await cli(['check', named, '--json'], { cwd });
      expect(JSON.parse(check.stdout)).toMatchObject({ measured: { kind: 'manifest', name: named } });
      const publish = await cli(['publish-layer', named, '--dry-run'], { cwd });
      expect(publish.stderr).toContain('function.zip');
    },
  );

  test('a folder whose settings name the output folder', async () => {
    expect((await cli(['why', 'gamma', 'stock'], { cwd })).code).toBe(0);
    expect((await cli(['report', 'stock', '--json'], { cwd })).code).toBe(0);
    const diff = await cli(['diff', 'orders', 'stock', '--json'], { cwd });
    expect(JSON.parse(diff.stdout)).toMatchObject({
      before: { strategy: 'direct' },
      after: { strategy: 'layer' },
    });
  });

  test('and its budgets', async () => {
    const { code, stdout } = await cli(['check', 'orders'], { cwd });
    expect(code).toBe(1);
    expect(stdout).toContain('100');
  });

  test.each<readonly [string, readonly string[], string]>([
    ['a folder that is not there', ['report', 'nowhere'], 'nowhere is not there.'],
    ['a folder without a build', ['report', '.'], 'There is no build in'],
    ['a file', ['why', 'alpha', 'orders/app.py'], 'orders/app.py is no folder.'],
  ])('not %s', async (_name, args, said) => {
    const { code, stderr } = await cli(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(said);
  });
});

test('a second build packs nothing of the first, wherever that went', async () => {
  const from = await smallTree();
  const place = await folder({ 'app.py': 'import alpha\n', 'lib/x.py': '' });
  const build = (...args: readonly string[]) =>
    cli(['build', '--from', from, '--code', '.', '--python', hostPython, '--quiet', ...args], { cwd: place });
  await mkdir(path.join(place, '.lambda-slim-0123456789'));
  await writeFile(path.join(place, '.lambda-slim-0123456789', 'draft.zip'), 'x');
  for (const args of [['--out', 'lib/first'], [], []]) expect((await build(...args)).code).toBe(0);
  const entries = await entriesOf(path.join(place, '.lambda-slim/function.zip'));
  expect(entries.filter((name) => !/^(?:alpha|beta|__pycache__)/.test(name))).toEqual(['app.py', 'lib/x.py']);
});

describe('paths in the config file of a named folder start from that folder', () => {
  test('a baseline, in a file and in a commit', async () => {
    const home = await folder({ 'orders/lambda-slim.yaml': 'baseline: sizes/base.json\n' });
    const orders = path.join(home, 'orders');
    const from = await smallTree();
    await cli(['build', 'orders', '--from', from, '--python', hostPython, '--no-proof'], { cwd: home });
    await mkdir(path.join(orders, 'sizes'));
    const write = ['check', 'orders', '--baseline', 'orders', '--write-baseline', 'orders/sizes/base.json'];
    expect((await cli(write, { cwd: home })).code).toBe(0);
    const compared = async (): Promise<unknown> =>
      (JSON.parse((await cli(['check', 'orders', '--json'], { cwd: home })).stdout) as Check).difference;
    expect(await compared()).toMatchObject({ growth: { unzipped: 0 } });
    const git = (...args: readonly string[]) =>
      run('git', ['-c', 'user.name=a', '-c', 'user.email=a@b', ...args], { cwd: orders });
    for (const args of [
      ['init', '-q'],
      ['add', 'sizes'],
      ['commit', '-q', '-m', 'x'],
    ])
      expect((await git(...args)).ok).toBe(true);
    await writeFile(path.join(orders, 'lambda-slim.yaml'), 'baseline: git:HEAD:sizes/base.json\n');
    expect(await compared()).toMatchObject({ growth: { unzipped: 0 } });
  });

  test('layers', async () => {
    const home = await folder({
      'orders/lambda-slim.yaml': 'layers: [base]\n',
      'orders/base/python/delta.py': 'x = 1\n',
    });
    const args = ['build', 'orders', '--from', await smallTree(), '--python', hostPython, '--no-proof'];
    expect((await cli(args, { cwd: home })).code).toBe(0);
    const { stdout } = await cli(['check', 'orders', '--json'], { cwd: home });
    expect(JSON.parse(stdout)).toMatchObject({ layers: [{ unzipped: 6 }] });
  });
});
