/** Write a zip from contents that are compressed already. Sequential, with a bounded buffer; hashed on the way. */
import { createHash } from 'node:crypto';
import { open, readFile, type FileHandle } from 'node:fs/promises';
import { ReadAhead, writeAll } from '../compress/bytes-at.js';
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
  const output = await Output.create(file);
  try {
    const directory: Buffer[] = [];
    for (const entry of sorted) {
      directory.push(centralHeader(entry, output.position));
      await output.write(localHeader(entry));
      if (entry.link !== undefined) await output.write(Buffer.from(entry.link));
      else await copy(entry, sources, output);
      advance(entry.packedBytes);
    }
    const start = output.position;
    for (const header of directory) await output.write(header);
    await output.write(endRecord(sorted.length, output.position - start, start));
    return await output.finish();
  } finally {
    await output.close();
    await sources.close();
  }
}

async function copy(entry: ArchiveFile, sources: Sources, output: Output): Promise<void> {
  for (let done = 0; done < entry.packedBytes;) {
    const wanted = Math.min(pieceBytes, entry.packedBytes - done);
    const piece = await sources.read(entry, done, wanted);
    if (piece.length < wanted) throw new Error(`${entry.packedSource} became shorter while it was read.`);
    await output.write(piece);
    done += wanted;
  }
}

class Output {
  readonly #hash = createHash('sha256');
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  #written = 0;

  private constructor(private readonly handle: FileHandle) {}

  static async create(file: string): Promise<Output> {
    return new Output(await open(file, 'wx', 0o644));
  }

  /** Bytes written so far, those in the buffer included. */
  get position(): number {
    return this.#written + this.#waitingBytes;
  }

  async write(bytes: Buffer): Promise<void> {
    this.#waiting.push(bytes);
    this.#waitingBytes += bytes.length;
    if (this.#waitingBytes >= bufferBytes) await this.#flush();
  }

  async finish(): Promise<WrittenFile> {
    await this.#flush();
    const digest = this.#hash.digest();
    return { bytes: this.#written, sha256: digest.toString('hex'), sha256Base64: digest.toString('base64') };
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  async #flush(): Promise<void> {
    const bytes = Buffer.concat(this.#waiting);
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#hash.update(bytes);
    await writeAll(this.handle, bytes, this.#written);
    this.#written += bytes.length;
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
