/** A build that is older than what it was made from: told by every command that reads it. */
import { appendFile, cp, mkdir, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { startFakeAws } from '../fake-aws/server.js';
import { project as layerProject, publishLayer } from '../publish/made-layer.js';
import { cli, folder, hostPython, manifestOf, smallTree } from './helper.js';

const files: Readonly<Record<string, string>> = {
  'requirements.txt': '-r more/base.txt\n',
  'more/base.txt': '# nothing yet\n',
  'recipe.yaml': '[]\n',
  'src/app.py': 'def handler(event, context): ...\n',
  'lambda-slim.yaml': 'code: src\nprune: safe # as always\nrecipes: [recipe.yaml]\n',
};

const projectOf = async (more: Readonly<Record<string, string>> = {}): Promise<string> =>
  folder({ ...files, ...more });

const build = (cwd: string, ...args: readonly string[]) =>
  cli(['build', '--python', hostPython, '--no-proof', '--quiet', ...args], { cwd });

/** What `check` says has changed. */
async function changes(cwd: string, ...args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await cli(['check', '--json', ...args], { cwd });
  const { findings } = JSON.parse(stdout) as {
    findings: readonly { code: string; args: { changes: readonly string[] } }[];
  };
  return findings
    .filter(({ code }) => code === 'build-older-than-inputs')
    .flatMap(({ args: { changes: some } }) => some);
}

let built: string;
beforeAll(async () => {
  built = await projectOf({ 'setup.cfg': '' });
  expect((await build(built)).code).toBe(0);
});

/** A copy of the built project: whatever is done to it is seen by nobody else. */
async function copy(): Promise<string> {
  const cwd = path.join(await folder(), 'project');
  await cp(built, cwd, { recursive: true });
  return cwd;
}

describe('what changed since', () => {
  const write =
    (name: string, text: string) =>
    (cwd: string): Promise<void> =>
      writeFile(path.join(cwd, name), text);
  test.each<readonly [string, (cwd: string) => Promise<unknown>, readonly string[]]>([
    ['nothing', () => Promise.resolve(), []],
    ['a time alone', (cwd) => utimes(path.join(cwd, 'src/app.py'), new Date(), new Date()), []],
    [
      'requirements',
      (cwd) => appendFile(path.join(cwd, 'requirements.txt'), 'idna\n'),
      ['requirements.txt has changed'],
    ],
    ['what they name with -r', write('more/base.txt', 'idna\n'), ['more/base.txt has changed']],
    ['a file that is gone', (cwd) => rm(path.join(cwd, 'more/base.txt')), ['more/base.txt is gone']],
    [
      'another file that comes first',
      write('uv.lock', 'version = 1\n'),
      ['uv.lock is there now and comes first'],
    ],
    ['recipes', write('recipe.yaml', '# other\n[]\n'), ['recipe.yaml has changed']],
    ['code', write('src/app.py', 'def handler(event, context): return 1\n'), ['the code in src has changed']],
    ['a new file of the code', write('src/new.py', ''), ['the code in src has changed']],
    ['a file that the code leaves behind', (cwd) => mkdir(path.join(cwd, 'src/__pycache__')), []],
    ['rules for the code', write('.lambdaignore', 'app.py\n'), ['the code in src is gone']],
    [
      'the code’s folder',
      (cwd) => rm(path.join(cwd, 'src'), { recursive: true }),
      ['the code in src is gone'],
    ],
    [
      'a comment and the order of the config file',
      write('lambda-slim.yaml', '# all new\nrecipes: [recipe.yaml]\nprune: safe\ncode: src\n'),
      [],
    ],
    [
      'a setting',
      write('lambda-slim.yaml', 'code: src\nprune: aggressive\nrecipes: [recipe.yaml]\n'),
      ['"prune" in lambda-slim.yaml has changed'],
    ],
    [
      'a setting that another command has',
      (cwd) => appendFile(path.join(cwd, 'lambda-slim.yaml'), 'runs: 3\n'),
      [],
    ],
    ['where things lie', (cwd) => appendFile(path.join(cwd, 'lambda-slim.yaml'), 'cacheLimit: 9 GB\n'), []],
    [
      'a new setting',
      (cwd) => appendFile(path.join(cwd, 'lambda-slim.yaml'), 'drop: ["*.txt"]\n'),
      ['"drop" in lambda-slim.yaml has changed'],
    ],
    ['what a flag said', (cwd) => appendFile(path.join(cwd, 'lambda-slim.yaml'), 'python: "3.9"\n'), []],
    [
      'no config file any more',
      (cwd) => rm(path.join(cwd, 'lambda-slim.yaml')),
      [
        '"code" in lambda-slim.yaml has changed',
        '"prune" in lambda-slim.yaml has changed',
        '"recipes" in lambda-slim.yaml has changed',
      ],
    ],
  ])('%s', async (_name, change, expected) => {
    const cwd = await copy();
    await change(cwd);
    expect(await changes(cwd)).toEqual(expected);
  });

  test('of a pyproject.toml only what tells what to install', async () => {
    const text = '[project]\nname = "x"\nversion = "1"\ndependencies = []\n[tool.ruff]\nline-length = 80\n';
    const cwd = await projectOf({ 'pyproject.toml': text });
    await rm(path.join(cwd, 'requirements.txt'));
    expect((await build(cwd)).code).toBe(0);
    const file = path.join(cwd, 'pyproject.toml');
    await writeFile(file, text.replace('80', '120').replace('version = "1"', 'version = "2"'));
    expect(await changes(cwd)).toEqual([]);
    await writeFile(file, text.replace('[]', '["idna"]'));
    expect(await changes(cwd)).toEqual(['pyproject.toml has changed']);
  });

  test('of an installed folder its names and sizes', async () => {
    const [cwd, from] = [await folder(), path.join(await folder(), 'site')];
    await cp(await smallTree(), from, { recursive: true });
    expect((await build(cwd, '--from', from)).code).toBe(0);
    await utimes(path.join(from, 'alpha/__init__.py'), new Date(), new Date());
    expect(await changes(cwd)).toEqual([]);
    await writeFile(path.join(from, 'new.py'), '');
    expect(await changes(cwd)).toEqual([expect.stringContaining('site has changed')]);
  });
});

describe('nothing is said', () => {
  test('where nothing lies of what it was made from', async () => {
    const [from, cwd] = [await copy(), await folder()];
    await rename(path.join(from, '.lambda-slim'), path.join(cwd, 'downloaded'));
    expect(await changes(cwd, 'downloaded')).toEqual([]);
    expect(await changes(cwd, 'downloaded/function.zip')).toEqual([]);
  });

  test('by a manifest of an earlier version', async () => {
    const cwd = await copy();
    const file = path.join(cwd, '.lambda-slim/lambda-slim.json');
    const older = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
    await writeFile(file, JSON.stringify({ ...older, inputs: undefined }));
    await rm(path.join(cwd, 'src'), { recursive: true });
    expect(await changes(cwd)).toEqual([]);
  });

  test('after the next build, also when nothing had to be done', async () => {
    const cwd = await copy();
    await appendFile(path.join(cwd, 'more/base.txt'), '# a remark\n');
    expect(await changes(cwd)).toEqual(['more/base.txt has changed']);
    const { stdout } = await build(cwd);
    expect(stdout).toContain('Nothing has changed since the last build');
    expect(await changes(cwd)).toEqual([]);
  });
});

test('from an output folder elsewhere, and by whatever name the build is named', async () => {
  const cwd = await projectOf();
  expect((await build(cwd, '--out', 'made/here')).code).toBe(0);
  expect((await manifestOf(path.join(cwd, 'made/here'))).inputs).toMatchObject({
    folder: '../..',
    read: [{ path: 'more/base.txt' }, { path: 'recipe.yaml' }, { path: 'requirements.txt' }],
    code: { path: 'src' },
    config: { path: 'lambda-slim.yaml', given: ['noProof', 'python'] },
  });
  await appendFile(path.join(cwd, 'requirements.txt'), 'idna\n');
  for (const name of ['made/here', 'made/here/lambda-slim.json'])
    expect([name, await changes(cwd, name)]).toEqual([name, ['requirements.txt has changed']]);
});

describe('is told by', () => {
  const sentence = 'The build is older than what it was made from: the code in src has changed.';
  test.each<readonly [string, readonly string[]]>([
    ['check', ['check']],
    ['report', ['report']],
  ])('%s', async (_name, args) => {
    const cwd = await copy();
    await writeFile(path.join(cwd, 'src/app.py'), 'def handler(event, context): return 2\n');
    const { code, stdout } = await cli(args, { cwd });
    expect([code, stdout.replace(/\s+/g, ' ')]).toEqual([0, expect.stringContaining(sentence)]);
    const { stdout: json } = await cli([...args, '--json'], { cwd });
    expect(json).toContain('build-older-than-inputs');
  });

  test('why', async () => {
    const cwd = await folder({ 'lambda-slim.yaml': 'prune: safe\n' });
    expect((await build(cwd, '--from', await smallTree())).code).toBe(0);
    await writeFile(path.join(cwd, 'lambda-slim.yaml'), 'prune: aggressive\n');
    const { code, stdout } = await cli(['why', 'alpha'], { cwd });
    expect([code, stdout.replace(/\s+/g, ' ')]).toEqual([
      0,
      expect.stringContaining(
        'from: "prune" in lambda-slim.yaml has changed. Build again, with --python, --from, --no-proof as before: lambda-slim build',
      ),
    ]);
    const { stdout: json } = await cli(['why', 'alpha', '--json'], { cwd });
    expect(JSON.parse(json)).toMatchObject({ findings: [{ code: 'build-older-than-inputs' }] });
  });

  test('publish-layer', async () => {
    const aws = await startFakeAws();
    try {
      const cwd = await layerProject();
      const quiet = await publishLayer(aws, cwd, ['--dry-run']);
      expect(quiet.stdout).not.toContain('build-older-than-inputs');
      await writeFile(path.join(cwd, 'lambda-slim.yaml'), 'drop: ["*.txt"]\n');
      const { code, stdout } = await publishLayer(aws, cwd, ['--dry-run']);
      expect([code, stdout]).toEqual([0, expect.stringContaining('build-older-than-inputs')]);
    } finally {
      await aws.stop();
    }
  });
});

describe('how it is built again', () => {
  test.each<readonly [string, string, readonly string[], (cwd: string) => string, string]>([
    ['in the folder itself', '', [], (cwd) => cwd, 'lambda-slim build'],
    ['from the folder above', '', [], (cwd) => path.dirname(cwd), 'lambda-slim build project'],
    ['from below', '', [], (cwd) => path.join(cwd, 'src'), 'lambda-slim build ..'],
    [
      'of another output folder',
      '',
      ['--out', 'made here'],
      (cwd) => cwd,
      "lambda-slim build --out 'made here'",
    ],
    ['of a folder in it', 'api', [], (cwd) => cwd, 'lambda-slim build api'],
  ])('%s', async (_name, part, args, from, expected) => {
    const cwd = path.join(await folder(), 'project');
    await cp(built, path.join(cwd, part), { recursive: true });
    expect((await build(cwd, ...(part === '' ? [] : [part]), ...args)).code).toBe(0);
    await appendFile(path.join(cwd, part, 'requirements.txt'), '# a remark\n');
    const out = path.join(cwd, part, args[1] ?? '.lambda-slim');
    const { stdout } = await cli(['check', '--json', out], { cwd: from(cwd) });
    const { findings } = JSON.parse(stdout) as { findings: readonly { args: object; hint?: string }[] };
    expect(findings).toEqual([
      expect.objectContaining({
        args: {
          changes: ['requirements.txt has changed'],
          command: expected,
          options: ['--python', '--no-proof'],
        },
      }),
    ]);
  });
});
