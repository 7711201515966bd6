import { expect, test } from '@jest/globals';
import { explain } from '../../src/manifest/why.js';
import { exampleManifest } from '../report/example.js';

const manifest = exampleManifest();

test.each([
  ['numpy/big.so', 1, null],
  ['pandas/tests', 2, null],
  ['pandas/tests/*.py', 2, null],
  ['numpy', 2, 'numpy'],
  ['Pandas', 2, 'pandas'],
])('why %s: %i decisions', (asked, count, distribution) => {
  const answer = explain(manifest, asked);
  expect(answer.decisions).toHaveLength(count);
  expect(answer.distribution?.name ?? null).toBe(distribution);
});

test('a package says who needs it, a rule what it took', () => {
  expect(explain(manifest, 'numpy').distribution?.neededBy).toEqual(['pandas']);
  expect(explain(manifest, 'pandas/tests').byRule).toEqual([
    {
      rule: 'base/tests',
      action: 'drop',
      because: 'Test packages are never imported.',
      files: 2,
      bytes: 660,
      kept: 0,
    },
  ]);
});

test('an unknown name is an error with the way out', () => {
  expect(() => explain(manifest, 'nunpy')).toThrow('no file or package "nunpy"');
});
