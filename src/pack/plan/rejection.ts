/** Why a strategy was not taken: the limit that it breaks, and by how much. Pure. */
import type { Beside, Rejection, Strategy } from '../../model.js';
import { unzippedLimit } from './room.js';

/** What is the same for each strategy that breaks the limit in the same way. */
export type Broken = Omit<Rejection, 'strategy'>;

/** @param because a clause, for people and the manifest */
export function broken(
  limit: Rejection['limit'],
  limitBytes: number,
  actualBytes: number,
  because: string,
): Broken {
  // At the unzipped limit equal is too much (law 8).
  const most = limit === 'unzipped' ? limitBytes - 1 : limitBytes;
  return { limit, limitBytes, actualBytes, overBytes: Math.max(0, actualBytes - most), because };
}

/** One rejection for each strategy when the whole is not below the unzipped limit (equal is too much). */
export function tooLarge(
  strategies: readonly Strategy[],
  unzippedBytes: number,
  beside?: Beside,
): readonly Rejection[] {
  const limit = unzippedLimit(beside);
  if (unzippedBytes < limit) return [];
  const because = 'function and layers together, unzipped, must be smaller than the limit';
  const rejected = broken('unzipped', limit, unzippedBytes, because);
  return strategies.map((strategy) => ({ strategy, ...rejected }));
}
