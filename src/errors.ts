/**
 * The request or the machine is at fault (exit code 2): a code, a sentence, a hint. Facts about the artifact are
 * findings instead (see findings.ts); anything else that is thrown is our bug (exit code 3).
 */

/** Codes are published (README, "Findings and errors"): never rename one. */
export type ErrorCode =
  | 'bad-option'
  | 'bad-config'
  | 'bad-recipe'
  | 'bad-requirements'
  | 'nothing-to-build'
  | 'not-found'
  | 'no-resolver'
  | 'no-wheel'
  | 'needs-newer-python'
  | 'resolution-failed'
  | 'index-unreachable'
  | 'hash-mismatch'
  | 'lock-tool-missing'
  | 'lock-export-failed'
  | 'no-container-engine'
  | 'container-failed'
  | 'does-not-fit'
  | 'path-clash'
  | 'output-not-ours'
  | 'output-unwritable'
  | 'cache-unwritable'
  | 'disk-full'
  | 'archive-differs'
  | 'interrupted'
  | 'no-manifest'
  | 'bad-manifest'
  | 'old-node';

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
  }
}
