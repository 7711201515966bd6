/**
 * Proof that a stripped file is, to the loader, the file that it was. It shares no decision with the planner: it looks
 * at both files only. Pure.
 */
import { isDeepStrictEqual } from 'node:util';
import { offsetOfAddress, readHeader, readProgramHeaders, sectionType, segmentType } from './format.js';
import type { ElfHeader, ProgramHeader } from './format.js';
import { modulo } from './layout.js';
import type { Range } from './layout.js';
import { readElf } from './read.js';
import { readSections } from './sections.js';
import type { ByteSource } from './source.js';

const step = 1 << 20;

/**
 * Compare a file with its stripped form: the same program headers but for their offsets; equal bytes (compared one by one, which is
 * more than equal hashes) in every range that they cover; offsets still congruent to addresses; PT_LOAD segments in order; the same
 * facts from the dynamic section; sections that say the truth.
 * @returns null when all holds, or the first difference
 */
export function proveStrip(before: ByteSource, after: ByteSource): string | null {
  const steps = proveSteps(before, after);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/** `proveStrip` in steps of about a megabyte, so that a caller can let others work in between. */
export function* proveSteps(
  before: ByteSource,
  after: ByteSource,
): Generator<undefined, string | null, undefined> {
  try {
    const old = read(before);
    const now = read(after);
    const shape = compareHeaders(before, after, old, now) ?? checkPlacement(after, now);
    if (shape !== null) return shape;
    for (const [index, segment] of old.segments.entries()) {
      const range = { from: segment.offset, to: segment.offset + segment.fileSize };
      const target = now.segments[index]?.offset ?? 0;
      const tableMoved =
        now.header.programHeaderOffset - target !== old.header.programHeaderOffset - range.from;
      if (contains(range, old.header.programHeaderOffset) && tableMoved)
        return 'the program headers moved within their segment';
      const same = yield* sameBytes(before, after, range, target, offsetFields(old.header));
      if (!same) return `the bytes of program header ${index} differ`;
    }
    const sections = yield* compareSections(before, after, old, now);
    if (sections !== null) return sections;
    const facts = readElf(before);
    if (facts === null || !isDeepStrictEqual(facts, readElf(after))) return 'the dynamic section differs';
    return null;
  } catch (error) {
    if (error instanceof RangeError) return `a header points outside the file (${error.message})`;
    throw error;
  }
}

interface Headers {
  readonly header: ElfHeader;
  readonly segments: readonly ProgramHeader[];
}

function read(source: ByteSource): Headers {
  const header = readHeader(source);
  if (!header) throw new RangeError('not an ELF file');
  return { header, segments: readProgramHeaders(source, header) };
}

function contains(range: Range, offset: number): boolean {
  return offset >= range.from && offset < range.to;
}

/** The only fields that may change: e_phoff, e_shoff, e_shnum, e_shstrndx, and each p_offset. Offsets in the old file. */
function offsetFields(header: ElfHeader): readonly Range[] {
  return [
    { from: 0x20, to: 0x30 },
    { from: 0x3c, to: 0x40 },
    ...Array.from({ length: header.programHeaderCount }, (_, index) => {
      const from = header.programHeaderOffset + index * header.programHeaderSize + 8;
      return { from, to: from + 8 };
    }),
  ];
}

function compareHeaders(before: ByteSource, after: ByteSource, old: Headers, now: Headers): string | null {
  const masked = (source: ByteSource, header: ElfHeader, range: Range): Uint8Array => {
    const bytes = Uint8Array.from(source.read(range.from, range.to - range.from));
    blank(bytes, range.from, offsetFields(header));
    return bytes;
  };
  const file = { from: 0, to: 64 };
  if (!isDeepStrictEqual(masked(before, old.header, file), masked(after, now.header, file)))
    return 'the ELF header differs';
  const table = ({ header }: Headers): Range => ({
    from: header.programHeaderOffset,
    to: header.programHeaderOffset + header.programHeaderCount * header.programHeaderSize,
  });
  if (!isDeepStrictEqual(masked(before, old.header, table(old)), masked(after, now.header, table(now))))
    return 'the program headers differ in more than their offsets';
  const order = ({ segments }: Headers): readonly number[] =>
    loads(segments)
      .map((segment, index) => ({ index, offset: segment.offset }))
      .sort((a, b) => a.offset - b.offset || a.index - b.index)
      .map(({ index }) => index);
  return isDeepStrictEqual(order(old), order(now)) ? null : 'the PT_LOAD segments lie in another order';
}

function loads(segments: readonly ProgramHeader[]): readonly ProgramHeader[] {
  return segments.filter((segment) => segment.type === segmentType.load);
}

function checkPlacement(after: ByteSource, { segments }: Headers): string | null {
  let end = 0;
  for (const load of loads(segments).toSorted((a, b) => a.offset - b.offset)) {
    if (modulo(load.address - load.offset, load.align) !== 0)
      return 'a PT_LOAD segment is not where its alignment wants it';
    if (load.offset < end) return 'PT_LOAD segments overlap';
    end = load.offset + load.fileSize;
    if (end > after.size) return 'a PT_LOAD segment ends outside the file';
  }
  return null;
}

function* sameBytes(
  before: ByteSource,
  after: ByteSource,
  range: Range,
  target: number,
  mask: readonly Range[],
): Generator<undefined, boolean, undefined> {
  const left = new Uint8Array(Math.min(step, range.to - range.from));
  const right = new Uint8Array(left.length);
  for (let from = range.from; from < range.to; from += step) {
    const length = Math.min(step, range.to - from);
    const [one, other] = [left.subarray(0, length), right.subarray(0, length)];
    before.readInto(from, one);
    after.readInto(target + from - range.from, other);
    blank(one, from, mask);
    blank(other, from, mask);
    if (Buffer.compare(one, other) !== 0) return false;
    yield;
  }
  return true;
}

/** Zero what the mask covers; `bytes` stand at `start`. */
function blank(bytes: Uint8Array, start: number, mask: readonly Range[]): void {
  for (const { from, to } of mask)
    if (to > start && from < start + bytes.length) bytes.fill(0, Math.max(0, from - start), to - start);
}

/** Every section that is left has its old index and fields, and its offset fits; one outside segments has its old bytes. */
function* compareSections(
  before: ByteSource,
  after: ByteSource,
  old: Headers,
  now: Headers,
): Generator<undefined, string | null, undefined> {
  const oldSections = readSections(before, old.header);
  for (const [index, section] of readSections(after, now.header).entries()) {
    if (section.type === sectionType.null || index === now.header.sectionNamesIndex) continue;
    const was = oldSections[index];
    const moved = { offset: 0, nameOffset: 0, link: 0, info: 0 };
    if (!was || !isDeepStrictEqual({ ...was, ...moved }, { ...section, ...moved }))
      return `section ${section.name} differs`;
    if (section.fileSize === 0) continue;
    if (section.allocated) {
      if (offsetOfAddress(now.segments, section.address) !== section.offset)
        return `section ${section.name} is not where its address is`;
      continue;
    }
    const range = { from: was.offset, to: was.offset + was.fileSize };
    const same = yield* sameBytes(before, after, range, section.offset, []);
    if (!same) return `the bytes of section ${section.name} differ`;
  }
  return null;
}
