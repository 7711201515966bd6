/** What is no file, or has a name that cannot travel, is named and refused; everything else is found. */
import { expect, describe, test } from '@jest/globals';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../program.js';
import { readText } from '../../src/io/text-file.js';
import { walkTree } from '../../src/io/tree.js';
import { scratch } from '../pack/helpers.js';

const folder = scratch();

/** Python makes what Node cannot: pipes, sockets, names that are no UTF-8, paths beyond the limit. */
async function python(root: string, code: string): Promise<void> {
  const made = await run('python3', ['-c', `import os, socket, stat\n${code}`], { cwd: root });
  expect(made).toMatchObject({ ok: true });
}

test('files, links and names of all kinds, sorted', async () => {
  const root = await folder();
  await mkdir(path.join(root, 'a b/ü'), { recursive: true });
  const names = ['a b/ü/x.py', 'a b/new\nline.py', 'a b/\u001b[31mred', 'a b/back\\slash', 'tool'];
  for (const name of names)
    await writeFile(path.join(root, name), 'x', { mode: name === 'tool' ? 0o700 : 0o600 });
  await symlink('/nowhere', path.join(root, 'dangling'));
  const found = await walkTree(root, (name) => name === 'a b/ü/');
  expect(found.map(({ path: name, bytes, mode, link }) => [name, bytes, mode, link])).toEqual([
    ['a b/\u001b[31mred', 1, 0o644, undefined],
    ['a b/back\\slash', 1, 0o644, undefined],
    ['a b/new\nline.py', 1, 0o644, undefined],
    ['dangling', 0, 0o755, '/nowhere'],
    ['tool', 1, 0o755, undefined],
  ]);
});

describe('refused by name', () => {
  test.each([
    ['a pipe', 'os.mkfifo("evil.py")', 'evil.py is a named pipe'],
    ['a socket', 's = socket.socket(socket.AF_UNIX); s.bind("evil.sock")', 'evil.sock is a socket'],
    [
      'a name that is no UTF-8',
      'open(b"\\xff\\xfe.txt", "w")',
      '\uFFFD\uFFFD.txt has a name that is not UTF-8',
    ],
    [
      'a folder of that kind',
      'os.mkdir(b"\\xff")\nopen(b"\\xff/x", "w")',
      '\uFFFD/ has a name that is not UTF-8',
    ],
    [
      'a path beyond 4,096 bytes',
      'for _ in range(30): os.mkdir("d" * 200); os.chdir("d" * 200)\nopen("x", "w")',
      expect.stringMatching(/^d{100}…d{59}\/ has a longer path than programs can open/),
    ],
  ])('%s', async (_name, code, detail) => {
    const root = await folder();
    await python(root, code);
    const shown = typeof detail === 'string' ? detail : (detail as unknown);
    await expect(walkTree(root)).rejects.toMatchObject({ code: 'unusable-file', details: [shown] });
    // Node cannot reach what is too deep.
    expect(await run('rm', ['-rf', root])).toMatchObject({ ok: true });
  });
});

test('a text is read from files only', async () => {
  const root = await folder();
  await writeFile(path.join(root, 'text'), 'ü');
  await python(root, 'os.mkfifo("pipe")');
  expect(await readText(path.join(root, 'text'))).toBe('ü');
  for (const place of ['pipe', '.', '/dev/zero']) {
    await expect(readText(path.resolve(root, place))).rejects.toMatchObject({ code: 'unusable-file' });
  }
  await expect(readText(path.join(root, 'text'), 1)).rejects.toMatchObject({ code: 'unusable-file' });
  await expect(readText(path.join(root, 'none'))).rejects.toMatchObject({ code: 'ENOENT' });
});
