/**
 * The proof's own reading of 64-bit little-endian ELF files: it shares no line with the reader and the planner, so that
 * what they read wrongly is found. Only bigints, as the loader has 64-bit integers. Pure.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 */
import type { ByteSource } from './source.js';

export interface RawSegment {
  readonly type: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly bytes: bigint;
  readonly align: bigint;
}

export interface RawSection {
  /** Empty when it has none, or one longer than any. */
  readonly name: string;
  readonly type: number;
  readonly flags: bigint;
  readonly address: bigint;
  readonly offset: bigint;
  readonly bytes: bigint;
  readonly align: bigint;
  readonly entryBytes: bigint;
}

export interface RawFile {
  readonly segmentsAt: bigint;
  readonly segmentCount: number;
  readonly segments: readonly RawSegment[];
  readonly sections: readonly RawSection[];
  /** Which section is the table of names. */
  readonly namesIndex: number;
}

export const headerBytes = 64;
export const segmentBytes = 56;
const sectionBytes = 64;

/** @throws RangeError when it is no such file, or a table lies outside it */
export function readRaw(source: ByteSource): RawFile {
  const header = view(source, 0n, headerBytes);
  // \x7fELF, 64 bits, little-endian, version 1
  if (header.getUint32(0) !== 0x7f454c46 || header.getUint32(4) >>> 8 !== 0x020101)
    throw new RangeError('not an ELF file');
  const segmentsAt = header.getBigUint64(0x20, true);
  const sectionsAt = header.getBigUint64(0x28, true);
  const segmentCount = header.getUint16(0x38, true);
  const sectionCount = header.getUint16(0x3c, true);
  const namesIndex = header.getUint16(0x3e, true);
  if (header.getUint16(0x36, true) !== segmentBytes || header.getUint16(0x3a, true) !== sectionBytes)
    throw new RangeError('headers of unknown size');
  const segmentTable = view(source, segmentsAt, segmentCount * segmentBytes);
  const segments = Array.from({ length: segmentCount }, (_, index): RawSegment => {
    const start = index * segmentBytes;
    return {
      type: segmentTable.getUint32(start, true),
      offset: segmentTable.getBigUint64(start + 8, true),
      address: segmentTable.getBigUint64(start + 16, true),
      bytes: segmentTable.getBigUint64(start + 32, true),
      align: segmentTable.getBigUint64(start + 48, true),
    };
  });
  const table = view(source, sectionsAt, sectionCount * sectionBytes);
  const names = namesOf(source, table, namesIndex, sectionCount);
  const sections = Array.from({ length: sectionCount }, (_, index): RawSection => {
    const start = index * sectionBytes;
    return {
      name: nameAt(names, table.getUint32(start, true)),
      type: table.getUint32(start + 4, true),
      flags: table.getBigUint64(start + 8, true),
      address: table.getBigUint64(start + 16, true),
      offset: table.getBigUint64(start + 24, true),
      bytes: table.getBigUint64(start + 32, true),
      align: table.getBigUint64(start + 48, true),
      entryBytes: table.getBigUint64(start + 56, true),
    };
  });
  return { segmentsAt, segmentCount, segments, sections, namesIndex };
}

/** @throws RangeError when it lies outside the file */
function view(source: ByteSource, offset: bigint, bytes: number): DataView {
  if (offset + BigInt(bytes) > BigInt(source.size)) throw new RangeError('a table outside the file');
  const read = source.read(Number(offset), bytes);
  return new DataView(read.buffer, read.byteOffset, read.byteLength);
}

/** Names of sections are short and few; a larger table is none of theirs. */
const mostNames = 4 << 20;

function namesOf(source: ByteSource, table: DataView, index: number, count: number): Uint8Array {
  if (index >= count) throw new RangeError('no section names');
  const offset = table.getBigUint64(index * sectionBytes + 24, true);
  const bytes = table.getBigUint64(index * sectionBytes + 32, true);
  if (bytes > mostNames) throw new RangeError('too many section names');
  const read = view(source, offset, Number(bytes));
  return new Uint8Array(read.buffer, read.byteOffset, read.byteLength);
}

function nameAt(names: Uint8Array, offset: number): string {
  const rest = names.subarray(offset, offset + 1025);
  return Buffer.from(rest.subarray(0, Math.max(0, rest.indexOf(0)))).toString('latin1');
}
