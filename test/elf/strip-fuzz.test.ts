import { expect, test } from '@jest/globals';
import { proveStrip } from '../../src/elf/prove.js';
import { readElf } from '../../src/elf/read.js';
import { bufferSource } from '../../src/elf/source.js';
import { planStrip } from '../../src/elf/strip.js';
import { apply, fixture } from './objects.js';

/** Read and strip whatever it is; a plan must give a file that its proof accepts or names the fault of. */
function survive(bytes: Uint8Array): 'skipped' | 'proven' | 'refused' {
  const source = bufferSource(bytes);
  const facts = readElf(source);
  const plan = planStrip(source);
  if ('skip' in plan) return 'skipped';
  const after = bufferSource(apply(bytes, plan));
  if (proveStrip(source, after) !== null) return 'refused';
  expect(readElf(after)).toEqual(facts);
  expect(after.size).toBeLessThan(bytes.length);
  return 'proven';
}

const values = [0x00, 0x01, 0x7f, 0x80, 0xff];

test.each(['shared-page.so', 'patched.so', 'module.so'])('%s with one byte changed', (name) => {
  const original = fixture(name);
  const count = { skipped: 0, proven: 0, refused: 0 };
  // Every byte of the file's header, each third of the program headers, and each 97th of the rest.
  for (let at = 0; at < original.length; at += at < 64 ? 1 : at < 0x400 ? 3 : 97) {
    const bytes = Uint8Array.from(original);
    bytes[at] = values[at % values.length]!;
    count[survive(bytes)]++;
  }
  expect(count.proven).toBeGreaterThan(0);
  expect(count.skipped).toBeGreaterThan(0);
});

test('section headers and the dynamic section with one byte changed', () => {
  const original = fixture('shared-page.so');
  const count = { skipped: 0, proven: 0, refused: 0 };
  for (let at = original.length - 36 * 64; at < original.length; at += 3) {
    const bytes = Uint8Array.from(original);
    bytes[at] = values[at % values.length]!;
    count[survive(bytes)]++;
  }
  expect(count.proven).toBeGreaterThan(0);
  expect(count.skipped).toBeGreaterThan(0);
});

test.each(['shared-page.so', 'patched.so'])('%s cut short', (name) => {
  const original = fixture(name);
  for (let length = 0; length < original.length; length += 37)
    expect(survive(original.subarray(0, length))).toBe('skipped');
});

test('noise behind an ELF magic', () => {
  let seed = 1;
  for (let round = 0; round < 300; round++) {
    const bytes = fixture('shared-page.so').subarray(0, 4096);
    for (let index = 16; index < 600; index++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      if (seed % 5 === 0) bytes[index] = seed >>> 24;
    }
    expect(survive(bytes)).toBe('skipped');
  }
});
