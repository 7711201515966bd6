/**
 * How a zip's directory is read fast, wherever the zip lies. yauzl does two small reads for each entry, so that a
 * directory of 14,000 entries took it 1.1 s from a file; from blocks that are read ahead it takes 0.1 s.
 */
import { open, type FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { fromRandomAccessReaderPromise, RandomAccessReader, type ZipFile } from 'yauzl';
import { blocksAt } from '../../io/bytes-at.js';

/** The bytes of an archive. `end` is exclusive; ranges lie within the archive. */
export interface ByteSource {
  readonly bytes: number;
  readonly read: (start: number, end: number) => Promise<Buffer>;
  readonly stream: (start: number, end: number) => Readable;
}

interface Block {
  readonly start: number;
  readonly bytes: Buffer;
}

/** Directories lie at the end, so it is read first, in one go: often nothing more is needed. */
export const tailBytes = 256 * 1024;
/** Read ahead of a small read: a local header with the RECORD behind it; of a directory that goes on, more. */
const firstBlock = 64 * 1024;
const largestBlock = 1024 * 1024;

/** Answers small reads from blocks. Reads that go on where the last block ended get larger blocks. */
export class BlockReader extends RandomAccessReader {
  readonly #source: ByteSource;
  readonly #tail: Block;
  #block: Block;
  #ahead = firstBlock;

  /** @param tail the archive's last bytes, at least its end record */
  constructor(source: ByteSource, tail: Buffer) {
    super();
    this.#source = source;
    this.#tail = { start: source.bytes - tail.length, bytes: tail };
    this.#block = this.#tail;
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    this.#bytes(position, position + length).then(
      (bytes) => {
        bytes.copy(buffer, offset);
        callback(null);
      },
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** @param end exclusive */
  override _readStreamForRange(start: number, end: number): Readable {
    const known = this.#known(start, end);
    return known === null ? this.#source.stream(start, end) : Readable.from([known]);
  }

  #known(start: number, end: number): Buffer | null {
    const block = [this.#block, this.#tail].find(
      (one) => start >= one.start && end <= one.start + one.bytes.length,
    );
    return block?.bytes.subarray(start - block.start, end - block.start) ?? null;
  }

  async #bytes(start: number, end: number): Promise<Buffer> {
    const known = this.#known(start, end);
    if (known !== null) return known;
    // The last bytes of a block may be the first of what is wanted now.
    const goesOn = start <= this.#block.start + this.#block.bytes.length && start >= this.#block.start;
    this.#ahead = goesOn ? Math.min(largestBlock, 2 * this.#ahead) : firstBlock;
    const last = Math.min(Math.max(end, start + this.#ahead), this.#source.bytes);
    const bytes = await this.#source.read(start, last);
    this.#block = { start, bytes };
    return bytes.subarray(0, end - start);
  }
}

/**
 * A zip on disk, whose contents are read as streams. yauzl's own way of reading a file throws out of a callback, where nobody
 * can catch it, for a place that no file has.
 * @returns `close` closes the file, too
 * @throws Error (of yauzl) when it is no zip; the file system's error
 */
export async function openZip(file: string): Promise<ZipFile> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return await fromRandomAccessReaderPromise(new FileReader(handle, size), size, { autoClose: false });
  } catch (error) {
    await handle.close().catch(() => {});
    throw error;
  }
}

class FileReader extends RandomAccessReader {
  constructor(
    private readonly handle: FileHandle,
    private readonly size: number,
  ) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null) => void,
  ): void {
    if (!Number.isSafeInteger(position) || position < 0 || position + length > this.size) {
      callback(new Error('it names a place behind its end'));
      return;
    }
    this.handle.read(buffer, offset, length, position).then(
      ({ bytesRead }) => callback(bytesRead === length ? null : new Error('it is cut off')),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Not the handle's own stream: it would hold the handle open until it is destroyed. */
  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(blocksAt(this.handle, start, end - start), { objectMode: false });
  }

  override close(callback: (error: Error | null) => void): void {
    this.handle.close().then(() => callback(null), callback);
  }
}
