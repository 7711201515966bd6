/** Reading and writing at positions of an open file. */
import type { FileHandle } from 'node:fs/promises';

/** Write every byte: one `write` may take fewer (a disk that is nearly full). */
export async function writeAll(handle: FileHandle, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/** Read `length` bytes, or fewer at the file's end. */
export async function readAt(handle: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  return buffer.subarray(0, await readInto(buffer, handle, position));
}

/** Fill the buffer, or less of it at the file's end. Returns the bytes that were read. */
export async function readInto(buffer: Buffer, handle: FileHandle, position: number): Promise<number> {
  let done = 0;
  while (done < buffer.length) {
    const { bytesRead } = await handle.read(buffer, done, buffer.length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}

/** Bytes of one block. */
const blockBytes = 1 << 20;

/**
 * The bytes from `start` on, block by block.
 * @throws Error when the file ends before all of them
 */
export async function* blocksAt(handle: FileHandle, start: number, length: number): AsyncGenerator<Buffer> {
  for (let done = 0; done < length;) {
    const block = await readAt(handle, start + done, Math.min(blockBytes, length - done));
    if (block.length === 0) throw new Error('the archive is cut off');
    yield block;
    done += block.length;
  }
}

/** For many small reads that follow each other: one read of the disk serves many of them. Not for reads at the same time. */
export class ReadAhead {
  #chunk: Buffer = Buffer.alloc(0);
  #start = 0;

  constructor(
    private readonly handle: FileHandle,
    private readonly chunkBytes: number,
  ) {}

  /** Read `length` bytes, or fewer at the file's end. The result stays as it is. */
  async read(position: number, length: number): Promise<Buffer> {
    const from = position - this.#start;
    if (from >= 0 && from + length <= this.#chunk.length) return this.#chunk.subarray(from, from + length);
    this.#chunk = await readAt(this.handle, position, Math.max(length, this.chunkBytes));
    this.#start = position;
    return this.#chunk.subarray(0, length);
  }
}
