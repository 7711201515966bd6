import { expect, test } from '@jest/globals';
import { loadsOn } from '../../src/python/modules.js';

test.each([
  ['fast.py', true],
  ['fast.so', true],
  ['p/fast.abi3.so', true],
  ['fast.cpython-312-x86_64-linux-gnu.so', true],
  ['fast.cpython-39-x86_64-linux-gnu.so', false],
  ['fast.cpython-312-aarch64-linux-gnu.so', false],
  ['fast.cpython-312-x86_64-linux-musl.so', false],
  ['fast.cpython-312-darwin.so', false],
  ['fast.cpython-312t-x86_64-linux-gnu.so', false],
  ['fast.pypy310-pp73-x86_64-linux-gnu.so', false],
  ['fast.cp312-win_amd64.pyd', false],
  ['fast.pyd', false],
])('%s is imported: %s', (path, expected) => {
  expect(loadsOn(path, { python: '3.12', architecture: 'x86_64' })).toBe(expected);
});

test('the other processor has its own', () => {
  const target = { python: '3.12', architecture: 'arm64' };
  expect(loadsOn('fast.cpython-312-aarch64-linux-gnu.so', target)).toBe(true);
});
