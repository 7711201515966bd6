/**
 * Errors: what each code means, why it happens and what to do, for docs/reference/errors.md and for `explain`. What
 * the program says when it happens is written where it is thrown, as it knows the names and numbers. Pure.
 */

interface ErrorText {
  /** One sentence. */
  readonly meaning: string;
  /** One to four sentences: why it happens, and what to do. */
  readonly more: string;
}

/** Published: never rename one. */
export const errorTexts = {
  'bad-option': {
    meaning: 'An option has a value that it cannot have, or two options contradict each other.',
    more: '',
  },
  'bad-config': { meaning: 'The config file cannot be read or has an unknown key.', more: '' },
  'bad-recipe': { meaning: 'A recipe file cannot be read or does not have the shape of a recipe.', more: '' },
  'bad-requirements': {
    meaning: 'A requirements or lock file cannot be read or has a line that pip would refuse.',
    more: '',
  },
  'nothing-to-build': { meaning: 'No requirements were found, or the handler folder is empty.', more: '' },
  'nothing-to-nest': { meaning: 'A payload was asked for, and no file can be in one.', more: '' },
  'not-found': { meaning: 'A file, folder or package that was named is not there.', more: '' },
  'no-resolver': { meaning: 'Neither uv nor pip can be run.', more: '' },
  'no-wheel': {
    meaning: 'A requirement has no wheel that fits the target and would have to be compiled.',
    more: '',
  },
  'needs-newer-python': {
    meaning: 'The wheels that exist need a newer glibc than this runtime has; a newer runtime has it.',
    more: '',
  },
  'resolution-failed': {
    meaning: 'The requirements contradict each other or name something that the index does not have.',
    more: '',
  },
  'index-unreachable': { meaning: 'The package index did not answer.', more: '' },
  'not-in-cache': {
    meaning: 'Something that is needed is not in the cache, and --offline forbids to ask for it.',
    more: '',
  },
  'build-forbidden': {
    meaning: 'Something must be built from its source, and --no-build forbids to run its code.',
    more: '',
  },
  'hash-mismatch': {
    meaning: 'A downloaded file does not have the hash that the requirements or the lock file name.',
    more: '',
  },
  'lock-tool-missing': {
    meaning: 'A lock file needs the tool that owns it, and that tool is not installed.',
    more: '',
  },
  'lock-export-failed': { meaning: 'The tool that owns the lock file refused to export it.', more: '' },
  'no-container-engine': {
    meaning: 'Docker was asked for or is needed, and no container engine answers.',
    more: '',
  },
  'container-failed': { meaning: 'The build in the container failed.', more: '' },
  'no-sandbox': { meaning: 'Nothing on this machine can imitate Lambda for this target.', more: '' },
  'sandbox-failed': { meaning: 'A sandbox was there and did not start.', more: '' },
  'bytecode-failed': { meaning: 'The interpreter could not compile bytecode.', more: '' },
  'does-not-fit': { meaning: 'No strategy fits the limits of AWS Lambda; nothing was written.', more: '' },
  'path-clash': { meaning: 'Two files want the same path in an artifact.', more: '' },
  'output-not-ours': { meaning: 'The output folder holds files that lambda-slim did not make.', more: '' },
  'file-exists': {
    meaning: 'A file is there already where one would be written; nothing was written.',
    more: '',
  },
  'output-unwritable': { meaning: 'The output folder cannot be written.', more: '' },
  'cache-unwritable': { meaning: 'The cache folder cannot be written.', more: '' },
  'disk-full': { meaning: 'There is no room left on the disk.', more: '' },
  'archive-differs': {
    meaning: 'An archive, read back, is not what was planned; it was not kept.',
    more: '',
  },
  interrupted: { meaning: 'You stopped it (exit code 130).', more: '' },
  'artifact-changed': {
    meaning: 'An artifact in the output folder is missing, or is not the one that was built.',
    more: '',
  },
  'no-layer': { meaning: 'The build has no layer that could be published.', more: '' },
  'cannot-attach': { meaning: 'The function cannot have this layer; nothing was published.', more: '' },
  'no-credentials': { meaning: 'There are no AWS credentials, or AWS does not take them.', more: '' },
  'aws-refused': {
    meaning: 'AWS refused a request: a permission, a bucket or a setting is wrong.',
    more: '',
  },
  'aws-unreachable': { meaning: 'AWS did not answer, or was too busy to.', more: '' },
  'bad-archive': { meaning: 'A zip cannot be read.', more: '' },
  'bad-baseline': { meaning: 'The baseline is not one, or is not where it was said to be.', more: '' },
  'no-manifest': { meaning: 'There is no build in the output folder.', more: '' },
  'bad-manifest': { meaning: 'The manifest is not one that this version reads.', more: '' },
  'old-node': { meaning: 'Node is older than 22.15.', more: '' },
} as const satisfies Readonly<Record<string, ErrorText>>;

export type ErrorCode = keyof typeof errorTexts;
