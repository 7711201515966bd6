/**
 * The tar format's bytes (POSIX.1-2001: ustar, with pax records where a name is too long for it). Pure.
 * https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html#tag_20_92_13
 */

export const tarBlockBytes = 512;

/** 1980-01-01 00:00 UTC, in seconds: the time that our zips have, too. */
const fixedTime = 315_532_800;

/** Bytes of these fields of a ustar header. */
const nameBytes = 100;
const prefixBytes = 155;
const linkBytes = 100;
/** The size field holds 11 octal digits. */
const mostBytes = 0o77_777_777_777;

export interface TarMember {
  /** Relative, with forward slashes. */
  readonly path: string;
  readonly bytes: number;
  /** 0o644 or 0o755. */
  readonly mode: number;
  /** A symbolic link's target. */
  readonly link?: string;
}

/** The header of one member, with a pax header before it when its names need one: a multiple of 512 bytes. */
export function tarHeader(member: TarMember): Buffer {
  if (member.bytes > mostBytes) throw new Error(`${member.path} is too large for tar.`);
  const split = splitName(member.path);
  const records = [
    ...(split === null ? [['path', member.path] as const] : []),
    ...(Buffer.byteLength(member.link ?? '') > linkBytes ? [['linkpath', member.link ?? ''] as const] : []),
  ];
  const header = ustar({
    ...member,
    name: split?.name ?? Buffer.from(member.path).subarray(0, nameBytes),
    prefix: split?.prefix ?? Buffer.alloc(0),
    type: member.link === undefined ? '0' : '2',
  });
  if (records.length === 0) return header;
  const body = Buffer.concat(records.map(([key, value]) => paxRecord(key, value)));
  const pax = ustar({
    name: Buffer.from('pax'),
    prefix: Buffer.alloc(0),
    bytes: body.length,
    mode: 0o644,
    type: 'x',
  });
  return Buffer.concat([pax, body, tarPadding(body.length), header]);
}

/** Zeros up to the next block. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((tarBlockBytes - (bytes % tarBlockBytes)) % tarBlockBytes);
}

/** Two blocks of zeros. */
export const tarEnd = Buffer.alloc(2 * tarBlockBytes);

/** `prefix/name`, cut at a slash so that both fit; null when there is no such slash. */
function splitName(path: string): { readonly name: Buffer; readonly prefix: Buffer } | null {
  const bytes = Buffer.from(path);
  if (bytes.length <= nameBytes) return { name: bytes, prefix: Buffer.alloc(0) };
  // The first slash that leaves a name short enough, so that the prefix is as short as it can be.
  const slash = bytes.indexOf('/', bytes.length - nameBytes - 1);
  if (slash <= 0 || slash > prefixBytes) return null;
  return { name: bytes.subarray(slash + 1), prefix: bytes.subarray(0, slash) };
}

interface Fields {
  readonly name: Buffer;
  readonly prefix: Buffer;
  readonly bytes: number;
  readonly mode: number;
  readonly type: '0' | '2' | 'x';
  readonly link?: string;
}

function ustar({ name, prefix, bytes, mode, type, link = '' }: Fields): Buffer {
  const header = Buffer.alloc(tarBlockBytes);
  const octal = (value: number, at: number, digits: number): void => {
    header.write(value.toString(8).padStart(digits, '0'), at, 'latin1');
  };
  name.copy(header, 0); //          0  name
  octal(mode, 100, 7); //         100  mode
  octal(0, 108, 7); //            108  uid
  octal(0, 116, 7); //            116  gid
  octal(bytes, 124, 11); //       124  size
  octal(fixedTime, 136, 11); //   136  mtime
  header.write('        ', 148); // 148  checksum: spaces while it is summed
  header.write(type, 156); //     156  type
  Buffer.from(link).copy(header, 157, 0, linkBytes); // 157 linkname
  header.write('ustar\x0000', 257, 'latin1'); // 257 magic, version
  prefix.copy(header, 345); //    345  prefix
  octal(
    header.reduce((sum, byte) => sum + byte, 0),
    148,
    6,
  );
  header[154] = 0;
  return header;
}

/** `length key=value\n`, where the length counts itself. */
function paxRecord(key: string, value: string): Buffer {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length > length) length++;
  return Buffer.from(`${length} ${key}=${value}\n`);
}
