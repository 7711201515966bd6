/** Where every byte of a payload comes from and goes to, and its index for the bootstrap. Pure. */
import { createHash } from 'node:crypto';
import type { Codec, Frame, PayloadFile, PayloadIndex } from '../../model.js';
import type { PackedUnit } from './frames.js';
import { compressFrameNow } from './codec.js';
import { tarPadding, tarEnd } from './tar-format.js';
import { headerOf, memberPath } from './names.js';
import { cacheKey } from '../../text/cache-key.js';

/** For the few hundred bytes between large files any level does. */
const headerLevel = 9;

/** A frame from the cache, or one of a few headers that is made here. */
export type LaidFrame = Pick<Frame, 'bytes' | 'packedBytes' | 'sha256'> &
  (
    | { readonly packed: Buffer }
    | { readonly packed: null; readonly packedSource: string; readonly packedOffset: number }
  );

/** Where every byte of the archive comes from and goes to. */
export interface PayloadLayout {
  readonly codec: Codec;
  readonly frames: readonly LaidFrame[];
  readonly files: readonly PayloadFile[];
  /** Absolute source of each of `files`, in their order. */
  readonly sources: readonly string[];
  readonly tarBytes: number;
  /** Size of the archive. */
  readonly payloadBytes: number;
}

/** Put the units one after another, in the given order. `at` of every file and the sizes are exact. */
export function layoutPayload(units: readonly PackedUnit[], codec: Codec): PayloadLayout {
  const frames: LaidFrame[] = [];
  const files: PayloadFile[] = [];
  const sources: string[] = [];
  let at = 0;
  let padding: Buffer = Buffer.alloc(0);
  const small = (bytes: Buffer): void => {
    if (bytes.length === 0) return;
    const packed = compressFrameNow(bytes, codec, headerLevel);
    const sha256 = createHash('sha256').update(packed).digest('hex');
    frames.push({ bytes: bytes.length, packedBytes: packed.length, sha256, packed });
    at += bytes.length;
  };
  for (const unit of units) {
    if (unit.holds === 'data') {
      const [file] = unit.files;
      if (file) small(Buffer.concat([padding, headerOf(file, unit.under)]));
    } else small(padding);
    unit.files.forEach((file, index) => {
      const begin = at + (unit.offsets[index] ?? 0);
      const described = { path: memberPath(file, unit.under), bytes: file.bytes, mode: file.mode };
      files.push(
        file.link === undefined ? { ...described, at: begin } : { ...described, at: 0, link: file.link },
      );
      sources.push(file.source);
    });
    for (const frame of unit.frames) {
      frames.push({ ...frame, packed: null });
      at += frame.bytes;
    }
    padding = unit.holds === 'data' ? tarPadding(unit.bytes) : Buffer.alloc(0);
  }
  small(Buffer.concat([padding, tarEnd]));
  if (new Set(files.map((file) => file.path)).size < files.length) {
    throw new Error('Two files want the same path in the payload.');
  }
  const payloadBytes = frames.reduce((sum, frame) => sum + frame.packedBytes, 0);
  return { codec, frames, files, sources, tarBytes: at, payloadBytes };
}

export type IndexFacts = Pick<PayloadIndex, 'codec' | 'payload' | 's3' | 'libraries' | 'tree' | 'modules'>;

/** What the bootstrap reads. Its digest names the folder in /tmp, so it covers all that decides what lies there. */
export function payloadIndex(layout: PayloadLayout, facts: IndexFacts): PayloadIndex {
  const { s3, ...rest } = facts;
  const described = {
    format: 1 as const,
    ...rest,
    tarBytes: layout.tarBytes,
    unpackedBytes: layout.files.reduce((sum, file) => sum + file.bytes, 0),
    frames: layout.frames.map((frame) => [frame.packedBytes, frame.bytes, frame.sha256] as const),
    files: layout.files,
  };
  return { ...described, s3, digest: cacheKey(described) };
}
