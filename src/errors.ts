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

/** What the system says of a write for which a disk, or the user's share of it, has no room. */
export function isDiskFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}

/** The same in a program's output. */
export function tellsDiskFull(text: string): boolean {
  return /no space left on device|disk quota exceeded|\bENOSPC\b|\bEDQUOT\b|os error 28\b/i.test(text);
}

export interface FullDisk extends Omit<SlimErrorOptions, 'hint'> {
  /** The option that names a folder on another disk. */
  readonly option: '--cache-dir' | '--out';
  /** How else to free some, in brackets. */
  readonly free?: string;
  /** A sentence behind the hint. */
  readonly more?: string;
}

/**
 * SlimError `disk-full`.
 * @param sentence says which disk
 */
export function diskFull(sentence: string, { option, free, more, ...rest }: FullDisk): SlimError {
  const folder = option === '--out' ? 'a folder' : 'a cache folder';
  const ways = `Free some space${free === undefined ? '' : ` (${free})`}, or name ${folder} on another disk with ${option}.`;
  return new SlimError('disk-full', sentence, {
    ...rest,
    hint: more === undefined ? ways : `${ways} ${more}`,
  });
}

/** SlimError `output-unwritable`: what was printed did not reach the file that standard output is. */
export function unwritten(cause: Error): SlimError {
  return new SlimError('output-unwritable', 'Standard output cannot be written.', {
    hint: 'Free some space, or send the output elsewhere.',
    details: [cause.message],
    cause,
  });
}

/** SlimError `archive-differs`: a log that is written to, or an editor that saves, while a build runs. */
export function changedMeanwhile(source: string): SlimError {
  return new SlimError('archive-differs', `${source} changed while it was packed.`, {
    hint: 'Build again when nothing writes into it.',
  });
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

/** What stopped work has thrown, as it is told: who changed something elsewhere has said what, and this stays. */
export function asInterrupted(error: unknown, cached: boolean): SlimError {
  const says = error instanceof SlimError && error.code === 'interrupted' && error.details.length > 0;
  return says ? error : interrupted(cached);
}

/**
 * @param signal null: nobody can stop it
 * @throws SlimError `interrupted`
 */
export function throwIfAborted(signal: AbortSignal | null): void {
  if (signal?.aborted === true) throw interrupted();
}
