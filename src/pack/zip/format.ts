/**
 * A zip's records as bytes. Everything that could differ between machines is fixed: 1980-01-01 00:00 (the format's first
 * moment, written as numbers, so no time zone can shift it), Unix attributes, sizes and CRC in the local header (no data
 * descriptors: a reader that streams can take stored entries, too), no extra fields, no comments.
 *
 * This is our own and not a library's because the usual ones read the local time zone, or write a descriptor behind
 * each entry. Pure.
 */
import { SlimError } from '../../errors.js';
import { entryBytes, type ArchiveFile } from './size.js';

/** 2.0: deflate and folders in names. */
const version = 20;
/** "Made by" Unix, so that readers take the mode from the external attributes. */
const madeByUnix = (3 << 8) | version;
const utf8Names = 0x0800;
/** DOS date: years since 1980 << 9 | month << 5 | day. */
const firstDay = (0 << 9) | (1 << 5) | 1;

const regularFile = 0o100000;
const symbolicLink = 0o120777;

/** The Unix mode that the archive stores, type included: 0o100644, 0o100755 or 0o120777. */
export function unixMode(file: Pick<ArchiveFile, 'mode' | 'link'>): number {
  if (file.link !== undefined) return symbolicLink;
  return regularFile | ((file.mode & 0o111) === 0 ? 0o644 : 0o755);
}

/** What local and central header share, from "version needed" to the name's length; 26 bytes, extra length included. */
function writeCommon(target: Buffer, at: number, file: ArchiveFile, nameBytes: number): void {
  target.writeUInt16LE(version, at);
  // Only for names that need it: plain ASCII is the same in every encoding, and the oldest readers take it. (Control
  // characters are pictures in the format's own encoding.)
  target.writeUInt16LE(/^[ -~]*$/.test(file.archivePath) ? 0 : utf8Names, at + 2);
  target.writeUInt16LE(file.method === 'store' ? 0 : 8, at + 4);
  target.writeUInt16LE(0, at + 6); // time
  target.writeUInt16LE(firstDay, at + 8);
  target.writeUInt32LE(file.crc32, at + 10);
  target.writeUInt32LE(file.packedBytes, at + 14);
  target.writeUInt32LE(entryBytes(file), at + 18);
  target.writeUInt16LE(nameBytes, at + 22);
  target.writeUInt16LE(0, at + 24); // extra field
}

/** The record before an entry's data. */
export function localHeader(file: ArchiveFile): Buffer {
  const nameBytes = Buffer.byteLength(file.archivePath);
  const header = Buffer.alloc(30 + nameBytes);
  header.writeUInt32LE(0x0403_4b50, 0);
  writeCommon(header, 4, file, nameBytes);
  header.write(file.archivePath, 30);
  return header;
}

/** The entry's record in the central directory. */
export function centralHeader(file: ArchiveFile, localOffset: number): Buffer {
  const nameBytes = Buffer.byteLength(file.archivePath);
  const header = Buffer.alloc(46 + nameBytes);
  header.writeUInt32LE(0x0201_4b50, 0);
  header.writeUInt16LE(madeByUnix, 4);
  writeCommon(header, 6, file, nameBytes);
  // 32 comment length, 34 disk, 36 internal attributes: zero.
  header.writeUInt32LE((unixMode(file) << 16) >>> 0, 38);
  header.writeUInt32LE(localOffset, 42);
  header.write(file.archivePath, 46);
  return header;
}

/** The record at the very end. */
export function endRecord(entries: number, directoryBytes: number, directoryOffset: number): Buffer {
  const record = Buffer.alloc(22);
  record.writeUInt32LE(0x0605_4b50, 0);
  record.writeUInt16LE(entries, 8);
  record.writeUInt16LE(entries, 10);
  record.writeUInt32LE(directoryBytes, 12);
  record.writeUInt32LE(directoryOffset, 16);
  return record;
}

/**
 * The entries in the archive's order (by path, code unit by code unit), checked.
 * @throws SlimError `unusable-file` for a name that could leave the target folder or has no place there; Error for two
 *   entries of one name, or a file that is also a folder
 */
export function orderEntries<File extends Pick<ArchiveFile, 'archivePath'>>(
  entries: readonly File[],
): readonly File[] {
  const sorted = [...entries].sort((a, b) => (a.archivePath < b.archivePath ? -1 : 1));
  const folders = new Set<string>();
  sorted.forEach((entry, index) => {
    const name = entry.archivePath;
    if (!isSafe(name)) {
      throw new SlimError('unusable-file', 'A file has a name that cannot be put into a zip.', {
        hint: 'Rename it, or leave it out with --drop: readers of zips take a backslash for the end of a folder, and Linux no path beyond 4,096 bytes.',
        details: [name.length > 300 ? `${name.slice(0, 200)}…` : name],
      });
    }
    if (sorted[index + 1]?.archivePath === name) throw new Error(`${name} is in the archive twice.`);
    for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) {
      folders.add(name.slice(0, slash));
    }
  });
  const both = sorted.find((entry) => folders.has(entry.archivePath));
  if (both) throw new Error(`${both.archivePath} is a file and a folder in the archive.`);
  return sorted;
}

/** Behind /opt or /var/task it must still be a path. */
const longestName = 4000;

function isSafe(name: string): boolean {
  return (
    !/^[A-Za-z]:|[\\\0]/.test(name) &&
    name.isWellFormed() &&
    Buffer.byteLength(name) <= longestName &&
    name.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
