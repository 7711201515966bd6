/** What is in a zip: its directory, and single small files of it. Contents are read only when they are asked for. */
import { open } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, type Entry, type ZipFile } from 'yauzl';
import { BlockReader, tailBytes } from './block-reader.js';
import { openRemoteZip } from './remote-zip.js';
import { readAt } from '../../io/bytes-at.js';

export interface ZipContents {
  /** Size of the archive. */
  readonly bytes: number;
  /** Files and links without folders; of two of one name the later one, which counts when it is unpacked. */
  readonly files: readonly ZipContent[];
  /** Text of a file; null when there is none of that name, or when it is unreasonably large. */
  readonly read: (archivePath: string) => Promise<string | null>;
}

export interface ZipContent {
  readonly path: string;
  /** Unpacked; 0 for a link, as Lambda counts it. */
  readonly bytes: number;
  readonly packedBytes: number;
}

/** No RECORD is as large (TensorFlow's has 2 MB), so it is not one. */
const largestText = 32 * 1024 * 1024;

/**
 * Look into a zip on disk. Its files can be read until `use` is done.
 * @throws Error (of yauzl) when it is no zip; the file system's error
 */
export async function withZip<Result>(
  file: string,
  use: (contents: ZipContents) => Promise<Result>,
): Promise<Result> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    const source = {
      bytes: size,
      read: (start: number, end: number) => readAt(handle, start, end - start),
      stream: (start: number, end: number): Readable =>
        Readable.from(
          (async function* () {
            yield await readAt(handle, start, end - start);
          })(),
        ),
    };
    const tail = await readAt(handle, Math.max(0, size - tailBytes), Math.min(size, tailBytes));
    const zip = await fromRandomAccessReaderPromise(new BlockReader(source, tail), size, {
      autoClose: false,
    });
    return await use(await contentsOf(zip, size));
  } finally {
    await handle.close();
  }
}

/**
 * Look into a zip behind an address.
 * @throws RemoteZipError; Error (of yauzl) when it is no zip
 */
export async function withRemoteZip<Result>(
  address: string,
  signal: AbortSignal,
  use: (contents: ZipContents) => Promise<Result>,
): Promise<Result> {
  const { zip, bytes } = await openRemoteZip(address, signal);
  return use(await contentsOf(zip, bytes));
}

async function contentsOf(zip: ZipFile, bytes: number): Promise<ZipContents> {
  const entries = new Map<string, Entry>();
  for await (const entry of zip.eachEntry()) {
    if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
  }
  return {
    bytes,
    files: [...entries.values()].map((entry) => ({
      path: entry.fileName,
      bytes: isLink(entry) ? 0 : entry.uncompressedSize,
      packedBytes: entry.compressedSize,
    })),
    read: async (archivePath) => {
      const entry = entries.get(archivePath);
      if (entry === undefined || entry.uncompressedSize > largestText) return null;
      const parts = await (await zip.openReadStreamPromise(entry)).toArray();
      return Buffer.concat(parts as Buffer[]).toString('utf8');
    },
  };
}

function isLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}
