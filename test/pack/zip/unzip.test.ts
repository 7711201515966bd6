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
});
