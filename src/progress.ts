/** How long work tells that it goes on. The screen implements it; everything else only calls it. */
export interface Progress {
  /**
   * Begin a step. `total` is in the unit that `advance` counts (bytes or files); omit it when unknown.
   * Steps may overlap.
   */
  start(name: string, total?: number): StepProgress;
}

export interface StepProgress {
  advance(amount: number): void;
  /** What it is doing now, e.g. a file name. */
  note(text: string): void;
  /** End the step. `summary` is one short phrase, e.g. `15 distributions`. */
  end(summary?: string, options?: { cached?: boolean }): void;
}

/** For tests and for `--quiet`. */
export const silent: Progress = {
  start: () => ({ advance: () => {}, note: () => {}, end: () => {} }),
};

/**
 * Work that reports its progress can be stopped wherever it does so: starting a step and advancing throw once the signal is
 * aborted. Notes and ends never throw, as they may come from a stream's callback.
 */
export function interruptible(progress: Progress, signal: AbortSignal): Progress {
  return {
    start: (name, total) => {
      signal.throwIfAborted();
      const step = progress.start(name, total);
      return {
        advance: (amount) => {
          signal.throwIfAborted();
          step.advance(amount);
        },
        note: (text) => step.note(text),
        end: (summary, options) => step.end(summary, options),
      };
    },
  };
}
