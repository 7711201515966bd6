import { expect, test } from '@jest/globals';
import { interrupted, SlimError } from '../../src/errors.js';
import { exitCode, finding, hasErrors, type Ending } from '../../src/findings/findings.js';

const warning = finding('no-baseline', { because: 'there is none' });
const broken = finding('over-budget', { what: 'unzipped', bytes: 2, max: 1, message: null, heaviest: [] });

test.each<readonly [string, Ending, number]>([
  ['nothing found', { findings: [] }, 0],
  ['a warning', { findings: [warning] }, 0],
  ['an error among others', { findings: [warning, broken] }, 1],
  ['the request', { error: new SlimError('bad-option', 'No.', { hint: 'Yes.' }) }, 2],
  ['interrupted', { error: interrupted() }, 130],
  ['our bug', { error: new TypeError('x is not a function') }, 3],
  ['a bug that throws nothing', { error: undefined }, 3],
])('the exit code of %s', (_what, ending, expected) => {
  expect(exitCode(ending)).toBe(expected);
});

test('only errors count', () => {
  expect(hasErrors([warning])).toBe(false);
  expect(hasErrors([warning, broken])).toBe(true);
});
