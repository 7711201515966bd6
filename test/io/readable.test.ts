import { chmod, mkdir, mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { isReadable, letOthersRead } from '../../src/io/readable.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim-readable-'));
});
afterEach(async () => rm(folder, { recursive: true, force: true }));

const modeOf = async (name: string): Promise<string> =>
  ((await stat(path.join(folder, name))).mode & 0o7777).toString(8);

test('folders can be entered, files read, and programs run; links and what is open stay as they are', async () => {
  await mkdir(path.join(folder, 'a/b'), { recursive: true });
  const rows = [
    ['a/b/data', 0o600],
    ['a/b/program', 0o700],
    ['a/open', 0o664],
    ['a/b', 0o700],
    ['a', 0o700],
  ] as const;
  for (const [name, mode] of rows) {
    if (!['a', 'a/b'].includes(name)) await writeFile(path.join(folder, name), '');
    await chmod(path.join(folder, name), mode);
  }
  await symlink('/nowhere', path.join(folder, 'a/link'));
  expect(isReadable(await stat(path.join(folder, 'a')))).toBe(false);
  await letOthersRead(path.join(folder, 'a'));
  expect(await Promise.all(rows.map(([name]) => modeOf(name)))).toEqual(['644', '755', '664', '755', '755']);
  expect(isReadable(await stat(path.join(folder, 'a')))).toBe(true);
});

test('a folder that can be entered but not listed is not readable', async () => {
  await chmod(folder, 0o711);
  expect(isReadable(await stat(folder))).toBe(false);
});
