/** Zips that verify must refuse with a sentence, and a cache that knows what it holds by its bytes. */
import { createHash } from 'node:crypto';
import { mkdir, readFile, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Manifest } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { unpack } from '../../src/verify/unpack.js';
import { openCache, scratch } from '../pack/helpers.js';
import { rawZip, type RawEntry } from '../pack/zip/made.js';
import { exampleManifest } from '../report/example.js';

const folder = scratch();

async function build(
  root: string,
  entries: readonly RawEntry[],
  contentDigest = 'cd'.repeat(32),
): Promise<Manifest> {
  await mkdir(root, { recursive: true });
  const zip = rawZip(entries);
  await writeFile(path.join(root, 'layer.zip'), zip);
  const sha256 = createHash('sha256').update(zip).digest('hex');
  const [artifact] = exampleManifest().artifacts;
  return exampleManifest({ artifacts: [{ ...artifact!, file: 'layer.zip', sha256, contentDigest }] });
}

async function unpacked(
  root: string,
  manifest: Manifest,
  cacheFolder = path.join(root, 'cache'),
): Promise<string> {
  const cache = await openCache(cacheFolder);
  try {
    const options = { cache, progress: silent, code: null, added: null };
    return (await unpack(manifest, root, options)).opt;
  } finally {
    await cache.close();
  }
}

const link = 0o120777;
const large = 'x'.repeat(2_000_000);

describe('refused as bad-archive', () => {
  test.each<[string, readonly RawEntry[]]>([
    ['a name that goes up', [{ name: '../../x.py', data: 'x' }]],
    ['an absolute name', [{ name: '/tmp/x.py', data: 'x' }]],
    ['a name with NUL', [{ name: 'python/a\0b.py', data: 'x' }]],
    ['a name that is too long', [{ name: `python/${'n'.repeat(60_000)}.py`, data: 'x' }]],
    ['a path that is too deep', [{ name: `python/${'d/'.repeat(20_000)}x.py`, data: 'x' }]],
    ['an encrypted file', [{ name: 'python/x.py', data: 'x'.repeat(40), flags: 1 }]],
    [
      'a file and a folder',
      [
        { name: 'python/a', data: 'x' },
        { name: 'python/a/b.py', data: 'x' },
      ],
    ],
    [
      'a link with files in it',
      [
        { name: 'python/l', data: '/tmp', mode: link },
        { name: 'python/l/x', data: 'x' },
      ],
    ],
    ['no name', [{ name: '', data: 'x' }]],
    ['another CRC', [{ name: 'python/x.py', data: 'x', claims: { crc32: 1 } }]],
    ['another CRC of a large file', [{ name: 'python/x.py', data: large, claims: { crc32: 1 } }]],
    ['another CRC of a link', [{ name: 'python/x', data: 'y', mode: link, claims: { crc32: 1 } }]],
    ['a size that is not true', [{ name: 'python/x.py', data: 'xyz', claims: { bytes: 1 } }]],
    ['a link without end', [{ name: 'python/x', data: large, mode: link }]],
    ['a link to NUL', [{ name: 'python/x', data: 'a\0b', mode: link }]],
    ['damaged data', [{ name: 'python/x.py', data: 'xyz', claims: { method: 8 } }]],
    [
      'a bomb',
      [{ name: 'python/x', data: Buffer.alloc(1 << 20), deflate: true, claims: { bytes: 2 ** 31 } }],
    ],
  ])('%s', async (_name, entries) => {
    const root = await folder();
    const manifest = await build(root, entries);
    await expect(unpacked(root, manifest)).rejects.toMatchObject({
      name: 'SlimError',
      code: 'bad-archive',
      message: 'layer.zip cannot be unpacked as Lambda would.',
    });
  });
});

test('own code that is sparse stays so', async () => {
  const root = await folder();
  const manifest = await build(path.join(root, 'out'), [{ name: 'python/x.py', data: 'x' }]);
  const code = path.join(root, 'code');
  await mkdir(code);
  await writeFile(path.join(code, 'model.bin'), '');
  await truncate(path.join(code, 'model.bin'), 1 << 28);
  const cache = await openCache(path.join(root, 'cache'));
  const options = {
    cache,
    progress: silent,
    code: { folder: code, project: root, exclude: [] },
    added: null,
  };
  const { task } = await unpack(manifest, path.join(root, 'out'), options);
  const { size, blocks } = await stat(path.join(task, 'model.bin'));
  expect(size).toBe(1 << 28);
  if ((await stat(path.join(code, 'model.bin'))).blocks === 0) expect(blocks * 512).toBeLessThan(1 << 20);
  await cache.close();
});

test('two folders that claim the same content do not share it', async () => {
  const root = await folder();
  const cache = path.join(root, 'cache');
  const one = await build(path.join(root, 'one'), [{ name: 'python/x.py', data: 'one' }]);
  const other = await build(path.join(root, 'other'), [{ name: 'python/x.py', data: 'other' }]);
  await unpacked(path.join(root, 'one'), one, cache);
  const opt = await unpacked(path.join(root, 'other'), other, cache);
  expect(await readFile(path.join(opt, 'python/x.py'), 'utf8')).toBe('other');
});
