/** Copies of sparse files hold what their source holds, and take no more of the disk. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  open,
  readFile,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { copyFolder, copyWithHoles } from '../../src/io/copy-file.js';
import { hashFile } from '../../src/io/hash.js';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'copy-file-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const size = (1 << 28) + 3;

async function sparse(name: string): Promise<string> {
  const file = path.join(work, name);
  const handle = await open(file, 'w');
  for (const at of [0, (1 << 20) - 2, 1 << 27, size - 3]) await handle.write('abc', at);
  await handle.close();
  await chmod(file, 0o755);
  return file;
}

test('holes stay holes, and every byte is the same', async () => {
  const source = await sparse('sparse');
  const target = path.join(work, 'copy');
  await copyWithHoles(source, target);
  const facts = await stat(target);
  expect([facts.size, facts.mode & 0o777]).toEqual([size, 0o755]);
  expect(await hashFile(target)).toBe(await hashFile(source));
  // Where the file system can hold holes at all.
  if ((await stat(source)).blocks * 512 < 1 << 24) expect(facts.blocks * 512).toBeLessThan(1 << 24);
});

test('a hole to the end', async () => {
  const source = path.join(work, 'only');
  const handle = await open(source, 'w');
  await handle.truncate(5 << 20);
  await handle.close();
  await copyWithHoles(source, path.join(work, 'only-copy'));
  expect((await readFile(path.join(work, 'only-copy'))).equals(Buffer.alloc(5 << 20))).toBe(true);
});

test('what is there is never written over', async () => {
  const source = await sparse('again');
  const target = path.join(work, 'mine');
  await writeFile(target, 'mine');
  await expect(copyWithHoles(source, target)).rejects.toMatchObject({ code: 'EEXIST' });
  expect(await readFile(target, 'utf8')).toBe('mine');
});

test('a folder: modes, times and links as they are, and holes, too', async () => {
  const from = path.join(work, 'from');
  await mkdir(path.join(from, 'inner'), { recursive: true });
  await rename(await sparse('large'), path.join(from, 'inner', 'large.so'));
  await writeFile(path.join(from, 'small'), 'small', { mode: 0o640 });
  await symlink('inner/nowhere', path.join(from, 'link'));
  for (const name of ['small', 'inner/large.so', 'inner', ''])
    await utimes(path.join(from, name), 1000, 1000);
  const to = path.join(work, 'to');
  await copyFolder(from, to);
  const facts = async (root: string): Promise<readonly unknown[]> =>
    Promise.all(
      ['', 'inner', 'inner/large.so', 'small'].map(async (name) => {
        const { mode, mtimeMs, size } = await lstat(path.join(root, name));
        return [name, mode, mtimeMs, name.includes('.') ? size : 0];
      }),
    );
  expect(await facts(to)).toEqual(await facts(from));
  expect(await readlink(path.join(to, 'link'))).toBe('inner/nowhere');
  const { blocks } = await stat(path.join(from, 'inner/large.so'));
  if (blocks * 512 < 1 << 24)
    expect((await stat(path.join(to, 'inner/large.so'))).blocks * 512).toBeLessThan(1 << 24);
});
