/**
 * Compress what could be nested, on all cores, through the content-addressed cache: what did not change is not compressed
 * again. A large file's frames hold its data alone, so they do not depend on where it will lie; small files share frames,
 * with their tar headers.
 */
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { versions } from 'node:process';
import pLimit, { type LimitFunction } from 'p-limit';
import pMap from 'p-map';
import type { Cache } from '../../io/cache.js';
import { cacheKey } from '../../text/cache-key.js';
import { hashFile } from '../../io/hash.js';
import type { Codec, Frame, NestUnit, StagedFile } from '../../model.js';
import type { Progress } from '../../progress.js';
import { countText } from '../../text/units.js';
import { BlockPool } from './block-pool.js';
import { readAt, writeAll } from '../../io/bytes-at.js';
import { compressFrame, defaultCodecLevel, frameBytes } from './codec.js';
import { cut, fileBlocks, members } from './members.js';
import { memberOffsets, memberPath, type Under } from './names.js';

/** From this size on a file is a unit of its own. */
export const largeFileBytes = 1024 * 1024;

export interface UnitInput {
  readonly files: readonly StagedFile[];
  readonly under: Under;
}

/** A compressed unit. */
export interface PackedUnit extends NestUnit {
  readonly under: Under;
  readonly frames: readonly Frame[];
  /**
   * `data`: one file's bytes, without header or padding. `members`: whole tar members, padding included, with each
   * file's offset in the unit's stream.
   */
  readonly holds: 'data' | 'members';
  readonly offsets: readonly number[];
}

export interface UnitOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly codec: Codec;
  /** Null: the codec's default. */
  readonly level: number | null;
  /** Frames compressed at once; the result does not depend on it. */
  readonly threads?: number;
  readonly step?: string;
}

interface Context {
  readonly cache: Cache;
  readonly codec: Codec;
  readonly level: number;
  readonly window: number;
  /** Lets so many frames be compressed at once; first come, first served. */
  readonly limit: LimitFunction;
  readonly pool: BlockPool;
  readonly advance: (bytes: number) => void;
}

/**
 * Compress every unit. Memory: a few frames.
 * @returns in the order of `units`; `packedBytes` of a large file is without its header
 * @throws SlimError `archive-differs` when a file changes meanwhile; the file system's error, e.g. when the cache folder's disk is full
 */
export async function packUnits(
  units: readonly UnitInput[],
  options: UnitOptions,
): Promise<readonly PackedUnit[]> {
  const threads = options.threads ?? availableParallelism();
  const files = units.flatMap((unit) => unit.files);
  const step = options.progress.start(options.step ?? 'compress payload', sizeOf(files));
  const context: Context = {
    cache: options.cache,
    codec: options.codec,
    level: options.level ?? defaultCodecLevel[options.codec],
    // One more than cores: a frame waits while another is read and written.
    window: threads + 1,
    limit: pLimit(threads),
    // One for each core, and one for each of the two units to be filled meanwhile.
    pool: new BlockPool(frameBytes, threads + 2),
    advance: (bytes) => step.advance(bytes),
  };
  let reused = 0;
  const packed = await pMap(
    units,
    async (unit) => {
      const result = await packUnit(unit, context);
      if (result.cached) reused++;
      return result.unit;
    },
    // Two, so that one unit's end does not leave a core idle.
    { concurrency: 2 },
  );
  step.end(countText(files.length, 'file'), { cached: units.length > 0 && reused === units.length });
  return packed;
}

