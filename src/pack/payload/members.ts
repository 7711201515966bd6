/** A payload's tar stream as blocks of the size of a frame: one large file's bytes, or small files as whole members. */
import { createReadStream } from 'node:fs';
import { open, readFile } from 'node:fs/promises';
import { changedMeanwhile } from '../../errors.js';
import type { StagedFile } from '../../model.js';
import type { BlockPool } from './block-pool.js';
import { readInto } from '../../io/bytes-at.js';
import { headerOf, type Under } from './names.js';
import { tarPadding } from './tar-format.js';

const pieceBytes = 1024 * 1024;

/** A file's bytes, cut into frames. */
export async function* fileBlocks(source: string, bytes: number, pool: BlockPool): AsyncGenerator<Buffer> {
  const handle = await open(source, 'r');
  try {
    let left = bytes;
    for (let position = 0; ; position += pool.blockBytes) {
      const block = await pool.take();
      const read = await readInto(block, handle, position);
      left -= read;
      if (read > 0) yield block.subarray(0, read);
      else pool.give(block);
      if (read < pool.blockBytes) break;
    }
    if (left !== 0) throw changedMeanwhile(source);
  } finally {
    await handle.close();
  }
}

/** Whole tar members, in pieces of any size. */
export async function* members(files: readonly StagedFile[], under: Under): AsyncGenerator<Buffer> {
  for (const file of files) {
    yield headerOf(file, under);
    let bytes = 0;
    for await (const piece of contentOf(file)) {
      bytes += piece.length;
      yield piece;
    }
    if (bytes !== file.bytes) throw changedMeanwhile(file.source);
    yield tarPadding(bytes);
  }
}

/** In pieces when it is large. */
async function* contentOf(file: StagedFile): AsyncGenerator<Buffer> {
  if (file.link !== undefined) return;
  if (file.bytes < pieceBytes) yield await readFile(file.source);
  else yield* createReadStream(file.source, { highWaterMark: pieceBytes }) as AsyncIterable<Buffer>;
}

/** Cut into frames: blocks of the pool, the last one shorter. */
export async function* cut(pieces: AsyncIterable<Buffer>, pool: BlockPool): AsyncGenerator<Buffer> {
  let block: Buffer | null = null;
  let filled = 0;
  for await (const piece of pieces) {
    for (let from = 0; from < piece.length;) {
      block ??= await pool.take();
      const copied = piece.copy(block, filled, from);
      from += copied;
      filled += copied;
      if (filled < block.length) continue;
      yield block;
      block = null;
      filled = 0;
    }
  }
  if (block) yield block.subarray(0, filled);
}
