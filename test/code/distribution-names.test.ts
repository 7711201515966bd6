import { expect, test } from '@jest/globals';
import { distributionFor, leftStandardLibrary } from '../../src/code/distribution-names.js';

test.each([
  ['yaml', 'PyYAML'],
  ['PIL.Image', 'Pillow'],
  ['google.cloud.vision', 'google-cloud-vision'],
  ['google.cloud.tasks_v2', 'google-cloud-tasks_v2'],
  ['some_thing.deep', 'some-thing'],
  ['constructor', 'constructor'],
])('%s is of %s', (module, distribution) => {
  expect(distributionFor(module)).toBe(distribution);
});

test.each([
  ['distutils', { since: '3.12', distribution: 'setuptools' }],
  ['imp', { since: '3.12', distribution: null }],
  ['json', null],
  ['toString', null],
])('%s', (module, left) => {
  expect(leftStandardLibrary(module)).toEqual(left);
});
