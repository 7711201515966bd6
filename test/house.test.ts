/** What holds for the house as a whole: tests stand where their sources do, and the figures that must be 0 are. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from './program.js';

/** Tests of something else than one file of src/: the program, its templates, real wheels, the documents, this file. */
const elsewhere = /^(?:api|boot|cli|docs|fuzz|models|real)\/|^(?:bin|comments|docs|house|lint)\.test\.ts$/;

const tests = readdirSync('test', { recursive: true })
  .map((name) => String(name).split(path.sep).join('/'))
  .filter((name) => name.endsWith('.test.ts') && !elsewhere.test(name));

/** `plan.test.ts` and `plan-nested.test.ts` are both tests of `plan.ts`. */
function sourceOf(name: string): string | undefined {
  const words = path.posix.basename(name, '.test.ts').split('-');
  const stems = words.map((_, index) => words.slice(0, words.length - index).join('-'));
  return stems
    .map((stem) => path.posix.join('src', path.posix.dirname(name), `${stem}.ts`))
    .find((file) => existsSync(file));
}

describe('test/ mirrors src/', () => {
  test('there are tests', () => {
    expect(tests.length).toBeGreaterThan(60);
  });

  test('each stands where its source does', () => {
    expect(tests.filter((name) => sourceOf(name) === undefined)).toEqual([]);
  });
});

test('no circles, and no import goes up', async () => {
  const { ok, stdout } = await run('node', ['test/setup/figures.js']);
  expect(stdout).toMatch(/^upward imports +0$/m);
  expect({ ok, stdout }).toEqual({ ok: true, stdout });
});
