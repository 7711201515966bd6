/**
 * Compress the files that travel, on all cores, through a content-addressed cache: what did not change is not
 * compressed again.
 *
 * A large file is one cache entry; small files share one, grouped by distribution, so that a changed package costs only
 * itself. The key is made of the contents' sha256, so every file is read once, which costs a tenth of compressing it.
 */
import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import zlib from 'node:zlib';
import pLimit, { type LimitFunction } from 'p-limit';
import pMap from 'p-map';
import { changedMeanwhile } from '../../errors.js';
import type { Cache } from '../../io/cache.js';
import { cacheKey } from '../../text/cache-key.js';
import type { PackedFile, StagedFile } from '../../model.js';
import type { Progress } from '../../progress.js';
import { BlobWriter, readBlobs, type Blob } from './blobs.js';
import { readAt } from '../../io/bytes-at.js';
import { blockBytes, deflateBlock, defaultLevel, deflateScheme } from './deflate.js';
import { countText } from '../../text/units.js';

export interface PackOptions {
  /** What the step is called; a build has more than one. */
  readonly step?: string;
  readonly cache: Cache;
  readonly progress: Progress;
  /** deflate level, 1…9. */
  readonly level?: number;
  /** False: only hash (for the `directory` format); every file is `store`. */
  readonly compress?: boolean;
  /** Blocks compressed at once; the result does not depend on it. */
  readonly threads?: number;
}

/** From this size on a file is its own cache entry and is read in blocks. */
const largeBytes = 512 * 1024;
const tinyBytes = 64 * 1024;
/** Small files of one cache entry are in memory together. */
const groupBytes = 8 * 1024 * 1024;

interface Context {
  readonly folder: string;
  readonly work: string;
  readonly level: number;
  readonly compress: boolean;
  readonly threads: number;
  /** Lets so many blocks be compressed at once; first come, first served. */
  readonly limit: LimitFunction;
  readonly advance: (bytes: number) => void;
}

/**
 * Hash and compress every file. Memory: two groups of small files, and a few blocks of a large one.
 * @returns in the order of `files`; a link's content is its target
 * @throws SlimError `archive-differs` when a file changes meanwhile; the file system's error, e.g. when the cache folder's disk is full
 */
export async function packFiles(files: readonly StagedFile[], options: PackOptions): Promise<PackedFile[]> {
  const threads = options.threads ?? availableParallelism();
  const total = files.reduce((sum, file) => sum + file.bytes, 0);
  const step = options.progress.start(options.step ?? 'compress', total);
  let reused = 0;
  let groups = 0;
  const context: Context = {
    folder: path.join(options.cache.root, 'deflate'),
    work: await options.cache.workFolder('deflate'),
    level: options.level ?? defaultLevel,
    compress: options.compress ?? true,
    threads,
    // Two more than cores: a thread that ends finds the next block waiting while this one still reads and hashes.
    limit: pLimit(threads + 2),
    advance: (bytes) => step.advance(bytes),
  };
  const packed = new Map<StagedFile, PackedFile>();
  try {
    await pMap(
      groupsOf(files.filter((file) => file.link === undefined)),
      async (group) => {
        const result = await packGroup(group, context);
        groups++;
        if (result.cached) reused++;
        group.forEach((file) => {
          packed.set(file, result.packed(file));
        });
      },
      { concurrency: 2 },
    );
  } finally {
    await rm(context.work, { recursive: true, force: true });
  }
  step.end(countText(files.length, 'file'), { cached: groups > 0 && reused === groups });
  return files.map((file) => packed.get(file) ?? packLink(file));
}

/** Large files one by one and first (they take longest), then small ones by distribution, `groupBytes` at a time. */
function groupsOf(files: readonly StagedFile[]): readonly (readonly StagedFile[])[] {
  const bySize = (a: StagedFile, b: StagedFile): number => b.bytes - a.bytes || (a.path < b.path ? -1 : 1);
  const large = files.filter((file) => file.bytes >= largeBytes).sort(bySize);
  const small = Map.groupBy(
    files.filter((file) => file.bytes < largeBytes),
    (file) => `${file.place} ${file.distribution ?? ''}`,
  );
  const groups: StagedFile[][] = large.map((file) => [file]);
  for (const name of [...small.keys()].sort()) {
    let group: StagedFile[] = [];
    let bytes = 0;
    const sorted = (small.get(name) ?? []).sort((a, b) => (a.path < b.path ? -1 : 1));
    for (const file of sorted) {
      if (bytes + file.bytes > groupBytes) {
        groups.push(group);
        group = [];
        bytes = 0;
      }
      group.push(file);
      bytes += file.bytes;
    }
    if (group.length > 0) groups.push(group);
  }
  return groups;
}

interface PackedGroup {
  readonly cached: boolean;
  readonly packed: (file: StagedFile) => PackedFile;
}

/** A content with its digests, and how to read it in blocks. */
interface Content extends Pick<Blob, 'sha256' | 'crc32' | 'bytes'> {
  readonly source: string;
  readonly blocks: () => Iterable<Buffer> | AsyncIterable<Buffer>;
}

