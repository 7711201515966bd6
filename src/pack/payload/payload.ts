/** Lays compressed units out as one archive, writes it, reads it back, and describes it for the bootstrap. */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import { SlimError } from '../../errors.js';
import type { Codec } from '../../model.js';
import { readAt, writeAll } from '../../io/bytes-at.js';
import { openFrame } from './codec.js';
import type { LaidFrame, PayloadLayout } from './layout.js';

/**
 * Write the archive from the cache. Every frame is compared with its sha256 on the way.
 * @param file absolute path; replaced when it is there
 * @param advance called with bytes written
 * @returns size and sha256 (hex) of the archive
 * @throws SlimError `archive-differs` when the cache does not hold what it held before
 */
export async function writePayload(
  file: string,
  layout: PayloadLayout,
  advance: (bytes: number) => void = () => {},
): Promise<{ readonly bytes: number; readonly sha256: string }> {
  const handle = await open(file, 'w');
  const sources = new Map<string, FileHandle>();
  const hash = createHash('sha256');
  let bytes = 0;
  try {
    for (const frame of layout.frames) {
      const packed = frame.packed ?? (await readFrame(frame, sources));
      if (!isFrame(packed, frame)) throw differs('A compressed frame in the cache is damaged.');
      hash.update(packed);
      await writeAll(handle, packed, bytes);
      bytes += packed.length;
      advance(packed.length);
    }
  } finally {
    await Promise.all([handle.close(), ...[...sources.values()].map((source) => source.close())]);
  }
  return { bytes, sha256: hash.digest('hex') };
}

async function readFrame(
  frame: Extract<LaidFrame, { packed: null }>,
  sources: Map<string, FileHandle>,
): Promise<Buffer> {
  let source = sources.get(frame.packedSource);
  if (!source) {
    source = await open(frame.packedSource, 'r');
    sources.set(frame.packedSource, source);
  }
  return readAt(source, frame.packedOffset, frame.packedBytes);
}

function isFrame(packed: Buffer, frame: LaidFrame): boolean {
  return createHash('sha256').update(packed).digest('hex') === frame.sha256;
}

/** Opened at once: one is compared meanwhile. */
const openedAhead = 2;

/**
 * Open every frame of the archive and compare every file's bytes with its source. Memory: a few frames.
 * @param advance called with bytes of the archive
 * @throws SlimError `archive-differs`
 */
export async function readBackPayload(
  archive: string,
  layout: PayloadLayout,
  advance: (bytes: number) => void = () => {},
): Promise<void> {
  const handle = await open(archive, 'r');
  const expected = new SourceReader(layout);
  const queue: { readonly frame: LaidFrame; readonly tar: Promise<Buffer> }[] = [];
  let at = 0;
  const compareFirst = async (): Promise<void> => {
    const first = queue.shift();
    if (!first) return;
    const tar = await first.tar;
    await expected.compare(tar, at);
    at += tar.length;
    advance(first.frame.packedBytes);
  };
  try {
    let offset = 0;
    for (const frame of layout.frames) {
      const packed = await readAt(handle, offset, frame.packedBytes);
      offset += frame.packedBytes;
      const tar = openAs(frame, packed, layout.codec);
      // It is awaited in its turn; without this an earlier failure would leave it as an unhandled one.
      tar.catch(() => {});
      queue.push({ frame, tar });
      if (queue.length > openedAhead) await compareFirst();
    }
    while (queue.length > 0) await compareFirst();
    if ((await handle.stat()).size !== offset) throw differs('The payload has another size than planned.');
  } finally {
    await Promise.all([handle.close(), expected.end()]);
  }
}

async function openAs(frame: LaidFrame, packed: Buffer, codec: Codec): Promise<Buffer> {
  if (!isFrame(packed, frame)) throw differs('A frame of the payload is not what was written.');
  const tar = await openFrame(packed, codec).catch((cause: unknown) => {
    throw differs('A frame of the payload cannot be opened.', cause);
  });
  if (tar.length === frame.bytes) return tar;
  throw differs(`A frame opens to ${tar.length} bytes instead of ${frame.bytes}.`);
}

/** Reads the sources in the tar stream's order, a frame's part at a time. */
class SourceReader {
  #next = 0;
  #handle: FileHandle | null = null;

  constructor(private readonly layout: PayloadLayout) {}

  async compare(tar: Buffer, start: number): Promise<void> {
    const end = start + tar.length;
    for (;;) {
      const file = this.layout.files[this.#next];
      if (file?.link !== undefined) {
        this.#next++;
        continue;
      }
      if (!file || file.at >= end) return;
      const begin = Math.max(file.at, start);
      const stop = Math.min(file.at + file.bytes, end);
      this.#handle ??= await open(this.layout.sources[this.#next] ?? '', 'r');
      const bytes = await readAt(this.#handle, begin - file.at, stop - begin);
      if (!bytes.equals(tar.subarray(begin - start, stop - start))) {
        throw differs(`${file.path} in the payload is not what was compressed.`);
      }
      if (file.at + file.bytes > end) return;
      await this.end();
      this.#next++;
    }
  }

  async end(): Promise<void> {
    await this.#handle?.close();
    this.#handle = null;
  }
}

function differs(sentence: string, cause?: unknown): SlimError {
  return new SlimError('archive-differs', sentence, {
    hint: 'Build again with --no-cache; if it happens again, check the disk.',
    cause,
  });
}
