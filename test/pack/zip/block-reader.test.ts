/** A large zip's directory: how much is read of it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from '@jest/globals';
import { fromRandomAccessReaderPromise } from 'yauzl';
import { BlockReader, tailBytes } from '../../../src/pack/zip/block-reader.js';
import { folder } from '../../cli/helper.js';
import { makeZip } from '../../cli/zips.js';

test('14,000 entries take a few reads, of hardly more than the directory', async () => {
  const names = Array.from({ length: 14_000 }, (_, index) => `python/package/module_${index}.py`);
  const file = await makeZip(path.join(await folder(), 'large.zip'), {
    'python/large.so': 20 * 2 ** 20,
    ...Object.fromEntries(names.map((name) => [name, 10])),
  });
  const content = await readFile(file);
  let [reads, bytes] = [0, 0];
  const source = {
    bytes: content.length,
    read: (start: number, end: number) => {
      reads++;
      bytes += end - start;
      return Promise.resolve(content.subarray(start, end));
    },
    stream: (start: number, end: number) => Readable.from([content.subarray(start, end)]),
    close: () => Promise.resolve(),
  };
  const reader = new BlockReader(source, content.subarray(content.length - tailBytes));
  const zip = await fromRandomAccessReaderPromise(reader, content.length, { autoClose: false });
  const found: string[] = [];
  for await (const entry of zip.eachEntry()) found.push(entry.fileName);
  expect(found).toEqual(['python/large.so', ...names]);
  expect(reads).toBeLessThan(8);
  expect(bytes).toBeLessThan(3 * 2 ** 20);
});
