import { expect, test } from '@jest/globals';
import { limits } from '../../../src/limits.js';
import { broken, tooLarge } from '../../../src/pack/plan/rejection.js';

test.each([
  ['unzipped', 100, 100, 1],
  ['unzipped', 100, 99, 0],
  ['direct-upload', 100, 100, 0],
  ['direct-upload', 100, 101, 1],
  ['layers', 100, 50, 0],
  ['ephemeral-storage', 100, 140, 40],
] as const)('at %s of %d, %d bytes are %d over', (limit, limitBytes, actualBytes, overBytes) => {
  expect(broken(limit, limitBytes, actualBytes, 'why')).toEqual({
    limit,
    limitBytes,
    actualBytes,
    overBytes,
    because: 'why',
  });
});

test('what is as large as the unzipped limit is too large for each strategy', () => {
  expect(tooLarge(['direct', 'layer'], limits.unzipped - 1)).toEqual([]);
  expect(tooLarge(['direct', 'layer'], limits.unzipped)).toMatchObject([
    { strategy: 'direct', overBytes: 1 },
    { strategy: 'layer', overBytes: 1 },
  ]);
});
