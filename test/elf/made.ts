/** Small ELF files that ask for much: written by hand, as no linker makes them. */

const tags = {
  needed: 1,
  hash: 4,
  strings: 5,
  symbols: 6,
  stringsSize: 10,
  versionNeed: 0x6ffffffe,
  versionNeedCount: 0x6fffffff,
} as const;

/** Little-endian fields: `[bytes, value]`. */
function fields(...rows: readonly (readonly [1 | 2 | 4 | 8, number | bigint])[]): Buffer {
  const bytes = Buffer.alloc(rows.reduce((sum, [size]) => sum + size, 0));
  let at = 0;
  for (const [size, value] of rows) {
    if (size === 8) bytes.writeBigUInt64LE(BigInt(value), at);
    else bytes.writeUIntLE(Number(value), at, size);
    at += size;
  }
  return bytes;
}

interface Tables {
  readonly programHeaders: readonly [offset: number, count: number];
  readonly sectionHeaders: readonly [offset: number, count: number, names: number];
}

export function fileHeader({ programHeaders, sectionHeaders }: Tables): Buffer {
  return Buffer.concat([
    Buffer.from('\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0', 'latin1'),
    fields([2, 3], [2, 62], [4, 1], [8, 0], [8, programHeaders[0]], [8, sectionHeaders[0]], [4, 0]),
    fields([2, 64], [2, 56], [2, programHeaders[1]], [2, 64], [2, sectionHeaders[1]], [2, sectionHeaders[2]]),
  ]);
}

export function programHeader(
  type: number,
  offset: number,
  bytes: number,
  more: { readonly align?: bigint; readonly address?: bigint; readonly memory?: number } = {},
): Buffer {
  const { align = 4096n, address = BigInt(offset), memory = bytes } = more;
  return fields(
    [4, type],
    [4, 5],
    [8, offset],
    [8, address],
    [8, address],
    [8, bytes],
    [8, memory],
    [8, align],
  );
}

export function sectionHeaderOf(
  name: number,
  type: number,
  flags: number,
  address: number,
  offset: number,
  bytes: number,
): Buffer {
  return fields(
    ...([
      [4, name],
      [4, type],
      [8, flags],
      [8, address],
      [8, offset],
      [8, bytes],
    ] as const),
    ...([
      [4, 0],
      [4, 0],
      [8, 1],
      [8, 0],
    ] as const),
  );
}

/**
 * A library that is all dynamic section.
 * @param entries tags with values; `'extra'` as a value is the address of `extra`
 */
export function dynamicLibrary(
  strings: string,
  entries: readonly (readonly [tag: keyof typeof tags, value: number | 'extra'])[],
  extra: Uint8Array = Buffer.alloc(0),
): Buffer {
  const start = 0x1000;
  const stringsAt = start + 16 * (entries.length + 4);
  const extraAt = (stringsAt + strings.length + 15) & ~15;
  const rows = [
    [tags.strings, stringsAt],
    [tags.stringsSize, strings.length],
    ...entries.map(([tag, value]) => [tags[tag], value === 'extra' ? extraAt : value] as const),
    [0, 0],
  ] as const;
  const dynamic = Buffer.concat(rows.map(([tag, value]) => fields([8, tag], [8, value])));
  const size = extraAt + extra.length;
  const bytes = Buffer.alloc(size);
  fileHeader({ programHeaders: [64, 2], sectionHeaders: [0, 0, 0] }).copy(bytes);
  programHeader(1, 0, size).copy(bytes, 64);
  programHeader(2, start, dynamic.length, { align: 8n }).copy(bytes, 120);
  dynamic.copy(bytes, start);
  bytes.write(strings, stringsAt, 'latin1');
  bytes.set(extra, extraAt);
  return bytes;
}

/** One symbol table entry, and a hash table that tells of two. */
const oneSymbol = Buffer.concat([fields([4, 1], [4, 2]), Buffer.alloc(48)]);

function versionNeeds(count: number): Buffer {
  const one = fields([4, 0], [2, 0], [2, 0], [4, 1], [4, 16]);
  return Buffer.concat([
    fields([2, 1], [2, count], [4, 1], [4, 16], [4, 0]),
    ...Array.from({ length: count }, () => one),
  ]);
}

/** As many sections as segments, each allocated and in the last one, with long names that share their ends. */
function sectionsTimesSegments(segments: number, sections: number): Buffer {
  const names = `\0.${'x'.repeat(60_000)}\0`;
  const namesAt = 64 + 56 * segments;
  const sectionsAt = (namesAt + names.length + 7) & ~7;
  const section = (index: number): Buffer =>
    sectionHeaderOf(1 + (index % 59_000), 8, 2, (segments - 1) * 4096, 0, 16);
  return Buffer.concat([
    fileHeader({ programHeaders: [64, segments], sectionHeaders: [sectionsAt, sections, 1] }),
    ...Array.from({ length: segments }, (_, index) =>
      programHeader(1, 0, 0, { address: BigInt(index * 4096), memory: 4096 }),
    ),
    Buffer.from(names.padEnd(sectionsAt - namesAt, '\0'), 'latin1'),
    Buffer.alloc(64),
    sectionHeaderOf(0, 3, 0, 0, namesAt, names.length),
    ...Array.from({ length: sections - 2 }, (_, index) => section(index)),
  ]);
}

/** Many program headers that each cover the whole file. */
function manyCovers(count: number, size: number): Buffer {
  const bytes = Buffer.alloc(size);
  const names = '\0.x\0';
  const namesAt = 64 + 56 * count;
  const sectionsAt = namesAt + 8;
  fileHeader({ programHeaders: [64, count], sectionHeaders: [sectionsAt, 2, 1] }).copy(bytes);
  programHeader(1, 0, size).copy(bytes, 64);
  for (let index = 1; index < count; index++)
    programHeader(4, 0, size, { align: 1n }).copy(bytes, 64 + 56 * index);
  bytes.write(names, namesAt, 'latin1');
  sectionHeaderOf(0, 3, 0, 0, namesAt, names.length).copy(bytes, sectionsAt + 64);
  return bytes;
}

const long = (letter: string): string => `\0${letter.repeat(65_000)}\0`;

export const bombs: Readonly<Record<string, () => Buffer>> = {
  'a name of modules without an end': () =>
    dynamicLibrary(
      `\0${'PyInit_'.repeat(140_000)}\0`,
      [
        ['symbols', 'extra'],
        ['hash', 'extra'],
      ],
      oneSymbol,
    ),
  'names of modules within one another': () =>
    dynamicLibrary(
      `\0${`${'PyInit_'.repeat(143)}\0`.repeat(400)}`,
      [
        ['symbols', 'extra'],
        ['hash', 'extra'],
      ],
      oneSymbol,
    ),
  'one long needed name, 20,000 times': () =>
    dynamicLibrary(
      long('A'),
      Array.from({ length: 20_000 }, () => ['needed', 1] as const),
    ),
  'each end of a long needed name': () =>
    dynamicLibrary(
      long('A'),
      Array.from({ length: 60_000 }, (_, at) => ['needed', 1 + at] as const),
    ),
  'one long version, 9,990 times': () =>
    dynamicLibrary(
      long('B'),
      [
        ['versionNeed', 'extra'],
        ['versionNeedCount', 1],
      ],
      versionNeeds(9990),
    ),
  'as many sections as segments': () => sectionsTimesSegments(8000, 8000),
  'the most sections and segments': () => sectionsTimesSegments(65_000, 65_000),
  'program headers over the same bytes': () => manyCovers(8000, 4 << 20),
};
