/** Progress as data, for who draws it in some other way than we do. */
import type { StepTime } from '../model.js';
import type { Progress, StepProgress } from '../progress.js';

interface OfStep {
  /** Steps are numbered from 1 as they start. They may overlap: the number says which one it is. */
  readonly step: number;
  /** e.g. `compress`. For people: names are not fixed. */
  readonly name: string;
}

export interface StepStarted extends OfStep {
  readonly type: 'start';
  /** In the unit that is counted, bytes or files; null when it is not known. */
  readonly total: number | null;
}

export interface StepAdvanced extends OfStep {
  readonly type: 'advance';
  /** Since the last time. */
  readonly amount: number;
  /** Since the start. */
  readonly done: number;
  readonly total: number | null;
}

export interface StepNoted extends OfStep {
  readonly type: 'note';
  /** What it is doing now, e.g. a file name. */
  readonly text: string;
}

/** A step that fails has no end: the call throws. */
export interface StepEnded extends OfStep {
  readonly type: 'end';
  /** A short phrase, e.g. `15 distributions`. */
  readonly summary: string | null;
  /** Its result was in the cache. */
  readonly cached: boolean;
  readonly ms: number;
}

export type ProgressEvent = StepStarted | StepAdvanced | StepNoted | StepEnded;

/** @returns also the steps that have ended, in order */
export function asEvents(
  tell: (event: ProgressEvent) => void,
): Progress & { readonly times: readonly StepTime[] } {
  const times: StepTime[] = [];
  let started = 0;
  const start = (name: string, total: number | null = null): StepProgress => {
    const of = { step: ++started, name };
    const began = performance.now();
    let done = 0;
    tell({ type: 'start', ...of, total });
    return {
      advance: (amount) => {
        done += amount;
        tell({ type: 'advance', ...of, amount, done, total });
      },
      note: (text) => {
        tell({ type: 'note', ...of, text });
      },
      end: (summary = '', { cached = false } = {}) => {
        const ms = Math.round(performance.now() - began);
        times.push({ step: name, ms, cached });
        tell({ type: 'end', ...of, summary: summary === '' ? null : summary, cached, ms });
      },
    };
  };
  return { start, times };
}
