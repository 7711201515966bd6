/** Spellings of earlier versions do what they did, and say once how it is written now. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { buildOptions } from '../../src/options/build.js';
import { settle } from '../../src/options/config.js';
import type { OptionRow } from '../../src/options/row.js';
import { initOptions, verifyOptions } from '../../src/options/table.js';
import { scratch } from '../pack/helpers.js';

const cwd = await scratch()();
await mkdir(path.join(cwd, 'src'));
await mkdir(path.join(cwd, 'my.code'));
await mkdir(path.join(cwd, 'conf/lib'), { recursive: true });
await writeFile(path.join(cwd, 'file.py'), '');
const src = path.join(cwd, 'src');

interface Given {
  readonly flags?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

function read(rows: readonly OptionRow[], { flags = {}, environment = {}, config }: Given) {
  const notes: string[] = [];
  const file = config && { file: path.join(cwd, 'conf/lambda-slim.json'), values: config };
  const note = (text: string): void => void notes.push(text);
  const { code, handler } = settle(rows, { flags, environment, config: file ?? null, cwd, note });
  return { code, handler, notes };
}

describe('a folder as the handler is the code', () => {
  test.each<readonly [string, Given, object, string]>([
    ['a flag', { flags: { handler: 'src' } }, { code: src }, '--code src'],
    ['a flag with ./', { flags: { handler: './src' } }, { code: src }, '--code ./src'],
    ['an absolute one', { flags: { handler: src } }, { code: src }, `--code ${src}`],
    [
      'with a dot in its name',
      { flags: { handler: 'my.code' } },
      { code: path.join(cwd, 'my.code') },
      '--code my.code',
    ],
    [
      'a variable',
      { environment: { LAMBDA_SLIM_HANDLER: 'src' } },
      { code: src },
      'write LAMBDA_SLIM_CODE=src',
    ],
    [
      'a config file, relative to it',
      { config: { handler: 'lib' } },
      { code: path.join(cwd, 'conf/lib') },
      'its key is "code" now',
    ],
    [
      'a flag before the code of a config file',
      { flags: { handler: 'src' }, config: { code: 'lib' } },
      { code: src },
      '--code src',
    ],
    [
      'beside what was the handler of verify',
      { config: { handler: '../src', verifyHandler: 'a.b' } },
      { code: src, handler: 'a.b' },
      'its key is "code" now',
    ],
  ])('%s', (_name, given, expected, note) => {
    const found = read(verifyOptions, given);
    expect(found).toMatchObject({ handler: undefined, ...expected });
    expect(found.notes[0]).toContain(note);
    expect(found.notes[0]).toContain('such as app.handler');
    expect(read(buildOptions, given)).toEqual(found);
  });

  test.each<readonly [string, Given]>([
    ['no folder', { flags: { handler: 'nothing' } }],
    ['a file', { flags: { handler: './file.py/' } }],
    ['a folder, with the code named, too', { flags: { handler: 'src', code: 'src' } }],
    ['a list', { config: { handler: ['src'] } }],
  ])('%s is refused', (_name, given) => {
    expect(() => read(buildOptions, given)).toThrow(/handler.*must be/);
  });
});

test("the API has no earlier version: a folder is no handler there, and is refused by the setting's name", () => {
  const given = { flags: { handler: 'src' }, environment: {}, config: null, cwd, spelling: 'keys' } as const;
  expect(() => settle(buildOptions, given)).toThrow('The setting "handler" is "src", but must be');
});

describe('a handler under its former names', () => {
  test.each<readonly [string, readonly OptionRow[], Given, string | undefined, readonly string[]]>([
    ['verify', verifyOptions, { config: { verifyHandler: 'a.b' } }, 'a.b', ['"handler"']],
    ['init', initOptions, { config: { initHandler: 'a.b' } }, 'a.b', ['"handler"']],
    ["another command's", verifyOptions, { config: { initHandler: 'a.b' } }, undefined, []],
    [
      'a variable',
      verifyOptions,
      { environment: { LAMBDA_SLIM_VERIFY_HANDLER: 'a.b' } },
      'a.b',
      ['LAMBDA_SLIM_HANDLER'],
    ],
    [
      'a variable of init',
      initOptions,
      { environment: { LAMBDA_SLIM_INIT_HANDLER: 'a.b' } },
      'a.b',
      ['LAMBDA_SLIM_HANDLER'],
    ],
    ['an empty variable', verifyOptions, { environment: { LAMBDA_SLIM_VERIFY_HANDLER: '' } }, undefined, []],
    [
      'the name of today wins',
      verifyOptions,
      { config: { verifyHandler: 'a.b', handler: 'c.d' } },
      'c.d',
      ['"handler"'],
    ],
    ['no old spelling, no note', verifyOptions, { config: { handler: 'c.d', code: 'lib' } }, 'c.d', []],
  ])('%s', (_name, rows, given, handler, notes) => {
    const found = read(rows, given);
    expect(found.handler).toBe(handler);
    expect(found.notes).toHaveLength(notes.length);
    notes.forEach((note, index) => {
      expect(found.notes[index]).toContain(`is called ${note} now`);
    });
  });

  test('what it is must be one', () => {
    expect(() => read(verifyOptions, { config: { verifyHandler: 'app' } })).toThrow('app.handler');
  });
});
