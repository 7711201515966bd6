/**
 * The ELF file format: header, program headers, section headers, for both word sizes and both byte orders.
 * Field names and order are those of the System V ABI, https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html.
 *
 * 64-bit fields come as bigints: a number above 2^53 loses digits, and what is rounded on both sides of a comparison is
 * always equal. Whoever reads at an offset makes it a number with `fileOffset`, which refuses what no file has. Pure.
 */
import { fileOffset, type ByteSource } from './source.js';

export const fileType = { relocatable: 1, executable: 2, shared: 3 } as const;
export const segmentType = { load: 1, dynamic: 2, interpreter: 3, programHeaders: 6, tls: 7 } as const;
export const sectionType = {
  null: 0,
  symbols: 2,
  strings: 3,
  rela: 4,
  note: 7,
  noBits: 8,
  rel: 9,
  symbolIndexes: 18,
} as const;
export const sectionFlag = { alloc: 0x2, infoLink: 0x40 } as const;

/** Sizes and places of fields that differ between 32 and 64 bits, in bytes. */
interface Layout {
  readonly word: 4 | 8;
  readonly header: number;
  readonly programHeader: number;
  readonly sectionHeader: number;
}
const layouts: Readonly<Record<32 | 64, Layout>> = {
  32: { word: 4, header: 52, programHeader: 32, sectionHeader: 40 },
  64: { word: 8, header: 64, programHeader: 56, sectionHeader: 64 },
};

export interface ElfHeader {
  readonly bits: 32 | 64;
  readonly littleEndian: boolean;
  readonly type: number;
  readonly machine: number;
  readonly headerSize: number;
  readonly programHeaderOffset: bigint;
  readonly programHeaderSize: number;
  readonly programHeaderCount: number;
  readonly sectionHeaderOffset: bigint;
  readonly sectionHeaderSize: number;
  readonly sectionHeaderCount: number;
  readonly sectionNamesIndex: number;
}

export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly address: bigint;
  readonly fileSize: bigint;
  readonly memorySize: bigint;
  readonly align: bigint;
}

export interface SectionHeader {
  readonly nameOffset: number;
  readonly type: number;
  /** Low 32 bits: the high ones of the 64-bit field are not in use. */
  readonly flags: number;
  readonly address: bigint;
  readonly offset: bigint;
  readonly size: bigint;
  readonly link: number;
  readonly info: number;
  readonly align: bigint;
}

/** Reads fields one after the other, in the file's own word size and byte order. */
export class Fields {
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #word: 4 | 8;
  #at = 0;

  constructor(bytes: Uint8Array, shape: { readonly bits: 32 | 64; readonly littleEndian: boolean }) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = shape.littleEndian;
    this.#word = layouts[shape.bits].word;
  }

  skip(bytes: number): this {
    this.#at += bytes;
    return this;
  }
  seek(at: number): this {
    this.#at = at;
    return this;
  }
  byte(): number {
    return this.#view.getUint8(this.#step(1));
  }
  half(): number {
    return this.#view.getUint16(this.#step(2), this.#little);
  }
  int(): number {
    return this.#view.getUint32(this.#step(4), this.#little);
  }
  /** 4 or 8 bytes. */
  word(): bigint {
    if (this.#word === 4) return BigInt(this.int());
    return this.#view.getBigUint64(this.#step(8), this.#little);
  }

  #step(bytes: number): number {
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}

/** @returns null when this is no ELF file of a known class and byte order */
export function readHeader(source: ByteSource): ElfHeader | null {
  if (source.size < layouts[32].header) return null;
  const ident = source.read(0, 16);
  const magic = ident[0] === 0x7f && ident[1] === 0x45 && ident[2] === 0x4c && ident[3] === 0x46;
  const bits = ident[4] === 1 ? 32 : ident[4] === 2 ? 64 : null;
  if (!magic || bits === null || (ident[5] !== 1 && ident[5] !== 2) || ident[6] !== 1) return null;
  if (source.size < layouts[bits].header) return null;
  const shape = { bits, littleEndian: ident[5] === 1 } as const;
  const fields = new Fields(source.read(0, layouts[bits].header), shape).skip(16);
  const type = fields.half();
  const machine = fields.half();
  fields.skip(4).word(); // e_version, e_entry
  const programHeaderOffset = fields.word();
  const sectionHeaderOffset = fields.word();
  fields.skip(4); // e_flags
  return {
    ...shape,
    type,
    machine,
    programHeaderOffset,
    sectionHeaderOffset,
    headerSize: fields.half(),
    programHeaderSize: fields.half(),
    programHeaderCount: fields.half(),
    sectionHeaderSize: fields.half(),
    sectionHeaderCount: fields.half(),
    sectionNamesIndex: fields.half(),
  };
}

