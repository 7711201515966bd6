/** One frame of a payload: a zstd frame or a gzip member that opens without any other. Pure. */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Codec } from '../../model.js';

/** 8 MiB: enough frames for every core, and each still large enough to compress well (independent frames cost 2–4 % of size). */
export const frameBytes = 8 * 1024 * 1024;

/** Measured on torch 2.13's 514 MB: zstd 9 makes 123.3 MB of them in 12 s on two cores, `zip -9` 154.0 MB in 53 s (2026-11). */
export const defaultCodecLevel: Readonly<Record<Codec, number>> = { zstd: 9, gzip: 9 };

const { constants } = zlib;
const zstdCompress = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdCompress);
const zstdDecompress = promisify<zlib.InputType, zlib.ZstdOptions, Buffer>(zlib.zstdDecompress);
const gzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gzip);
const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);

export async function compressFrame(bytes: Buffer, codec: Codec, level: number): Promise<Buffer> {
  const chunkSize = Math.max(1024, bytes.length >>> 2);
  if (codec === 'zstd') return zstdCompress(bytes, { ...zstdOptions(bytes.length, level), chunkSize });
  return withoutSystem(await gzip(bytes, { level, memLevel: 9, chunkSize }));
}

/** For the few hundred bytes of a header. */
export function compressFrameNow(bytes: Buffer, codec: Codec, level: number): Buffer {
  if (codec === 'zstd') return zlib.zstdCompressSync(bytes, zstdOptions(bytes.length, level));
  return withoutSystem(zlib.gzipSync(bytes, { level, memLevel: 9 }));
}

/** @throws the codec's error for bytes that are not exactly one frame */
export async function openFrame(packed: Buffer, codec: Codec): Promise<Buffer> {
  // Each chunk is another trip to the thread.
  const options = { chunkSize: frameBytes };
  return codec === 'zstd' ? zstdDecompress(packed, options) : gunzip(packed, options);
}

function zstdOptions(bytes: number, level: number): zlib.ZstdOptions {
  return {
    // The frame's header tells its size, so that decoders allocate once.
    pledgedSrcSize: bytes,
    params: {
      [constants.ZSTD_c_compressionLevel]: level,
      [constants.ZSTD_c_checksumFlag]: 1,
      [constants.ZSTD_c_contentSizeFlag]: 1,
      // Decoders need no more memory than a frame.
      [constants.ZSTD_c_windowLog]: 23,
    },
  };
}

/** The header's last byte names the system that compressed; 255 is "unknown". */
function withoutSystem(member: Buffer): Buffer {
  member[9] = 255;
  return member;
}
