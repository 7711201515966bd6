/** Not more calls a second than a service takes. */
import { setTimeout } from 'node:timers/promises';

/** Time, so that tests need none. */
export interface Clock {
  /** Milliseconds. */
  readonly now: () => number;
  /** Rejects with the signal's reason. */
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: async (ms, signal) => {
    await setTimeout(ms, undefined, { signal }).catch((error: unknown) => {
      signal.throwIfAborted();
      throw error;
    });
  },
};

/** A tenth longer than a second: calls arrive less evenly than they leave. */
const windowMs = 1100;

/** At most `perSecond` turns begin in any second; who asks first is first. */
export class Pace {
  readonly #perSecond: number;
  readonly #clock: Clock;
  /** When the last turns began or will begin, oldest first. */
  readonly #turns: number[] = [];

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  /** Wait for a turn. */
  async turn(signal: AbortSignal): Promise<void> {
    const now = this.#clock.now();
    const oldest = this.#turns.length < this.#perSecond ? undefined : this.#turns.shift();
    const begins = oldest === undefined ? now : Math.max(now, oldest + windowMs);
    this.#turns.push(begins);
    if (begins > now) await this.#clock.sleep(begins - now, signal);
    signal.throwIfAborted();
  }
}
