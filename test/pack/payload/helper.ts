/** Payloads of small files, made as a build makes them. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { Cache } from '../../../src/io/cache.js';
import type { Codec, PayloadIndex } from '../../../src/model.js';
import { packUnits, type PackedUnit, type UnitInput } from '../../../src/pack/payload/frames.js';
import { writePayload } from '../../../src/pack/payload/payload.js';
import { payloadIndex } from '../../../src/pack/payload/layout.js';
import { layoutPayload } from '../../../src/pack/payload/layout.js';
import type { PayloadLayout } from '../../../src/pack/payload/layout.js';
import { silent, type Progress } from '../../../src/progress.js';

export const MIB = 2 ** 20;

/** So many bytes that compress, and no two files alike. */
export const content = (bytes: number, seed: number): Buffer =>
  Buffer.alloc(bytes, createHash('sha512').update(String(seed)).digest());

export interface Made {
  readonly archive: string;
  readonly layout: PayloadLayout;
  readonly index: PayloadIndex;
}

/** Lay out and write; also the index. */
export async function write(units: readonly PackedUnit[], codec: Codec, folder: string): Promise<Made> {
  const layout = layoutPayload(units, codec);
  const archive = path.join(folder, codec === 'zstd' ? 'payload.tar.zst' : 'payload.tar.gz');
  const written = await writePayload(archive, layout);
  const payload = { file: path.basename(archive), ...written };
  const index = payloadIndex(layout, { codec, payload, s3: null, libraries: [], tree: null, modules: [] });
  return { archive, layout, index };
}

export interface Packing {
  readonly codec?: Codec;
  readonly threads?: number;
  readonly progress?: Progress;
}

/** Through a cache of its own, at level 1. */
export async function pack(
  units: readonly UnitInput[],
  cacheFolder: string,
  { codec = 'gzip', threads = 2, progress = silent }: Packing = {},
): Promise<readonly PackedUnit[]> {
  const cache = await Cache.open(cacheFolder, true);
  try {
    return await packUnits(units, { cache, progress, codec, level: 1, threads });
  } finally {
    await cache.close();
  }
}

/** With one bit changed. */
export function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}
