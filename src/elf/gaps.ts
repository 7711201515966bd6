/**
 * Bytes that no header tells about: nothing, what an editor left behind, or a payload that a program reads from its own
 * file. Pure.
 */
import { Fields, sectionType } from './format.js';
import type { Range } from './layout.js';
import { roundUp } from './layout.js';
import type { ByteSource } from './source.js';

/** What none of the ranges covers, in `[0, size)`. */
export function uncovered(ranges: readonly Range[], size: number): readonly Range[] {
  const gaps: Range[] = [];
  let end = 0;
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    if (range.from > end) gaps.push({ from: end, to: range.from });
    end = Math.max(end, range.to);
  }
  if (end < size) gaps.push({ from: end, to: size });
  return gaps;
}

/** True when nothing is lost with the gap: it is padding, or padding around a section header table that is out of use. */
export function isMeaningless(source: ByteSource, gap: Range): boolean {
  if (isPadding(source, gap)) return true;
  const table = Math.min(gap.to, roundUp(gap.from, 8));
  const end = endOfOldTable(source, { from: table, to: gap.to });
  return isPadding(source, { from: gap.from, to: table }) && isPadding(source, { from: end, to: gap.to });
}

const step = 1 << 20;

/** Zeros, or one instruction word over and over (lld fills the last page of code with traps). */
function isPadding(source: ByteSource, gap: Range): boolean {
  const word = source.read(gap.from, Math.min(4, gap.to - gap.from));
  for (let from = gap.from; from < gap.to; from += step) {
    const view = source.read(from, Math.min(step, gap.to - from));
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    // `step` is a multiple of 4, so that the word keeps its phase. Bytes that equal those 4 further on repeat the word.
    if (!bytes.subarray(0, 4).equals(word.subarray(0, bytes.length))) return false;
    if (!bytes.subarray(4).equals(bytes.subarray(0, Math.max(0, bytes.length - 4)))) return false;
  }
  return true;
}

const entry = 64;

/**
 * patchelf writes the section headers anew at the end of the file and leaves the old table where it was.
 * @returns where the old table ends; the gap's start when there is none
 */
function endOfOldTable(source: ByteSource, gap: Range): number {
  const blank = gap.from + entry <= gap.to && source.read(gap.from, entry).every((byte) => byte === 0);
  if (!blank) return gap.from;
  let at = gap.from + entry;
  while (at + entry <= gap.to && isSectionHeader(source, at)) at += entry;
  return at;
}

function isSectionHeader(source: ByteSource, at: number): boolean {
  const fields = new Fields(source.read(at, entry), { bits: 64, littleEndian: true });
  const name = fields.int();
  const type = fields.int();
  const flags = fields.word();
  fields.word(); // sh_addr
  const offset = fields.word();
  const size = fields.word();
  const link = fields.int();
  fields.int(); // sh_info
  const align = fields.word();
  return (
    (type !== 0 || size === 0n) &&
    name < 1 << 20 &&
    flags < 1n << 32n &&
    offset <= BigInt(source.size) &&
    (size <= BigInt(source.size) || type === sectionType.noBits) &&
    link < 1 << 16 &&
    (align & (align - 1n)) === 0n
  );
}
