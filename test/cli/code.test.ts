/** What a build says of the function's own code, and what verify makes of its handler. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, manifestOf, smallTree, tree } from './helper.js';

const small = await smallTree();

/** What imports, what lacks something, and what is lazy. */
const odd = await tree({
  'lacking 1.0': { 'lacking/__init__.py': 'import nowhere_to_be_found\n', 'lacking/fine.py': '' },
  'opener 1.0': { 'opener.py': 'import ctypes\nctypes.CDLL("libnowhere.so.7")\n' },
  'compressing 1.0': { 'compressing.py': 'raise ModuleNotFoundError("No module named \'_lzma\'")\n' },
  'wants 1.0': { 'wants.py': 'import os\nos.environ["SETTING_OF_THE_USER"]\n' },
  'brings 1.0': { 'brings/__init__.py': 'import boto3_of_nobody as boto3\n' },
  'lazy 3.1': {
    'lazy/__init__.py':
      'def __getattr__(name):\n  if name == "made":\n    return 1\n  if name == "hard":\n    raise RuntimeError("no")\n  raise AttributeError(name)\n',
    'lazy/part.py': '',
  },
});

const build = (cwd: string, ...args: readonly string[]) =>
  cli(['build', '--from', small, '--code', 'src', '--python', hostPython, '--quiet', ...args], { cwd });

test('an error in the code is told with its line, and nothing that is in the tree is', async () => {
  const cwd = await folder({
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

describe('what a package turns out not to do when it is tried', () => {
  const tried = async (text: string, ...args: readonly string[]) => {
    const cwd = await folder({ 'src/app.py': `${text}\ndef handler(event, context): ...\n` });
    return cli(['build', '--from', odd, '--code', 'src', '--python', hostPython, '--quiet', ...args], {
      cwd,
    });
  };

  test.each<readonly [string, string, string]>([
    [
      'a name that it does not have',
      'from lazy import made, gone',
      'error code-import-missing  app.py, line 1, imports lazy.gone, which lazy 3.1 does not have.',
    ],
    [
      'a name that is needed later',
      'def later():\n  from lazy.part import gone',
      'error code-import-missing  app.py, line 2, imports lazy.part.gone, which lazy 3.1 does not have.',
    ],
    [
      'a module that another one lacks',
      'import lacking.fine',
      "error code-import-fails  app.py, line 1, imports lacking.fine, which fails: ModuleNotFoundError: No module named 'nowhere_to_be_found'.",
    ],
    [
      'a library',
      'import os\nimport opener',
      'error code-import-fails  app.py, line 2, imports opener, which fails: it needs libnowhere.so.7, which Lambda lacks (OSError: libnowhere.so.7: cannot open shared object file: No such file or directory).',
    ],
    ['its own name, which is no reason to doubt the code', 'from lazy import hard', ''],
    ['what this Python was built without', 'import compressing', 'warning import-failed-before'],
    ['a setting of the user', 'import wants', 'warning import-failed-before  import wants fails even on'],
    [
      'under a condition',
      'import os\nif os.environ.get("X"):\n  import lacking',
      'warning import-failed-before',
    ],
  ])('%s', async (_name, text, said) => {
    const { code, stdout } = await tried(text);
    expect(stdout).toContain(said);
    expect(code).toBe(said.startsWith('error') ? 1 : 0);
    // What a package and the code both import is told once.
    expect(stdout.match(/import opener fails: it needs/g)).toHaveLength(1);
    if (!said.startsWith('error')) expect(stdout).not.toContain('error code-');
  });

  test('what is expected to fail is left alone', async () => {
    const { code, stdout } = await tried(
      'try:\n  from lazy import gone\n  import opener\nexcept (ImportError, OSError):\n  gone = None',
    );
    expect(stdout).not.toContain('code-import');
    expect(code).toBe(0);
  });

  test('what another layer brings is no fault of a package', async () => {
    const { code, stdout } = await tried('import brings', '--provided', 'boto3_of_nobody');
    expect(stdout).not.toContain('code-import');
    expect(code).toBe(0);
  });
});

test('imports are timed without bytecode and with it at the same moment', async () => {
  const cwd = await folder({ 'src/app.py': 'import alpha\ndef handler(event, context): ...\n' });
  const { stderr } = await cli(['build', '--from', small, '--code', 'src', '--python', hostPython], { cwd });
  const ended = stderr.split('\n').filter((line) => !line.endsWith('…'));
  const steps = ended.map((line) => line.split(':')[0]?.trim());
  expect(steps[steps.indexOf('prove bytecode') - 1]).toBe('time imports');
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
    const { code, stdout } = await build(await folder({ 'src/app.py': text }), ...args);
    expect(code).toBe(0);
    expect(stdout).not.toContain('code-import');
    expect(stdout).toContain('lambda-slim verify --handler app.handler');
  });

  test('a folder for an image has no boto3', async () => {
    const cwd = await folder({ 'src/app.py': 'import boto3\ndef handler(event, context): ...\n' });
    const { code, stdout } = await build(cwd, '--format', 'directory');
    expect(code).toBe(1);
    expect(stdout).toContain('imports boto3, which neither your requirements nor your own files provide.');
  });
});

test('handlers are taken from the deployment files of the project', async () => {
  const cwd = await folder({
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
  const cwd = await folder({ 'src/app.py': 'def handler(event, context): ...\n' });
  const { code, stderr } = await build(cwd, '--handler', 'app.hander');
  expect(code).toBe(2);
  expect(stderr).toContain('--handler app.hander: app.py defines no hander.');
  expect(stderr).toContain('Did you mean app.handler?');
  await expect(readFile(path.join(cwd, '.lambda-slim', 'lambda-slim.json'))).rejects.toThrow('ENOENT');
});

describe('a handler that a package brings', () => {
  const handler = 'def handler(event, context): ...\n';
  test('is taken, and the code is read all the same', async () => {
    const cwd = await folder({ 'src/app.py': `import nowhere\n${handler}` });
    const { code, stdout } = await build(cwd, '--handler', 'alpha.handler');
    expect([code, stdout]).toEqual([1, expect.stringContaining('app.py, line 1, imports nowhere')]);
    expect((await manifestOf(path.join(cwd, '.lambda-slim'))).handler).toBe('alpha.handler');
  });

  test('is taken from a layer that is named', async () => {
    const cwd = await folder({ 'src/app.py': handler });
    const { code } = await build(cwd, '--handler', 'wrapper.deep.run', '--provided', 'wrapper');
    expect(code).toBe(0);
  });

  test('is refused where nobody has it', async () => {
    const cwd = await folder({ 'src/app.py': handler });
    const { code, stderr } = await build(cwd, '--handler', 'nowhere_to_be.found');
    expect(code).toBe(2);
    expect(stderr).toContain('your code has no nowhere_to_be.py, nor has any package.');
  });
});

test('a file of another Python that no handler leads to is a warning', async () => {
  const cwd = await folder({
    'src/app.py': 'def handler(event, context): ...\n',
    'src/old/tool.py': 'print "x"\n',
  });
  const { code, stdout } = await build(cwd);
  expect([code, stdout]).toEqual([
    0,
    expect.stringContaining('warning code-syntax-unsure  old/tool.py, line 1'),
  ]);
});
