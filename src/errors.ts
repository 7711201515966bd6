/**
 * The request or the machine is at fault (exit code 2): a code, a sentence, a hint. Facts about the artifact are
 * findings instead (see findings.ts); anything else that is thrown is our bug (exit code 3). Pure.
 */

/** Codes and what they mean. Published (README, "Findings and errors"): never rename one. */
export const errorMeanings = {
  'bad-option': 'An option has a value that it cannot have, or two options contradict each other.',
  'bad-config': 'The config file cannot be read or has an unknown key.',
  'bad-recipe': 'A recipe file cannot be read or does not have the shape of a recipe.',
  'bad-requirements': 'A requirements or lock file cannot be read or has a line that pip would refuse.',
  'nothing-to-build': 'No requirements were found, or the handler folder is empty.',
  'nothing-to-nest': 'A payload was asked for, and no file can be in one.',
  'not-found': 'A file, folder or package that was named is not there.',
  'no-resolver': 'Neither uv nor pip can be run.',
  'no-wheel': 'A requirement has no wheel that fits the target and would have to be compiled.',
  'needs-newer-python':
    'The wheels that exist need a newer glibc than this runtime has; a newer runtime has it.',
  'resolution-failed':
    'The requirements contradict each other or name something that the index does not have.',
  'index-unreachable': 'The package index did not answer.',
  'not-in-cache': 'Something that is needed is not in the cache, and --offline forbids to ask for it.',
  'build-forbidden': 'Something must be built from its source, and --no-build forbids to run its code.',
  'hash-mismatch': 'A downloaded file does not have the hash that the requirements or the lock file name.',
  'lock-tool-missing': 'A lock file needs the tool that owns it, and that tool is not installed.',
  'lock-export-failed': 'The tool that owns the lock file refused to export it.',
  'no-container-engine': 'Docker was asked for or is needed, and no container engine answers.',
  'container-failed': 'The build in the container failed.',
  'no-sandbox': 'Nothing on this machine can imitate Lambda for this target.',
  'sandbox-failed': 'A sandbox was there and did not start.',
  'bytecode-failed': 'The interpreter could not compile bytecode.',
  'does-not-fit': 'No strategy fits the limits of AWS Lambda; nothing was written.',
  'path-clash': 'Two files want the same path in an artifact.',
  'output-not-ours': 'The output folder holds files that lambda-slim did not make.',
  'file-exists': 'A file is there already where one would be written; nothing was written.',
  'output-unwritable': 'The output folder cannot be written.',
  'cache-unwritable': 'The cache folder cannot be written.',
  'disk-full': 'There is no room left on the disk.',
  'archive-differs': 'An archive, read back, is not what was planned; it was not kept.',
  interrupted: 'You stopped it (exit code 130).',
  'artifact-changed': 'An artifact in the output folder is missing, or is not the one that was built.',
  'no-layer': 'The build has no layer that could be published.',
  'cannot-attach': 'The function cannot have this layer; nothing was published.',
  'no-credentials': 'There are no AWS credentials, or AWS does not take them.',
  'aws-refused': 'AWS refused a request: a permission, a bucket or a setting is wrong.',
  'aws-unreachable': 'AWS did not answer, or was too busy to.',
  'bad-archive': 'A zip cannot be read.',
  'bad-baseline': 'The baseline is not one, or is not where it was said to be.',
  'no-manifest': 'There is no build in the output folder.',
  'bad-manifest': 'The manifest is not one that this version reads.',
  'old-node': 'Node is older than 22.15.',
} as const;

export type ErrorCode = keyof typeof errorMeanings;

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
