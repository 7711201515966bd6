/** `build --env`: variables of the function's settings, for the proof. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder, hostPython, manifestOf } from './helper.js';

/** A package that imports only where it is told its backend, as Keras does. */
const from = await folder({
  'choosy.py': 'import os\nassert os.environ["BACKEND"] == "jax", "no backend"\n',
  'plain.py': '',
  'choosy-1.0.dist-info/METADATA': 'Metadata-Version: 2.1\nName: choosy\nVersion: 1.0\n',
  'choosy-1.0.dist-info/RECORD':
    'choosy.py,,\nplain.py,,\nchoosy-1.0.dist-info/METADATA,,\nchoosy-1.0.dist-info/RECORD,,\n',
});
const build = (cwd: string, ...args: readonly string[]) =>
  cli(['build', '--from', from, '--python', hostPython, '--pyc', 'none', '--quiet', ...args], { cwd });
const proofOf = async (cwd: string) => (await manifestOf(path.join(cwd, '.lambda-slim'))).proof;

test('without them nothing is said of them', async () => {
  const cwd = await folder();
  await build(cwd);
  expect(await proofOf(cwd)).toMatchObject({ state: 'partly', imported: ['plain'] });
  expect(await proofOf(cwd)).not.toHaveProperty('environment');
});

test('the proof imports with them', async () => {
  const cwd = await folder();
  const { code, stdout } = await build(cwd, '--env', 'BACKEND=jax', '--env', 'MODE=a=b');
  expect([code, stdout]).toEqual([0, expect.stringContaining(', with BACKEND=jax, MODE=a=b')]);
  expect(await proofOf(cwd)).toMatchObject({
    state: 'proven',
    imported: ['choosy', 'plain'],
    environment: { BACKEND: 'jax', MODE: 'a=b' },
  });
});

test('another value is another proof', async () => {
  const cwd = await folder();
  await build(cwd, '--env', 'BACKEND=jax');
  const again = await build(cwd, '--env', 'BACKEND=torch');
  expect(again.stdout).not.toContain('Nothing has changed');
  expect((await proofOf(cwd)).imported).toEqual(['plain']);
});

test('from the config file; keys for a verification that goes out are left out', async () => {
  const cwd = await folder({
    'lambda-slim.yaml': 'env: [BACKEND=jax, AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE]\nverifyNetwork: host\n',
  });
  expect((await build(cwd)).code).toBe(0);
  expect((await proofOf(cwd)).environment).toEqual({ BACKEND: 'jax' });
  await writeFile(path.join(cwd, 'lambda-slim.yaml'), 'env: [BACKEND=torch]\n');
  const { stdout } = await cli(['check'], { cwd });
  expect(stdout).toContain('"env" in lambda-slim.yaml has changed');
});

test('a secret is neither printed nor kept', async () => {
  const cwd = await folder();
  const secret = 'hunter2-correct-horse';
  const args = [
    '--env',
    'BACKEND=jax',
    '--env',
    `API_TOKEN=${secret}`,
    '--env',
    `DB=https://me:${secret}@db`,
  ];
  const { code, stdout, stderr } = await build(cwd, ...args);
  expect([code, stdout]).toEqual([0, expect.stringContaining('API_TOKEN (a secret)')]);
  const manifest = await manifestOf(path.join(cwd, '.lambda-slim'));
  expect(manifest.proof.environment).toEqual({ BACKEND: 'jax', API_TOKEN: null, DB: null });
  expect(`${stdout}${stderr}${JSON.stringify(manifest)}`).not.toContain(secret);
});

describe('what is refused', () => {
  test.each([
    ['AWS_REGION=eu-central-1', 'Lambda sets AWS_REGION itself'],
    ['AWS_ACCESS_KEY_ID=x', 'verify --network host'],
    ['_HANDLER=app.handler', 'must be like'],
    ['LAMBDA_TASK_ROOT=/var/task', 'Lambda sets LAMBDA_TASK_ROOT itself'],
    ['BACKEND', 'must be like'],
  ])('%s', async (given, words) => {
    const { code, stderr } = await build(await folder(), '--env', given);
    expect([code, stderr]).toEqual([2, expect.stringContaining(words)]);
  });
});
