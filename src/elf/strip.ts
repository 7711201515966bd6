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
import { modulo, mover, place, roundUp } from './layout.js';
import type { Chunk, KeptRange, Range } from './layout.js';
import { isDroppable, readSections, sectionTable } from './sections.js';
import type { Section } from './sections.js';
import type { ByteSource } from './source.js';

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
  unless(
    !program || moved(header.programHeaderOffset) === header.programHeaderOffset,
    'its program headers would have to move',
  );

  const table = sectionTable(source, header, sections, moved);
  const end = Math.max(...chunks.map((chunk) => chunk.newFrom + chunk.to - chunk.from));
  const tableOffset = roundUp(end + table.names.length, 8);
  const bytes = tableOffset + table.size;
  unless(bytes < source.size, 'there is nothing to save');
  return {
    bytes,
    pieces: chunks.filter((chunk) => chunk.to > chunk.from).map(pieceOf),
    patches: [
      {
        at: 0,
        bytes: newHeader(source, moved(header.programHeaderOffset), {
          offset: tableOffset,
          count: table.count,
          namesIndex: table.namesIndex,
        }),
      },
      {
        at: moved(header.programHeaderOffset),
        bytes: newProgramHeaders(source, header, segments, moved),
      },
      { at: end, bytes: table.names },
      { at: tableOffset, bytes: table.write(end) },
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
  unless(header.programHeaderCount > 0 && header.programHeaderCount < 0xffff, 'it has no program headers');
  unless(header.programHeaderOffset >= 64, 'its headers overlap');
  unless(
    header.sectionHeaderOffset !== 0 && header.sectionHeaderCount > 0,
    'it has no section headers, so nothing tells what its bytes are for',
  );
  return header;
}

function isArchive(source: ByteSource): boolean {
  return source.size >= 8 && new TextDecoder().decode(source.read(0, 7)) === '!<arch>';
}

function checkSegments(source: ByteSource, segments: readonly ProgramHeader[]): void {
  const loads = segments.filter((segment) => segment.type === segmentType.load);
  unless(loads.length > 0, 'it has no PT_LOAD segment');
  for (const segment of segments) {
    unless(segment.align <= 1 || isPowerOfTwo(segment.align), 'a segment has an impossible alignment');
    if (segment.fileSize > 0 || segment.type === segmentType.load)
      source.read(segment.offset + segment.fileSize, 0);
  }
  for (const load of loads) {
    unless(load.align >= 4096, 'a PT_LOAD segment is not aligned to pages');
    unless(Number.isSafeInteger(load.address + load.memorySize), 'a segment has an impossible address');
    unless(modulo(load.address - load.offset, load.align) === 0, 'a PT_LOAD segment is misplaced already');
    unless(load.memorySize >= load.fileSize, 'a PT_LOAD segment is larger in the file than in memory');
  }
  for (const [index, load] of loads.entries()) {
    const next = loads[index + 1];
    if (next)
      unless(next.address >= load.address + load.memorySize, 'its PT_LOAD segments overlap in memory');
  }
  const filled = loads.filter((load) => load.fileSize > 0).toSorted((a, b) => a.offset - b.offset);
  for (const [index, load] of filled.entries()) {
    const next = filled[index + 1];
    if (next) unless(next.offset >= load.offset + load.fileSize, 'its PT_LOAD segments overlap in the file');
  }
}

function isPowerOfTwo(value: number): boolean {
  return Number.isSafeInteger(Math.log2(value));
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
    source.read(section.fileSize > 0 ? section.offset + section.fileSize : 0, 0);
    if (!section.allocated || section.size === 0) continue;
    const home = loads.some((load) => {
      const into = section.address - load.address;
      if (section.type === sectionType.noBits) return into >= 0 && into + section.size <= load.memorySize;
      return into >= 0 && into + section.size <= load.fileSize && section.offset === load.offset + into;
    });
    const zeroThreadLocal = section.type === sectionType.noBits && (section.flags & threadLocal) !== 0;
    unless(home || zeroThreadLocal, `its section ${section.name} is allocated but lies in no segment`);
  }
}

function keptRanges(
  header: ElfHeader,
  segments: readonly ProgramHeader[],
  sections: readonly Section[],
): readonly KeptRange[] {
  const headers: readonly KeptRange[] = [
    { from: 0, to: 64, align: 8, mapped: false },
    {
      from: header.programHeaderOffset,
      to: header.programHeaderOffset + header.programHeaderCount * header.programHeaderSize,
      align: 8,
      mapped: false,
    },
  ];
  const covered = segments
    .filter((segment) => segment.fileSize > 0 || segment.type === segmentType.load)
    .map((segment) => ({
      from: segment.offset,
      to: segment.offset + segment.fileSize,
      align: Math.max(1, segment.align),
      mapped: segment.type === segmentType.load,
    }));
  const unknown = sections
    .filter((section) => !section.allocated && section.fileSize > 0 && !isDroppable(section))
    .map((section) => {
      const align = Math.max(1, section.align);
      unless(isPowerOfTwo(align), 'a section has an impossible alignment');
      return { from: section.offset, to: section.offset + section.fileSize, align, mapped: false };
    });
  return [...headers, ...covered, ...unknown];
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
      .map((section) => ({ from: section.offset, to: section.offset + section.fileSize })),
    {
      from: header.sectionHeaderOffset,
      to: header.sectionHeaderOffset + header.sectionHeaderCount * header.sectionHeaderSize,
    },
  ];
  for (const gap of uncovered(known, source.size))
    unless(
      isMeaningless(source, gap),
      `it holds ${gap.to - gap.from} bytes at ${gap.from} that no header tells about`,
    );
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
  const bytes = Uint8Array.from(source.read(header.programHeaderOffset, segments.length * size));
  const view = new DataView(bytes.buffer);
  segments.forEach((segment, index) =>
    view.setBigUint64(index * size + 8, BigInt(moved(segment.offset)), true),
  );
  return bytes;
}
