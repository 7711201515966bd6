/** Sizes and budgets as people write them. */
import { describe, expect, test } from '@jest/globals';
import { parseBudget } from '../../src/options/budget.js';
import { parseMaxGrowth, parseSize } from '../../src/options/sizes.js';

test.each<readonly [string, number | null]>([
  ['240 MiB', 251_658_240],
  ['240MiB', 251_658_240],
  ['240 mib', 251_658_240],
  ['240 MB', 240_000_000],
  ['1.5 GiB', 1_610_612_736],
  ['10 KiB', 10_240],
  ['251658240', 251_658_240],
  ['0', 0],
  ['1.9', 1],
  ['-5 MiB', null],
  ['5 MiB or so', null],
  ['MiB', null],
  ['2%', null],
  ['', null],
])('the size %j has %j bytes', (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each([
  ['2%', { percent: 2 }],
  ['2.5 %', { percent: 2.5 }],
  ['5MiB', { bytes: 5 * 2 ** 20 }],
  ['0', { bytes: 0 }],
  ['-1%', null],
  ['some', null],
])('growth of %j', (text, growth) => {
  expect(parseMaxGrowth(text)).toEqual(growth);
});

describe('budgets', () => {
  const mib = 2 ** 20;
  test.each([
    [{ what: 'unzipped', max: '240 MiB', message: 'Ask us.' }, { kind: 'unzipped' }, 240 * mib, 'Ask us.'],
    [{ what: 'tmp', max: 100 }, { kind: 'tmp' }, 100, null],
    ['memory=1024MiB', { kind: 'memory' }, 1024 * mib, null],
    ['init=5s', { kind: 'time', time: 'init', percentile: 'p99' }, 5000, null],
    ['warm-p95=200 ms', { kind: 'time', time: 'warm', percentile: 'p95' }, 200, null],
    [{ what: 'cold-p50', max: '1.5 s' }, { kind: 'time', time: 'cold', percentile: 'p50' }, 1500, null],
    ['p95=200ms', { kind: 'requests', percentile: 'p95' }, 200, null],
    ['errors=0', { kind: 'errors', unit: 'count' }, 0, null],
    ['errors=0.5 %', { kind: 'errors', unit: 'percent' }, 0.5, null],
    [{ what: 'errors', max: 3 }, { kind: 'errors', unit: 'count' }, 3, null],
    ['zipped=50MiB', { kind: 'zipped' }, 50 * mib, null],
    ['package:Scikit_Learn=40MiB', { kind: 'package', name: 'scikit-learn' }, 40 * mib, null],
    ['file:**/a=b*.so=1MiB', { kind: 'file', glob: '**/a=b*.so' }, mib, null],
  ])('%j', (raw, subject, max, message) => {
    expect(parseBudget(raw)).toEqual({
      what: typeof raw === 'string' ? raw.slice(0, raw.lastIndexOf('=')) : raw.what,
      subject,
      max,
      message,
    });
  });

  test.each<readonly [unknown, string]>([
    ['unzipped', 'like unzipped=240MiB'],
    ['ziped=1MiB', 'not about "ziped"'],
    ['package:=1MiB', 'not about "package:"'],
    ['unzipped=much', 'with a size'],
    [{ what: 'unzipped' }, 'with a size'],
    [{ what: 'unzipped', max: -1 }, 'with a size'],
    [{ what: 'unzipped', max: 1.5 }, 'with a size'],
    ['init=5', 'with a time'],
    ['init=5MB', 'with a time'],
    [{ what: 'init', max: 5 }, 'with a time'],
    ['memory=5s', 'with a size'],
    ['errors=0.5', 'with a number of requests'],
    ['errors=5MiB', 'with a number of requests'],
    [{ what: 'errors' }, 'with a number of requests'],
    ['p95=5', 'with a time'],
    ['p90=5s', 'not about "p90"'],
    ['init-p42=5s', 'not about "init-p42"'],
    [{ max: '1 MiB' }, 'about something'],
    [{ what: 'unzipped', max: 1, mesage: 'x' }, 'without the key "mesage"'],
    [{ what: 'unzipped', max: 1, message: 7 }, 'with a text as "message"'],
    [7, 'a table'],
    [null, 'a table'],
  ])('%j is refused', (raw, why) => {
    expect(parseBudget(raw)).toEqual(expect.stringContaining(why));
  });
});