/**
 * All program headers, in file order.
 * @throws RangeError when the table lies outside the file or its entries have another size than the ABI's
 */
export function readProgramHeaders(source: ByteSource, header: ElfHeader): readonly ProgramHeader[] {
  if (header.programHeaderCount === 0) return [];
  const size = layouts[header.bits].programHeader;
  if (header.programHeaderSize !== size) throw new RangeError('program headers of unknown size');
  const table = source.read(fileOffset(header.programHeaderOffset), size * header.programHeaderCount);
  return Array.from({ length: header.programHeaderCount }, (_, index) => {
    const fields = new Fields(table, header).seek(index * size);
    const type = fields.int();
    const flagsFirst = header.bits === 64 ? fields.int() : 0;
    const offset = fields.word();
    const address = fields.word();
    fields.word(); // p_paddr
    const fileSize = fields.word();
    const memorySize = fields.word();
    const flags = header.bits === 64 ? flagsFirst : fields.int();
    return { type, flags, offset, address, fileSize, memorySize, align: fields.word() };
  });
}

/**
 * All section headers, in file order.
 * @throws RangeError when the table lies outside the file or its entries have another size than the ABI's
 */
export function readSectionHeaders(source: ByteSource, header: ElfHeader): readonly SectionHeader[] {
  if (header.sectionHeaderCount === 0 || header.sectionHeaderOffset === 0n) return [];
  const size = layouts[header.bits].sectionHeader;
  if (header.sectionHeaderSize !== size) throw new RangeError('section headers of unknown size');
  const table = source.read(fileOffset(header.sectionHeaderOffset), size * header.sectionHeaderCount);
  return Array.from({ length: header.sectionHeaderCount }, (_, index) => {
    const fields = new Fields(table, header).seek(index * size);
    const nameOffset = fields.int();
    const type = fields.int();
    const flags = Number(fields.word() & 0xffff_ffffn);
    const address = fields.word();
    const offset = fields.word();
    const bytes = fields.word();
    const link = fields.int();
    const info = fields.int();
    return { nameOffset, type, flags, address, offset, size: bytes, link, info, align: fields.word() };
  });
}

/**
 * The file offset of an address, as the loader maps it.
 * @returns null when no byte of a PT_LOAD segment lies there
 */
export function offsetOfAddress(segments: readonly ProgramHeader[], address: bigint): bigint | null {
  for (const segment of segments) {
    if (segment.type !== segmentType.load) continue;
    const into = address - segment.address;
    if (into >= 0n && into < segment.fileSize) return segment.offset + into;
  }
  return null;
}

/** A search path may be long; nothing real is longer than this. */
const longestString = 1 << 16;
/** All the names of the largest real library take a hundredth of it. */
const mostText = 4 << 20;
const decoder = new TextDecoder();

/**
 * Strings of one table, each read once. A small file can name a long string a million times, or each of its tails, so
 * all of them together have a limit too.
 */
export class StringTable {
  readonly #known = new Map<number, string>();
  readonly #source: ByteSource;
  readonly #from: number;
  readonly #to: number;
  #room = mostText;

  /** The table lies at `[from, to)`, file offsets. */
  constructor(source: ByteSource, from: number, to: number) {
    this.#source = source;
    this.#from = from;
    this.#to = to;
  }

  /**
   * The string that begins `offset` bytes into the table.
   * @param longest bytes
   * @throws RangeError when it lies outside, has no NUL in reach, or there is more text than any library has
   */
  text(offset: number, longest = longestString): string {
    const known = this.#known.get(offset);
    if (known !== undefined) return known;
    if (offset >= this.#to - this.#from) throw new RangeError('a name outside its table');
    const text = readString(this.#source, this.#from + offset, this.#to, longest);
    this.#room -= text.length;
    if (this.#room < 0) throw new RangeError('more names than a library has');
    this.#known.set(offset, text);
    return text;
  }
}

/**
 * A NUL-terminated string.
 * @param limit where the string table ends
 * @param longest bytes
 * @throws RangeError when there is no NUL before either
 */
export function readString(
  source: ByteSource,
  offset: number,
  limit = source.size,
  longest = longestString,
): string {
  const end = Math.min(limit, source.size, offset + longest);
  for (let length = 256; ; length *= 4) {
    const bytes = source.read(offset, Math.max(0, Math.min(length, end - offset)));
    const stop = bytes.indexOf(0);
    if (stop >= 0) return decoder.decode(bytes.subarray(0, stop));
    if (offset + length >= end) throw new RangeError('a string without an end');
  }
}
