/** Zips as nobody should write them: every field can lie. */
import zlib from 'node:zlib';

export interface RawEntry {
  readonly name: string | Buffer;
  readonly data?: Buffer | string;
  readonly deflate?: boolean;
  /** General purpose bits: 1 is encrypted, 0x800 is UTF-8. */
  readonly flags?: number;
  /** Unix mode with the file type. */
  readonly mode?: number;
  /** What the directory says instead of the truth. */
  readonly claims?: Readonly<
    Partial<Record<'bytes' | 'packedBytes' | 'crc32' | 'offset' | 'method', number>>
  >;
}

function record(...rows: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer {
  return Buffer.concat(
    rows.map(([size, value]) => {
      const bytes = Buffer.alloc(size);
      bytes.writeUIntLE(value, 0, size);
      return bytes;
    }),
  );
}

interface Placed {
  readonly local: Buffer;
  readonly central: Buffer;
}

function place(entry: RawEntry, offset: number): Placed {
  const name = Buffer.from(entry.name);
  const data = Buffer.from(entry.data ?? '');
  const packed = entry.deflate === true ? zlib.deflateRawSync(data, { level: 9 }) : data;
  const truth = {
    method: entry.deflate === true ? 8 : 0,
    crc32: zlib.crc32(data),
    packedBytes: packed.length,
    bytes: data.length,
    offset,
  };
  const flags = entry.flags ?? 0x800;
  const common = (facts: typeof truth): Buffer =>
    record(
      ...([
        [2, 20],
        [2, flags],
        [2, facts.method],
        [2, 0],
        [2, 33],
        [4, facts.crc32],
      ] as const),
      ...([
        [4, facts.packedBytes],
        [4, facts.bytes],
        [2, name.length],
        [2, 0],
      ] as const),
    );
  const told = { ...truth, ...entry.claims };
  const mode = (entry.mode ?? 0o100644) * 0x10000;
  return {
    local: Buffer.concat([record([4, 0x04034b50]), common(truth), name, packed]),
    central: Buffer.concat([
      record([4, 0x02014b50], [2, 0x031e]),
      common(told),
      record([2, 0], [2, 0], [2, 0], [4, mode], [4, told.offset]),
      name,
    ]),
  };
}

/** @param count what the end record says instead of the number of entries */
export function rawZip(entries: readonly RawEntry[], count = entries.length): Buffer {
  const placed: Placed[] = [];
  let at = 0;
  for (const entry of entries) {
    const one = place(entry, at);
    placed.push(one);
    at += one.local.length;
  }
  const directory = Buffer.concat(placed.map((one) => one.central));
  return Buffer.concat([
    ...placed.map((one) => one.local),
    directory,
    record(
      ...([
        [4, 0x06054b50],
        [2, 0],
        [2, 0],
        [2, count],
        [2, count],
      ] as const),
      ...([
        [4, directory.length],
        [4, at],
        [2, 0],
      ] as const),
    ),
  ]);
}

/** One small file under very many names, with the end record for more than 65,535. */
export function manyEntries(count: number): Buffer {
  const one = place({ name: 'a', data: 'x' }, 0);
  const { central } = place({ name: 'm/0000000.py', data: 'x' }, 0);
  const directory = Buffer.alloc(count * central.length, central);
  for (let index = 0; index < count; index++) {
    directory.write(String(index).padStart(7, '0'), index * central.length + central.length - 10, 'latin1');
  }
  const end = Buffer.alloc(56 + 20);
  end.writeUInt32LE(0x06064b50, 0);
  end.writeBigUInt64LE(44n, 4);
  end.writeUInt16LE(45, 12);
  end.writeUInt16LE(45, 14);
  end.writeBigUInt64LE(BigInt(count), 24);
  end.writeBigUInt64LE(BigInt(count), 32);
  end.writeBigUInt64LE(BigInt(directory.length), 40);
  end.writeBigUInt64LE(BigInt(one.local.length), 48);
  end.writeUInt32LE(0x07064b50, 56);
  end.writeBigUInt64LE(BigInt(one.local.length + directory.length), 64);
  end.writeUInt32LE(1, 72);
  const last = record(
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, 0xffff],
    [2, 0xffff],
    [4, 0xffffffff],
    [4, 0xffffffff],
    [2, 0],
  );
  return Buffer.concat([one.local, directory, end, last]);
}
