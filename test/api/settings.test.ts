/** What can be set through the API: nothing that the config file has not, nothing that it does not take. */
import { describe, expect, test } from '@jest/globals';
import { optionsIn, type Settings } from '../../src/api/settings.js';
import { SlimError } from '../../src/errors.js';
import { allOptions, type AnyOption } from '../../src/options/table.js';
import { near } from '../../src/text/near.js';

/** Compiles only while every key of the config file is in the type, and nothing else. */
type ConfigKey = Exclude<AnyOption, { inConfig: false }>['key'];
const same: [ConfigKey] extends [keyof Settings]
  ? [keyof Settings] extends [ConfigKey]
    ? 'same'
    : 'more'
  : 'fewer' = 'same';

const settings: Settings = {
  python: '3.13',
  arch: 'arm64',
  exclude: ['boto3'],
  excludeRuntime: true,
  level: 9,
  budgets: ['unzipped=1MiB', { what: 'zipped', max: 1, message: undefined }],
  noCache: undefined,
};
// @ts-expect-error: no such Python
const otherPython: Settings = { python: '3.8' };
// @ts-expect-error: a number is no list
const noList: Settings = { exclude: 7 };
// @ts-expect-error: the command line's own business
const spoken: Settings = { json: true };

test('the types are those of the table', () => {
  expect({ same, otherPython, noList, spoken }).toMatchObject({ same: 'same' });
});

describe('what is given', () => {
  const own = { folder: 'a text', plan: 'true or false' } as const;
  const read = (given: Readonly<Record<string, unknown>>) => optionsIn(given, own, { passed: ['plan'] });

  test('options go to the parser, the rest does not', () => {
    const around = { cwd: '/', environment: {}, signal: new AbortController().signal, onProgress: () => {} };
    expect(read({ ...settings, ...around, folder: 'x', plan: true, $schema: 'y' })).toEqual({
      python: '3.13',
      arch: 'arm64',
      exclude: ['boto3'],
      excludeRuntime: true,
      level: 9,
      budgets: settings.budgets,
      plan: true,
    });
  });

  test('a config file that is named is one, false is none', () => {
    expect(read({ config: 'x.toml' })).toEqual({ config: 'x.toml' });
    expect(read({ config: false })).toEqual({});
  });

  test.each<readonly [string, Readonly<Record<string, unknown>>, string]>([
    ['a key that is near one', { pythn: '3.13' }, 'Did you mean "python"?'],
    ['one that is near none', { colours: true }, 'The settings are the keys of the config file'],
    ["one of the command line's own", { json: true }, 'The settings are'],
    ["another function's own", { what: 'layer.zip' }, 'The settings are'],
    ['what every object has', { constructor: 1 }, 'The settings are'],
    ['no text', { folder: 7 }, 'guides/api.md'],
    ['no truth', { plan: 'yes' }, 'guides/api.md'],
    ['no function', { onProgress: 'x' }, 'guides/api.md'],
    ['no signal', { signal: 5000 }, 'guides/api.md'],
    ['no variables', { environment: null }, 'guides/api.md'],
  ])('%s is refused', (_what, given, hint) => {
    const failure = (() => {
      try {
        return read(given);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(SlimError);
    expect(failure).toMatchObject({
      code: 'bad-option',
      message: expect.stringContaining(`"${Object.keys(given)[0] ?? ''}"`),
      hint: expect.stringContaining(hint),
    });
  });

  test('what must be there is missed', () => {
    expect(() => optionsIn({ before: 'x' }, {}, { needed: ['before', 'after'] })).toThrow(
      'The setting "after" is not there.',
    );
  });
});

test('no option has the name of something else that a call has', () => {
  const keys = new Set(allOptions().flatMap(({ key, inConfig }) => (inConfig === false ? [] : [key])));
  const others = [
    'folder',
    'cwd',
    'environment',
    'signal',
    'onProgress',
    'config',
    'what',
    'before',
    'after',
  ];
  expect(others.filter((key) => keys.has(key))).toEqual([]);
});

test.each<readonly [string, string | null]>([
  ['pyhton', 'python'],
  ['exclud', 'exclude'],
  ['json', null],
  ['', null],
])('near %j is %j', (typed, expected) => {
  expect(near(typed, ['python', 'exclude', 'from'])).toBe(expected);
});
