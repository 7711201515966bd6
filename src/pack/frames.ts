/**
 * Compress what could be nested, on all cores, through the content-addressed cache: what did not change is not compressed
 * again. A large file's frames hold its data alone, so they do not depend on where it will lie; small files share frames, with
 * their tar headers.
 */
import { createHash } from 'node:crypto';
import { open, readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { cacheKey, type Cache } from '../io/cache.js';
import { hashFile } from '../io/hash.js';
import type { Codec, Frame, NestUnit, StagedFile } from '../model.js';
import type { Progress } from '../progress.js';
import { countText } from '../report/units.js';
import { readAt, writeAll } from './bytes-at.js';
import { codecScheme, compressFrame, defaultCodecLevel, frameBytes } from './codec.js';
import { Turnstile } from './deflate.js';
import { tarHeader, tarPadding } from './tar-format.js';

/** From this size on a file is a unit of its own. */
export const largeFileBytes = 1024 * 1024;

/** The first folder of a member's path: what is loaded by path, and what belongs to the tree on sys.path. */
export type Under = 'lib' | 'python';

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
  readonly turnstile: Turnstile;
  readonly advance: (bytes: number) => void;
}

/**
 * Compress every unit. Memory: a few frames.
 * @returns in the order of `units`; `packedBytes` of a large file is without its header
 * @throws SlimError `disk-full` when the cache folder has no room
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
    turnstile: new Turnstile(threads),
    advance: (bytes) => step.advance(bytes),
  };
  let reused = 0;
  try {
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
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw cause;
    throw new SlimError('disk-full', `The disk with the cache folder ${options.cache.root} is full.`, {
      hint: 'Free some space, or name a folder on another disk with --cache-dir.',
      cause,
    });
  }
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
      : files.map((file, index) => [memberPath(file, under), file.mode, contents[index]]),
  });
  const offsets: number[] = [];
  const stream = large ? fileBlocks(first.source, first.bytes) : members(files, under, offsets);
  const entry = await context.cache.folder('payload', key, (folder) => compress(folder, stream, context));
  const source = path.join(entry.path, 'frames');
  const frames = JSON.parse(await readFile(path.join(entry.path, 'frames.json'), 'utf8')) as Omit<
    Frame,
    'packedSource'
  >[];
  if (entry.cached) {
    context.advance(sizeOf(files));
    // Where each member begins is found again without its bytes.
    if (!large) memberOffsets(files, under, offsets);
  }
  return {
    cached: entry.cached,
    unit: {
      files,
      under,
      bytes: sizeOf(files),
      packedBytes: frames.reduce((sum, frame) => sum + frame.packedBytes, 0),
      frames: frames.map((frame) => ({ ...frame, packedSource: source })),
      holds: large ? 'data' : 'members',
      offsets: large ? [0] : offsets,
    },
  };
}

/** What a file is in the payload: `lib/libfoo.so` by its name alone, `python/pkg/mod.py` by its path. */
export function memberPath(file: Pick<StagedFile, 'path'>, under: Under): string {
  return `${under}/${under === 'lib' ? path.posix.basename(file.path) : file.path}`;
}

async function compress(folder: string, stream: AsyncIterable<Buffer>, context: Context): Promise<void> {
  const handle = await open(path.join(folder, 'frames'), 'wx');
  const frames: Omit<Frame, 'packedSource'>[] = [];
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
      const packed = context.turnstile.run(() => compressFrame(block, context.codec, context.level));
      // It is awaited in its turn; without this an earlier failure would leave it as an unhandled one.
      packed.catch(() => {});
      queue.push({ packed, bytes: block.length });
      if (queue.length >= context.window) await writeFirst();
    }
    while (queue.length > 0) await writeFirst();
  } finally {
    await handle.close();
  }
  await writeFile(path.join(folder, 'frames.json'), JSON.stringify(frames));
}

async function* fileBlocks(source: string, bytes: number): AsyncGenerator<Buffer> {
  const handle = await open(source, 'r');
  try {
    let left = bytes;
    for (let position = 0; ; position += frameBytes) {
      const block = await readAt(handle, position, frameBytes);
      left -= block.length;
      if (block.length > 0) yield block;
      if (block.length < frameBytes) break;
    }
    if (left !== 0) throw new Error(`${source} changed while it was read.`);
  } finally {
    await handle.close();
  }
}

/** Whole tar members, cut into frames. Fills `offsets` with where each file's bytes begin. */
async function* members(
  files: readonly StagedFile[],
  under: Under,
  offsets: number[],
): AsyncGenerator<Buffer> {
  memberOffsets(files, under, offsets);
  let waiting: Buffer[] = [];
  for (const file of files) {
    const content = await readFile(file.source);
    if (content.length !== file.bytes) throw new Error(`${file.source} changed while it was read.`);
    waiting.push(headerOf(file, under), content, tarPadding(content.length));
    if (waiting.reduce((sum, piece) => sum + piece.length, 0) < frameBytes) continue;
    const whole = Buffer.concat(waiting);
    let position = 0;
    for (; position + frameBytes <= whole.length; position += frameBytes) {
      yield whole.subarray(position, position + frameBytes);
    }
    waiting = [whole.subarray(position)];
  }
  const rest = Buffer.concat(waiting);
  if (rest.length > 0) yield rest;
}

function memberOffsets(files: readonly StagedFile[], under: Under, offsets: number[]): void {
  let at = 0;
  for (const file of files) {
    at += headerOf(file, under).length;
    offsets.push(at);
    at += file.bytes + tarPadding(file.bytes).length;
  }
}

export function headerOf(file: StagedFile, under: Under): Buffer {
  return tarHeader({ path: memberPath(file, under), bytes: file.bytes, mode: file.mode });
}

async function contentOf(file: StagedFile): Promise<string> {
  if (file.bytes >= largeFileBytes) return hashFile(file.source);
  return createHash('sha256')
    .update(await readFile(file.source))
    .digest('hex');
}

const sizeOf = (files: readonly StagedFile[]): number => files.reduce((sum, file) => sum + file.bytes, 0);
