/** Headers as another reader understands them. */
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  tarBlockBytes,
  tarEnd,
  tarHeader,
  tarPadding,
  type TarMember,
} from '../../../src/pack/payload/tar-format.js';
import { readTar, scratch, type TarEntry } from '../helpers.js';

const folder = scratch();
const long = (bytes: number, letter = 'x'): string => letter.repeat(bytes);

/** What the header is for; the member, whose bytes are its path's; how many blocks the header takes. */
const rows: readonly (readonly [string, Omit<TarMember, 'bytes'>, number])[] = [
  ['a short name', { path: 'python/numpy/__init__.py', mode: 0o644 }, 1],
  ['a program', { path: 'python/torch/bin/run', mode: 0o755 }, 1],
  ['a name of 100 bytes', { path: `a/${long(98)}`, mode: 0o644 }, 1],
  ['a name of 101 bytes with a slash', { path: `a/${long(99)}`, mode: 0o644 }, 1],
  ['a name of 101 bytes without a slash', { path: long(101), mode: 0o644 }, 3],
  ['the longest name in two parts', { path: `${long(155, 'p')}/${long(100)}`, mode: 0o644 }, 1],
  ['a folder of 156 bytes', { path: `${long(156, 'p')}/${long(100)}`, mode: 0o644 }, 3],
  ['a last part of 101 bytes', { path: `${long(20, 'p')}/${long(101)}`, mode: 0o755 }, 3],
  ['many folders', { path: `${'folder/'.repeat(40)}end.py`, mode: 0o644 }, 3],
  ['folders that can be cut at several slashes', { path: `${'folder/'.repeat(20)}end.py`, mode: 0o644 }, 1],
  ['letters beyond ASCII', { path: 'python/données/ü/模块.py', mode: 0o644 }, 1],
  ['letters of many bytes at the cut', { path: `d/${long(50, 'é')}`, mode: 0o644 }, 1],
  ['letters of many bytes that fit nowhere', { path: `d/${long(51, '模')}`, mode: 0o644 }, 3],
  ['a line break and an equals sign', { path: `d/${long(120)}=\n=`, mode: 0o644 }, 3],
  ['a link', { path: 'lib/a.so', mode: 0o755, link: 'a.so.1' }, 1],
  ['a link to a name of 100 bytes', { path: 'lib/b.so', mode: 0o755, link: long(100) }, 1],
  ['a link to a name of 101 bytes', { path: 'lib/c.so', mode: 0o755, link: long(101) }, 3],
  ['a link with two long names', { path: long(300), mode: 0o755, link: `../${long(300, 'é')}` }, 4],
  // A record's length counts its own digits: around 1,000 it gets one more.
  ...Array.from(
    { length: 8 },
    (_, index) => [`a record near 1,000 (${index})`, { path: long(986 + index), mode: 0o644 }, 4] as const,
  ),
];
const memberOf = (given: Omit<TarMember, 'bytes'>): TarMember => ({
  ...given,
  bytes: given.link === undefined ? Buffer.byteLength(given.path) : 0,
});

describe('a header tells', () => {
  let found: readonly TarEntry[] = [];
  beforeAll(async () => {
    const file = path.join(await folder(), 'headers.tar');
    const pieces = rows.flatMap(([, given]) => {
      const content = Buffer.from(given.link === undefined ? given.path : '');
      return [tarHeader(memberOf(given)), content, tarPadding(content.length)];
    });
    await writeFile(file, Buffer.concat([...pieces, tarEnd]));
    found = await readTar(file);
  });

  test.each(rows.map(([name, given, blocks], index) => [name, { given, blocks, index }] as const))(
    '%s',
    (_name, { given, blocks, index }) => {
      expect(tarHeader(memberOf(given))).toHaveLength(blocks * tarBlockBytes);
      expect(found[index]).toEqual({
        path: given.path,
        type: given.link === undefined ? '0' : '2',
        link: given.link ?? '',
        bytes: memberOf(given).bytes,
        mode: given.mode,
        owner: '0:0',
        time: Date.UTC(1980) / 1000,
        at: expect.any(Number) as unknown,
        sha256: given.link === undefined ? createHash('sha256').update(given.path).digest('hex') : null,
      });
    },
  );

  test('nothing more', () => {
    expect(found).toHaveLength(rows.length);
  });
});

test.each([
  [0, 0],
  [1, 511],
  [511, 1],
  [512, 0],
  [513, 511],
])('%i bytes are followed by %i zeros', (bytes, zeros) => {
  expect(tarPadding(bytes)).toEqual(Buffer.alloc(zeros));
});

test.each([
  ['the largest size', 8 * 2 ** 30 - 1, true],
  ['one byte more', 8 * 2 ** 30, false],
])('%s', (_name, bytes, fits) => {
  const make = (): Buffer => tarHeader({ path: 'lib/large.so', mode: 0o755, bytes });
  if (fits) expect(make().toString('latin1', 124, 135)).toBe('77777777777');
  else expect(make).toThrow('lib/large.so is too large for tar.');
});
