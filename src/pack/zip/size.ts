/**
 * The zip format's arithmetic, apart from all I/O, so that a plan knows an archive's exact size before it is written.
 * https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT
 * Pure.
 */
import { SlimError } from '../../errors.js';
import type { PackedFile } from '../../model.js';
import { groupedText } from '../../text/units.js';

/** A packed file at its place in an archive. */
export type ArchiveFile = PackedFile & { readonly archivePath: string };

const localHeaderBytes = 30;
const centralHeaderBytes = 46;
const endRecordBytes = 22;

/** Without zip64, which not every reader knows. Lambda's own limits are far below the sizes. */
const mostEntries = 65_535;
const mostBytes = 0xffff_ffff;

/** Bytes that the entry has when unpacked; a symbolic link's content is its target. */
export function entryBytes(file: Pick<PackedFile, 'bytes' | 'link'>): number {
  return file.link === undefined ? file.bytes : Buffer.byteLength(file.link);
}

/** Bytes that all of them have when unpacked. */
export function unzippedSize(files: readonly Pick<PackedFile, 'bytes' | 'link'>[]): number {
  return files.reduce((sum, file) => sum + entryBytes(file), 0);
}

/** Bytes that one entry adds to an archive: both headers and the data. */
export function zippedEntryBytes(archivePath: string, packedBytes: number): number {
  return localHeaderBytes + centralHeaderBytes + 2 * Buffer.byteLength(archivePath) + packedBytes;
}

/**
 * Exact size in bytes of the zip that `writeZip` makes of these entries.
 * @throws SlimError `does-not-fit` when the format has no room for that many files or bytes
 */
export function zipSize(entries: readonly Pick<ArchiveFile, 'archivePath' | 'packedBytes'>[]): number {
  let size = endRecordBytes;
  for (const entry of entries) size += zippedEntryBytes(entry.archivePath, entry.packedBytes);
  if (entries.length > mostEntries || size > mostBytes) {
    throw new SlimError(
      'does-not-fit',
      `A zip holds ${groupedText(mostEntries)} files and 4 GiB at most; this one would have ${groupedText(entries.length)} files and ${groupedText(size)} bytes.`,
      { hint: 'Leave packages out with --exclude or files with --drop, or use --format directory.' },
    );
  }
  return size;
}

/** Smallest possible archive: one without entries. */
export const emptyZipBytes = endRecordBytes;
