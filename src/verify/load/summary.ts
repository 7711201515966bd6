/** From requests, as they went, to what is told of them. Pure. */
import { percentiles } from '../statistics.js';
import type { Load, LoadError, LoadWish, Sample } from './model.js';

/** What is known besides the requests. */
type Around = Pick<Load, 'room' | 'environments' | 'machineCpus' | 'totalMs' | 'peakMemory' | 'tmpBytes'>;

/** Times are those of answered requests: one that failed at once would make the function look fast. */
export function summaryOf(
  { requests, concurrency }: LoadWish,
  samples: readonly Sample[],
  around: Around,
): Load {
  const answered = samples.filter(({ error }) => error === null);
  const cold = answered.filter((one) => one.cold);
  const warm = answered.filter((one) => !one.cold);
  const wholeMs = ({ initMs, ms }: Sample): number => initMs + ms;
  return {
    requests,
    concurrency,
    failed: samples.length - answered.length,
    errors: errorsIn(samples),
    ...around,
    requestsPerSecond: around.totalMs === 0 ? 0 : (samples.length * 1000) / around.totalMs,
    all: percentiles(answered.map(wholeMs)),
    cold: percentiles(cold.map(wholeMs)),
    init: percentiles(cold.map(({ initMs }) => initMs)),
    warm: percentiles(warm.map(({ ms }) => ms)),
    waiting:
      around.room < Math.min(requests, concurrency) ? percentiles(samples.map(({ waitMs }) => waitMs)) : null,
  };
}

function errorsIn(samples: readonly Sample[]): readonly LoadError[] {
  const kinds = new Map<string, LoadError>();
  for (const { error, event } of samples) {
    if (error === null) continue;
    const { errorType: type, errorMessage: message } = error;
    const known = kinds.get(type) ?? { type, count: 0, example: { event, message } };
    kinds.set(type, { ...known, count: known.count + 1 });
  }
  return [...kinds.values()].sort((a, b) => b.count - a.count || (a.type < b.type ? -1 : 1));
}

/** Bytes of lambda-slim's own first process in each environment. */
const own = 16 * 2 ** 20;
/** What one needs may be a little more than what the first has shown. */
const margin = 1.25;

/**
 * Environments that fit into this machine's memory at once: one at least, as one has run already.
 * @param available bytes that are free while none runs
 * @param each bytes that one needs, its /tmp among them, which lies in memory here
 */
export function roomFor(available: number, each: number): number {
  return Math.max(1, Math.floor(available / ((each + own) * margin)));
}

/**
 * Environments that may start at once: more would only slow each other down.
 * @param each CPUs of one, as far as it is told
 */
export const startsFor = (machineCpus: number, each: number | null): number =>
  Math.max(1, Math.floor(machineCpus / (each ?? 1)));
