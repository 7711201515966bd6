/** All that is written for a container's function is closed to others under a umask of 077; it is Lambda's user all the same. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { run } from '../program.js';
import type { Verification } from '../../src/verify/verification.js';
import { environment, inCi, remove, repository, temporary } from './helper-build.js';
import { rows } from './helper-sandbox.js';

jest.setTimeout(400_000);

const row = rows.find((one) => one.name === 'docker')!;
const check = row.missing === null || inCi ? test : test.skip;
const label = row.missing === null ? '' : ` (cannot run here: ${row.missing})`;
const program = path.join(repository, 'bin/lambda-slim.js');

let work: string;
beforeAll(async () => {
  work = await temporary('umask');
  await mkdir(path.join(work, 'tree/demo-1.0.dist-info'), { recursive: true });
  await mkdir(path.join(work, 'code/inner'), { recursive: true });
  await writeFile(path.join(work, 'tree/demo.py'), 'answer = 42\n');
  await writeFile(path.join(work, 'tree/demo-1.0.dist-info/METADATA'), 'Name: demo\nVersion: 1.0\n');
  await writeFile(
    path.join(work, 'tree/demo-1.0.dist-info/RECORD'),
    'demo.py,,\ndemo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/RECORD,,\n',
  );
  await writeFile(path.join(work, 'code/inner/__init__.py'), 'from demo import answer\n');
  await writeFile(
    path.join(work, 'code/app.py'),
    'import os, boto3\nfrom inner import answer\n\ndef handler(event, context):\n    assert os.getuid() == 993, os.getuid()\n    return answer\n',
  );
  await chmod(path.join(work, 'code/app.py'), 0o600);
});
afterAll(() => remove(work));

async function closed(...args: readonly string[]): Promise<unknown> {
  const line = [process.execPath, program, ...args, '--cache-dir', path.join(work, 'cache'), '--json'];
  const result = await run('/bin/sh', ['-c', 'umask 077 && exec "$@"', 'sh', ...line], {
    cwd: work,
    env: environment,
    onlyEnv: true,
  });
  if (!result.ok) throw new Error(`${result.stderr}\n${result.stdout}`);
  return JSON.parse(result.stdout);
}

const image = ['--sandbox', 'docker', '--image', row.image ?? ''];
const build = ['build', '--from', 'tree', '--python', row.python, '--no-proof', '--pyc', 'none'];

check(`a handler, with a layer${label}`, async () => {
  await closed(...build);
  const verified = (await closed(
    'verify',
    '--code',
    'code',
    '--handler',
    'app.handler',
    ...image,
  )) as Verification;
  expect(verified.invocation).toMatchObject({ ok: true });
});

check(`the imports that a build promises${label}`, async () => {
  await closed(...build, '--out', 'plain');
  const verified = (await closed('verify', '--out', 'plain', ...image)) as Verification;
  expect(verified.findings.filter((one) => one.code !== 'not-proven-here')).toEqual([]);
  expect(verified.attempts).toMatchObject([{ name: 'demo', ok: true }]);
});

check(`a folder${label}`, async () => {
  await closed(...build, '--out', 'folder', '--format', 'directory');
  const verified = (await closed('verify', '--out', 'folder', ...image)) as Verification;
  expect(verified.attempts).toMatchObject([{ name: 'demo', ok: true }]);
});
