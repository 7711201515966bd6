/** Packages, folders and files that were made to confuse: each is used as it is, or refused with a sentence. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { cli, folder, tree, type Result } from './helper.js';

const plain = { 'evil 1.0': { 'evil/__init__.py': 'x = 1\n' } };
const quick = ['--no-proof', '--pyc', 'none', '--quiet'];

async function build(from: string, ...more: readonly string[]): Promise<Result> {
  return cli(['build', '--from', from, '--out', path.join(from, '..', 'out'), ...quick, ...more]);
}

async function python(cwd: string, code: string): Promise<string> {
  const done = await run('python3', ['-c', `import json, os, socket, zipfile\n${code}`], { cwd });
  expect(done).toMatchObject({ ok: true });
  return done.stdout;
}

test('names that only look wrong travel as they are', async () => {
  const names = [
    'evil/a\nb.py',
    'evil/\u001b[2J\u0007red.txt',
    'evil/::error::x\r\n::warning::y.txt',
    'evil/\u202egnp.py',
  ];
  const from = await tree({
    'evil 1.0': { 'evil/__init__.py': '', ...Object.fromEntries(names.map((one) => [one, 'x'])) },
  });
  expect(await build(from)).toMatchObject({ code: 0 });
  const listed = await python(
    path.join(from, '..', 'out'),
    'print(json.dumps([one for one in zipfile.ZipFile("layer.zip").namelist() if "dist-info" not in one and "/provides/" not in one]))',
  );
  const expected = ['evil/__init__.py', ...names].map((one) => `python/${one}`);
  expect((JSON.parse(listed) as string[]).sort()).toEqual(expected.sort());
});

describe('refused as unusable-file', () => {
  test.each([
    ['a pipe', 'os.mkfifo("evil/pipe.py")', /evil\/pipe\.py is a named pipe/],
    [
      'a pipe as RECORD',
      'os.unlink("evil-1.0.dist-info/RECORD"); os.mkfifo("evil-1.0.dist-info/RECORD")',
      /named pipe/,
    ],
    [
      'a device behind a link',
      'os.unlink("evil-1.0.dist-info/RECORD"); os.symlink("/dev/zero", "evil-1.0.dist-info/RECORD")',
      /no regular file/,
    ],
    ['a name that is no UTF-8', 'open(b"evil/\\xff.py", "w")', /not UTF-8/],
    ['a backslash', 'open("evil/a\\\\b.txt", "w")', /python\/evil\/a\\b\.txt/],
  ])('%s in an installed folder', async (_name, code, detail) => {
    const from = await tree(plain);
    await python(from, code);
    const { code: exit, stderr } = await build(from);
    expect(stderr).toMatch(detail);
    expect(stderr).toContain('(unusable-file)');
    expect(exit).toBe(2);
  });
  test('what is left out by --drop is no trouble', async () => {
    const from = await tree(plain);
    await python(from, 'open("evil/a\\\\b.txt", "w")');
    expect(await build(from, '--drop', '**/*.txt')).toMatchObject({ code: 0 });
  });
  test('a socket in a folder of code', async () => {
    const from = await tree(plain);
    const code = await folder({ 'app.py': 'def handler(event, context): pass\n' });
    await python(code, 's = socket.socket(socket.AF_UNIX); s.bind("debug.sock")');
    const { code: exit, stderr } = await build(from, '--handler', code);
    expect(stderr).toMatch(/debug\.sock is a socket/);
    expect(exit).toBe(2);
  });
});

test('a RECORD of one field of 30 MB', async () => {
  const from = await tree(plain);
  const record = `"${'evil/a'.repeat(5_000_000)}\nevil/__init__.py,,\n`;
  await writeFile(path.join(from, 'evil-1.0.dist-info', 'RECORD'), record);
  expect(await build(from)).toMatchObject({ code: 0 });
});

describe('a config file that', () => {
  test.each([
    ['holds itself', 'lambda-slim.yaml', 'exclude: &me [*me]\n'],
    ['is nothing but itself', 'lambda-slim.yaml', '&me\n- *me\n'],
    ['is nested without end', 'lambda-slim.json', `{"exclude":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['is never closed', 'lambda-slim.json', '['.repeat(1_000_000)],
    [
      'stands for a million values',
      'lambda-slim.yaml',
      `a: &a [${'x,'.repeat(99)}x]\nb: &b [${'*a,'.repeat(99)}*a]\nc: [${'*b,'.repeat(99)}*b]\n`,
    ],
  ])('%s', async (_name, file, text) => {
    const cwd = await folder({ [file]: text });
    const { code, stderr } = await cli(['build', '--plan'], { cwd });
    expect(stderr).toContain('(bad-config)');
    expect(code).toBe(2);
  });
});

test.each([
  [
    'null members',
    '{"manifestVersion":1,"artifacts":[null],"packages":[null],"decisions":[null],"findings":[null],"plan":{},"target":{}}',
  ],
  [
    'an unknown finding',
    '{"manifestVersion":1,"artifacts":[],"packages":[],"decisions":[],"findings":[{"code":"x","args":{}}],"plan":{},"target":{}}',
  ],
  ['a list of lists', '['.repeat(200_000)],
])('a manifest with %s is refused by all that read it', async (_name, text) => {
  const cwd = await folder();
  await mkdir(path.join(cwd, '.lambda-slim'));
  await writeFile(path.join(cwd, '.lambda-slim', 'lambda-slim.json'), text);
  for (const command of [
    ['why', 'numpy'],
    ['verify'],
    ['check'],
    ['report'],
    ['diff', '.lambda-slim', '.lambda-slim'],
    ['publish-layer', '--dry-run', '--region', 'eu-west-1'],
  ]) {
    const { code, stderr } = await cli(command, { cwd });
    expect(stderr).toContain('(bad-manifest)');
    expect(code).toBe(2);
  }
});
