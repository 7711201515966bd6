/** What a build says of the function's own code, and what verify makes of its handler. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, manifestOf, smallTree } from './helper.js';

const small = await smallTree();

/** A project with code in `src` beside an installed folder. */
async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const cwd = await folder();
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(cwd, name)), { recursive: true });
    await writeFile(path.join(cwd, name), text);
  }
  return cwd;
}

const build = (cwd: string, ...args: readonly string[]) =>
  cli(['build', '--from', small, '--code', 'src', '--python', hostPython, '--quiet', ...args], { cwd });

test('an error in the code is told with its line, and nothing that is in the tree is', async () => {
  const cwd = await project({
    'src/app.py': 'import alpha\nimport yaml\ndef handler(event, context): return alpha\n',
    'src/broken.py': 'x = (\n',
  });
  const { code, stdout } = await build(cwd);
  expect(code).toBe(1);
  expect(stdout).toContain('code-syntax  broken.py, line 1, is not Python');
  expect(stdout).toContain(
    "code-import-missing  app.py, line 2, imports yaml, which neither your requirements, your own files nor Lambda's runtime provide.",
  );
  expect(stdout).toContain(
    'Add PyYAML to your requirements; if another layer of the function brings it, say --provided yaml.',
  );
  // The proof does not try what is not there.
  expect(stdout).not.toContain('import-failed-before');
  const { findings, handlers } = await manifestOf(path.join(cwd, '.lambda-slim'));
  expect(findings.map(({ code: one }) => one).filter((one) => one.startsWith('code-'))).toEqual([
    'code-syntax',
    'code-import-missing',
  ]);
  expect(handlers).toEqual(['app.handler']);
});

describe('what makes it right', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['--provided', 'import yaml\ndef handler(event, context): ...\n', ['--provided', 'yaml']],
    [
      'an import that may fail',
      'try:\n  import yaml\nexcept ImportError:\n  yaml = None\ndef handler(event, context): ...\n',
      [],
    ],
    ["the runtime's own", 'import boto3\ndef handler(event, context): ...\n', []],
  ])('%s', async (_name, text, args) => {
    const { code, stdout } = await build(await project({ 'src/app.py': text }), ...args);
    expect(code).toBe(0);
    expect(stdout).not.toContain('code-import');
    expect(stdout).toContain('lambda-slim verify --handler app.handler');
  });

  test('a folder for an image has no boto3', async () => {
    const cwd = await project({ 'src/app.py': 'import boto3\ndef handler(event, context): ...\n' });
    const { code, stdout } = await build(cwd, '--format', 'directory');
    expect(code).toBe(1);
    expect(stdout).toContain('imports boto3, which neither your requirements nor your own files provide.');
  });
});

test('handlers are taken from the deployment files of the project', async () => {
  const cwd = await project({
    'src/app.py': 'def handler(event, context): ...\n',
    'src/jobs/nightly.py': 'import yaml\ndef run(job, ctx): ...\n',
    'serverless.yml': 'functions:\n  n:\n    handler: src/jobs/nightly.run\n',
  });
  const { code, stdout } = await build(cwd);
  expect(stdout).toContain('jobs/nightly.py, line 1, imports yaml');
  expect(code).toBe(1);
  expect((await manifestOf(path.join(cwd, '.lambda-slim'))).handlers).toEqual(['jobs/nightly.run']);
});

test('a handler that is misspelled is told before anything is built', async () => {
  const cwd = await project({ 'src/app.py': 'def handler(event, context): ...\n' });
  const { code, stderr } = await build(cwd, '--handler', 'app.hander');
  expect(code).toBe(2);
  expect(stderr).toContain('--handler app.hander: app.py defines no hander.');
  expect(stderr).toContain('Did you mean app.handler?');
  await expect(readFile(path.join(cwd, '.lambda-slim', 'lambda-slim.json'))).rejects.toThrow('ENOENT');
});
