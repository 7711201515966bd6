/** What changed, and the file that is compared with later. */
import { describe, expect, test } from '@jest/globals';
import { baselineText, parseBaseline } from '../../src/check/baseline-file.js';
import { grownTooMuch } from '../../src/check/check.js';
import { diffOf, differenceOf } from '../../src/check/difference.js';
import { measuredManifest } from '../../src/check/manifest-sizes.js';
import type { MeasuredPackage } from '../../src/check/model.js';
import { finding, type Finding } from '../../src/findings/findings.js';
import { exampleManifest } from '../report/example.js';
import { measured } from './made.js';

const row = (name: string, version: string | null, bytes: number): MeasuredPackage => ({
  name,
  version,
  bytes,
});

test('packages: added, removed, grown, shrunk, another version, the same', () => {
  const before = measured({
    packages: [row('a', '1', 10), row('b', '1', 20), row('c', '1', 30), row('d', '1', 40), row('e', '1', 50)],
  });
  const after = measured({
    packages: [
      row('a', '1', 10),
      row('b', '2', 25),
      row('c', '1', 21),
      row('d', '2', 40),
      row('f', null, 60),
    ],
  });
  const { packages } = differenceOf(before, after);
  expect(packages.map((one) => [one.name, one.change, one.bytes])).toEqual([
    ['f', 'added', 60],
    ['b', 'grown', 5],
    ['d', 'version', 0],
    ['c', 'shrunk', -9],
    ['e', 'removed', -50],
  ]);
});

test('findings: with other numbers it is still the same one', () => {
  const old = finding('via-s3', { artifact: 'layer.zip', bytes: 60_000_000 });
  const same = finding('via-s3', { artifact: 'layer.zip', bytes: 61_000_000 });
  const fresh = finding('record-missing', { distribution: 'six' });
  const gone = finding('record-missing', { distribution: 'numpy' });
  const side = (...findings: readonly Finding[]) => measuredManifest(exampleManifest({ findings }), 'x');
  expect(diffOf(side(old, gone), side(same, fresh)).findings).toEqual({ added: [fresh], gone: [gone] });
  expect(diffOf(measured(), side(fresh)).findings).toBeNull();
});

describe('growth', () => {
  const before = measured({ sizes: { zipped: 1, unzipped: 900, tmp: 100 } });
  const after = measured({ sizes: { zipped: 9, unzipped: 800, tmp: 220 } });
  test.each([
    [{ bytes: 20 }, []],
    [{ bytes: 19 }, ['grown-too-much']],
    [{ percent: 2 }, []],
    [{ percent: 1.99 }, ['grown-too-much']],
    [{ bytes: 0 }, ['grown-too-much']],
    [null, []],
  ])('20 of 1,000 bytes, unzipped and in /tmp together, against %j', (max, codes) => {
    expect(grownTooMuch(differenceOf(before, after), max).map((one) => one.code)).toEqual(codes);
  });

  test('shrinking is never too much', () => {
    expect(grownTooMuch(differenceOf(after, before), { bytes: 0 })).toEqual([]);
    expect(grownTooMuch(null, { bytes: 0 })).toEqual([]);
  });
});

describe('a baseline', () => {
  const whole = measured({ strategy: 'layer' });

  test('comes back as it was written', () => {
    const back = parseBaseline(baselineText(whole), 'base.json');
    expect(back).toMatchObject({
      kind: 'baseline',
      sizes: whole.sizes,
      packages: whole.packages,
      strategy: 'layer',
    });
    expect(differenceOf(back!, whole).packages).toEqual([]);
  });

  test('has a line for each package, sorted, and nothing of the machine', () => {
    const shuffled = measured({
      strategy: 'layer',
      name: '/elsewhere',
      packages: [...whole.packages].reverse(),
    });
    expect(baselineText(shuffled)).toBe(baselineText(whole));
    expect(baselineText(whole)).toBe(`{
  "baselineVersion": 1,
  "strategy": "layer",
  "sizes": {"zipped":10000000,"unzipped":30000000,"tmp":0},
  "packages": {
    "numpy": ["2.5.5",25000000],
    "six": ["1.17.0",5000000]
  }
}
`);
  });

  test.each(['{"manifestVersion": 1}', '[]', 'null', 'no json'])('%s is another document', (text) => {
    expect(parseBaseline(text, 'x')).toBeNull();
  });

  test.each([
    '{"baselineVersion": 2, "sizes": {"zipped": 1, "unzipped": 1, "tmp": 1}, "packages": {}}',
    '{"baselineVersion": 1, "sizes": {"zipped": 1}, "packages": {}}',
    '{"baselineVersion": 1}',
  ])('%s is refused', (text) => {
    expect(() => parseBaseline(text, 'base.json')).toThrow('base.json is not a baseline');
  });
});
