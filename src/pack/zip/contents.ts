/** What is in a zip: its directory, and single small files of it. Contents are read only when they are asked for. */
import type { Entry, ZipFile } from 'yauzl';
import { SlimError } from '../../errors.js';
import { openZip } from './block-reader.js';
import { openRemoteZip } from './remote-zip.js';
import { bytesText, groupedText } from '../../text/units.js';

export interface ZipContents {
  /** Size of the archive. */
  readonly bytes: number;
  /** Files and links without folders; of two of one name the later one, which counts when it is unpacked. */
  readonly files: readonly ZipContent[];
  /**
   * Text of a file; null when there is none of that name.
   * @throws SlimError `bad-archive` when it, or all that was read so far, is unreasonably large
   */
  readonly read: (archivePath: string) => Promise<string | null>;
}

export interface ZipContent {
  readonly path: string;
  /** Unpacked; 0 for a link, as Lambda counts it. */
  readonly bytes: number;
  readonly packedBytes: number;
}

/** No RECORD is as large (TensorFlow's has 2 MB), so it is not one. */
const largestText = 16 << 20;
/** Of one archive: a zip of a megabyte can unpack to a thousand. */
const mostText = 48 << 20;
/** What Lambda takes has some ten thousand. */
const mostEntries = 250_000;
/** Names, extra fields and comments together, in bytes. */
const largestDirectory = 64 << 20;

/**
 * Look into a zip on disk. Its files can be read until `use` is done.
 * @throws Error (of yauzl) when it is no zip; SlimError `bad-archive` when it is larger than any; the file system's error
 */
export async function withZip<Result>(
  file: string,
  use: (contents: ZipContents) => Promise<Result>,
): Promise<Result> {
  const zip = await openZip(file);
  try {
    return await use(await contentsOf(zip));
  } finally {
    zip.close();
  }
}

/**
 * Look into a zip behind an address.
 * @throws RemoteZipError; Error (of yauzl) when it is no zip; SlimError `bad-archive` when it is larger than any
 */
export async function withRemoteZip<Result>(
  address: string,
  signal: AbortSignal,
  use: (contents: ZipContents) => Promise<Result>,
): Promise<Result> {
  const { zip } = await openRemoteZip(address, signal);
  return use(await contentsOf(zip));
}

async function contentsOf(zip: ZipFile): Promise<ZipContents> {
  const entries = new Map<string, Entry>();
  if (zip.entryCount > mostEntries) {
    throw tooLarge(`its directory lists ${groupedText(zip.entryCount)} files`);
  }
  let directory = 0;
  for await (const entry of zip.eachEntry()) {
    directory += entry.fileNameLength + entry.extraFieldLength + entry.fileCommentLength;
    if (directory > largestDirectory) throw tooLarge('its directory is larger than 64 MiB');
    if (!entry.fileName.endsWith('/')) entries.set(entry.fileName, entry);
  }
  let room = mostText;
  return {
    bytes: zip.fileSize,
    files: [...entries.values()].map((entry) => ({
      path: entry.fileName,
      bytes: isLink(entry) ? 0 : entry.uncompressedSize,
      packedBytes: entry.compressedSize,
    })),
    read: async (archivePath) => {
      const entry = entries.get(archivePath);
      if (entry === undefined) return null;
      if (entry.uncompressedSize > largestText) {
        throw tooLarge(`${archivePath} has ${bytesText(entry.uncompressedSize)}`);
      }
      room -= entry.uncompressedSize;
      if (room < 0) throw tooLarge(`its metadata alone is more than ${bytesText(mostText)}`);
      const parts = await (await zip.openReadStreamPromise(entry)).toArray();
      return Buffer.concat(parts as Buffer[]).toString('utf8');
    },
  };
}

function tooLarge(what: string): SlimError {
  return new SlimError('bad-archive', `${what}: no package that Lambda takes has as much.`, {
    hint: 'The zip was made to cost time, or something went wrong when it was written: build it again.',
  });
}

function isLink(entry: Entry): boolean {
  return ((entry.externalFileAttributes >>> 16) & 0o170000) === 0o120000;
}
