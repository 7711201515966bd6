/** What is over, by how much, and what is said. */
import { describe, expect, test } from '@jest/globals';
import { parseBudget } from '../../src/options/budget.js';
import type { AttachedLayer, Verdict } from '../../src/check/model.js';
import type { Budget, SizeSubject } from '../../src/options/budget.js';
import { judge } from '../../src/check/verdicts.js';
import { renderFinding } from '../../src/findings/findings.js';
import { measured } from './made.js';

const limit = 262_144_000;
const sizes = (unzipped: number, tmp = 0, zipped = 1): { unzipped: number; tmp: number; zipped: number } => ({
  unzipped,
  tmp,
  zipped,
});
const budget = (raw: unknown): Budget<SizeSubject> => parseBudget(raw) as Budget<SizeSubject>;
const layer = (unzipped: number): AttachedLayer => ({
  name: 'base.zip',
  zipped: 1,
  unzipped,
  packages: [{ name: 'scipy', version: '1.0', bytes: unzipped }],
});

describe("AWS's limits", () => {
  test.each<readonly [string, number, readonly string[]]>([
    ['one byte below', limit - 1, []],
    ['equal', limit, ['over-limit']],
    ['one byte over', limit + 1, ['over-limit']],
  ])('unzipped: %s', (_name, unzipped, codes) => {
    const { findings } = judge(measured({ sizes: sizes(unzipped) }), [], [], 512);
    expect(findings.map((one) => one.code)).toEqual(codes);
  });

  test('equal is over by 1 byte, and the heaviest packages are named', () => {
    const { findings } = judge(measured({ sizes: sizes(limit) }), [], [], 512);
    const { sentence, hint } = renderFinding(findings[0]!);
    expect(sentence).toContain('262,144,000 bytes: 1 byte more');
    const { verdicts } = judge(measured({ sizes: sizes(limit) }), [], [], 512);
    expect(verdicts.find((one) => one.what === 'unzipped')).toMatchObject({ max: limit, left: -1 });
    expect(hint).toContain('Heaviest: numpy 23.8 MiB, six 4.8 MiB.');
  });

  test('an attached layer counts with what it holds', () => {
    const mine = measured({ sizes: sizes(limit - 100) });
    expect(judge(mine, [layer(99)], [], 512).findings).toEqual([]);
    const { findings, verdicts } = judge(mine, [layer(100)], [], 512);
    expect(findings.map((one) => one.code)).toEqual(['over-limit']);
    expect(verdicts.find((one) => one.what === 'unzipped')?.actual).toBe(limit);
    expect(renderFinding(findings[0]!).hint).toContain('scipy of base.zip 100 bytes');
  });

  test('a zip over the direct limit goes through S3, which is no error', () => {
    const archives = [{ name: 'f.zip', form: 'function' as const, zipped: 52_428_801, unzipped: 1 }];
    const { verdicts, findings } = judge(measured({ archives }), [], [], 512);
    expect(verdicts[0]).toMatchObject({ what: 'direct upload of f.zip', state: 'warning' });
    expect(findings.map((one) => one.code)).toEqual(['via-s3']);
    const [{ name, form, unzipped }] = archives as [(typeof archives)[0]];
    const equal = measured({ archives: [{ name, form, unzipped, zipped: 52_428_800 }] });
    expect(judge(equal, [], [], 512).findings).toEqual([]);
  });

  test.each([
    [512 * 2 ** 20, 512, []],
    [512 * 2 ** 20 + 1, 512, ['tmp-too-small']],
    [512 * 2 ** 20 + 1, 513, []],
  ])('%d bytes in a /tmp of %d MB', (tmp, storage, codes) => {
    const { findings } = judge(measured({ sizes: sizes(1, tmp) }), [], [], storage);
    expect(findings.map((one) => one.code)).toEqual(codes);
  });

  test.each<readonly [string, number, readonly string[], Verdict['state']]>([
    ['there', 99, [], 'ok'],
    ['one byte short', 100, ['reserve-taken'], 'warning'],
  ])("what is kept free for the function's code is %s", (_name, reserve, codes, state) => {
    const { findings, verdicts } = judge(measured({ sizes: sizes(limit - 100) }), [], [], 512, reserve);
    expect(findings.map((one) => one.code)).toEqual(codes);
    expect(verdicts.find((one) => one.what === 'reserve')).toMatchObject({ actual: reserve, max: 99, state });
  });

  test('six layers are one too many', () => {
    const { findings } = judge(measured(), [1, 2, 3, 4, 5].map(layer), [], 512);
    expect(findings.map((one) => one.code)).toEqual(['too-many-layers']);
    expect(judge(measured(), [1, 2, 3, 4].map(layer), [], 512).findings).toEqual([]);
  });

  test('a folder for an image may be larger', () => {
    const archives = [{ name: 'out', form: 'directory' as const, zipped: null, unzipped: limit }];
    const { findings } = judge(measured({ archives, sizes: sizes(limit) }), [], [], 512);
    expect(findings.map((one) => one.code)).toEqual(['directory-over-limit']);
  });
});

describe('budgets', () => {
  test.each<readonly [string, string, 'ok' | 'error']>([
    ['equal is within', 'unzipped=30000000', 'ok'],
    ['one byte less is not', 'unzipped=29999999', 'error'],
    ['zipped', 'zipped=9MB', 'error'],
    ['tmp', 'tmp=0', 'ok'],
    ['a package', 'package:NumPy=20MB', 'error'],
    ['a package that is to stay out', 'package:torch=0', 'ok'],
    ['each file', 'file:numpy/**=20MB', 'ok'],
    ['the heaviest file decides', 'file:**=19MB', 'error'],
  ])('%s: %s', (_name, text, state) => {
    const { verdicts, findings } = judge(measured(), [], [budget(text)], 512);
    expect(verdicts.at(-1)).toMatchObject({ from: 'budget', state });
    expect(findings.map((one) => one.code)).toEqual(state === 'ok' ? [] : ['over-budget']);
  });

  test('its message, how far it is over, and the files', () => {
    const [found] = judge(
      measured(),
      [],
      [budget({ what: 'file:**', max: '4.9 MB', message: 'Ask the platform team.' })],
      512,
    ).findings;
    const { sentence, hint } = renderFinding(found!);
    expect(sentence).toBe(
      'file:** has 19.1 MiB, 14.4 MiB over its budget of 4.7 MiB. Ask the platform team.',
    );
    expect(hint).toBe('Heaviest: numpy/big.so 19.1 MiB, numpy/__init__.py 4.8 MiB, six.py 4.8 MiB.');
  });

  test('a glob without a file is told', () => {
    const { verdicts, findings } = judge(measured(), [], [budget('file:torch/**=1')], 512);
    expect(findings.map((one) => one.code)).toEqual(['budget-matches-nothing']);
    expect(verdicts.some((one) => one.from === 'budget')).toBe(false);
  });

  test('attached layers count in the budget, too', () => {
    const { findings } = judge(measured(), [layer(2)], [budget('unzipped=30000001')], 512);
    expect(findings.map((one) => one.code)).toEqual(['over-budget']);
  });
});
