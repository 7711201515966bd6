/** Write a zip from contents that are compressed already. Sequential, with a bounded buffer; hashed on the way. */
import { createHash } from 'node:crypto';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { BufferedFile } from '../../io/buffered-file.js';
import { ReadAhead } from '../../io/bytes-at.js';
import { centralHeader, endRecord, localHeader, orderEntries } from './format.js';
import type { ArchiveFile } from './size.js';

export interface WrittenFile {
  readonly bytes: number;
  /** Hex. */
  readonly sha256: string;
  readonly sha256Base64: string;
}

const bufferBytes = 4 << 20;
/** Contents are read in such pieces. */
const pieceBytes = 1 << 20;
/** Small files of one distribution share a source, so few open files serve nearly every read. */
const mostOpenFiles = 32;
const readAheadBytes = 256 * 1024;

/**
 * Write the archive; the same entries give the same bytes, in any order.
 * @param file absolute path; must not be there yet
 * @param advance told the bytes of data written
 * @throws Error for a name that is there twice or cannot be in an archive, or when a content's file is shorter than it was
 */
export async function writeZip(
  file: string,
  entries: readonly ArchiveFile[],
  advance: (bytes: number) => void = () => {},
): Promise<WrittenFile> {
  const sorted = orderEntries(entries);
  const sources = new Sources();
  const hash = createHash('sha256');
  const output = await BufferedFile.create(file, bufferBytes, (bytes) => hash.update(bytes));
  try {
    const directory: Buffer[] = [];
    for (const entry of sorted) {
      directory.push(centralHeader(entry, output.position));
      await output.append(localHeader(entry));
      if (entry.link !== undefined) await output.append(Buffer.from(entry.link));
      else await copy(entry, sources, output);
      advance(entry.packedBytes);
    }
    const start = output.position;
    for (const header of directory) await output.append(header);
    await output.append(endRecord(sorted.length, output.position - start, start));
    await output.finish();
    const digest = hash.digest();
    return {
      bytes: output.position,
      sha256: digest.toString('hex'),
      sha256Base64: digest.toString('base64'),
    };
  } finally {
    await output.close();
    await sources.close();
  }
}

async function copy(entry: ArchiveFile, sources: Sources, output: BufferedFile): Promise<void> {
  for (let done = 0; done < entry.packedBytes;) {
    const wanted = Math.min(pieceBytes, entry.packedBytes - done);
    const piece = await sources.read(entry, done, wanted);
    if (piece.length < wanted) throw new Error(`${entry.packedSource} became shorter while it was read.`);
    await output.append(piece);
    done += wanted;
  }
}

/** The files that hold the contents, kept open; the least recently used is closed first. */
class Sources {
  readonly #open = new Map<string, { readonly handle: FileHandle; readonly reader: ReadAhead }>();

  /** `length` bytes of the entry's packed data, from `start` on; fewer when the file is too short. */
  async read(entry: ArchiveFile, start: number, length: number): Promise<Buffer> {
    if (entry.method === 'store' && entry.bytes <= pieceBytes) {
      // A small file of its own, read once; it may have grown, which the CRC will tell.
      return (await readFile(entry.packedSource)).subarray(0, length);
    }
    const source = await this.#use(entry.packedSource);
    return source.read(entry.packedOffset + start, length);
  }

  async #use(file: string): Promise<ReadAhead> {
    let source = this.#open.get(file);
    if (!source) {
      const handle = await open(file, 'r');
      source = { handle, reader: new ReadAhead(handle, readAheadBytes) };
    }
    this.#open.delete(file);
    this.#open.set(file, source);
    if (this.#open.size > mostOpenFiles) {
      for (const [oldest, { handle }] of this.#open) {
        this.#open.delete(oldest);
        await handle.close();
        break;
      }
    }
    return source.reader;
  }

  async close(): Promise<void> {
    for (const { handle } of this.#open.values()) await handle.close();
    this.#open.clear();
  }
}
