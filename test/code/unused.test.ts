import { describe, expect, test } from '@jest/globals';
import { unusedDistributions } from '../../src/code/unused.js';
import type { Distribution, Entry } from '../../src/model.js';
import { facts } from './helper.js';

const one = (normalized: string, requires: readonly string[] = []): Distribution => ({
  name: normalized,
  normalized,
  version: '1.0',
  folder: `${normalized}-1.0.dist-info`,
  requires,
  modules: [normalized],
});
const entry = (path: string, distribution: string, bytes = 10): Entry => ({
  path,
  bytes,
  mode: 0o644,
  kind: 'python',
  distribution,
});

const tree = {
  distributions: [
    one('big', ['deep', 'common']),
    one('common'),
    one('deep'),
    one('driver'),
    one('frame', ['common', 'driver; extra == "sql"']),
    one('small'),
    one('setuptools'),
  ],
  entries: [
    entry('big/__init__.py', 'big', 1000),
    entry('common/__init__.py', 'common'),
    entry('deep/__init__.py', 'deep', 500),
    entry('driver/__init__.py', 'driver', 70),
    entry('frame/__init__.py', 'frame'),
    entry('distutils-precedence.pth', 'setuptools'),
    entry('ns/small/__init__.py', 'small', 30),
  ],
};

async function unused(
  text: string,
  requested = ['big', 'driver', 'frame', 'small'],
  handlers: readonly string[] = ['app.handler'],
): Promise<readonly string[]> {
  const { facts: read } = await facts({ 'app.py': text });
  const bytes = new Map(tree.entries.map(({ path, bytes }) => [path, bytes]));
  const found = unusedDistributions(
    { facts: read, handlers },
    tree,
    requested,
    { python: '3.13', architecture: 'x86_64' },
    (path) => bytes.get(path) ?? 0,
  );
  return found.map((all) => `${all.distribution} ${all.bytes} ${all.with.join(',')}`);
}

describe('what no import leads to', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['the largest first, with what only it needs', 'import frame', ['big 1500 deep', 'small 30 ']],
    ['an extra of what is used may be loaded', 'import frame.sql, big', ['small 30 ']],
    ['a part of a namespace', 'from ns import small\nimport big', ['driver 70 ', 'frame 10 ']],
    [
      'a weak import counts',
      'try:\n  import big\nexcept ImportError: pass',
      ['driver 70 ', 'small 30 ', 'frame 10 '],
    ],
    [
      'a string may name it',
      'x = "sql+driver://host"\nINSTALLED = ["big.app"]\nimport ns.small',
      ['frame 10 '],
    ],
  ])('%s', async (_name, text, expected) => {
    expect(await unused(text)).toEqual(expected);
  });

  test('only what was asked for', async () => {
    expect(await unused('import frame', ['frame', 'big'])).toEqual(['big 1500 deep']);
  });
});

test('what brings back a module that left the standard library is used by it', async () => {
  expect(await unused('import distutils.util', ['setuptools'])).toEqual([]);
  expect(await unused('import os', ['setuptools'])).toEqual(['setuptools 10 ']);
});

test('what brings the handler is used', async () => {
  expect(await unused('import frame', ['frame', 'small'], ['ns.small.run'])).toEqual([]);
});
