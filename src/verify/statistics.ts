/** Percentiles of measured times. Pure. */

import type { Percentiles } from '../model.js';

/**
 * By nearest rank: each percentile is a value that was measured, so few values do not make up finer ones.
 * @returns null without values
 */
export function percentiles(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (percent: number): number =>
    sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? 0;
  return { count: sorted.length, p50: at(50), p95: at(95), p99: at(99) };
}
