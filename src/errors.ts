/**
 * The request or the machine is at fault (exit code 2): a code, a sentence, a hint. Facts about the artifact are
 * findings instead (see findings.ts); anything else that is thrown is our bug (exit code 3). Pure.
 */

import type { ErrorCode } from './error-texts.js';

export type { ErrorCode } from './error-texts.js';

export interface SlimErrorOptions {
  /** What to do next: one or more whole sentences. Required: no error without a way out. */
  readonly hint: string;
  /** Lines printed below the sentence (numbers, tags, the tool's last lines), already free of secrets. */
  readonly details?: readonly string[];
  readonly cause?: unknown;
}

export class SlimError extends Error {
  override readonly name = 'SlimError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: readonly string[];

  constructor(code: ErrorCode, sentence: string, options: SlimErrorOptions) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.details = options.details ?? [];
    // What test runners and debuggers print of an error; the program itself never does.
    const whole = [sentence, ...this.details, this.hint].join('\n    ');
    this.stack = this.stack?.replace(sentence, () => whole) ?? whole;
  }
}

/**
 * What Ctrl-C throws.
 * @param cached false with `--no-cache`
 */
export function interrupted(cached = true): SlimError {
  return new SlimError('interrupted', 'Interrupted: nothing was written.', {
    hint: cached
      ? 'What was downloaded and compressed so far is in the cache; run the same command again to go on.'
      : 'Nothing was kept; run the same command again.',
  });
}

/** @throws SlimError `interrupted` */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) throw interrupted();
}
