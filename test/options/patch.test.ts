import { expect, test } from '@jest/globals';
import { parsePatch } from '../../src/options/patch.js';

const keras = { package: 'keras', version: '>=2,<3', file: 'patches/keras.patch', replace: null };

test.each([
  [{ package: 'keras', version: '>=2,<3', file: 'patches/keras.patch' }, keras],
  ['keras>=2,<3:patches/keras.patch', keras],
  [' keras >=2,<3: patches/keras.patch', keras],
  ['keras:patches/keras.patch', { ...keras, version: null }],
  ['keras==2.*:a:b.patch', { ...keras, version: '==2.*', file: 'a:b.patch' }],
  [
    'keras>=2:keras/x.py=patches/x.py',
    { ...keras, version: '>=2', replace: 'keras/x.py', file: 'patches/x.py' },
  ],
  [
    { package: 'scikit-learn', file: 'a=b.py', replace: 'sklearn/x.py' },
    { package: 'scikit-learn', version: null, file: 'a=b.py', replace: 'sklearn/x.py' },
  ],
])('%j', (raw, patch) => {
  expect(parsePatch(raw)).toEqual(patch);
});

test.each<readonly [unknown, string]>([
  ['keras', 'like "keras>=2,<3:patches/keras.patch"'],
  ['keras:', 'like "keras'],
  ['keras>=two:a.patch', 'with a version specifier such as ">=2,<3" (PEP 440), not ">=two"'],
  [{ package: 'keras', version: 'new', file: 'a' }, 'not "new"'],
  [{ package: 'keras' }, 'with a path as "file"'],
  [{ file: 'a' }, '"package" is its name'],
  [{ package: 'ker as', file: 'a' }, '"package" is its name'],
  [{ package: 'keras', file: 'a', version: 2 }, 'with a text such as ">=2,<3" as "version"'],
  [{ package: 'keras', file: 'a', replace: true }, 'with a path in the package as "replace"'],
  [{ package: 'keras', file: 'a', strip: 1 }, 'without the key "strip"'],
  [['a'], 'a table with "package" and "file"'],
  [7, 'a table with "package" and "file"'],
])('%j must be: %s', (raw, clause) => {
  expect(parsePatch(raw)).toContain(clause);
});
