/**
 * Choose what is nested: as little as possible, because what stays plain costs nothing at start. A knapsack turned round:
 * among all choices that free enough room, the one with the fewest bytes to unpack, and the fewest files and links to create
 * (each counts as some bytes). Pure.
 */
import { limits } from '../../limits.js';
import { broken, type Broken } from './rejection.js';

/** What can be nested: a whole unit or nothing of it. */
export interface Candidate {
  /** Unique, for ties. */
  readonly name: string;
  /** Bytes that it takes in /tmp. */
  readonly bytes: number;
  /** Bytes that it takes in the package instead; 0 when the payload lies in a bucket. */
  readonly packedBytes: number;
  /** Files that are created at start. */
  readonly files: number;
  /** `library`: loaded by path. `tree`: needs links to its neighbours, which cost time at start. */
  readonly way: 'library' | 'tree';
}

export interface NestRequest {
  /** Bytes of everything in the package (function and layers, unzipped) with nothing nested, bootstrap included. */
  readonly plainBytes: number;
  /** What stays must be smaller, unzipped; equal is too much. Default: Lambda's limit. */
  readonly limit?: number;
  /** Size of /tmp, bytes. */
  readonly ephemeralBytes: number;
  /** Folders and links that the tree has besides the nested files when these are nested. */
  readonly linked: (names: ReadonlySet<string>) => number;
}

export type Choice =
  | { readonly ok: true; readonly names: ReadonlySet<string>; readonly bytes: number }
  | { readonly ok: false; readonly rejection: Broken };

/** Room is counted in so many steps, and in none smaller than a page. */
const mostSteps = 8192;
const leastQuantum = 4096;

/**
 * What creating a file, a link or a folder costs at start: as the bytes that could be unpacked meanwhile. Measured with the
 * bootstrap (2026-11, CPython 3.13, 6,000 files of 2 KB, 6,000 links): 18 µs and 6 µs in memory, 25–450 µs and 40–400 µs on
 * ext4 on a virtual disk, the most when it was busy; a megabyte took 1.8 ms. Lambda's /tmp is such a disk, so this is 90 µs.
 * With it TensorFlow's list nests 640 files instead of 5,600, and 1 % more bytes.
 */
const creationCost = 48 * 1024;

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
  const { limit = limits.unzipped } = request;
  const need = request.plainBytes - (limit - 1);
  if (need <= 0) return { ok: true, names: new Set(), bytes: 0 };
  const useful = candidates.filter((one) => one.bytes > one.packedBytes);
  const libraries = useful.filter((one) => one.way === 'library');
  const smallest = lightest(useful, need, bytesOf);
  if (smallest === null) {
    const gain = sumOf(useful, gainOf);
    return rejected(
      'unzipped',
      limit,
      request.plainBytes - gain,
      'even with all that can be nested in the payload, function and layers would be too large unzipped',
    );
  }
  const choices = [lightest(libraries, need, costOf), lightest(useful, need, costOf), smallest]
    .filter((choice) => choice !== null)
    .map((choice) => {
      const names = new Set(choice.map((one) => one.name));
      const bytes = sumOf(choice, bytesOf);
      return { names, bytes, cost: sumOf(choice, costOf) + creationCost * request.linked(names) };
    })
    // Among equals the first: what needs no tree.
    .sort((a, b) => a.cost - b.cost);
  const best = choices.find(({ bytes }) => ephemeralNeed(bytes) <= request.ephemeralBytes);
  if (best) return { ok: true, names: best.names, bytes: best.bytes };
  return rejected(
    'ephemeral-storage',
    request.ephemeralBytes,
    ephemeralNeed(sumOf(smallest, bytesOf)),
    'the payload would not fit into /tmp when it is unpacked',
  );
}

/**
 * The candidates that together free `need` and weigh the least: dynamic programming over the room that is still to be
 * freed, in quanta.
 */
function lightest(
  candidates: readonly Candidate[],
  need: number,
  weigh: (one: Candidate) => number,
): readonly Candidate[] | null {
  const sorted = [...candidates].sort(byEfficiency);
  if (sumOf(sorted, gainOf) < need) return null;
  const quantum = Math.max(leastQuantum, need / mostSteps);
  const goal = Math.ceil(need / quantum);
  // Rounded up, no choice is lost: when the best one frees enough in bytes, too, nothing is better.
  for (const round of [Math.ceil, Math.floor]) {
    const gains = sorted.map((one) => round(gainOf(one) / quantum));
    const chosen = cheapest(sorted, gains, goal, weigh);
    if (chosen && sumOf(chosen, gainOf) >= need) return thinned(chosen, need, weigh);
  }
  // Rounded down, a little is missing at times.
  return thinned(sorted, need, weigh);
}

/**
 * Those whose gains are `goal` or more together, with the least weight.
 * @param gains of each, in quanta
 */
function cheapest(
  candidates: readonly Candidate[],
  gains: readonly number[],
  goal: number,
  weigh: (one: Candidate) => number,
): readonly Candidate[] | null {
  const cost = new Float64Array(goal + 1).fill(Number.POSITIVE_INFINITY);
  cost[0] = 0;
  const taken = candidates.map(() => new Uint8Array(goal + 1));
  candidates.forEach((one, index) => {
    const gain = gains[index] ?? 0;
    const weight = weigh(one);
    const row = taken[index] as Uint8Array;
    for (let room = goal; room > 0; room--) {
      const with_ = (cost[Math.max(0, room - gain)] ?? Number.POSITIVE_INFINITY) + weight;
      if (gain > 0 && with_ < (cost[room] ?? 0)) {
        cost[room] = with_;
        row[room] = 1;
      }
    }
  });
  if (cost[goal] === Number.POSITIVE_INFINITY) return null;
  const chosen: Candidate[] = [];
  let room = goal;
  for (let index = candidates.length - 1; index >= 0 && room > 0; index--) {
    if (taken[index]?.[room] !== 1) continue;
    chosen.push(candidates[index] as Candidate);
    room = Math.max(0, room - (gains[index] ?? 0));
  }
  return chosen;
}

/** Without those that rounding made seem necessary. */
function thinned(
  candidates: readonly Candidate[],
  need: number,
  weigh: (one: Candidate) => number,
): readonly Candidate[] {
  let spare = sumOf(candidates, gainOf) - need;
  const dropped = new Set<Candidate>();
  for (const one of [...candidates].sort((a, b) => weigh(b) - weigh(a) || byName(a, b))) {
    if (gainOf(one) > spare) continue;
    dropped.add(one);
    spare -= gainOf(one);
  }
  return candidates.filter((one) => !dropped.has(one)).sort(byName);
}

const gainOf = (one: Candidate): number => one.bytes - one.packedBytes;

const bytesOf = (one: Candidate): number => one.bytes;

const costOf = (one: Candidate): number => one.bytes + creationCost * one.files;

const sumOf = (some: readonly Candidate[], of: (one: Candidate) => number): number =>
  some.reduce((sum, one) => sum + of(one), 0);

const byName = (a: Candidate, b: Candidate): number => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0);

/** The most room for each byte to unpack comes first. */
function byEfficiency(a: Candidate, b: Candidate): number {
  return gainOf(b) / b.bytes - gainOf(a) / a.bytes || byName(a, b);
}

function rejected(...of: Parameters<typeof broken>): Choice {
  return { ok: false, rejection: broken(...of) };
}
