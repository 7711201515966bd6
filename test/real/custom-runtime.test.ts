/** A build for a newer glibc: the lines that `init` prints for an image of one's own are run, and what they make starts. */
import { copyFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { run } from '../program.js';
import { cli, folder, smallTree } from '../cli/helper.js';
import { inCi } from './helper-build.js';
import { image, obstacle } from './helper-docker.js';

jest.setTimeout(300_000);

const unzip = (await run('sh', ['-c', 'command -v unzip'])).stdout.trim();
const missing = (await obstacle()) ?? (unzip === '' ? 'unzip is not on PATH' : null);
const check = missing === null || inCi ? test : test.skip;
const label = missing === null ? '' : ` (cannot run here: ${missing})`;
const made = 'lambda-slim-test/custom-runtime';
afterAll(() => run('docker', ['image', 'rm', '--force', made]));

describe('an image of one’s own', () => {
  check(`is made by the lines of init, and starts the function${label}`, async () => {
    const cwd = await folder({
      'src/app.py': 'import alpha\ndef handler(event, context): return alpha.__name__\n',
    });
    const args = ['build', '--from', await smallTree(), '--python', '3.11', '--glibc', '2.36', '--no-proof'];
    expect((await cli([...args, '--code', 'src', '--pyc', 'none', '--quiet'], { cwd })).code).toBe(0);
    const { code, stderr } = await cli(['init', 'sam'], { cwd });
    expect([code, stderr]).toEqual([2, expect.stringContaining('glibc 2.36 or newer')]);
    const lines = stderr.split('\n').map((line) => line.trim());
    const printed = lines.filter((line) => /^(?:FROM|#|COPY|RUN|ENV|ENTRYPOINT) ?/.test(line));
    expect(printed.map((line) => line.split(' ')[0])).toEqual([
      'FROM',
      '#',
      'COPY',
      'RUN',
      'ENV',
      'ENTRYPOINT',
    ]);
    // The stand-in has no package manager's network: unzip comes from here.
    await copyFile(unzip, path.join(cwd, 'unzip'));
    const [, ...rest] = printed;
    await writeFile(
      path.join(cwd, 'Dockerfile'),
      [`FROM ${image}`, 'COPY unzip /usr/bin/unzip', ...rest, ''].join('\n'),
    );
    const built = await run('docker', ['build', '--network', 'none', '--tag', made, '.'], { cwd });
    expect([built.ok, built.stderr]).toEqual([true, expect.any(String)]);
    const call = 'import app; print(app.handler({}, None))';
    const ran = await run('docker', [
      'run',
      '--rm',
      '--network',
      'none',
      '--entrypoint',
      'python3',
      made,
      '-c',
      call,
    ]);
    expect([ran.stdout.trim(), ran.stderr]).toEqual(['alpha', '']);
  });
});
