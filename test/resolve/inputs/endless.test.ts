/** Inputs that nobody has written: refused before they take minutes, or all memory. */
import { spawnSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cli, folder } from '../../cli/helper.js';
import { endlessBecause, refuseEndless } from '../../../src/resolve/inputs/endless.js';

const hash = ` \\\n    --hash=sha256:${'0'.repeat(64)}`;

describe('requirements that are read', () => {
  test.each([
    ['hashes of 600 wheels', `idna==3.10${hash.repeat(600)}\n`],
    ['100,000 lines', 'idna\n'.repeat(99_999)],
    ['a long line', `idna  # ${'x'.repeat(60_000)}`],
    ['paths that end with a backslash', 'x:\\'.repeat(10_000).replaceAll(':', '\n')],
    ['nothing', ''],
  ])('%s', (_name, text) => {
    expect(() => refuseEndless(text, 'requirements.txt')).not.toThrow();
  });
  test('a requirement with many limits', () => {
    expect(endlessBecause(`idna>=1${',!=1.0'.repeat(1000)}`)).toBeNull();
  });
});

describe('requirements that are not', () => {
  test.each([
    [
      'a million lines',
      'idna\n'.repeat(1_000_000),
      'requirements.txt has 1,000,001 lines, and at most 100,000',
    ],
    ['a line without end', 'x'.repeat(5_000_000), 'a line of 5,000,000 letters'],
    ['a line that goes on without end', 'idna \\\n'.repeat(50_000), 'a line of'],
    ['the same with Windows’ ends of lines', 'idna \\\r\n'.repeat(50_000), 'a line of'],
    ['a requirement without end', `idna>=1${',>=1'.repeat(5000)}`, 'it has 20,007 letters'],
    [
      'a marker without end',
      `idna; python_version > "3"${' and python_version > "3"'.repeat(1000)}`,
      'letters',
    ],
    ['an option without end', `--index-url https://x/${'y'.repeat(20_000)}`, 'letters'],
  ])('%s', async (_name, text, words) => {
    const cwd = await folder({ 'requirements.txt': text });
    const began = Date.now();
    const { code, stderr } = await cli(['build', '--plan'], { cwd });
    expect([code, stderr.includes('(bad-requirements)')]).toEqual([2, true]);
    expect(stderr).toContain(words);
    // What is quoted is short.
    expect(stderr.length).toBeLessThan(2000);
    expect(Date.now() - began).toBeLessThan(10_000);
  });

  test.each([
    ['requirements.txt', 33, '33.0 MiB, and at most 32.0 MiB'],
    ['lambda-slim.yaml', 5, '5.0 MiB, and at most 4.0 MiB'],
    ['lambda-slim.json', 5, '5.0 MiB, and at most 4.0 MiB'],
  ])('%s of %i MiB', async (name, size, words) => {
    const cwd = await folder({ 'requirements.txt': 'idna\n' });
    await writeFile(path.join(cwd, name), '#'.repeat(size * 2 ** 20));
    const { code, stderr } = await cli(['build', '--plan'], { cwd });
    expect([code, /\(bad-(?:requirements|config)\)/.test(stderr)]).toEqual([2, true]);
    expect(stderr).toContain(words);
  });

  test('a file of somebody else may be as large as it likes', async () => {
    const cwd = await folder({ 'package.json': `{"a": "${'x'.repeat(5 * 2 ** 20)}"}` });
    const { stderr } = await cli(['build', '--plan'], { cwd });
    expect(stderr).toContain('(nothing-to-build)');
  });

  test('a pipe that nobody writes to', async () => {
    const cwd = await folder({});
    expect(spawnSync('mkfifo', ['requirements.txt', 'lambda-slim.toml'], { cwd }).status).toBe(0);
    for (const args of [
      ['-r', 'requirements.txt', '--config', 'lambda-slim.toml'],
      ['-r', 'requirements.txt'],
    ]) {
      const { code, stderr } = await cli(['build', '--plan', ...args], { cwd });
      expect([code, stderr.includes('is no regular file')]).toEqual([2, true]);
    }
  });
});
