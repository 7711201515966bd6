/** The command line of verify, as far as it needs no sandbox; test/real/verify.test.ts runs in one. */
import { appendFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { verifyOptions } from '../../src/options/table.js';
import { commonOptions } from '../../src/options/common.js';
import { cli, folder, hostPython, smallTree } from './helper.js';

const cwd = await folder({ 'event.json': '{' });
await cli(['build', '--from', await smallTree(), '--python', hostPython, '--no-proof'], { cwd });

test('verify --help has every option, and examples', async () => {
  const { code, stdout } = await cli(['verify', '--help']);
  expect(code).toBe(0);
  for (const row of [...verifyOptions, ...commonOptions]) expect(stdout).toContain(`--${row.name}`);
  expect(stdout).toContain('$ lambda-slim verify --handler app.handler');
});

describe('what is refused ends with 2', () => {
  test.each<readonly [string, readonly string[], string, string]>([
    ['no build there', ['--out', 'elsewhere'], 'no-manifest', 'lambda-slim build'],
    ['an option of build alone', ['--resolver', 'uv'], 'bad-option', 'lambda-slim verify --help'],
    ['code as a handler', ['--handler', 'src'], 'bad-option', 'app.handler'],
    [
      'an event that is not JSON',
      ['--handler', 'a.b', '--event', 'event.json'],
      'bad-option',
      'one JSON value',
    ],
    [
      'SnapStart with a large /tmp',
      ['--snap-start', '--ephemeral-storage', '1024'],
      'bad-option',
      '--snap-start',
    ],
    ['a handler folder where code is', ['--code', '.'], 'bad-option', '--handler app.handler'],
  ])('%s', async (_name, args, code, hint) => {
    const result = await cli(['verify', '--json', ...args], { cwd });
    const { error } = JSON.parse(result.stdout) as { error: { code: string; message: string; hint: string } };
    expect([result.code, result.stderr, error.code]).toEqual([2, '', code]);
    expect(`${error.message} ${error.hint}`).toContain(hint);
  });
});

test('in words', async () => {
  const { code, stdout, stderr } = await cli(['verify', '--out', 'elsewhere'], { cwd });
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toContain('There is no build in');
});

test("build's code does not disturb", async () => {
  const env = { LAMBDA_SLIM_CODE: 'src', LAMBDA_SLIM_OUT: 'elsewhere' };
  const { code, stderr } = await cli(['verify'], { cwd, env });
  expect({ code, found: stderr.includes(path.join(cwd, 'elsewhere')) }).toEqual({ code: 2, found: true });
});

test('a changed artifact is refused before anything is fetched', async () => {
  await appendFile(path.join(cwd, '.lambda-slim/layer.zip'), 'x');
  const { code, stderr } = await cli(['verify'], { cwd });
  expect([code, stderr.includes('(artifact-changed)')]).toEqual([2, true]);
});
