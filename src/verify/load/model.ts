/** What many requests at once came to. Times are milliseconds, sizes bytes. Pure. */
import type { Percentiles } from '../../model.js';
import type { RuntimeError } from '../model.js';

/** What was asked for. */
export interface LoadWish {
  readonly requests: number;
  /** Requests that are under way at the same time: each comes as soon as the one before it is answered. */
  readonly concurrency: number;
}

/** One request, as it went. */
export interface Sample {
  /** It had to wait for an environment to start. */
  readonly cold: boolean;
  /** Until this machine had room for it: what Lambda has no part in. */
  readonly waitMs: number;
  /** What the start of its environment took; 0 for a warm one. */
  readonly initMs: number;
  /** What the function took for it. */
  readonly ms: number;
  readonly error: RuntimeError | null;
  /** File of its event; null: there was just one. */
  readonly event: string | null;
}

/** Failed requests of one kind. */
export interface LoadError {
  /** As the runtime names it, e.g. `KeyError`, `Sandbox.Timedout`. */
  readonly type: string;
  readonly count: number;
  /** The first of them. */
  readonly example: { readonly event: string | null; readonly message: string };
}

export interface Load extends LoadWish {
  readonly failed: number;
  /** The kinds of failures, the most frequent first. */
  readonly errors: readonly LoadError[];
  /** Environments that this machine has memory for at once: fewer than `concurrency` made requests wait. */
  readonly room: number;
  /** Environments that were started. */
  readonly environments: number;
  /** CPUs of this machine, which the environments shared. */
  readonly machineCpus: number;
  /** From the first request to the last answer. */
  readonly totalMs: number;
  readonly requestsPerSecond: number;
  /** What each answered request took as Lambda would count it: without waiting for this machine. */
  readonly all: Percentiles | null;
  /** Of those that found no free environment: its start, and the answer. */
  readonly cold: Percentiles | null;
  /** Of these, the starts. */
  readonly init: Percentiles | null;
  readonly warm: Percentiles | null;
  /** What requests waited for room on this machine; null when it had room for all. */
  readonly waiting: Percentiles | null;
  readonly peakMemory: number;
  readonly tmpBytes: number;
}
