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