async function packUnit(
  { files, under }: UnitInput,
  context: Context,
): Promise<{ unit: PackedUnit; cached: boolean }> {
  const [first] = files;
  const large = first !== undefined && files.length === 1 && first.bytes >= largeFileBytes;
  const contents = await pMap(files, contentOf, { concurrency: 8 });
  const key = cacheKey({
    scheme: codecScheme(context.codec),
    level: context.level,
    contents: large
      ? contents
      : files.map((file, index) => [memberPath(file, under), file.mode, file.link ?? null, contents[index]]),
  });
  // Another unit with these bytes may have made the entry, in this build or in an earlier one.
  const work = { done: false };
  const make = async (folder: string): Promise<void> => {
    work.done = true;
    await compress(
      folder,
      large ? fileBlocks(first.source, first.bytes, context.pool) : cut(members(files, under), context.pool),
      context,
    );
  };
  const entry = await context.cache.folder('payload', key, make, areFramesWhole);
  const source = path.join(entry.path, 'frames');
  const frames = await readFrames(entry.path);
  if (!work.done) context.advance(sizeOf(files));
  return {
    cached: !work.done,
    unit: {
      files,
      under,
      bytes: sizeOf(files),
      packedBytes: frames.reduce((sum, frame) => sum + frame.packedBytes, 0),
      frames: frames.map((frame) => ({ ...frame, packedSource: source })),
      holds: large ? 'data' : 'members',
      offsets: large ? [0] : memberOffsets(files, under),
    },
  };
}

async function compress(folder: string, stream: AsyncIterable<Buffer>, context: Context): Promise<void> {
  const handle = await open(path.join(folder, 'frames'), 'wx');
  const frames: StoredFrame[] = [];
  const queue: { readonly packed: Promise<Buffer>; readonly bytes: number }[] = [];
  let offset = 0;
  const writeFirst = async (): Promise<void> => {
    const piece = queue.shift();
    if (!piece) return;
    const packed = await piece.packed;
    await writeAll(handle, packed, offset);
    frames.push({
      bytes: piece.bytes,
      packedBytes: packed.length,
      sha256: createHash('sha256').update(packed).digest('hex'),
      packedOffset: offset,
    });
    offset += packed.length;
    context.advance(piece.bytes);
  };
  try {
    for await (const block of stream) {
      const bytes = block.length;
      const packed = context
        .limit(() => compressFrame(block, context.codec, context.level))
        .finally(() => context.pool.give(block));
      // It is awaited in its turn; without this an earlier failure would leave it as an unhandled one.
      packed.catch(() => {});
      queue.push({ packed, bytes });
      if (queue.length >= context.window) await writeFirst();
    }
    while (queue.length > 0) await writeFirst();
  } finally {
    await handle.close();
  }
  await writeFile(path.join(folder, 'frames.json'), JSON.stringify(frames));
}

/** A frame, as the cache entry's own list names it. */
type StoredFrame = Omit<Frame, 'packedSource'>;

async function readFrames(folder: string): Promise<readonly StoredFrame[]> {
  return JSON.parse(await readFile(path.join(folder, 'frames.json'), 'utf8')) as StoredFrame[];
}

/** Every frame of the entry is what was written: reading them costs a hundredth of making them again. */
async function areFramesWhole(folder: string): Promise<boolean> {
  const handle = await open(path.join(folder, 'frames'), 'r');
  try {
    for (const frame of await readFrames(folder)) {
      const packed = await readAt(handle, frame.packedOffset, frame.packedBytes);
      if (createHash('sha256').update(packed).digest('hex') !== frame.sha256) return false;
    }
    return true;
  } catch (error) {
    // The list itself is damaged.
    if ([SyntaxError, TypeError, RangeError].some((kind) => error instanceof kind)) return false;
    throw error;
  } finally {
    await handle.close();
  }
}

/** sha256 (hex); a link has no bytes. */
async function contentOf(file: StagedFile): Promise<string> {
  if (file.link !== undefined) return '';
  if (file.bytes >= largeFileBytes) return hashFile(file.source);
  return createHash('sha256')
    .update(await readFile(file.source))
    .digest('hex');
}

const sizeOf = (files: readonly StagedFile[]): number => files.reduce((sum, file) => sum + file.bytes, 0);

/** All that can change a frame's bytes besides its content, codec and level. */
export function codecScheme(codec: Codec): string {
  return `${codec}-${frameBytes}-v1 ${codec === 'zstd' ? (versions.zstd ?? '') : versions.zlib}`;
}
