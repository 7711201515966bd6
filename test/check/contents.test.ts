/** What a zip or folder is, and whose its files are. */
import { describe, expect, test } from '@jest/globals';
import { formOf, sizesOf } from '../../src/check/contents.js';

test.each<readonly [string, readonly string[]]>([
  ['layer', ['python/six.py']],
  ['layer', ['python/lib/python3.13/site-packages/six.py', 'lib/libgomp.so.1']],
  ['layer', ['lib/libgomp.so.1', 'NOTICE.txt']],
  ['layer', ['python/six.py', 'lambda-slim-wrapper']],
  ['function', ['app.py', 'six.py']],
  ['function', ['app.py', 'python/helper.py']],
  ['function', ['six.py', 'six-1.17.0.dist-info/METADATA']],
  ['function', ['numpy/__init__.py']],
  ['function', []],
])('a %s: %j', (form, paths) => {
  expect(formOf(paths)).toBe(form);
});

type Tree = Readonly<Record<string, string>>;

const sizes = (tree: Tree): ReturnType<typeof sizesOf> =>
  sizesOf(
    Object.entries(tree).map(([path, text]) => ({ path, bytes: text.length })),
    (path) => Promise.resolve(tree[path] ?? null),
  );

const six = {
  'six.py': 'x'.repeat(100),
  'six-1.17.0.dist-info/METADATA': 'Name: six\nVersion: 1.17.0\n',
  'six-1.17.0.dist-info/RECORD': 'six.py,,\nsix-1.17.0.dist-info/METADATA,,\n',
};
const total = (tree: Tree): number => Object.values(tree).join('').length;
const below = (folder: string, tree: Tree): Tree =>
  Object.fromEntries(Object.entries(tree).map(([path, text]) => [`${folder}${path}`, text]));

describe('packages', () => {
  test.each(['', 'python/', 'python/lib/python3.13/site-packages/'])('by RECORD, in "%s"', async (folder) => {
    const tree = below(folder, six);
    const found = await sizes(tree);
    expect(found.packages).toEqual([{ name: 'six', version: '1.17.0', bytes: total(tree) }]);
    expect(found).toMatchObject({
      unzipped: total(tree),
      tmp: 0,
      files: [{ path: 'six.py', bytes: 100 }, {}, {}],
    });
  });

  test('what belongs to nobody is told apart', async () => {
    const found = await sizes({ ...six, 'app.py': 'import six', 'bin/tool': 'abc' });
    expect(found.packages.map(({ name, bytes }) => [name, bytes])).toEqual([
      ['six', total(six)],
      ['(function code)', 13],
    ]);
    const layer = await sizes({ ...below('python/', six), 'lib/libx.so.1': 'abc' });
    expect(layer.packages.map(({ name }) => name)).toEqual(['six', '(no owner)']);
  });

  test('what a payload holds counts unpacked, with its owner', async () => {
    const index = {
      files: [
        { path: 'python/numpy/core.so', bytes: 5000 },
        { path: 'lib/libblas.so.3', bytes: 7000 },
        { path: 'python/numpy/link.so', bytes: 99, link: 'core.so' },
      ],
    };
    const found = await sizes({
      'numpy/__init__.py': 'x'.repeat(10),
      'numpy-2.0.dist-info/METADATA': 'Name: numpy\nVersion: 2.0\n',
      'numpy-2.0.dist-info/RECORD':
        'numpy/__init__.py,,\nnumpy/core.so,,\nnumpy.libs/libblas.so.3,,\nnumpy-2.0.dist-info/METADATA,,\n',
      'lambda_slim_boot/__init__.py': 'boot',
      'lambda_slim_payloads/ab/index.json': JSON.stringify(index),
      'lambda_slim_payloads/ab/payload.tar.zst': 'p'.repeat(3000),
    });
    expect(found.tmp).toBe(12_000);
    expect(found.packages.map(({ name }) => name)).toEqual(['numpy', '(bootstrap)']);
    expect(found.packages[0]!.bytes).toBeGreaterThan(12_000);
    expect(found.packages[1]!.bytes).toBe(JSON.stringify(index).length + 4);
    expect(found.files.some((one) => one.path.includes('payload.tar'))).toBe(false);
    expect(found.unzipped).toBeGreaterThan(3000);
    expect(found.unzipped).toBeLessThan(12_000);
  });
});
