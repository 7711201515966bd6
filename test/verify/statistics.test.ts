import { expect, test } from '@jest/globals';
import { percentiles } from '../../src/verify/statistics.js';

const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);

test.each([
  ['one value', [7], { count: 1, p50: 7, p95: 7, p99: 7 }],
  ['two', [9, 3], { count: 2, p50: 3, p95: 9, p99: 9 }],
  ['three', [3, 1, 2], { count: 3, p50: 2, p95: 3, p99: 3 }],
  ['a hundred', hundred, { count: 100, p50: 50, p95: 95, p99: 99 }],
  ['none', [], null],
])('%s', (_name, values, expected) => {
  expect(percentiles(values)).toEqual(expected);
});

test('the values stay in their order', () => {
  const values = [3, 1, 2];
  percentiles(values);
  expect(values).toEqual([3, 1, 2]);
});
