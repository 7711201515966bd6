import { chmod, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { findInterpreter } from '../../src/io/interpreter.js';
import { interpreter as real, target } from '../prove/tree.js';
import { never } from '../never.js';

let home: string;
let bin: string;
let environment: Record<string, string>;
beforeEach(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'home '));
  bin = path.join(home, 'bin');
  await mkdir(bin);
  environment = { PATH: bin, HOME: home };
});
afterEach(async () => rm(home, { recursive: true, force: true }));

async function program(file: string, lines: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${lines}\n`);
  await chmod(file, 0o755);
}

/** A Python that answers the question with something else. */
async function fake(name: string, answer: Record<string, unknown>): Promise<void> {
  const [major, minor] = target.python.split('.').map(Number);
  const whole = {
    implementation: 'CPython',
    version: [major, minor, 7, 'final'],
    cacheTag: 'cpython-x',
    magic: '00',
    system: 'linux',
    machine: 'x86_64',
    suffixes: ['.cpython-x-x86_64-linux-gnu.so', '.cpython-x-aarch64-linux-gnu.so'],
    freeThreaded: false,
    executable: path.join(bin, name),
    ...answer,
  };
  await program(path.join(bin, name), `echo '${JSON.stringify(whole)}'`);
}

const executable = real.command[0] ?? '';

test('the one on PATH answers, and runs with nothing of the caller', async () => {
  await symlink(executable, path.join(bin, 'python3'));
  const found = await findInterpreter(target, {
    environment: { ...environment, PYTHONPATH: '/nowhere' },
    signal: never,
  });
  expect(found).toMatchObject({ canImport: true, because: null, magic: real.magic, cacheTag: real.cacheTag });
  expect(found?.description).toBe(`CPython ${found?.version ?? ''} (host)`);
  const result = await found?.run(['-c', 'import os; print(sorted(os.environ))'], {
    env: { MINE: '1' },
    signal: never,
  });
  expect(result?.stdout).toContain('MINE');
  expect(result?.stdout).not.toContain('PATH');
});

test('a shim with nothing behind it is passed over for the version itself', async () => {
  for (const name of [`python${target.python}`, 'python3', 'python']) {
    await program(path.join(bin, name), `echo "pyenv: ${name}: command not found" >&2; exit 127`);
  }
  const version = path.join(home, '.pyenv/versions', real.version, 'bin');
  await mkdir(version, { recursive: true });
  await symlink(executable, path.join(version, 'python'));
  expect((await findInterpreter(target, { environment, signal: never }))?.version).toBe(real.version);
});

test('uv is asked for what it has', async () => {
  await program(
    path.join(bin, 'uv'),
    `case "$*" in *--no-python-downloads*${target.python}*) echo '${executable}';; *) exit 9;; esac`,
  );
  expect((await findInterpreter(target, { environment, signal: never }))?.version).toBe(real.version);
});

test.each([
  [
    'another platform',
    { system: 'darwin', machine: 'arm64', suffixes: ['.cpython-x-darwin.so'] },
    'darwin on arm64',
  ],
  ['musl', { suffixes: ['.cpython-x-x86_64-linux-musl.so'] }, 'linux-gnu'],
])('%s makes bytecode only', async (_name, answer, words) => {
  await fake('python3', answer);
  expect(
    await findInterpreter(target, { environment, signal: never }, path.join(bin, 'python3')),
  ).toMatchObject({
    canImport: false,
    because: expect.stringContaining(words),
  });
});

test('one that can import is taken before one that cannot', async () => {
  await fake(`python${target.python}`, { system: 'darwin', suffixes: [] });
  await fake('python', {});
  expect((await findInterpreter(target, { environment, signal: never }))?.command).toEqual([
    path.join(bin, 'python'),
  ]);
});

test.each([
  ['is another version', { version: [3, 8, 1, 'final'] }, 'is Python 3.8.1, but the target is'],
  ['is not CPython', { implementation: 'PyPy' }, 'is PyPy, not CPython'],
  ['is free-threaded', { freeThreaded: true }, 'free-threaded'],
  ['is a pre-release', { version: [...target.python.split('.').map(Number), 0, 'candidate'] }, 'pre-release'],
])('one that %s is refused by name', async (_name, answer, words) => {
  await fake('mine', answer);
  await expect(findInterpreter(target, { environment, signal: never }, 'mine')).rejects.toMatchObject({
    code: 'bad-option',
    message: expect.stringContaining(words),
  });
});

test('a named one that is not there', async () => {
  await expect(
    findInterpreter(target, { environment, signal: never }, '/no/such/python'),
  ).rejects.toMatchObject({
    code: 'bad-option',
    message: 'The interpreter /no/such/python does not run.',
  });
});
