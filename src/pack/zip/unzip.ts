/**
 * Read an archive. `readBack` proves one that was just written: the directory by yauzl (which knows nothing of our writer),
 * every local header byte by byte, and every content by really inflating it; yauzl itself checks no CRC.
 */
import { createWriteStream } from 'node:fs';
import { Transform } from 'node:stream';
import { chmod, mkdir, open, symlink, writeFile, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import pMap from 'p-map';
import type { Entry, ZipFile } from 'yauzl';
import { diskFull, isDiskFull, SlimError } from '../../errors.js';
import { blocksAt, ReadAhead, readAt } from '../../io/bytes-at.js';
import { openZip } from './block-reader.js';
import { centralHeader, endRecord, localHeader, orderEntries, unixMode } from './format.js';
import { entryBytes, type ArchiveFile } from './size.js';

export interface ZipEntry {
  readonly archivePath: string;
  /** Unpacked. */
  readonly bytes: number;
  readonly packedBytes: number;
  readonly crc32: number;
  readonly method: 'store' | 'deflate' | 'other';
  /** Unix mode with the file type, e.g. 0o100644; 0 when the archive has none. */
  readonly mode: number;
  /** Where the local header is. */
  readonly offset: number;
}

/** Compressed contents up to this size are inflated in one go; larger ones as a stream. */
const smallBytes = 1 << 20;
const tinyBytes = 8 * 1024;
const readAheadBytes = 1 << 20;
/** Entries checked at once. */
const atOnce = 6;

const inflateRaw = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/**
 * The archive's directory, in its order. Reads no contents.
 * @throws Error (of yauzl) when it is no zip, is cut off, or has unsafe names
 */
export async function listZip(file: string): Promise<ZipEntry[]> {
  const zip = await openZip(file);
  try {
    const entries: ZipEntry[] = [];
    for await (const entry of zip.eachEntry()) entries.push(entryOf(entry));
    return entries;
  } finally {
    zip.close();
  }
}

function entryOf(entry: Entry): ZipEntry {
  return {
    archivePath: entry.fileName,
    bytes: entry.uncompressedSize,
    packedBytes: entry.compressedSize,
    crc32: entry.crc32,
    method: entry.compressionMethod === 0 ? 'store' : entry.compressionMethod === 8 ? 'deflate' : 'other',
    mode: entry.versionMadeBy >>> 8 === 3 ? entry.externalFileAttributes >>> 16 : 0,
    offset: entry.relativeOffsetOfLocalHeader,
  };
}

/**
 * Compare a written archive with what was planned: names and their order, sizes, modes, headers, and the CRC of the inflated data.
 * @param advance told the packed bytes read
 * @throws SlimError `unusable-file`, `archive-differs` naming the first differences
 */
export async function readBack(
  file: string,
  expected: readonly ArchiveFile[],
  advance: (bytes: number) => void = () => {},
): Promise<void> {
  const wanted = orderEntries(expected);
  const listed = await listZip(file).catch((cause: unknown) => {
    throw differs(file, [(cause as Error).message], cause);
  });
  const differences = compareDirectory(wanted, listed);
  if (differences.length > 0) throw differs(file, differences);
  const handle = await open(file, 'r');
  try {
    const reader = new ReadAhead(handle, readAheadBytes);
    const running = new Set<Promise<void>>();
    const wrong: string[] = [];
    for (const [index, entry] of wanted.entries()) {
      const { result } = await startCheck(handle, reader, entry, (listed[index] as ZipEntry).offset);
      const done: Promise<void> = result.then((why) => {
        running.delete(done);
        if (why !== null) wrong.push(`${entry.archivePath}: ${why}`);
        advance(entry.packedBytes);
      });
      running.add(done);
      if (running.size >= atOnce) await Promise.race(running);
      if (wrong.length > 0) break;
    }
    await Promise.all(running);
    if (wrong.length > 0) throw differs(file, wrong);
    if (!(await tailIsPlanned(handle, wanted))) throw differs(file, ['its directory is not the planned one']);
  } finally {
    await handle.close();
  }
}

/** Directory and end record, byte by byte: yauzl ignores some of their fields, other readers may not. */
async function tailIsPlanned(handle: FileHandle, wanted: readonly ArchiveFile[]): Promise<boolean> {
  let start = 0;
  const headers: Buffer[] = [];
  for (const entry of wanted) {
    headers.push(centralHeader(entry, start));
    start += localHeader(entry).length + entry.packedBytes;
  }
  const directory = Buffer.concat(headers);
  const tail = Buffer.concat([directory, endRecord(wanted.length, directory.length, start)]);
  // One byte more than planned: there must be nothing behind it.
  return (await readAt(handle, start, tail.length + 1)).equals(tail);
}

function compareDirectory(wanted: readonly ArchiveFile[], listed: readonly ZipEntry[]): string[] {
  const differences: string[] = [];
  if (wanted.length !== listed.length) {
    differences.push(`${listed.length} entries instead of ${wanted.length}`);
  }
  wanted.forEach((want, index) => {
    const found = listed[index];
    if (!found) return;
    const pairs: readonly (readonly [string, string | number, string | number])[] = [
      ['name', found.archivePath, want.archivePath],
      ['bytes', found.bytes, entryBytes(want)],
      ['compressed bytes', found.packedBytes, want.packedBytes],
      ['CRC', found.crc32, want.crc32],
      ['method', found.method, want.method],
      ['mode', found.mode.toString(8), unixMode(want).toString(8)],
    ];
    for (const [what, is, should] of pairs) {
      if (is !== should) differences.push(`${want.archivePath}: ${what} ${is} instead of ${should}`);
    }
  });
  return differences;
}

/**
 * Read an entry and begin to check it. Reading is done when this resolves; the inflating goes on.
 * @returns a promise of null when local header and content are as planned, else of what is wrong; it never rejects
 */
async function startCheck(
  handle: FileHandle,
  reader: ReadAhead,
  entry: ArchiveFile,
  offset: number,
): Promise<{ readonly result: Promise<string | null> }> {
  const header = localHeader(entry);
  const small = entry.packedBytes <= smallBytes && entry.bytes <= 16 * smallBytes;
  const bytes = await reader.read(offset, header.length + (small ? entry.packedBytes : 0));
  if (!bytes.subarray(0, header.length).equals(header)) {
    return { result: Promise.resolve('its header is not the planned one') };
  }
  const crc = small
    ? bufferCrc(entry, bytes.subarray(header.length))
    : streamCrc(handle, entry, offset + header.length);
  return {
    result: crc.then(
      (value) => (value === entry.crc32 ? null : 'its content has another CRC'),
      (cause: unknown) => `its content cannot be inflated (${(cause as Error).message})`,
    ),
  };
}

async function bufferCrc(entry: ArchiveFile, packed: Buffer): Promise<number> {
  if (entry.method === 'store') return zlib.crc32(packed);
  // In one chunk: each further one is another trip to the thread.
  const options = { maxOutputLength: entry.bytes + 1, chunkSize: Math.max(64, entry.bytes + 1) };
  // Handing a tiny content to another thread costs more than inflating it here.
  return zlib.crc32(
    packed.length < tinyBytes ? zlib.inflateRawSync(packed, options) : await inflateRaw(packed, options),
  );
}

async function streamCrc(handle: FileHandle, entry: ArchiveFile, start: number): Promise<number> {
  let crc = 0;
  const raw = blocksAt(handle, start, entry.packedBytes);
  if (entry.method === 'store') {
    for await (const block of raw) crc = zlib.crc32(block, crc);
    return crc;
  }
  await pipeline(
    raw,
    zlib.createInflateRaw({ chunkSize: smallBytes }),
    async (inflated: AsyncIterable<Buffer>) => {
      for await (const block of inflated) crc = zlib.crc32(block, crc);
    },
  );
  return crc;
}

/**
 * Unpack archives over each other, as Lambda does with layers: of two entries of one path, the later archive's counts.
 * Links are made last, so that nothing is ever written through one.
 * @param folder absolute, empty; gets files of mode 0644 or 0755 and links as they were stored
 * @param advance told the unpacked bytes of each file
 * @throws SlimError `bad-archive` for an unsafe name, damaged or encrypted data, a path that is a file and a folder, and
 *   for what no function can hold; `disk-full`; the file system's error otherwise
 */
export async function unzipOver(
  archives: readonly string[],
  folder: string,
  advance: (bytes: number) => void = () => {},
): Promise<void> {
  const open: ZipFile[] = [];
  try {
    const entries = await entriesOver(archives, open);
    const all = [...entries.values()];
    const parents = new Set<string>();
    for (const name of entries.keys()) {
      for (let slash = name.indexOf('/'); slash !== -1; slash = name.indexOf('/', slash + 1)) {
        parents.add(name.slice(0, slash));
      }
    }
    for (const parent of [...parents].sort()) {
      await mkdir(path.join(folder, parent));
      await chmod(path.join(folder, parent), 0o755);
    }
    await pMap(
      all.filter((one) => !isLink(one)),
      async ({ zip, entry }) => {
        const target = path.join(folder, entry.fileName);
        const mode = (entry.externalFileAttributes >>> 16) & 0o111 ? 0o755 : 0o644;
        if (entry.uncompressedSize > smallBytes) {
          const content = await zip.openReadStreamPromise(entry);
          await pipeline(content, checked(entry), createWriteStream(target, { flags: 'wx' }));
        } else {
          await writeFile(target, await wholeOf(zip, entry), { flag: 'wx' });
        }
        // Whatever the umask is: Lambda's process runs as another user.
        await chmod(target, mode);
        advance(entry.uncompressedSize);
      },
      { concurrency: 8 },
    );
    for (const { zip, entry } of all.filter(isLink)) {
      if (entry.uncompressedSize > longestLink) throw new Error(`the link ${entry.fileName} has no end`);
      await symlink((await wholeOf(zip, entry)).toString(), path.join(folder, entry.fileName));
    }
  } catch (cause) {
    throw unzipFailure(archives, cause);
  } finally {
    for (const zip of open) zip.close();
  }
}

interface ZippedFile {
  readonly zip: ZipFile;
  readonly entry: Entry;
}

const isLink = ({ entry }: ZippedFile): boolean =>
  ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;

/** Linux's PATH_MAX. */
const longestLink = 4096;
/** Four times what a function may have with its layers. */
const mostUnpacked = 2 ** 30;
const mostFiles = 250_000;

/** @param open gets every archive that was opened, also when one cannot be read */
async function entriesOver(
  archives: readonly string[],
  open: ZipFile[],
): Promise<ReadonlyMap<string, ZippedFile>> {
  const entries = new Map<string, ZippedFile>();
  let unpacked = 0;
  for (const archive of archives) {
    const zip = await openZip(archive);
    open.push(zip);
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      entries.set(entry.fileName, { zip, entry });
      unpacked += entry.uncompressedSize;
      if (unpacked > mostUnpacked || entries.size > mostFiles)
        throw new Error('it holds far more than Lambda unpacks');
    }
  }
  return entries;
}

