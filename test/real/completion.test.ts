/** Completion, typed into real shells at a terminal. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, jest, test } from '@jest/globals';
import { inCi, repository, start, temporary } from './helper-build.js';

jest.setTimeout(300_000);

const program = path.join(repository, 'bin/lambda-slim.js');

/** What is typed, and what then must stand there. */
const typed: readonly (readonly [string, string])[] = [
  ['lambda-slim build --pyt\t', 'build --python '],
  ['lambda-slim cac\t', 'lambda-slim cache '],
  ['lambda-slim cache pr\t', 'cache prune'],
  ['lambda-slim init ac\t', 'init action'],
  ['lambda-slim build --arch ar\t', 'build --arch arm64'],
  ['lambda-slim verify --hand\t', 'verify --handler '],
];

for (const shell of ['bash', 'zsh', 'fish']) {
  const there = (await start(shell, ['-c', 'exit 0']).catch(() => null))?.code === 0;
  if (!there && !inCi) {
    test.skip(`${shell}: not run, it is not installed`, () => {});
    continue;
  }
  test(`${shell} completes commands, options and their values`, async () => {
    expect(there).toBe(true);
    const folder = await temporary(shell);
    const script = path.join(folder, 'script');
    const made = await start(process.execPath, [program, 'completion', shell]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    await writeFile(script, made.stdout);
    const args = [path.join(repository, 'test/setup/shell.py'), shell, script, ...typed.flat()];
    const asked = await start('python3', args, { cwd: folder });
    expect(asked.stderr).toBe('');
    const [ready, ...answers] = JSON.parse(asked.stdout) as readonly (string | null)[];
    expect(ready).not.toBeNull();
    // What never stood there is null.
    for (const [index, [line, until]] of typed.entries())
      expect([line, answers[index]]).toEqual([line, expect.stringContaining(until)]);
  });
}
