/** What `--layer` can name, and what is said of anything else. */
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { readLayers } from '../../src/layers/layers.js';
import { mountLayers } from '../../src/layers/mount.js';
import { layerNames } from '../../src/layers/names.js';
import { heldPackages } from '../../src/layers/read.js';
import { folder, listing } from '../cli/helper.js';
import { makeZip, packageFiles } from '../cli/zips.js';

const cwd = await folder({
  'open/python/one/__init__.py': 'value = 1\n',
  'open/lib/libone.so.1': '',
  'code/app.py': '',
  'empty/.keep': '',
  'text.zip': 'no zip',
  'json.json': '{}',
});
await rm(path.join(cwd, 'empty/.keep'));
const inCwd = (name: string): string => path.join(cwd, name);
const files = { 'one/__init__.py': 10, 'one/old.py': 1 };
await makeZip(inCwd('layer.zip'), packageFiles('one', '1.0', files));
await makeZip(inCwd('flat.zip'), packageFiles('one', '1.0', files, ''));
await makeZip(inCwd('later.zip'), { 'python/one/__init__.py': 'later = 1\n' });

const read = async (...names: readonly string[]) => {
  const places = names.map((one) => (one.startsWith('arn:') ? one : inCwd(one)));
  return readLayers(layerNames(places, cwd), () => Promise.reject(new Error('AWS is not asked.')));
};

test('a zip and a folder, in their order', async () => {
  const found = await read('open', 'layer.zip');
  expect(found.map(({ name, isFolder }) => [name, isFolder])).toEqual([
    ['open', true],
    ['layer.zip', false],
  ]);
  const held = await Promise.all(found.map(({ inventory }) => heldPackages(inventory, null)));
  expect(held.map(({ libraries }) => libraries)).toEqual([['libone.so.1'], []]);
});

test.each<readonly [string, readonly string[], string]>([
  ['zips alone', ['layer.zip', 'later.zip'], 'later = 1\n'],
  ['a folder over a zip', ['layer.zip', 'open'], 'value = 1\n'],
  ['a zip over a folder', ['open', 'later.zip'], 'later = 1\n'],
])('mounted, the later one counts: %s', async (_what, names, text) => {
  const cache = await Cache.open(await folder(), true);
  const { path: opt } = await mountLayers(await read(...names), { cache });
  expect(await readFile(path.join(opt, 'python/one/__init__.py'), 'utf8')).toBe(text);
  // What only the earlier one has stays.
  const kept = await listing(opt);
  expect(kept.includes('python/one/old.py')).toBe(names.includes('layer.zip'));
  await cache.close();
});

describe('anything else', () => {
  const arn = (region: string, version = ':1'): string =>
    `arn:aws:lambda:${region}:123456789012:layer:base${version}`;
  test.each<readonly [string, readonly string[], string, RegExp]>([
    ['nothing there', ['nothing.zip'], 'not-found', /nothing\.zip is not there/],
    ['a function’s zip', ['flat.zip'], 'bad-archive', /flat\.zip: it has no python\/ folder/],
    ['a folder without python/', ['code'], 'bad-archive', /code: it has no python\/ folder/],
    ['an empty folder', ['empty'], 'bad-archive', /no file in it/],
    ['no zip', ['text.zip'], 'bad-archive', /cannot be read as a zip/],
    ['a JSON file that is no manifest', ['json.json'], 'no-manifest', /There is no build/],
    ['an ARN without a version', [arn('eu-west-1', '')], 'bad-option', /names no version/],
    ['no ARN of a layer', ['arn:aws:s3:::bucket'], 'bad-option', /no ARN of a layer/],
    ['ARNs of two Regions', [arn('eu-west-1'), arn('eu-west-2')], 'bad-option', /of two Regions/],
  ])('%s', async (_what, names, code, message) => {
    const error: unknown = await read(...names).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });
});

describe('for another Python or processor', () => {
  test.each<readonly [string, readonly string[], RegExp | null]>([
    ['its own', ['python/a/x.cpython-313-x86_64-linux-gnu.so'], null],
    ['any', ['python/a/x.abi3.so'], null],
    ['another Python', ['python/a/x.cpython-312-x86_64-linux-gnu.so'], /Python 3\.12 on x86_64 alone/],
    ['another processor', ['python/a/x.cpython-313-aarch64-linux-gnu.so'], /on arm64 alone/],
    ['both', ['python/x.cpython-312-x86_64-linux-gnu.so', 'python/x.cpython-313-x86_64-linux-gnu.so'], null],
    ['the folder of another', ['python/lib/python3.12/site-packages/a.py'], /folder of Python 3\.12/],
  ])('%s', async (_what, paths, expected) => {
    const inventory = { zipped: 1, texts: {}, files: paths.map((one) => ({ path: one, bytes: 1 })) };
    const { otherTarget } = await heldPackages(inventory, { python: '3.13', architecture: 'x86_64' });
    if (expected === null) expect(otherTarget).toBeNull();
    else expect(otherTarget).toMatch(expected);
  });
});
