/** Which `PyInit_*` functions a library exports, without reading all of a symbol table of a million names. Pure. */
import { Fields } from './format.js';
import type { ElfHeader } from './format.js';
import type { DynamicTables } from './dynamic.js';
import type { ByteSource } from './source.js';

const prefix = 'PyInit_';
const chunk = 1 << 20;
const longestName = 1024;
const symbolSize = { 32: 16, 64: 24 } as const;

/**
 * Names after `PyInit_`, sorted.
 * @throws RangeError when a table lies outside the file
 */
export function exportedModules(
  source: ByteSource,
  header: ElfHeader,
  tables: DynamicTables,
): readonly string[] {
  if (!tables.strings || tables.symbols === null) return [];
  const names = findNames(source, tables.strings.offset, tables.strings.size);
  if (names.size === 0) return [];
  const found = new Set<string>();
  const count = symbolCount(source, header, tables);
  const size = symbolSize[header.bits];
  const perChunk = Math.floor(chunk / size);
  for (let first = 0; first < count; first += perChunk) {
    const length = Math.min(perChunk, count - first);
    const fields = new Fields(source.read(tables.symbols + first * size, length * size), header);
    for (let index = 0; index < length; index++) {
      const name = names.get(fields.seek(index * size).int());
      if (name !== undefined && isExported(fields, header.bits)) found.add(name);
    }
  }
  return [...found].sort();
}

/** `fields` stand behind st_name. Defined, and global or weak. */
function isExported(fields: Fields, bits: 32 | 64): boolean {
  if (bits === 32) fields.skip(8);
  const binding = fields.byte() >> 4;
  fields.skip(1);
  return fields.half() !== 0 && (binding === 1 || binding === 2 || binding === 10);
}

/** Where `PyInit_…` begins in the string table (also as the end of a longer name: linkers merge tails). */
function findNames(source: ByteSource, offset: number, size: number): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (let start = 0; start < size; start += chunk) {
    const view = source.read(offset + start, Math.min(chunk + longestName, size - start));
    const bytes = Buffer.from(view.buffer, view.byteOffset, view.byteLength);
    for (let at = bytes.indexOf(prefix); at >= 0 && at < chunk; at = bytes.indexOf(prefix, at + 1)) {
      const end = bytes.indexOf(0, at);
      if (end > at) names.set(start + at, bytes.toString('utf8', at + prefix.length, end));
    }
  }
  return names;
}

/** The dynamic symbol table has no length of its own: the hash tables tell it. */
function symbolCount(source: ByteSource, header: ElfHeader, tables: DynamicTables): number {
  if (tables.hash !== null) return new Fields(source.read(tables.hash, 8), header).skip(4).int();
  if (tables.gnuHash === null) return 0;
  const fields = new Fields(source.read(tables.gnuHash, 16), header);
  const bucketCount = fields.int();
  const firstHashed = fields.int();
  const bloomWords = fields.int();
  const buckets = tables.gnuHash + 16 + bloomWords * (header.bits / 8);
  const table = new Fields(source.read(buckets, bucketCount * 4), header);
  let last = 0;
  for (let bucket = 0; bucket < bucketCount; bucket++) last = Math.max(last, table.int());
  if (last < firstHashed) return firstHashed;
  const chains = buckets + bucketCount * 4;
  // The last chain ends at the entry whose lowest bit is set; past the file's end `read` throws.
  for (let symbol = last; ; symbol++) {
    const hash = new Fields(source.read(chains + (symbol - firstHashed) * 4, 4), header).int();
    if (hash % 2 === 1) return symbol + 1;
  }
}
