/** Many requests for one function, as many at once as were asked for, each after the one before it was answered. */
import { availableParallelism } from 'node:os';
import { availableMemory } from 'node:process';
import type { StepProgress } from '../../progress.js';
import type { Lab } from '../cold-start.js';
import type { RuntimeError } from '../model.js';
import type { Load, LoadWish, Sample } from './model.js';
import { openPool } from './pool.js';
import { roomFor, startsFor, summaryOf } from './summary.js';

const unknownError: RuntimeError = { errorType: 'Sandbox.Failure', errorMessage: '', stackTrace: [] };

/** An event, and its file when there are several. */
export interface LoadEvent {
  readonly name: string | null;
  readonly event: unknown;
}

/**
 * @param events in turn; one at least
 * @param each bytes that one environment needs, as the first has shown: what fits beside each other on this machine
 * @throws the signal's reason when it was aborted, and what the sandbox throws for the machine's faults; all environments
 *   have ended then
 */
export async function runLoad(
  lab: Lab,
  events: readonly LoadEvent[],
  wish: LoadWish,
  each: number,
  step: StepProgress,
): Promise<Load> {
  const machineCpus = availableParallelism();
  const room = Math.min(roomFor(availableMemory(), each), wish.concurrency);
  const startsAtOnce = startsFor(machineCpus, lab.spec.cpus);
  const pool = openPool(lab, { most: () => room, startsAtOnce });
  const samples: Sample[] = [];
  let sent = 0;
  const client = async (): Promise<void> => {
    while (sent < wish.requests) {
      const { name, event } = events[sent++ % events.length] ?? { name: null, event: null };
      const { init, waitMs, invocation } = await pool.serve(event);
      const { ok, ms } = invocation;
      const error = ok ? null : (invocation.error ?? unknownError);
      samples.push({ cold: init !== null, waitMs, initMs: init?.ms ?? 0, ms, error, event: name });
      step.note(`${samples.length} of ${wish.requests}, ${pool.started()} environments`);
      step.advance(1);
    }
  };
  const began = performance.now();
  try {
    await Promise.all(Array.from({ length: Math.min(wish.concurrency, wish.requests) }, client));
    const totalMs = performance.now() - began;
    const environments = pool.started();
    return summaryOf(wish, samples, { room, environments, machineCpus, totalMs, ...(await pool.close()) });
  } finally {
    await pool.close();
  }
}
