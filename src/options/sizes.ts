/**
 * Sizes as people write them: `240 MiB` (1,048,576 each), `240 MB` (1,000,000 each), `251658240`. Read by bytes-iec; the
 * better known `bytes` takes `240 MiB` for 240 bytes without a word. Pure.
 */
import parseBytes from 'bytes-iec';

/** @returns bytes; null when it is no size */
export function parseSize(text: string): number | null {
  const bytes = /^\s*\d/.test(text) ? parseBytes.parse(text.trim()) : null;
  return bytes === null || !Number.isFinite(bytes) ? null : Math.floor(bytes);
}

/** `200 ms`, `1.5s`. @returns milliseconds; null when it is no time */
export function parseTime(text: string): number | null {
  const [, count, unit] = /^\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*$/.exec(text) ?? [];
  return count === undefined ? null : Number(count) * (unit === 's' ? 1000 : 1);
}

/** `5 MiB` or `2.5%`; null when it is neither. */
export function parseMaxGrowth(text: string): MaxGrowth | null {
  const percent = /^\s*(\d+(?:\.\d+)?)\s*%\s*$/.exec(text)?.[1];
  if (percent !== undefined) return { percent: Number(percent) };
  const bytes = parseSize(text);
  return bytes === null ? null : { bytes };
}

export type MaxGrowth = { readonly bytes: number } | { readonly percent: number };