async function wholeOf(zip: ZipFile, entry: Entry): Promise<Buffer> {
  const parts = await (await zip.openReadStreamPromise(entry)).toArray();
  const content = Buffer.concat(parts as Buffer[]);
  if (zlib.crc32(content) !== entry.crc32) throw otherCrc(entry);
  return content;
}

/** Passes the content of an entry on, and fails at its end when it has another CRC: yauzl looks at none. */
function checked(entry: Entry): Transform {
  let crc = 0;
  return new Transform({
    transform: (block: Buffer, _encoding, done) => {
      crc = zlib.crc32(block, crc);
      done(null, block);
    },
    flush: (done) => done(crc === entry.crc32 ? null : otherCrc(entry)),
  });
}

const otherCrc = (entry: Entry): Error => new Error(`the content of ${entry.fileName} has another CRC`);

/** What the file system says of a path that no zip should have. */
const badPaths: readonly string[] = ['EEXIST', 'EISDIR', 'ELOOP', 'ENAMETOOLONG', 'ENOTDIR', 'EINVAL'];

function unzipFailure(archives: readonly string[], cause: unknown): unknown {
  const names = archives.map((one) => path.basename(one)).join(', ');
  if (isDiskFull(cause)) {
    return diskFull(`The disk with the cache is full: ${names} cannot be unpacked.`, {
      option: '--cache-dir',
      cause,
    });
  }
  const { name, message, syscall, code } = cause as NodeJS.ErrnoException;
  const ofSystem = syscall !== undefined && !badPaths.includes(code ?? '');
  // A bug of ours is no fault of the archive; Node's own functions give a code.
  const ofOurs = name === 'TypeError' && code === undefined;
  if (cause instanceof SlimError || ofSystem || ofOurs) return cause;
  return new SlimError('bad-archive', `${names} cannot be unpacked as Lambda would.`, {
    hint: 'Build again.',
    details: [message],
    cause,
  });
}

function differs(file: string, differences: readonly string[], cause?: unknown): SlimError {
  return new SlimError('archive-differs', `${file} is not what was planned.`, {
    hint: 'Build again with --no-cache. If it happens again, check the disk and its file system, or report it.',
    details: differences.slice(0, 10),
    cause,
  });
}
