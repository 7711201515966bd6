/**
 * Strip without moving what the loader sees: a planner. It reads headers and says which bytes of the file stay where;
 * it writes nothing.
 *
 * binutils and llvm lay a file out anew from its sections. On a file that patchelf edited (every auditwheel wheel) that
 * breaks `offset ≡ address (mod align)`, and the
 * loader refuses the result. Here segments are the truth: every byte that a program header covers stays, and only
 * sections that are not
 * allocated go. Whatever looks unusual is left alone, with the reason. Pure.
 */
import { fileType, readHeader, readProgramHeaders, sectionType, segmentType } from './format.js';
import type { ElfHeader, ProgramHeader } from './format.js';
import { isMeaningless, uncovered } from './gaps.js';
import { lastAtOrBefore, mover, place, roundUp } from './layout.js';
import type { Chunk, KeptRange, Range } from './layout.js';
import { isDroppable, readSections, sectionTable } from './sections.js';
import type { Section } from './sections.js';
import { fileOffset, type ByteSource } from './source.js';

export interface StripPlan {
  /** Size of the new file. What neither a piece nor a patch covers is zero. */
  readonly bytes: number;
  /** Copy `bytes` from the old file's offset `from` to the new one's `to`; ascending, none overlaps. */
  readonly pieces: readonly { readonly from: number; readonly to: number; readonly bytes: number }[];
  /** Then write these: headers with new offsets. */
  readonly patches: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

export interface StripSkip {
  /** Why the file is left alone: a phrase for "was not stripped: …". */
  readonly skip: string;
}

class Unusual extends Error {}

function unless(usual: boolean, reason: string): void {
  if (!usual) throw new Unusual(reason);
}

/** What to keep of a file, or why it is left alone. Never throws for what the bytes are. */
export function planStrip(source: ByteSource): StripPlan | StripSkip {
  try {
    return plan(source);
  } catch (error) {
    if (error instanceof Unusual) return { skip: error.message };
    if (error instanceof RangeError) return { skip: `its headers are damaged (${error.message})` };
    throw error;
  }
}

function plan(source: ByteSource): StripPlan {
  const header = checkedHeader(source);
  const segments = readProgramHeaders(source, header);
  const tableOffset = fileOffset(header.programHeaderOffset);
  checkSegments(source, segments);
  const sections = readSections(source, header);
  checkSections(source, sections, segments);

  const kept = keptRanges(header, segments, sections);
  checkNothingElse(source, header, kept, sections);
  const chunks = place(kept);
  const moved = mover(chunks);
  // Kernels before 5.18 tell a program where its program headers are by their file offset.
  const program =
    header.type === fileType.executable || segments.some((one) => one.type === segmentType.interpreter);
  unless(!program || moved(tableOffset) === tableOffset, 'its program headers would have to move');

  const table = sectionTable(source, header, sections, moved);
  const end = Math.max(...chunks.map((chunk) => chunk.newFrom + chunk.to - chunk.from));
  const sectionsOffset = roundUp(end + table.names.length, 8);
  const bytes = sectionsOffset + table.size;
  unless(bytes < source.size, 'there is nothing to save');
  return {
    bytes,
    pieces: chunks.filter((chunk) => chunk.to > chunk.from).map(pieceOf),
    patches: [
      {
        at: 0,
        bytes: newHeader(source, moved(tableOffset), {
          offset: sectionsOffset,
          count: table.count,
          namesIndex: table.namesIndex,
        }),
      },
      {
        at: moved(tableOffset),
        bytes: newProgramHeaders(source, header, segments, moved),
      },
      { at: end, bytes: table.names },
      { at: sectionsOffset, bytes: table.write(end) },
    ],
  };
}

function pieceOf(chunk: Chunk): StripPlan['pieces'][number] {
  return { from: chunk.from, to: chunk.newFrom, bytes: chunk.to - chunk.from };
}

function checkedHeader(source: ByteSource): ElfHeader {
  const header = readHeader(source);
  if (!header) throw new Unusual(isArchive(source) ? 'it is a static archive' : 'it is not an ELF file');
  unless(header.bits === 64 && header.littleEndian, 'it is not a 64-bit little-endian file');
  unless(header.type !== fileType.relocatable, 'it is a relocatable object');
  unless(
    header.type === fileType.shared || header.type === fileType.executable,
    'it is neither a library nor a program',
  );
  unless(header.headerSize === 64, 'its header has an unknown size');
  unless(header.programHeaderCount > 0, 'it has no program headers');
  unless(header.programHeaderCount <= mostSegments, 'it has more program headers than any library');
  unless(header.programHeaderOffset >= 64n, 'its headers overlap');
  unless(
    header.sectionHeaderOffset !== 0n && header.sectionHeaderCount > 0,
    'it has no section headers, so nothing tells what its bytes are for',
  );
  unless(header.sectionHeaderCount <= mostSections, 'it has more sections than any library');
  return header;
}

/** Linkers make about a dozen, and patchelf some more; sections are a few dozen. */
const mostSegments = 256;
const mostSections = 4096;
/** Huge pages have 1 GiB. */
const largestAlign = 1n << 30n;
/** PT_LOAD segments cover each byte once; those for relocations, notes and thread storage lie within them. */
const mostCovered = 4n;
/** Padding lies between pages, and in the place of what an editor took away. */
const mostPadding = 64 << 20;

function isArchive(source: ByteSource): boolean {
  return source.size >= 8 && new TextDecoder().decode(source.read(0, 7)) === '!<arch>';
}

function checkSegments(source: ByteSource, segments: readonly ProgramHeader[]): void {
  const loads = segments.filter((segment) => segment.type === segmentType.load);
  unless(loads.length > 0, 'it has no PT_LOAD segment');
  for (const segment of segments) {
    unless(isAlignment(segment.align), 'a segment has an impossible alignment');
    if (segment.fileSize > 0n || segment.type === segmentType.load)
      source.read(fileOffset(segment.offset + segment.fileSize), 0);
  }
  unless(
    segments.reduce((sum, one) => sum + one.fileSize, 0n) <= mostCovered * BigInt(source.size),
    'its program headers cover the same bytes many times',
  );
  for (const load of loads) {
    unless(load.align >= 4096n, 'a PT_LOAD segment is not aligned to pages');
    unless(load.address + load.memorySize < addressEnd, 'a segment has an impossible address');
    unless((load.address - load.offset) % load.align === 0n, 'a PT_LOAD segment is misplaced already');
    unless(load.memorySize >= load.fileSize, 'a PT_LOAD segment is larger in the file than in memory');
  }
  for (const [index, load] of loads.entries()) {
    const next = loads[index + 1];
    if (next)
      unless(next.address >= load.address + load.memorySize, 'its PT_LOAD segments overlap in memory');
  }
  const filled = loads
    .filter((load) => load.fileSize > 0n)
    .toSorted((a, b) => (a.offset < b.offset ? -1 : a.offset > b.offset ? 1 : 0));
  for (const [index, load] of filled.entries()) {
    const next = filled[index + 1];
    if (next) unless(next.offset >= load.offset + load.fileSize, 'its PT_LOAD segments overlap in the file');
  }
}

/** No kernel gives a process more: 57 bits, half of them its own. */
const addressEnd = 1n << 56n;

/** A power of two, and no larger than any page. 0 and 1 ask for nothing. */
function isAlignment(align: bigint): boolean {
  return (align & (align - 1n)) === 0n && align <= largestAlign;
}

const threadLocal = 0x400;

function checkSections(
  source: ByteSource,
  sections: readonly Section[],
  segments: readonly ProgramHeader[],
): void {
  const loads = segments.filter((segment) => segment.type === segmentType.load);
  for (const section of sections) {
    unless(!/^\.(?:go\.buildinfo|note\.go\.buildid|gopclntab)$/.test(section.name), 'it is a Go program');
    unless(section.name !== '.gnu.prelink_undo', 'it is prelinked');
    unless(section.link < sections.length, 'a section links to none');
    source.read(section.fileSize > 0 ? fileOffset(section.offset) + section.fileSize : 0, 0);
    if (!section.allocated || section.size === 0n) continue;
    // They are in ascending order and do not overlap.
    const load = loads[lastAtOrBefore(loads, (one) => one.address, section.address)];
    const zeroThreadLocal = section.type === sectionType.noBits && (section.flags & threadLocal) !== 0;
    unless(
      zeroThreadLocal || (load !== undefined && liesIn(section, load)),
      `its section ${section.name} is allocated but lies in no segment`,
    );
  }
}

function liesIn(section: Section, load: ProgramHeader): boolean {
  const into = section.address - load.address;
  if (section.type === sectionType.noBits) return into + section.size <= load.memorySize;
  return into + section.size <= load.fileSize && section.offset === load.offset + into;
}

function keptRanges(
  header: ElfHeader,
  segments: readonly ProgramHeader[],
  sections: readonly Section[],
): readonly KeptRange[] {
  const headers: readonly KeptRange[] = [
    { from: 0, to: 64, align: 8, mapped: false },
    {
      ...rangeOf(header.programHeaderOffset, header.programHeaderCount * header.programHeaderSize),
      align: 8,
      mapped: false,
    },
  ];
  const covered = segments
    .filter((segment) => segment.fileSize > 0n || segment.type === segmentType.load)
    .map((segment) => ({
      ...rangeOf(segment.offset, fileOffset(segment.fileSize)),
      align: Math.max(1, Number(segment.align)),
      mapped: segment.type === segmentType.load,
    }));
  const unknown = sections
    .filter((section) => !section.allocated && section.fileSize > 0 && !isDroppable(section))
    .map((section) => {
      unless(isAlignment(section.align), 'a section has an impossible alignment');
      const align = Math.max(1, Number(section.align));
      return { ...rangeOf(section.offset, section.fileSize), align, mapped: false };
    });
  return [...headers, ...covered, ...unknown];
}

function rangeOf(offset: bigint, bytes: number): Range {
  return { from: fileOffset(offset), to: fileOffset(offset) + bytes };
}

/** Bytes that no header tells about may be a payload that the program reads from its own file. */
function checkNothingElse(
  source: ByteSource,
  header: ElfHeader,
  kept: readonly KeptRange[],
  sections: readonly Section[],
): void {
  const known: readonly Range[] = [
    ...kept,
    ...sections
      .filter((section) => section.fileSize > 0)
      .map((section) => rangeOf(section.offset, section.fileSize)),
    rangeOf(header.sectionHeaderOffset, header.sectionHeaderCount * header.sectionHeaderSize),
  ];
  let padding = 0;
  for (const gap of uncovered(known, source.size)) {
    padding += gap.to - gap.from;
    unless(
      padding <= mostPadding && isMeaningless(source, gap),
      `it holds ${gap.to - gap.from} bytes at ${gap.from} that no header tells about`,
    );
  }
}

function newHeader(
  source: ByteSource,
  programHeaderOffset: number,
  table: { readonly offset: number; readonly count: number; readonly namesIndex: number },
): Uint8Array {
  const bytes = Uint8Array.from(source.read(0, 64));
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0x20, BigInt(programHeaderOffset), true);
  view.setBigUint64(0x28, BigInt(table.offset), true);
  view.setUint16(0x3c, table.count, true);
  view.setUint16(0x3e, table.namesIndex, true);
  return bytes;
}

function newProgramHeaders(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly ProgramHeader[],
  moved: (offset: number) => number,
): Uint8Array {
  const size = header.programHeaderSize;
  const bytes = Uint8Array.from(source.read(fileOffset(header.programHeaderOffset), segments.length * size));
  const view = new DataView(bytes.buffer);
  segments.forEach((segment, index) =>
    view.setBigUint64(index * size + 8, BigInt(moved(fileOffset(segment.offset))), true),
  );
  return bytes;
}
