/** Which `PyInit_*` functions a library exports, without reading all of a symbol table of a million names. Pure. */
import { Fields, StringTable } from './format.js';
import type { ElfHeader } from './format.js';
import type { DynamicTables } from './dynamic.js';
import type { ByteSource } from './source.js';
import type { Steps } from './steps.js';

const prefix = 'PyInit_';
const chunk = 1 << 20;
const longestName = 1024;
/** A library of compiled modules has some hundred. */
const mostNames = 1 << 16;
const symbolSize = { 32: 16, 64: 24 } as const;

/**
 * Names after `PyInit_`, sorted.
 * @throws RangeError when a table lies outside the file, or it has more such names than any library
 */
export function* exportedModules(
  source: ByteSource,
  header: ElfHeader,
  tables: DynamicTables,
): Steps<readonly string[]> {
  if (!tables.strings || tables.symbols === null) return [];
  const { offset, size: tableSize } = tables.strings;
  const places = yield* findPrefix(source, offset, tableSize);
  if (places.size === 0) return [];
  const names = new StringTable(source, offset, offset + tableSize);
  const found = new Set<string>();
  const count = yield* symbolCount(source, header, tables);
  const size = symbolSize[header.bits];
  const perChunk = Math.floor(chunk / size);
  for (let first = 0; first < count; first += perChunk) {
    const length = Math.min(perChunk, count - first);
    const fields = new Fields(source.read(tables.symbols + first * size, length * size), header);
    for (let index = 0; index < length; index++) {
      const name = fields.seek(index * size).int();
      if (places.has(name) && isExported(fields, header.bits)) {
        found.add(names.text(name, longestName).slice(prefix.length));
      }
    }
    yield;
  }
  return [...found].filter((name) => name !== '').sort();
}

/** `fields` stand behind st_name. Defined, and global or weak. */
function isExported(fields: Fields, bits: 32 | 64): boolean {
  if (bits === 32) fields.skip(8);
  const binding = fields.byte() >> 4;
  fields.skip(1);
  return fields.half() !== 0 && (binding === 1 || binding === 2 || binding === 10);
}

/** Where `PyInit_…` begins in the string table (also as the end of a longer name: linkers merge tails). */
function* findPrefix(source: ByteSource, offset: number, size: number): Steps<ReadonlySet<number>> {
  const places = new Set<number>();
  for (let start = 0; start < size; start += chunk) {
    const view = source.read(offset + start, Math.min(chunk + prefix.length - 1, size - start));
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    for (let at = bytes.indexOf(prefix); at >= 0; at = bytes.indexOf(prefix, at + 1)) {
      places.add(start + at);
      if (places.size > mostNames) throw new RangeError('more modules than a library has');
    }
    yield;
  }
  return places;
}

/** The dynamic symbol table has no length of its own: the hash tables tell it. */
function* symbolCount(source: ByteSource, header: ElfHeader, tables: DynamicTables): Steps<number> {
  if (tables.hash !== null) return new Fields(source.read(tables.hash, 8), header).skip(4).int();
  if (tables.gnuHash === null) return 0;
  const fields = new Fields(source.read(tables.gnuHash, 16), header);
  const bucketCount = fields.int();
  const firstHashed = fields.int();
  const bloomWords = fields.int();
  const buckets = tables.gnuHash + 16 + bloomWords * (header.bits / 8);
  const chains = buckets + bucketCount * 4;
  source.read(chains, 0);
  let last = 0;
  for (let at = buckets; at < chains; at += chunk) {
    const bytes = source.read(at, Math.min(chunk, chains - at));
    const table = new Fields(bytes, header);
    for (let read = 0; read < bytes.length; read += 4) last = Math.max(last, table.int());
    yield;
  }
  if (last < firstHashed) return firstHashed;
  // The last chain ends at the entry whose lowest bit is set.
  for (let at = chains + (last - firstHashed) * 4; ; at += chunk) {
    const bytes = source.read(at, Math.min(chunk, Math.max(4, source.size - at)) & ~3);
    const table = new Fields(bytes, header);
    for (let read = 0; read < bytes.length; read += 4) {
      if (table.int() % 2 === 1) return (at - chains + read) / 4 + firstHashed + 1;
    }
    yield;
  }
}
