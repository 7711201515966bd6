/** The module that reads models travels when the config names models, in every kind of package, and works from there. */
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../../src/io/run.js';
import { never } from '../never.js';
import { cli, codesOf, entriesOf, folder, hostPython, manifestOf, smallTree } from './helper.js';

const small = await smallTree();

const config = `python = "${hostPython}"
[models]
tmp = "400 MB"
[models.greeting]
url = "s3://models-\${STAGE}/greeting.json"
refresh = "5 min"
size = "300 MB"
format = "json"
`;
const code = `from lambda_slim_models import model

def handler(event, context):
    return model("greeting")
`;

/** Without the network, so without the zstd extension. */
const build = (cwd: string, ...args: readonly string[]) =>
  cli(
    ['build', '--from', small, '--python', hostPython, '--codec', 'gzip', '--no-proof', '--quiet', ...args],
    { cwd },
  );

describe('it travels', () => {
  test.each<readonly [string, readonly string[], string, string]>([
    ['in a function', ['--code', 'src'], 'function.zip', 'lambda_slim_models/'],
    ['in a layer', [], 'layer.zip', 'python/lambda_slim_models/'],
    [
      'in a double zip, and plain',
      ['--strategy', 'double-zip', '--code', 'src'],
      'function.zip',
      'lambda_slim_models/',
    ],
  ])('%s', async (_, args, artifact, prefix) => {
    const cwd = await folder({ 'lambda-slim.toml': config, 'src/app.py': code });
    const { code: exit, stderr } = await build(cwd, ...args);
    expect([exit, stderr]).toEqual([0, '']);
    const out = path.join(cwd, '.lambda-slim');
    const names = (await entriesOf(path.join(out, artifact))).filter((name) => name.startsWith(prefix));
    expect(names).toEqual(
      expect.arrayContaining(
        ['__init__.py', '_s3_answers.py', 'models.json', 'py.typed'].map((name) => prefix + name),
      ),
    );
    expect(names.some((name) => name.endsWith('.pyc'))).toBe(true);
    const manifest = await manifestOf(out);
    expect(manifest.models).toMatchObject({ tmp: '400 MB', greeting: { refresh: '5 min' } });
    expect(manifest.packages.map(({ distribution }) => distribution)).toContain('(lambda_slim_models)');
  });

  test('with --models alone, and not without', async () => {
    const cwd = await folder({ 'src/app.py': code });
    expect((await build(cwd, '--code', 'src', '--models')).code).toBe(0);
    const other = await build(cwd, '--code', 'src', '--out', 'without');
    expect(other.code).toBe(1);
    expect(other.stdout).toContain('imports lambda_slim_models, which travels when the config names models');
    expect(other.stdout).toContain('build with --models');
    const names = await entriesOf(path.join(cwd, 'without', 'function.zip'));
    expect(names.filter((name) => name.includes('lambda_slim_models'))).toEqual([]);
  });
});

test('a packed function reads its model', async () => {
  const cwd = await folder({
    'lambda-slim.toml': config,
    'src/app.py': code,
    'models-dev/greeting.json': '"hello"',
  });
  await build(cwd, '--format', 'directory', '--code', 'src', '--prune', 'safe');
  const made = await run('python3', ['-c', 'import app; print(app.handler({}, None))'], {
    cwd: path.join(cwd, '.lambda-slim/package'),
    signal: never,
    env: { PATH: process.env['PATH'] ?? '', STAGE: 'dev', LAMBDA_SLIM_MODELS: cwd },
  });
  expect([made.stdout, made.stderr]).toEqual(['hello', '']);
});

test('a model that cannot be in /tmp is told before it is deployed', async () => {
  const large = config.replace('"300 MB"', '"700 MB"').replace('"json"', '"keras"');
  const cwd = await folder({ 'lambda-slim.toml': large, 'src/app.py': code });
  const { code: exit, stdout } = await build(cwd, '--code', 'src');
  expect(exit).toBe(1);
  expect(stdout).toContain('model-over-tmp  The model greeting takes');
  expect(codesOf(await manifestOf(path.join(cwd, '.lambda-slim')))).toContain('model-over-tmp');
  expect((await build(cwd, '--code', 'src', '--ephemeral-storage', '768')).code).toBe(0);
});

test('a wrong table names the key', async () => {
  const cwd = await folder({ 'lambda-slim.toml': config.replace('format', 'fromat'), 'src/app.py': code });
  const { code: exit, stderr } = await build(cwd, '--code', 'src');
  expect(exit).toBe(2);
  expect(stderr).toContain('without "fromat" in the model "greeting"');
});
