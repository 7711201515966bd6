/**
 * The dynamic section, found as the loader finds it: through PT_DYNAMIC and addresses, so files without section headers
 * do too. Pure.
 */
import { Fields, offsetOfAddress, segmentType, StringTable } from './format.js';
import type { ElfHeader, ProgramHeader } from './format.js';
import { fileOffset, type ByteSource } from './source.js';
import type { VersionNeed } from '../model.js';

/** https://refspecs.linuxfoundation.org/elf/gabi4+/ch5.dynamic.html and the LSB's additions. */
const tag = {
  null: 0,
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  stringsSize: 10,
  soname: 14,
  rpath: 15,
  runpath: 29,
  gnuHash: 0x6ffffef5,
  versionNeed: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
} as const;

/** File offsets of the tables that the dynamic section names; null when there is none. */
export interface DynamicTables {
  readonly strings: { readonly offset: number; readonly size: number } | null;
  readonly symbols: number | null;
  readonly hash: number | null;
  readonly gnuHash: number | null;
}

export interface DynamicFacts extends DynamicTables {
  readonly soname: string | null;
  readonly needed: readonly string[];
  readonly searchPath: readonly string[];
  readonly versionNeeds: readonly VersionNeed[];
}

const noDynamic: DynamicFacts = {
  strings: null,
  symbols: null,
  hash: null,
  gnuHash: null,
  soname: null,
  needed: [],
  searchPath: [],
  versionNeeds: [],
};

/**
 * @returns empty facts for a file without PT_DYNAMIC (a static program, an object file)
 * @throws RangeError when a table or a string that it names lies outside the file, or there are more of them than any
 *   library has
 */
export function readDynamic(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly ProgramHeader[],
): DynamicFacts {
  const segment = segments.find((one) => one.type === segmentType.dynamic);
  if (!segment) return noDynamic;
  const entries = readEntries(source, header, segments, segment);
  const first = (wanted: number): bigint | undefined => entries.first.get(BigInt(wanted));

  const place = (wanted: number): number | null => {
    const address = first(wanted);
    return address === undefined || address === 0n ? null : locate(segments, address);
  };
  const stringsOffset = place(tag.strings);
  const strings =
    stringsOffset === null ? null : { offset: stringsOffset, size: fileOffset(first(tag.stringsSize) ?? 0n) };
  if (strings) source.read(strings.offset + strings.size, 0);
  const table = strings && new StringTable(source, strings.offset, strings.offset + strings.size);
  const text = (at: number | bigint, longest?: number): string => {
    if (table === null) throw new RangeError('a name without a string table');
    return table.text(typeof at === 'bigint' ? fileOffset(at) : at, longest);
  };

  const soname = first(tag.soname);
  const path = first(tag.runpath) ?? first(tag.rpath);
  const versionNeed = place(tag.versionNeed);
  return {
    strings,
    symbols: place(tag.symbols),
    hash: place(tag.hash),
    gnuHash: place(tag.gnuHash),
    soname: soname === undefined ? null : text(soname, longestName),
    needed: [...entries.needed].map((at) => text(at, longestName)),
    searchPath:
      path === undefined
        ? []
        : text(path)
            .split(':')
            .filter((part) => part !== ''),
    versionNeeds:
      versionNeed === null
        ? []
        : readVersionNeeds(source, header, versionNeed, first(tag.versionNeedCount) ?? 0n, (at) =>
            text(at, longestName),
          ),
  };
}

function locate(segments: readonly ProgramHeader[], address: bigint): number {
  const offset = offsetOfAddress(segments, address);
  if (offset === null) throw new RangeError('an address outside every segment');
  return fileOffset(offset);
}

/** Names of files and versions. */
const longestName = 4096;
/** Bytes of a dynamic section; the largest real one has some thousand. */
const largestSection = 1 << 20;
const mostNeeded = 4096;

interface DynamicEntries {
  /** The first value of each tag. */
  readonly first: ReadonlyMap<bigint, bigint>;
  /** Where the names of DT_NEEDED are, each once, in file order. */
  readonly needed: ReadonlySet<bigint>;
}

function readEntries(
  source: ByteSource,
  header: ElfHeader,
  segments: readonly ProgramHeader[],
  segment: ProgramHeader,
): DynamicEntries {
  const offset = fileOffset(offsetOfAddress(segments, segment.address) ?? segment.offset);
  const size = header.bits === 64 ? 16 : 8;
  const count = Math.floor(fileOffset(segment.fileSize) / size);
  if (count * size > largestSection) throw new RangeError('a dynamic section larger than any');
  const fields = new Fields(source.read(offset, count * size), header);
  const first = new Map<bigint, bigint>();
  const needed = new Set<bigint>();
  for (let index = 0; index < count; index++) {
    const name = fields.word();
    const value = fields.word();
    if (name === BigInt(tag.null)) break;
    if (name === BigInt(tag.needed)) needed.add(value);
    if (!first.has(name)) first.set(name, value);
    if (needed.size > mostNeeded) throw new RangeError('too many needed libraries');
  }
  return { first, needed };
}

/** The largest real library needs about a hundred. */
const mostVersionNeeds = 10_000;

/** Verneed and Vernaux records; each `next` is the distance to the next record of 16 bytes, so no chain is a ring. */
function readVersionNeeds(
  source: ByteSource,
  header: ElfHeader,
  start: number,
  count: bigint,
  text: (at: number) => string,
): readonly VersionNeed[] {
  const needs: VersionNeed[] = [];
  let at = start;
  for (let index = 0n; index < count; index++) {
    const need = new Fields(source.read(at, 16), header).skip(2);
    const names = need.half();
    const library = text(need.int());
    let aux = at + need.int();
    const next = need.int();
    for (let name = 0; name < names; name++) {
      const fields = new Fields(source.read(aux, 16), header).skip(8);
      needs.push({ library, version: text(fields.int()) });
      if (needs.length > mostVersionNeeds) throw new RangeError('too many version needs');
      const step = fields.int();
      if (step === 0) break;
      aux += forward(step);
    }
    if (next === 0) break;
    at += forward(next);
  }
  return needs;
}

function forward(step: number): number {
  if (step < 16) throw new RangeError('version needs that overlap');
  return step;
}
