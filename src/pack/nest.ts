/**
 * Choose what is nested: as little as possible, because what stays plain costs nothing at start. A knapsack turned round:
 * among all choices that free enough room, the one with the fewest bytes to unpack. Pure.
 */
import { limits } from '../limits.js';
import type { Rejection } from '../model.js';

/** What can be nested: a whole unit or nothing of it. */
export interface Candidate {
  /** Unique, for ties. */
  readonly name: string;
  /** Bytes that it takes in /tmp. */
  readonly bytes: number;
  /** Bytes that it takes in the package instead; 0 when the payload lies in a bucket. */
  readonly packedBytes: number;
  /** `library`: loaded by path. `tree`: needs links to its neighbours, which cost time at start. */
  readonly way: 'library' | 'tree';
}

export interface NestRequest {
  /** Bytes of everything in the package (function and layers, unzipped) with nothing nested, bootstrap included. */
  readonly plainBytes: number;
  /** Size of /tmp, bytes. */
  readonly ephemeralBytes: number;
}

export type Choice =
  | { readonly ok: true; readonly names: ReadonlySet<string>; readonly bytes: number }
  | { readonly ok: false; readonly rejection: Omit<Rejection, 'strategy'> };

/** What a room is measured in. Rounding loses at most this much for each candidate. */
const quantum = 128 * 1024;

/**
 * What a tree of links costs, as bytes that could be unpacked in the same time: some thousand links take about
 * 0.1 s, in which about 64 MiB are unpacked (measured 2026-11 on one disk and in memory).
 */
const treeCost = 64 * 1024 * 1024;

/** File systems round each file up to a block and keep tables of their own: a hundredth, and room for the lock and folders. */
export function ephemeralNeed(bytes: number): number {
  return Math.ceil(bytes * 1.01) + 4 * 1024 * 1024;
}

/** The setting for files of so many bytes: MiB, in steps of 64, at least the default. */
export function ephemeralSetting(bytes: number): number {
  return settingFor(ephemeralNeed(bytes));
}

/** The setting for a need as `ephemeralNeed` tells it. */
export function settingFor(need: number): number {
  return Math.max(limits.ephemeralStorage.default, Math.ceil(need / 2 ** 20 / 64) * 64);
}

/**
 * @returns the names to nest, or the limit that no choice keeps: `unzipped`, or `ephemeral-storage` with the bytes of the
 * best choice as `actualBytes`
 */
export function chooseNested(candidates: readonly Candidate[], request: NestRequest): Choice {
  const need = request.plainBytes - (limits.unzipped - 1);
  if (need <= 0) return { ok: true, names: new Set(), bytes: 0 };
  const useful = candidates.filter((one) => one.bytes > one.packedBytes);
  const libraries = lightest(
    useful.filter((one) => one.way === 'library'),
    need,
  );
  const all = lightest(useful, need);
  if (all === null) {
    const gain = useful.reduce((sum, one) => sum + one.bytes - one.packedBytes, 0);
    return rejected(
      'unzipped',
      limits.unzipped,
      request.plainBytes - gain,
      'even with all that can be nested in the payload, function and layers would be too large unzipped',
    );
  }
  const best = libraries !== null && bytesOf(libraries) <= bytesOf(all) + treeCost ? libraries : all;
  const fits = [best, all].find((one) => ephemeralNeed(bytesOf(one)) <= request.ephemeralBytes);
  if (!fits) {
    return rejected(
      'ephemeral-storage',
      request.ephemeralBytes,
      ephemeralNeed(bytesOf(all)),
      'the payload would not fit into /tmp when it is unpacked',
    );
  }
  return { ok: true, names: new Set(fits.map((one) => one.name)), bytes: bytesOf(fits) };
}

/**
 * The candidates with the fewest bytes that together free `need`: dynamic programming over the room that is still to be
 * freed, in quanta.
 */
function lightest(candidates: readonly Candidate[], need: number): readonly Candidate[] | null {
  const sorted = [...candidates].sort(byEfficiency);
  if (sorted.reduce((sum, one) => sum + gainOf(one), 0) < need) return null;
  // Rounded down, so that a solution in quanta is one in bytes; then a little is missing at times, and all is the answer.
  const gains = sorted.map((one) => Math.floor(gainOf(one) / quantum));
  const goal = Math.ceil(need / quantum);
  if (gains.reduce((sum, gain) => sum + gain, 0) < goal) return thinned(sorted, need);
  const cost = new Float64Array(goal + 1).fill(Number.POSITIVE_INFINITY);
  cost[0] = 0;
  const taken = sorted.map(() => new Uint8Array(goal + 1));
  sorted.forEach((one, index) => {
    const gain = gains[index] ?? 0;
    const row = taken[index] as Uint8Array;
    for (let room = goal; room > 0; room--) {
      const with_ = (cost[Math.max(0, room - gain)] ?? Number.POSITIVE_INFINITY) + one.bytes;
      if (gain > 0 && with_ < (cost[room] ?? 0)) {
        cost[room] = with_;
        row[room] = 1;
      }
    }
  });
  const chosen: Candidate[] = [];
  let room = goal;
  for (let index = sorted.length - 1; index >= 0 && room > 0; index--) {
    if (taken[index]?.[room] !== 1) continue;
    chosen.push(sorted[index] as Candidate);
    room = Math.max(0, room - (gains[index] ?? 0));
  }
  return thinned(chosen, need);
}

/** Without those that rounding made seem necessary. */
function thinned(candidates: readonly Candidate[], need: number): readonly Candidate[] {
  let spare = candidates.reduce((sum, one) => sum + gainOf(one), 0) - need;
  const dropped = new Set<Candidate>();
  for (const one of [...candidates].sort((a, b) => b.bytes - a.bytes || byName(a, b))) {
    if (gainOf(one) > spare) continue;
    dropped.add(one);
    spare -= gainOf(one);
  }
  return candidates.filter((one) => !dropped.has(one)).sort(byName);
}

const gainOf = (one: Candidate): number => one.bytes - one.packedBytes;

const bytesOf = (some: readonly Candidate[]): number => some.reduce((sum, one) => sum + one.bytes, 0);

const byName = (a: Candidate, b: Candidate): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The most room for each byte to unpack comes first. */
function byEfficiency(a: Candidate, b: Candidate): number {
  return gainOf(b) / b.bytes - gainOf(a) / a.bytes || byName(a, b);
}

function rejected(
  limit: Rejection['limit'],
  limitBytes: number,
  actualBytes: number,
  because: string,
): Choice {
  // At the unzipped limit equal is too much (law 8).
  const overBytes = actualBytes - limitBytes + (limit === 'unzipped' ? 1 : 0);
  return { ok: false, rejection: { limit, limitBytes, actualBytes, overBytes, because } };
}
