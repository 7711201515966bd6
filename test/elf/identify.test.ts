import { expect, test } from '@jest/globals';
import { identify } from '../../src/elf/identify.js';
import { fixture } from './objects.js';

function dos(header: number, signature: string, length = 256): Uint8Array {
  const bytes = new Uint8Array(length);
  bytes.set([0x4d, 0x5a]);
  new DataView(bytes.buffer).setUint32(0x3c, header, true);
  if (header + 4 <= length) bytes.set(Buffer.from(signature, 'latin1'), header);
  return bytes;
}

test.each([
  ['a shared object', fixture('plain.so').subarray(0, 64), 'elf'],
  ['an archive', fixture('archive.a').subarray(0, 64), null],
  ['64-bit Mach-O', Uint8Array.of(0xcf, 0xfa, 0xed, 0xfe, 7, 0, 0, 1), 'Mach-O'],
  ['32-bit Mach-O', Uint8Array.of(0xce, 0xfa, 0xed, 0xfe, 7, 0, 0, 0), 'Mach-O'],
  ['big-endian Mach-O', Uint8Array.of(0xfe, 0xed, 0xfa, 0xce, 0, 0, 0, 18), 'Mach-O'],
  ['universal Mach-O of 2', Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 2), 'Mach-O'],
  ['64-bit universal Mach-O', Uint8Array.of(0xca, 0xfe, 0xba, 0xbf, 0, 0, 0, 2), 'Mach-O'],
  ['a class of Java 1.1', Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 3, 0, 0x2d), null],
  ['a class of Java 8', Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0x34), null],
  ['a class of Java 21', Uint8Array.of(0xca, 0xfe, 0xba, 0xbe, 0, 0, 0, 0x41), null],
  ['PE', dos(0x80, 'PE\0\0'), 'PE'],
  ['PE whose header lies behind the head', dos(0x80, 'PE\0\0').subarray(0, 64), 'PE'],
  ['a DOS program', dos(0x80, 'NE\0\0'), null],
  ['a DOS header that points nowhere', dos(0x7fffffff, '', 64), null],
  [
    'text that begins with MZ',
    Buffer.from('MZ is not the beginning of a program, only of this line of text.'),
    null,
  ],
  ['MZ alone', Buffer.from('MZ12'), null],
  ['Python', Buffer.from('import os\n'.repeat(9)), null],
  ['three bytes', Uint8Array.of(0x7f, 0x45, 0x4c), null],
  ['nothing', new Uint8Array(0), null],
])('%s', (_name, head, expected) => {
  expect(identify(head)).toBe(expected);
});