async function packGroup(group: readonly StagedFile[], context: Context): Promise<PackedGroup> {
  const [first] = group;
  const large = first !== undefined && group.length === 1 && first.bytes >= largeBytes;
  const contents = large
    ? [await largeContent(first.source)]
    : await pMap(group, smallContent, { concurrency: 16 });
  const ofFile = new Map(group.map((file, index) => [file, contents[index] as Content]));
  const toResult = (place: string, blobs: ReadonlyMap<string, Blob> | null) => (file: StagedFile) => {
    const { sha256, crc32, bytes } = ofFile.get(file) as Content;
    const blob = blobs?.get(sha256);
    const facts = { ...file, sha256, crc32, bytes };
    return blob?.method === 'deflate'
      ? {
          ...facts,
          method: blob.method,
          packedBytes: blob.packedBytes,
          packedSource: place,
          packedOffset: blob.offset,
        }
      : {
          ...facts,
          method: 'store' as const,
          packedBytes: bytes,
          packedSource: file.source,
          packedOffset: 0,
        };
  };
  const advance = (): void => context.advance(group.reduce((sum, file) => sum + file.bytes, 0));
  if (!context.compress || first?.stored === true) {
    advance();
    return { cached: false, packed: toResult('', null) };
  }
  // In the order of their paths, so that writing the archive reads the entry from its beginning to its end.
  const unique = [...new Map(contents.map((content) => [content.sha256, content])).values()];
  const key = cacheKey({
    scheme: deflateScheme,
    level: context.level,
    contents: unique.map((content) => content.sha256),
  });
  const place = path.join(context.folder, key.slice(0, 2), key);
  const found = await readBlobs(place);
  if (found && unique.every((content) => found.has(content.sha256))) {
    advance();
    return { cached: true, packed: toResult(place, found) };
  }
  const blobs = await compress(unique, place, context);
  if (!large) advance();
  return { cached: false, packed: toResult(place, new Map(blobs.map((blob) => [blob.sha256, blob]))) };
}

/** Compress the contents in their order into a cache entry, which appears whole by one rename. */
async function compress(
  contents: readonly Content[],
  place: string,
  context: Context,
): Promise<readonly Blob[]> {
  const draft = path.join(context.work, randomUUID());
  const writer = await BlobWriter.create(draft);
  try {
    const window = contents.length === 1 ? context.threads + 2 : 16 * context.threads;
    const queue: {
      readonly packed: Promise<Buffer>;
      readonly ended: Content | null;
      readonly bytes: number;
    }[] = [];
    const writeFirst = async (): Promise<void> => {
      const piece = queue.shift();
      if (!piece) return;
      await writer.append(await piece.packed);
      if (piece.ended) await writer.endBlob(piece.ended);
      if (contents.length === 1) context.advance(piece.bytes);
    };
    for (const content of contents) {
      let before: Buffer | null = null;
      let left = content.bytes;
      for await (const block of content.blocks()) {
        left -= block.length;
        const [dictionary, last] = [before, left === 0];
        const packed = context.limit(() => deflateBlock(block, dictionary, last, context.level));
        // It is awaited in its turn; without this an earlier failure would leave it as an unhandled one.
        packed.catch(() => {});
        queue.push({ packed, ended: last ? content : null, bytes: block.length });
        before = block;
        if (queue.length >= window) await writeFirst();
      }
      if (left !== 0) throw changedMeanwhile(content.source);
    }
    while (queue.length > 0) await writeFirst();
    const blobs = await writer.finish();
    await mkdir(path.dirname(place), { recursive: true });
    await rename(draft, place);
    return blobs;
  } catch (error) {
    await writer.close().catch(() => {});
    throw error;
  }
}

async function smallContent(file: StagedFile): Promise<Content> {
  // Four trips to another thread cost several times the reading of such a file.
  const { source, bytes } = file;
  return memoryContent(source, bytes < tinyBytes ? readFileSync(source) : await readFile(source));
}

function memoryContent(source: string, bytes: Buffer): Content {
  return {
    source,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    crc32: zlib.crc32(bytes),
    bytes: bytes.length,
    blocks: function* () {
      // An empty content is one empty block: then it ends, too.
      for (let start = 0; start === 0 || start < bytes.length; start += blockBytes) {
        yield bytes.subarray(start, start + blockBytes);
      }
    },
  };
}

async function largeContent(source: string): Promise<Content> {
  const hash = createHash('sha256');
  let crc32 = 0;
  let bytes = 0;
  for await (const block of fileBlocks(source)) {
    hash.update(block);
    crc32 = zlib.crc32(block, crc32);
    bytes += block.length;
  }
  return { source, sha256: hash.digest('hex'), crc32, bytes, blocks: () => fileBlocks(source) };
}

async function* fileBlocks(source: string): AsyncIterable<Buffer> {
  const handle = await open(source, 'r');
  try {
    for (let position = 0; ; position += blockBytes) {
      const block = await readAt(handle, position, blockBytes);
      if (block.length > 0 || position === 0) yield block;
      if (block.length < blockBytes) return;
    }
  } finally {
    await handle.close();
  }
}

function packLink(file: StagedFile): PackedFile {
  const target = Buffer.from(file.link ?? '');
  return {
    ...file,
    bytes: 0,
    sha256: createHash('sha256').update(target).digest('hex'),
    crc32: zlib.crc32(target),
    packedBytes: target.length,
    method: 'store',
    packedSource: '',
    packedOffset: 0,
  };
}
