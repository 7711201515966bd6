import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../../program.js';
import { unzipOver } from '../../../src/pack/zip/unzip.js';
import { listTree, scratch } from '../helpers.js';

const folder = scratch();

/** Zips as others write them: `[name, text, mode]` each, by Python's zipfile. */
async function zips(
  place: string,
  ...archives: readonly (readonly (readonly [string, string, number])[])[]
): Promise<readonly string[]> {
  const script = `
import json, sys, zipfile
for number, entries in enumerate(json.load(sys.stdin)):
    with zipfile.ZipFile(f"{sys.argv[1]}/{number}.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text, mode in entries:
            info = zipfile.ZipInfo(name)
            info.external_attr = mode << 16
            archive.writestr(info, text)
`;
  const made = await run('python3', ['-c', script, place], { input: JSON.stringify(archives) });
  if (!made.ok) throw new Error(made.stderr);
  return archives.map((_, index) => path.join(place, `${index}.zip`));
}

async function unzipped(...archives: Parameters<typeof zips> extends [string, ...infer Rest] ? Rest : never) {
  const root = await folder();
  const into = path.join(root, 'into');
  await mkdir(into);
  let bytes = 0;
  await unzipOver(await zips(root, ...archives), into, (count) => (bytes += count));
  return { into, bytes };
}

describe('unzipOver', () => {
  test('keeps modes and links, and lets later archives count', async () => {
    const { into, bytes } = await unzipped(
      [
        ['python/a/__init__.py', 'first', 0o100644],
        ['python/a/tool', '#!/bin/sh', 0o100755],
        ['python/a/private', 'x', 0o100600],
        ['python/a/link.so', 'tool', 0o120777],
        ['empty/', '', 0o40755],
      ],
      [['python/a/__init__.py', 'second', 0o100644]],
    );
    expect(await listTree(into)).toEqual([
      'python/a/__init__.py 644',
      'python/a/link.so -> tool',
      'python/a/private 644',
      'python/a/tool 755',
    ]);
    expect(await readFile(path.join(into, 'python/a/__init__.py'), 'utf8')).toBe('second');
    expect(bytes).toBe(6 + 9 + 1);
  });

  test('large contents are streamed', async () => {
    const { into } = await unzipped([['large', 'x'.repeat(3_000_000), 0o100644]]);
    expect((await readFile(path.join(into, 'large'))).length).toBe(3_000_000);
  });

  test.each<readonly [string, readonly (readonly [string, string, number])[]]>([
    ['a name that leaves the folder', [['../out', 'x', 0o100644]]],
    ['an absolute name', [['/out', 'x', 0o100644]]],
    [
      'a file below a link',
      [
        ['a', '/tmp', 0o120777],
        ['a/b', 'x', 0o100644],
      ],
    ],
  ])('%s is refused', async (_name, entries) => {
    await expect(unzipped(entries)).rejects.toThrow();
  });

  test.each([
    ['the end record', 'end64(1 << 60, 1 << 60), locator(0), end'],
    ['the place of the end record', 'end64(1, 0), locator(1 << 60), end'],
    ['the place of the directory', 'end64(1, 1 << 62), locator(0), end'],
    ['the place of a content', 'entry, end64(1, 0), locator(len(entry)), end'],
  ])('%s in 64 bits that no file has is refused, and ends nothing else', async (_name, parts) => {
    const root = await folder();
    const file = path.join(root, 'large.zip');
    const script = `
import struct, sys
place = struct.pack("<HHQQQ", 1, 24, 1, 1, 1 << 60)
fields = 0x02014B50, 0x031E, 45, 0, 0, 0, 33, 0, *[0xFFFFFFFF] * 2, 3, len(place), 0, 0, 0, 0o100644 << 16, 0xFFFFFFFF
entry = struct.pack("<IHHHHHHIIIHHHHHII", *fields) + b"a.b" + place
def end64(entries, start):
    return struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, 45, 45, 0, 0, entries, entries, len(entry), start)
def locator(start):
    return struct.pack("<IIQI", 0x07064B50, 0, start, 1)
end = struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)
open(sys.argv[1], "wb").write(b"".join([${parts}]))
`;
    const made = await run('python3', ['-c', script, file]);
    if (!made.ok) throw new Error(made.stderr);
    const into = path.join(root, 'into');
    await mkdir(into);
    await expect(unzipOver([file], into)).rejects.toMatchObject({ code: 'bad-archive' });
  });
});
