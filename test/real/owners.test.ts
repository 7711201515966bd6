/** A sample of `npm run test:owners`: packages whose tests take a second. What the rules keep is judged by them. */
import { expect, jest, test } from '@jest/globals';
import { inCi, pythonFor, start } from './helper-build.js';

jest.setTimeout(300_000);

const python = await pythonFor('3.12');
const owners = async (...args: readonly string[]): ReturnType<typeof start> =>
  start(process.execPath, ['test/owners/run.js', ...args]);

if (python === null) {
  if (inCi) test('a CPython 3.12 is here', () => expect(python).not.toBeNull());
  else test.skip('not run: no CPython 3.12 for x86_64 is here', () => {});
} else {
  test("what is kept passes its owners' tests as the untouched trees do", async () => {
    const { code, stdout } = await owners('--only', 'toolz', '--only', 'regex');
    expect(stdout).toContain('2 packages alike, 0 different, 0 not measured');
    expect(stdout).toMatch(/^toolz \S+: 1\d\d passed, 0 failed/m);
    expect(code).toBe(0);
  });

  test('what is missing is found by them, and named', async () => {
    const { code, stdout } = await owners('--only', 'toolz', '--drop', 'toolz/sandbox/*.py');
    expect(stdout).toContain('0 packages alike, 1 different');
    expect(stdout).toMatch(/toolz\/sandbox\/tests\/test_core\.py::\w+/);
    expect(code).toBe(1);
  });
}
