import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { writeNew } from '../../src/init/write.js';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'slim-init-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const files = [
  { path: 'a.yml', text: 'a' },
  { path: 'new/deep/b.py', text: 'b' },
  { path: 'c.json', text: 'c' },
];
const all = async (): Promise<readonly string[]> => (await readdir(folder, { recursive: true })).sort();

test('all are written', async () => {
  await writeNew(folder, files);
  expect(await all()).toEqual(['a.yml', 'c.json', 'new', 'new/deep', 'new/deep/b.py']);
  expect(await readFile(path.join(folder, 'new/deep/b.py'), 'utf8')).toBe('b');
});

test('what is there is named and stays, and nothing else is written', async () => {
  await writeFile(path.join(folder, 'c.json'), 'mine');
  await expect(writeNew(folder, files)).rejects.toMatchObject({
    code: 'file-exists',
    message: 'c.json is there already; nothing was written.',
  });
  expect(await all()).toEqual(['c.json']);
  expect(await readFile(path.join(folder, 'c.json'), 'utf8')).toBe('mine');
});

test('several are named together; a link that leads nowhere is there, too', async () => {
  await writeFile(path.join(folder, 'a.yml'), 'mine');
  await symlink('nowhere', path.join(folder, 'c.json'));
  await expect(writeNew(folder, files)).rejects.toMatchObject({ details: ['a.yml', 'c.json'] });
  expect(await all()).toEqual(['a.yml', 'c.json']);
});

test('what fails on the way is taken back, with its folders', async () => {
  await mkdir(path.join(folder, 'kept'));
  // A file stands where a folder is wanted.
  await writeFile(path.join(folder, 'file'), 'mine');
  const wanted = [...files, { path: 'kept/d', text: 'd' }, { path: 'file/e', text: 'e' }];
  await expect(writeNew(folder, wanted)).rejects.toThrow(/nothing was written|cannot be written/);
  expect(await all()).toEqual(['file', 'kept']);
});
