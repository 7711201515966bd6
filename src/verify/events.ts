/** Several events for a handler, one after the other, as Lambda would hand them to one execution environment. */
import { coldStart, type Lab } from './cold-start.js';
import type { StepProgress } from '../progress.js';
import type { ColdStart, EventResult, NamedEvent } from './verification.js';

export interface Invoked {
  readonly events: readonly EventResult[];
  readonly coldStarts: readonly ColdStart[];
  readonly log: readonly string[];
}

/** An environment that an event ended is followed by a new one; without an initialization the rest is not tried. */
export async function invokeEvents(
  lab: Lab,
  events: readonly NamedEvent[],
  step: StepProgress,
): Promise<Invoked> {
  const results: EventResult[] = [];
  const coldStarts: ColdStart[] = [];
  const log: string[] = [];
  while (results.length < events.length) {
    const before = results.length;
    const result = await coldStart(lab, async (environment) => {
      const warmMs: number[] = [];
      let firstMs: number | null = null;
      for (const { name, event } of events.slice(before)) {
        lab.signal.throwIfAborted();
        step.note(name);
        const cold = results.length === before;
        const invocation = await environment.invoke(event, lab.timeoutMs);
        results.push({ name, cold, invocation });
        step.advance(1);
        if (invocation.ok && cold) firstMs = invocation.ms;
        else if (invocation.ok) warmMs.push(invocation.ms);
        if (environment.over()) break;
      }
      // Each event has a result of its own.
      return { first: null, importMs: null, firstMs, warmMs };
    });
    coldStarts.push(result.coldStart);
    log.push(...result.log);
    if (result.coldStart.initMs === null) break;
  }
  const rest = events.slice(results.length);
  return {
    events: [...results, ...rest.map(({ name }): EventResult => ({ name, cold: false, invocation: null }))],
    coldStarts,
    log,
  };
}
