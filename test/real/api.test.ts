/**
 * The package as npm would publish it: what is in the tarball, whether its types resolve, and whether the programs of the
 * guide compile against it and run, installed into an empty project.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { blocks } from '../docs/documents.js';
import { hostPython } from '../cli/helper.js';
import { environment, remove, repository, start, temporary, type Ran } from './helper-build.js';

jest.setTimeout(600_000);

const own = (...names: readonly string[]): string => path.join(repository, ...names);
const tool = async (script: string, args: readonly string[], cwd: string): Promise<Ran> =>
  start(process.execPath, [own('node_modules', script), ...args], { cwd, env: environment });

let home = '';
let project = '';
let tarball = '';
let packed: readonly string[] = [];

beforeAll(async () => {
  home = await temporary('api');
  project = path.join(home, 'project');
  // Without its scripts: dist/ is what the tests run, and must not be made anew below them.
  const pack = await start('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home], {
    cwd: repository,
    env: environment,
  });
  const [{ filename, files }] = JSON.parse(pack.stdout) as [
    { readonly filename: string; readonly files: readonly { readonly path: string }[] },
  ];
  packed = files.map((one) => one.path).sort();
  tarball = path.join(home, filename);
  const wheels = own('fixtures', 'wheels');
  await mkdir(path.join(project, 'service'), { recursive: true });
  await writeFile(
    path.join(project, 'service', 'requirements.txt'),
    `--no-index\n--find-links ${wheels}\nslim-plain\n`,
  );
  await writeFile(
    path.join(project, 'package.json'),
    JSON.stringify({ name: 'project', private: true, type: 'module' }),
  );
});
afterAll(() => remove(home));

/** Every file below a folder of the repository, from its root. */
const filesIn = (folder: string): readonly string[] =>
  readdirSync(own(folder), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => path.relative(repository, path.join(one.parentPath, one.name)));

describe('the tarball', () => {
  test('holds the compiled form of each source and nothing else in dist/', () => {
    const compiled = filesIn('src').flatMap((file) => {
      const stem = file.replace(/^src/, 'dist').replace(/\.ts$/, '');
      return [`${stem}.d.ts`, `${stem}.js`];
    });
    expect(packed.filter((file) => file.startsWith('dist/'))).toEqual(compiled.sort());
  });

  test('has no tests, no sources, nothing that a run leaves behind', () => {
    const tops = new Set(packed.map((file) => file.split('/')[0]));
    const known = ['LICENSE', 'README.md', 'bin', 'dist', 'docs', 'package.json', 'templates'];
    expect([...tops].filter((one) => !known.includes(one ?? ''))).toEqual([]);
    expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'bin/lambda-slim.js']));
    expect(packed.filter((file) => /\.(?:test|map|tgz|pyc|log)\b|__pycache__|\.ts$/.test(file))).toEqual(
      packed.filter((file) => file.endsWith('.d.ts')),
    );
    expect(packed.filter((file) => file.startsWith('docs/') && !file.endsWith('.md'))).toEqual([]);
  });

  test('is what publint wants', async () => {
    const { code, stdout, stderr } = await tool('publint/src/cli.js', ['run', tarball, '--strict'], home);
    expect({ code, text: stdout + stderr }).toEqual({ code: 0, text: expect.stringContaining('All good') });
  });

  test('has types that resolve, for who imports it as ESM', async () => {
    const args = [tarball, '--profile', 'esm-only', '--format', 'json'];
    const { code, stdout } = await tool('@arethetypeswrong/cli/dist/index.js', args, home);
    const { analysis } = JSON.parse(stdout) as { analysis: { entrypoints: object } };
    expect({ code, entries: Object.keys(analysis.entrypoints).sort() }).toEqual({
      code: 0,
      entries: ['.', './package.json', './schema.json'],
    });
  });
});

/** The compiler's words about these files; empty when it has none. */
async function compile(names: readonly string[], options: readonly string[] = []): Promise<string> {
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false'];
  const modern = ['--target', 'es2023', '--module', 'nodenext'];
  const args = [...strict, ...modern, ...options, ...names];
  const { stdout } = await tool('typescript/bin/tsc', args, project);
  return stdout;
}

