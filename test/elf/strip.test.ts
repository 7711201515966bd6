import { describe, expect, test } from '@jest/globals';
import { proveStrip } from '../../src/elf/prove.js';
import { readElf } from '../../src/elf/read.js';
import { bufferSource } from '../../src/elf/source.js';
import { planStrip } from '../../src/elf/strip.js';
import {
  fixture,
  loadHeader,
  loadable,
  poke,
  programs,
  sectionHeader,
  sectionNames,
  strip,
} from './objects.js';

describe.each([...loadable, ...programs, 'patched-needed.so'])('%s', (name) => {
  const before = fixture(name);
  const after = strip(before);

  test('is smaller, tells the same, and is proven', () => {
    expect(after.length).toBeLessThan(before.length);
    expect(readElf(bufferSource(after))).toEqual(readElf(bufferSource(before)));
    expect(proveStrip(bufferSource(before), bufferSource(after))).toBeNull();
  });
  test('keeps allocated sections at their index, and drops debug sections and symbols', () => {
    const names = sectionNames(after);
    expect(names.filter((one) => /^\.(debug|symtab|strtab|comment)/.test(one))).toEqual([]);
    expect(names.indexOf('.text')).toBe(sectionNames(before).indexOf('.text'));
    expect(names.indexOf('.text')).toBeGreaterThan(0);
    expect(names.at(-1)).toBe('.shstrtab');
  });
  test('has nothing to save the second time', () => {
    expect(planStrip(bufferSource(after))).toEqual({ skip: 'there is nothing to save' });
  });
});

test('a section that nobody knows stays with its bytes', () => {
  const after = strip(fixture('unknown-section.so'));
  expect(sectionNames(after)).toContain('pydata');
  expect(Buffer.from(after).includes('data of the program itself')).toBe(true);
});

test('a segment behind the debug sections moves down by whole pages', () => {
  const before = fixture('patched.so');
  const plan = planStrip(bufferSource(before));
  if ('skip' in plan) throw new Error(plan.skip);
  const last = plan.pieces.at(-1)!;
  expect(last.from - last.to).toBeGreaterThan(0);
  expect((last.from - last.to) % 4096).toBe(0);
});

test('alignment of 64 KiB is kept', () => {
  const plan = planStrip(bufferSource(fixture('align64k.so')));
  if ('skip' in plan) throw new Error(plan.skip);
  for (const piece of plan.pieces) expect((piece.from - piece.to) % 65_536).toBe(0);
});

