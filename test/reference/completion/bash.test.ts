/** What bash proposes, asked of its own function. test/real/completion.test.ts types into real shells. */
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { commands } from '../../../src/commands/table.js';
import { run } from '../../program.js';
import { bashCompletion } from '../../../src/reference/completion/bash.js';
import { completed } from '../../../src/reference/completion/words.js';

const script = path.join(await mkdtemp(path.join(tmpdir(), 'slim-completion-')), 'script');
await writeFile(script, bashCompletion(completed(commands)));

/** The last word is the one at which Tab is pressed. */
async function proposals(...words: readonly string[]): Promise<readonly string[]> {
  const ask = `source ${script}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _lambda_slim; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = await run('bash', ['--norc', '-c', ask, 'bash', 'lambda-slim', ...words]);
  expect(stderr).toBe('');
  return stdout.split('\n').filter((line) => line !== '');
}

test.each([
  [['chec'], ['check']],
  [['--v'], ['--version']],
  [
    ['build', '--py'],
    ['--python', '--pyc'],
  ],
  [
    ['build', '--python', '3.1'],
    ['3.10', '3.11', '3.12', '3.13', '3.14'],
  ],
  // bash takes it apart.
  [['build', '--python', '=', '3.9'], ['3.9']],
  [
    ['build', '--arch', ''],
    ['x86_64', 'arm64'],
  ],
  [['build', '--quiet', '--arc'], ['--arch']],
  [
    ['cache', ''],
    ['dir', 'size', 'prune', 'clean'],
  ],
  [['init', 'ac'], ['action']],
  [
    ['completion', ''],
    ['bash', 'zsh', 'fish'],
  ],
  // Of files, bash itself knows more.
  [['build', '-r', ''], []],
  [['verify', '--event', ''], []],
  [['why', 'num'], []],
])('%j', async (words, expected) => {
  expect(await proposals(...words)).toEqual(expected);
});

test('every command and every option of each is known', async () => {
  expect(await proposals('')).toEqual([...commands.map(({ name }) => name), '--help', '--version']);
  for (const { name, options } of commands) {
    const flags = await proposals(name, '--');
    expect(flags).toEqual(expect.arrayContaining([...options.map((one) => `--${one.name}`), '--json']));
  }
});
