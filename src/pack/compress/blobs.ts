/**
 * A cache entry of compressed contents: many small ones in one file (making a file costs more than compressing one), or one
 * large one. Layout:
 *
 *     data of blob 0 | data of blob 1 | … | index (JSON) | its length, u32 | its CRC-32, u32 | magic, 8 bytes
 *
 * The index carries each blob's CRC-32 over its compressed bytes. All of it is checked when an entry is opened.
 */
import { open, type FileHandle } from 'node:fs/promises';
import zlib from 'node:zlib';
import { BufferedFile } from '../../io/buffered-file.js';
import { readAt } from '../../io/bytes-at.js';
import { blockBytes } from './deflate.js';

export interface Blob {
  /** Of the content before compression. */
  readonly sha256: string;
  readonly crc32: number;
  readonly bytes: number;
  /** `store`: deflate does not save anything, and the entry holds no data for it. */
  readonly method: 'store' | 'deflate';
  readonly offset: number;
  readonly packedBytes: number;
  /** Over the compressed bytes as they lie in the entry. */
  readonly packedCrc32: number;
}

const magic = Buffer.from('lsblobs1');
const footerBytes = 16;

/** Writes one entry, blob after blob. */
export class BlobWriter {
  readonly #blobs: Blob[] = [];
  #start = 0;
  #packedCrc32 = 0;

  private constructor(private readonly file: BufferedFile) {}

  /** @param file absolute path of a file that is not there yet */
  static async create(file: string): Promise<BlobWriter> {
    return new BlobWriter(await BufferedFile.create(file, blockBytes));
  }

  /** Add compressed bytes to the current blob. */
  async append(bytes: Buffer): Promise<void> {
    this.#packedCrc32 = zlib.crc32(bytes, this.#packedCrc32);
    await this.file.append(bytes);
  }

  /** The current blob is complete; when it is no smaller than its content, its data is taken back. */
  async endBlob(facts: Pick<Blob, 'sha256' | 'crc32' | 'bytes'>): Promise<void> {
    const offset = this.#start;
    const packedBytes = this.file.position - offset;
    if (packedBytes < facts.bytes) {
      this.#blobs.push({ ...facts, method: 'deflate', offset, packedBytes, packedCrc32: this.#packedCrc32 });
      this.#start += packedBytes;
    } else {
      this.#blobs.push({ ...facts, method: 'store', offset: 0, packedBytes: facts.bytes, packedCrc32: 0 });
      await this.file.takeBackTo(offset);
    }
    this.#packedCrc32 = 0;
  }

  /** Write index and footer, and close. */
  async finish(): Promise<readonly Blob[]> {
    const index = Buffer.from(JSON.stringify(this.#blobs));
    const numbers = Buffer.alloc(8);
    numbers.writeUInt32LE(index.length, 0);
    numbers.writeUInt32LE(zlib.crc32(index), 4);
    await this.file.append(Buffer.concat([index, numbers, magic]));
    await this.file.finish();
    await this.close();
    return this.#blobs;
  }

  /** May be called twice. */
  async close(): Promise<void> {
    await this.file.close();
  }
}

/** The blobs of an entry by their content's sha256; null when it is missing or any byte of it is damaged. */
export async function readBlobs(file: string): Promise<ReadonlyMap<string, Blob> | null> {
  let handle: FileHandle;
  try {
    handle = await open(file, 'r');
  } catch {
    return null;
  }
  try {
    const { size } = await handle.stat();
    if (size < footerBytes) return null;
    const footer = await readAt(handle, size - footerBytes, footerBytes);
    const indexBytes = footer.readUInt32LE(0);
    const indexStart = size - footerBytes - indexBytes;
    if (!footer.subarray(8).equals(magic) || indexStart < 0) return null;
    const index = await readAt(handle, indexStart, indexBytes);
    if (zlib.crc32(index) !== footer.readUInt32LE(4)) return null;
    const blobs = JSON.parse(index.toString()) as Blob[];
    return (await isWhole(handle, blobs, indexStart))
      ? new Map(blobs.map((blob) => [blob.sha256, blob]))
      : null;
  } catch {
    return null;
  } finally {
    await handle.close();
  }
}

async function isWhole(handle: FileHandle, blobs: readonly Blob[], dataBytes: number): Promise<boolean> {
  let position = 0;
  let chunk: Buffer = Buffer.alloc(0);
  let chunkStart = 0;
  for (const blob of blobs) {
    if (blob.method === 'store') continue;
    if (blob.offset !== position) return false;
    const end = position + blob.packedBytes;
    let crc = 0;
    while (position < end) {
      if (position >= chunkStart + chunk.length) {
        chunkStart = position;
        chunk = await readAt(handle, position, Math.min(blockBytes, dataBytes - position));
        if (chunk.length === 0) return false;
      }
      const part = chunk.subarray(position - chunkStart, end - chunkStart);
      crc = zlib.crc32(part, crc);
      position += part.length;
    }
    if (crc !== blob.packedCrc32) return false;
  }
  return position === dataBytes;
}