/** Run a compiled program with the installed package. */
const run = async (script: string): Promise<Ran> =>
  start(process.execPath, [script], { cwd: project, env: { ...environment, XDG_CACHE_HOME: home } });

describe('installed into an empty project', () => {
  const guide = blocks(own('docs', 'guides', 'api.md')).filter(({ language }) => language === 'ts');
  const programs = guide.map(({ text, remark }) => ({ name: remark.replace(/^run: /, ''), text }));

  beforeAll(async () => {
    const quiet = ['--no-audit', '--no-fund', '--prefer-offline'];
    const types = `@types/node@${nodeTypes()}`;
    const { code, stderr } = await start('npm', ['install', ...quiet, tarball, types], {
      cwd: project,
      env: environment,
    });
    if (code !== 0) throw new Error(stderr);
    for (const { name, text } of programs) {
      // The default Python may not be on this machine.
      const here = text.replaceAll("'3.13'", `'${hostPython}'`);
      await writeFile(path.join(project, name), here);
    }
    await copyFile(own('fixtures/api/program.ts'), path.join(project, 'program.ts'));
  });

  test('the programs of the guide compile', async () => {
    expect(programs.map(({ name }) => name)).toEqual(['service.ts', 'load.ts', 'stop.ts', 'several.ts']);
    const names = [...programs.map(({ name }) => name), 'program.ts'];
    expect(await compile(names, ['--types', 'node'])).toBe('');
  });

  test("the types need none of Node's", async () => {
    await writeFile(
      path.join(project, 'browser.ts'),
      "import type { BuildOptions, Built, Check, Diff, Publication, Verification } from 'lambda-slim';\n" +
        'export type All = [BuildOptions, Built, Check, Diff, Publication, Verification];\n',
    );
    // An empty list cannot be said on the command line: a folder without types has none.
    const options = ['--typeRoots', path.join(project, 'service'), '--lib', 'es2023,dom', '--noEmit'];
    expect(await compile(['browser.ts'], options)).toBe('');
  });

  test('the first one builds, checks and verifies', async () => {
    const { code, stdout, stderr } = await run('service.js');
    expect(stdout).toMatch(/^resolve: 1 distribution .*, \d+ ms$/m);
    expect(stdout).toMatch(/^built direct|^built layer/m);
    expect(stdout).toMatch(/^layer\.zip \d+$/m);
    expect(stdout).toMatch(/^unzipped \d+ of \d+$/m);
    // Where nothing can imitate Lambda, it says so, and only that. A finding of the build makes the exit code 1.
    if (/^no-sandbox /.test(stderr)) expect(code).toBe(2);
    else {
      expect({ stderr, code: code === 1 ? 0 : code }).toEqual({ stderr: '', code: 0 });
      expect(stdout).toMatch(/^verified in (?:docker|bubblewrap|unshare)$/m);
    }
  });

  test('the second one stops', async () => {
    expect(await run('stop.js')).toEqual({
      code: 0,
      stdout: 'Interrupted: nothing was written.\n',
      stderr: '',
    });
    expect(readdirSync(path.join(project, 'build'))).toEqual(['service']);
  });

  test('the third one makes two builds at once and compares them', async () => {
    const { code, stdout, stderr } = await run('several.js');
    // A layer tells for which architecture it is, and one name has a letter less.
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/x86_64 x86_64\n.*arm64 arm64\n-1 0\nslim-plain 2\.0\n$/);
  });

  test('a program that looks closer finds a quiet library', async () => {
    const { code, stdout, stderr } = await run('program.js');
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const told = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    expect(told).toEqual({
      loaded: [],
      events: ['start', 'advance', 'note', 'end'],
      bad: ['bad-option', 'The setting "python" is "2.7", but must be one of'],
      listeners: [],
      required: 'function',
      schema: 'lambda-slim configuration',
    });
  });
});

/** The version that this repository itself is checked with. */
function nodeTypes(): string {
  const { devDependencies } = JSON.parse(readFileSync(own('package.json'), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  return devDependencies['@types/node'] ?? '';
}