describe('left alone', () => {
  test.each([
    ['stripped.so', /nothing to save/],
    ['appended.so', /^it holds \d+ bytes at \d+ that no header tells about$/],
    ['relocatable.o', /relocatable object/],
    ['archive.a', /static archive/],
    ['make.sh', /not an ELF file/],
  ])('%s', (name, reason) => {
    expect(planStrip(bufferSource(fixture(name)))).toEqual({ skip: expect.stringMatching(reason) });
  });

  const field = { offset: 8, address: 16, fileSize: 32, memorySize: 40, align: 48 };
  test.each<[string, (bytes: Uint8Array) => void, RegExp]>([
    ['32 bits', (b) => poke(b, 4, 1, 1), /not a 64-bit/],
    ['big-endian', (b) => poke(b, 5, 1, 2), /not a 64-bit/],
    ['a core file', (b) => poke(b, 16, 2, 4), /neither a library nor a program/],
    ['no program headers', (b) => poke(b, 0x38, 2, 0), /no program headers/],
    ['program headers in the header', (b) => poke(b, 0x20, 8, 8), /headers overlap/],
    ['no section headers', (b) => poke(b, 0x28, 8, 0), /no section headers/],
    ['section headers outside', (b) => poke(b, 0x28, 8, 2 ** 40), /damaged/],
    ['section names outside', (b) => poke(b, 0x3e, 2, 999), /damaged/],
    ['no PT_LOAD', (b) => [0, 1, 2, 3].forEach(() => poke(b, loadHeader(b, 0), 4, 99)), /no PT_LOAD/],
    ['small alignment', (b) => poke(b, loadHeader(b, 1) + field.align, 8, 16), /not aligned to pages/],
    ['odd alignment', (b) => poke(b, loadHeader(b, 1) + field.align, 8, 4097), /impossible alignment/],
    ['misplaced', (b) => poke(b, loadHeader(b, 3) + field.align, 8, 2 ** 30), /misplaced already/],
    ['outside the file', (b) => poke(b, loadHeader(b, 3) + field.fileSize, 8, 2 ** 20), /damaged/],
    [
      'larger than its memory',
      (b) => poke(b, loadHeader(b, 1) + field.memorySize, 8, 1),
      /larger in the file/,
    ],
    [
      'overlap in memory',
      (b) => poke(b, loadHeader(b, 0) + field.memorySize, 8, 0x1800),
      /overlap in memory/,
    ],
    [
      'overlap in the file',
      (b) => poke(b, loadHeader(b, 2) + field.offset, 8, 0x1000),
      /overlap in the file/,
    ],
    [
      'allocated in no segment',
      (b) => poke(b, sectionHeader(b, '.comment') + 8, 8, 2),
      /\.comment is allocated but lies in no segment/,
    ],
    ['a wrong link', (b) => poke(b, sectionHeader(b, '.symtab') + 40, 4, 500), /links to none/],
    ['a section outside', (b) => poke(b, sectionHeader(b, '.debug_info') + 32, 8, 2 ** 33), /damaged/],
    [
      'a Go program',
      (b) => b.set(Buffer.from('.go.buildinfo\0'), Buffer.from(b).indexOf('.note.gnu.build-id')),
      /Go program/,
    ],
    [
      'bytes between sections',
      (b) => {
        // Without its section, what .debug_info holds is a payload.
        b.fill(0, sectionHeader(b, '.debug_info'), sectionHeader(b, '.debug_info') + 64);
      },
      /no header tells about/,
    ],
  ])('%s', (_name, change, reason) => {
    const bytes = fixture('plain.so');
    change(bytes);
    expect(planStrip(bufferSource(bytes))).toEqual({ skip: expect.stringMatching(reason) });
  });
});

describe('the proof finds', () => {
  const before = fixture('patched.so');
  const last = (b: Uint8Array): number => loadHeader(b, 4);
  test.each<[string, (bytes: Uint8Array) => unknown, RegExp]>([
    ['a changed byte of code', (b) => (b[0x1070]! ^= 1), /bytes of program header \d+ differ/],
    ['a changed byte in the moved segment', (b) => (b[b.length - 3000]! ^= 1), /differ/],
    ['another entry point', (b) => poke(b, 0x18, 8, 64), /ELF header differs/],
    ['another flag', (b) => poke(b, last(b) + 4, 4, 7), /more than their offsets/],
    ['a missing program header', (b) => poke(b, 0x38, 2, 5), /ELF header differs/],
    ['a segment off its alignment', (b) => poke(b, last(b) + 8, 8, 0x3001), /alignment wants it/],
    ['a segment over another', (b) => poke(b, last(b) + 8, 8, 0x2000), /another order|overlap/],
    ['a shorter file', (b) => b.subarray(0, b.length - 3000), /outside/],
    ['a renamed section', (b) => (b[Buffer.from(b).lastIndexOf('.text')]! ^= 1), /section .* differs/],
    [
      'a section elsewhere',
      (b) => poke(b, sectionHeader(b, '.text') + 24, 8, 0x1080),
      /not where its address is/,
    ],
    ['no ELF file', (b) => b.fill(0, 0, 4), /outside the file \(not an ELF file\)/],
  ])('%s', (_name, change, difference) => {
    const stripped = strip(before);
    const changed = change(stripped);
    const after = changed instanceof Uint8Array ? changed : stripped;
    expect(proveStrip(bufferSource(before), bufferSource(after))).toMatch(difference);
  });
  test('other bytes in a section outside of segments', () => {
    const own = fixture('unknown-section.so');
    const stripped = strip(own);
    stripped[Buffer.from(stripped).indexOf('data of the program')]! ^= 1;
    expect(proveStrip(bufferSource(own), bufferSource(stripped))).toBe('the bytes of section pydata differ');
  });
});
