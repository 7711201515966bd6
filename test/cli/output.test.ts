import { chmod, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Manifest } from '../../src/model.js';
import {
  cacheFolder,
  cli,
  environment,
  fingerprint,
  folder,
  listing,
  manifestOf,
  offline,
  smallTree,
  tree,
} from './helper.js';

const requirements = { 'requirements.txt': `${offline}slim-plain\n` };
const withPip = ['build', '--resolver', 'pip', '--quiet'];

describe('where a build writes', () => {
  test('by default .lambda-slim/ in the working folder, and nothing else of the project', async () => {
    const cwd = await folder(requirements);
    const { code, stdout } = await cli(withPip, { cwd });
    expect(code).toBe(0);
    expect(await listing(cwd)).toEqual([
      '.lambda-slim/.gitignore',
      '.lambda-slim/lambda-slim.json',
      '.lambda-slim/layer.zip',
      'requirements.txt',
    ]);
    expect(stdout).toContain('→ .lambda-slim/layer.zip');
    expect(stdout).toContain(
      'aws lambda publish-layer-version --layer-name NAME --zip-file fileb://.lambda-slim/layer.zip',
    );
  });

  test('a project that cannot be written, built to --out elsewhere through a link', async () => {
    const project = await folder(requirements);
    const before = await fingerprint(project);
    await chmod(project, 0o555);
    const elsewhere = await folder();
    await symlink(path.join(project, 'requirements.txt'), path.join(elsewhere, 'linked.txt'));
    const out = path.join(elsewhere, 'made', 'here');
    const { code } = await cli([...withPip, '-r', path.join(elsewhere, 'linked.txt'), '--out', out], {
      cwd: project,
    });
    await chmod(project, 0o755);
    expect(code).toBe(0);
    expect(await listing(out)).toEqual(['lambda-slim.json', 'layer.zip']);
    expect(await fingerprint(project)).toBe(before);
  });

  test('--plan writes nothing, not even over what is not ours', async () => {
    const cwd = await folder({ '.lambda-slim/mine.txt': 'mine' });
    const { code, stdout } = await cli(['build', '--from', await smallTree(), '--plan'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('Nothing was written (--plan).');
    expect(stdout).not.toContain('aws lambda');
    expect(await listing(cwd)).toEqual(['.lambda-slim/mine.txt']);
  });

  test('an output folder in the folder of --from is refused', async () => {
    const from = await smallTree();
    const { code, stderr } = await cli(['build', '--from', '.'], { cwd: from });
    expect(code).toBe(2);
    expect(stderr).toContain('Name a folder outside of it with --out.');
  });
});

describe('an output folder that is not ours', () => {
  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['files of somebody', { 'out/thesis.txt': 'work' }, 'thesis.txt'],
    ['a file', { out: 'work' }, 'is a file'],
  ])('%s: refused by name, and nothing is lost', async (_name, files, named) => {
    const cwd = await folder(files);
    const before = await fingerprint(cwd);
    const { code, stderr } = await cli(['build', '--from', await smallTree(), '--out', 'out'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(named);
    expect(stderr).toContain('Nothing was changed. Name another folder with --out');
    expect(await fingerprint(cwd)).toBe(before);
  });

  test('something put beside our artifacts', async () => {
    const cwd = await folder();
    const args = ['build', '--from', await smallTree()];
    expect((await cli(args, { cwd })).code).toBe(0);
    await writeFile(path.join(cwd, '.lambda-slim', 'notes.md'), 'mine');
    const before = await fingerprint(cwd);
    const { code, stderr } = await cli([...args, '--no-cache'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('notes.md');
    expect(await fingerprint(cwd)).toBe(before);
  });
});

describe('a second build', () => {
  test('unchanged: says so, and touches nothing', async () => {
    const cwd = await folder();
    const args = ['build', '--from', await smallTree()];
    expect((await cli(args, { cwd })).stdout).not.toContain('Nothing has changed');
    const times = async (): Promise<readonly number[]> => {
      const names = await readdir(path.join(cwd, '.lambda-slim'));
      return Promise.all(
        names.map(async (name) => (await stat(path.join(cwd, '.lambda-slim', name))).mtimeMs),
      );
    };
    const before = await times();
    const second = await cli(args, { cwd });
    expect(second.code).toBe(0);
    expect(second.stdout).toContain('Nothing has changed since the last build, so nothing was done.');
    expect(await times()).toEqual(before);
    const third = await cli([...args, '--json', '--quiet'], { cwd });
    expect(JSON.parse(third.stdout)).toMatchObject({ unchanged: true });
  });

  test.each<readonly [string, Readonly<Record<string, string>>, Partial<Manifest>]>([
    [
      'a secret that came to the code, although it does not travel',
      { 'src/.env': 'TOKEN=1\n' },
      { findings: expect.arrayContaining([expect.objectContaining({ code: 'secret-left-out' })]) as never },
    ],
    [
      'lines that ask for what was there already',
      { 'requirements.txt': `${offline}slim-markers\nslim-linux\n` },
      { requested: ['slim-linux', 'slim-markers'] },
    ],
  ])('%s: told, although the same files travel', async (_name, changed, expected) => {
    const cwd = await folder({ 'requirements.txt': `${offline}slim-markers\n`, 'src/app.py': 'x = 1\n' });
    const args = [...withPip, '--code', 'src', '--pyc', 'none', '--no-proof'];
    expect((await cli(args, { cwd })).code).toBe(0);
    for (const [name, text] of Object.entries(changed)) await writeFile(path.join(cwd, name), text);
    expect((await cli(args, { cwd })).stdout).not.toContain('Nothing has changed');
    expect(await manifestOf(path.join(cwd, '.lambda-slim'))).toMatchObject(expected);
    expect((await cli(args, { cwd })).stdout).toContain('Nothing has changed');
  });

  test('a failing one leaves the last result as it was', async () => {
    const cwd = await folder(requirements);
    expect((await cli(withPip, { cwd })).code).toBe(0);
    const before = await fingerprint(path.join(cwd, '.lambda-slim'));
    await writeFile(path.join(cwd, 'requirements.txt'), `${offline}slim-plain\nslim-nowhere==1\n`);
    const { code, stderr } = await cli(withPip, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('slim-nowhere');
    expect(await fingerprint(path.join(cwd, '.lambda-slim'))).toBe(before);
    expect((await readdir(cwd)).sort()).toEqual(['.lambda-slim', 'requirements.txt']);
  });

  test('the same bytes without the cache, under another time zone and locale', async () => {
    const from = await smallTree();
    const digests: string[] = [];
    for (const env of [{}, { TZ: 'Asia/Kathmandu', LANG: 'de_DE.UTF-8' }]) {
      const cwd = await folder();
      expect((await cli(['build', '--from', from, '--no-cache'], { cwd, env })).code).toBe(0);
      digests.push((await manifestOf(path.join(cwd, '.lambda-slim'))).artifacts[0]?.sha256 ?? '');
    }
    expect(digests[0]).toMatch(/^[0-9a-f]{64}$/);
    expect(digests[1]).toBe(digests[0]);
  });
});

test('--no-cache keeps nothing', async () => {
  const own = { XDG_CACHE_HOME: await folder(), TMPDIR: await folder() };
  const cwd = await folder(requirements);
  expect((await cli([...withPip, '--no-cache', '--verbose'], { cwd, env: own })).code).toBe(0);
  expect((await listing(own.XDG_CACHE_HOME)).filter((name) => name.includes('lambda-slim'))).toEqual([]);
  expect(await readdir(own.TMPDIR)).toEqual([]);
});

test('a build leaves no half-made work in the cache', async () => {
  await cli(['build', '--from', await smallTree()], { cwd: await folder() });
  expect(await readdir(path.join(cacheFolder, 'lambda-slim', 'v1', 'work'))).toEqual([]);
});

describe('what does not fit', () => {
  test('is refused before anything is written: how far over, what weighs most, what helps', async () => {
    const from = await tree({
      'heavy 1.0': { 'heavy/__init__.py': '' },
      'light 1.0': { 'light/__init__.py': '' },
    });
    await mkdir(path.join(from, 'heavy', 'model'));
    const file = path.join(from, 'heavy', 'model', 'weights.bin');
    await writeFile(file, '');
    await truncate(file, 262_144_000);
    const record = path.join(from, 'heavy-1.0.dist-info', 'RECORD');
    await writeFile(record, `${await readFile(record, 'utf8')}heavy/model/weights.bin,,\n`);
    const cwd = await folder();
    const args = ['build', '--from', from, '--json', '--quiet', '--strategy', 'layer'];
    const { code, stdout, stderr } = await cli(args, { cwd });
    expect({ code, stderr }).toEqual({ code: 2, stderr: '' });
    const { error } = JSON.parse(stdout) as { error: { code: string; message: string; details: string[] } };
    expect(error.code).toBe('does-not-fit');
    expect(error.message).toContain('250.0 MiB (262,144,000 bytes)');
    expect(error.details.join('\n')).toMatch(/heavy {2}250\.0 MiB/);
    expect(await readdir(cwd)).toEqual([]);
  });
});

test('without requirements it says what it looked for', async () => {
  const { code, stderr } = await cli(['build'], { cwd: await folder() });
  expect(code).toBe(2);
  expect(stderr).toContain('requirements.txt');
  expect(stderr).toContain('Or name a file with -r.');
});

test('without uv and pip it says how to get one', async () => {
  const env = { PATH: await folder() };
  const { code, stderr } = await cli(['build'], { cwd: await folder(requirements), env });
  expect(environment['PATH']).not.toBe(env.PATH);
  expect(code).toBe(2);
  expect(stderr).toContain('(no-resolver)');
});
