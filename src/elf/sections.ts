/**
 * Which sections a file can do without, by type and name. A loader reads none; only programs about programs do. Pure.
 */
import { readSectionHeaders, sectionFlag, sectionType, StringTable } from './format.js';
import type { ElfHeader, SectionHeader } from './format.js';
import { fileOffset, type ByteSource } from './source.js';

export interface Section extends SectionHeader {
  readonly name: string;
  readonly allocated: boolean;
  /** Bytes in the file: 0 for NOBITS. */
  readonly fileSize: number;
}

/**
 * All sections with their names.
 * @throws RangeError when the table or the names lie outside the file, or there is no table of names
 */
export function readSections(source: ByteSource, header: ElfHeader): readonly Section[] {
  const headers = readSectionHeaders(source, header);
  const names = headers[header.sectionNamesIndex];
  if (names?.type !== sectionType.strings) throw new RangeError('no section names');
  const table = new StringTable(source, fileOffset(names.offset), fileOffset(names.offset + names.size));
  return headers.map((one) => ({
    ...one,
    name: one.type === sectionType.null ? '' : table.text(one.nameOffset, longestName),
    allocated: (one.flags & sectionFlag.alloc) !== 0,
    fileSize: one.type === sectionType.null || one.type === sectionType.noBits ? 0 : fileOffset(one.size),
  }));
}

/** The longest of a library has some twenty. */
const longestName = 1024;

/** Symbols, and relocations that a linker left for itself (`--emit-relocs`). */
const droppableTypes: ReadonlySet<number> = new Set([
  sectionType.symbols,
  sectionType.symbolIndexes,
  sectionType.rela,
  sectionType.rel,
  sectionType.note,
  0x6ffffff5, // SHT_GNU_ATTRIBUTES
  0x70000003, // SHT_ARM_ATTRIBUTES, SHT_RISCV_ATTRIBUTES
]);

const droppableNames: readonly RegExp[] = [
  /^\.(?:sym|str|shstr)tab$/,
  /^\.z?debug(?:_|$)/,
  /^\.stab/,
  /^\.(?:comment|line|gdb_index|deplibs|SUNW_ctf|ctf|rustc)$/,
  /^\.gnu_debug(?:link|altlink|data)$/,
  /^\.gnu\.(?:lto|build\.attributes|warning|debuglto_)/,
  /^\.GCC\.command\.line$/,
  /^\.llvm/,
  /^\.(?:mdebug|annobin)/,
];

/**
 * May this section go? Only what is not allocated and is known to be for linkers and debuggers: a program may keep data
 * of its own in a section and read it from its file (PyInstaller's `pydata`), so unknown ones stay.
 */
export function isDroppable(section: Section): boolean {
  if (section.allocated || section.type === sectionType.null) return false;
  return droppableTypes.has(section.type) || droppableNames.some((name) => name.test(section.name));
}

/** The section table that goes to the file's end. */
export interface SectionTable {
  readonly names: Uint8Array;
  /** Bytes of the table itself. */
  readonly size: number;
  readonly count: number;
  readonly namesIndex: number;
  /** The table's bytes, once it is known where the names go (a file offset). */
  write(namesOffset: number): Uint8Array;
}

const entrySize = 64;

/**
 * A table of the sections that stay, for 64-bit little-endian files. Dynamic symbols name sections by index, so indexes stay as they are: what
 * goes becomes an empty entry, and trailing ones go altogether.
 * @param moved new file offset of an old one
 */
export function sectionTable(
  source: ByteSource,
  header: ElfHeader,
  sections: readonly Section[],
  moved: (offset: number) => number,
): SectionTable {
  const stays = sections.map((section) => !isDroppable(section));
  const namesIndex = stays.lastIndexOf(true) + 1;
  const kept = sections.slice(0, namesIndex);
  const names = new NameTable();
  const nameOffsets = kept.map((section, index) => (stays[index] ? names.add(section.name) : 0));
  const ownName = names.add('.shstrtab');
  const namesBytes = names.bytes();
  const count = namesIndex + 1;
  return {
    names: namesBytes,
    size: count * entrySize,
    count,
    namesIndex,
    write(namesOffset) {
      const table = new Uint8Array(count * entrySize);
      table.set(source.read(fileOffset(header.sectionHeaderOffset), namesIndex * entrySize));
      const view = new DataView(table.buffer);
      const linked = (index: number): number => (stays[index] ? index : 0);
      kept.forEach((section, index) => {
        const at = index * entrySize;
        if (!stays[index]) {
          table.fill(0, at, at + entrySize);
          return;
        }
        if (section.type === sectionType.null) return;
        view.setUint32(at, nameOffsets[index] ?? 0, true);
        view.setBigUint64(at + 0x18, BigInt(moved(fileOffset(section.offset))), true);
        view.setUint32(at + 0x28, linked(section.link), true);
        if (infoIsSection(section)) view.setUint32(at + 0x2c, linked(section.info), true);
      });
      const own = namesIndex * entrySize;
      view.setUint32(own, ownName, true);
      view.setUint32(own + 4, sectionType.strings, true);
      view.setBigUint64(own + 0x18, BigInt(namesOffset), true);
      view.setBigUint64(own + 0x20, BigInt(namesBytes.length), true);
      view.setBigUint64(own + 0x30, 1n, true);
      return table;
    },
  };
}

function infoIsSection(section: Section): boolean {
  const relocations = section.type === sectionType.rela || section.type === sectionType.rel;
  return relocations || (section.flags & sectionFlag.infoLink) !== 0;
}

class NameTable {
  readonly #offsets = new Map<string, number>([['', 0]]);
  readonly #parts = ['\0'];
  #size = 1;

  add(name: string): number {
    const known = this.#offsets.get(name);
    if (known !== undefined) return known;
    const offset = this.#size;
    this.#offsets.set(name, offset);
    this.#parts.push(`${name}\0`);
    this.#size += new TextEncoder().encode(name).length + 1;
    return offset;
  }
  bytes(): Uint8Array {
    return new TextEncoder().encode(this.#parts.join(''));
  }
}
