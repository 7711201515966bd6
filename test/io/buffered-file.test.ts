import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { BufferedFile } from '../../src/io/buffered-file.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim-buffered-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

async function written(
  bufferBytes: number,
  steps: readonly (string | number)[],
): Promise<{ text: string; told: string; position: number }> {
  const name = path.join(folder, 'file');
  let told = '';
  const file = await BufferedFile.create(name, bufferBytes, (bytes) => (told += bytes.toString()));
  for (const step of steps) {
    if (typeof step === 'number') await file.takeBackTo(step);
    else await file.append(Buffer.from(step));
  }
  const { position } = file;
  await file.finish();
  await file.close();
  await file.close();
  return { text: await readFile(name, 'utf8'), told, position };
}

test.each([1, 4, 1000])('pieces come one after another with a buffer of %d bytes', async (bufferBytes) => {
  const { text, told, position } = await written(bufferBytes, ['one', '', 'two', 'three']);
  expect([text, told, position]).toEqual(['onetwothree', 'onetwothree', 11]);
});

test.each([
  ['is overwritten', ['keep', 'gone', 4, 'new'], 'keepnew'],
  ['and is longer than what follows is cut off', ['keep', 'long gone', 4, 'n'], 'keepn'],
  ['at the end is cut off', ['keep', 'gone', 4], 'keep'],
  ['to the beginning leaves nothing', ['gone', 0], ''],
] as const)('what is taken back %s', async (_name, steps, expected) => {
  for (const bufferBytes of [1, 6, 1000]) {
    const { text } = await written(bufferBytes, steps);
    expect(text).toBe(expected);
    await rm(path.join(folder, 'file'));
  }
});

test('a file that is there already is not written over', async () => {
  await written(1, ['first']);
  await expect(BufferedFile.create(path.join(folder, 'file'), 1)).rejects.toMatchObject({ code: 'EEXIST' });
});
