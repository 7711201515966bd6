/**
 * The one option table. Flags, environment variables, the config file, its JSON schema and the README's table are all
 * made from it, and every value goes through one parser, whichever of them it came from.
 */
import { architectures, defaultPython, limits, pythonVersions } from './limits.js';
import { SlimError } from './errors.js';

export type OptionType = 'text' | 'flag' | 'integer' | 'list';

export interface OptionRow {
  /** Long flag without dashes, e.g. `ephemeral-storage`. */
  readonly name: string;
  /** Key in the config file, e.g. `ephemeralStorage`. */
  readonly key: string;
  /** Its environment variable, where two commands mean different things by one flag; default: made from the name. */
  readonly variable?: string;
  readonly short?: string;
  readonly type: OptionType;
  /** Placeholder in `--help`; absent for flags. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly pattern?: { readonly regex: RegExp; readonly example: string };
  readonly range?: readonly [min: number, max: number];
  readonly default?: string | number;
  readonly help: string;
  /** A path: relative to the working folder, or to the config file that names it. */
  readonly path?: true;
  /** False: makes no sense in a config file. */
  readonly inConfig?: false;
}

/** Options of `build`, in the order of `--help`. */
export const buildOptions = [
  {
    name: 'requirement',
    key: 'requirements',
    short: 'r',
    type: 'list',
    value: 'FILE',
    path: true,
    help: 'requirements.txt, pyproject.toml, uv.lock, poetry.lock, Pipfile.lock, pdm.lock or pylock.toml; repeatable. Without it the folder is searched',
  },
  {
    name: 'python',
    key: 'python',
    type: 'text',
    value: 'X.Y',
    choices: pythonVersions,
    default: defaultPython,
    help: "the function's Python",
  },
  {
    name: 'arch',
    key: 'arch',
    type: 'text',
    value: 'ARCH',
    choices: architectures,
    default: 'x86_64',
    help: "the function's architecture",
  },
  {
    name: 'out',
    key: 'out',
    type: 'text',
    value: 'DIR',
    path: true,
    default: '.lambda-slim',
    help: 'where the artifacts go; the only folder that is written',
  },
  {
    name: 'resolver',
    key: 'resolver',
    type: 'text',
    value: 'NAME',
    choices: ['auto', 'docker', 'uv', 'pip', 'directory'],
    default: 'auto',
    help: 'who installs: uv or pip on this machine (wheels only), or a container that can compile. auto: uv, else pip; docker when something must be compiled',
  },
  {
    name: 'from',
    key: 'from',
    type: 'text',
    value: 'DIR',
    path: true,
    help: 'slim this folder of installed packages instead of resolving',
  },
  {
    name: 'group',
    key: 'groups',
    type: 'list',
    value: 'NAME',
    help: 'also this dependency group of pyproject.toml or the lock file; repeatable',
  },
  {
    name: 'extra',
    key: 'extras',
    type: 'list',
    value: 'NAME',
    help: 'also this optional-dependencies extra of pyproject.toml or the lock file; repeatable',
  },
  {
    name: 'torch-backend',
    key: 'torchBackend',
    type: 'text',
    value: 'NAME',
    choices: ['cpu', 'keep'],
    default: 'cpu',
    help: 'Lambda has no GPU: cpu takes the CPU build of torch, keep takes what the index gives',
  },
  {
    name: 'image',
    key: 'image',
    type: 'text',
    value: 'IMAGE',
    help: 'container image for --resolver docker. Default: public.ecr.aws/sam/build-python<X.Y>',
  },
  {
    name: 'container-engine',
    key: 'containerEngine',
    type: 'text',
    value: 'NAME',
    choices: ['docker', 'podman', 'finch', 'nerdctl'],
    help: 'container engine; default: the first one found',
  },
  {
    name: 'exclude',
    key: 'exclude',
    type: 'list',
    value: 'PKG',
    help: 'leave this distribution out, with what only it needs; repeatable',
  },
  {
    name: 'exclude-runtime',
    key: 'excludeRuntime',
    type: 'flag',
    help: "leave out what Lambda's runtime brings (boto3, botocore, …)",
  },
  {
    name: 'stub',
    key: 'stub',
    type: 'list',
    value: 'PKG',
    help: 'replace the contents of this distribution by an empty package; its metadata stays; repeatable',
  },
  {
    name: 'keep',
    key: 'keep',
    type: 'list',
    value: 'GLOB',
    help: 'never drop these files, e.g. "sklearn/tests/**"; repeatable',
  },
  { name: 'drop', key: 'drop', type: 'list', value: 'GLOB', help: 'also drop these files; repeatable' },
  {
    name: 'recipes',
    key: 'recipes',
    type: 'list',
    value: 'FILE',
    path: true,
    help: 'more recipes (JSON, YAML or TOML); repeatable',
  },
  {
    name: 'service',
    key: 'services',
    type: 'list',
    value: 'NAME',
    help: 'keep only these AWS services of botocore, e.g. s3; repeatable. Default: all',
  },
  {
    name: 'prune',
    key: 'prune',
    type: 'text',
    value: 'LEVEL',
    choices: ['safe', 'aggressive'],
    default: 'safe',
    help: 'safe loses nothing that a function can use; aggressive takes features away, and says which',
  },
  {
    name: 'pyc',
    key: 'pyc',
    type: 'text',
    value: 'POLICY',
    choices: ['auto', 'none', 'all', 'only'],
    default: 'auto',
    help: 'bytecode for faster starts. auto: as far as there is room; only: without sources',
  },
  {
    name: 'format',
    key: 'format',
    type: 'text',
    value: 'FORMAT',
    choices: ['layer', 'function', 'directory'],
    help: 'what to make. Default: function with --handler, else layer',
  },
  {
    name: 'strategy',
    key: 'strategy',
    type: 'text',
    value: 'NAME',
    choices: ['auto', 'direct', 'layer', 'double-zip', 's3'],
    default: 'auto',
    help: 'how it travels. double-zip: the heaviest files in a payload that is opened into /tmp at start; s3: with the payload in a bucket. auto: the first of these that fits',
  },
  {
    name: 'codec',
    key: 'codec',
    type: 'text',
    value: 'NAME',
    choices: ['zstd', 'gzip'],
    default: 'zstd',
    help: 'how a payload is compressed. gzip is larger and opens more slowly, but needs no zstd extension before Python 3.14',
  },
  {
    name: 'level',
    key: 'level',
    type: 'integer',
    value: 'N',
    range: [1, 22],
    help: "the payload's compression level. Default: 9 (gzip has 1 to 9)",
  },
  {
    name: 'upload',
    key: 'upload',
    type: 'text',
    value: 'URL',
    pattern: { regex: /^s3:\/\/[a-z0-9][a-z0-9.-]+[a-z0-9](?:\/.*)?$/, example: 's3://bucket/prefix' },
    help: 'send the payload of strategy s3 there, under a name made of its contents',
  },
  {
    name: 'handler',
    key: 'handler',
    type: 'text',
    value: 'FOLDER',
    path: true,
    help: "the function's own code, to pack and to look for imports",
  },
  {
    name: 'ephemeral-storage',
    key: 'ephemeralStorage',
    type: 'integer',
    value: 'MB',
    range: [limits.ephemeralStorage.default, limits.ephemeralStorage.max],
    default: limits.ephemeralStorage.default,
    help: "the function's /tmp",
  },
  {
    name: 'glibc',
    key: 'glibc',
    type: 'text',
    value: 'X.Y',
    pattern: { regex: /^2\.\d{1,2}$/, example: '2.34' },
    help: 'newest glibc to build for, for custom runtimes and images',
  },
  {
    name: 'interpreter',
    key: 'interpreter',
    type: 'text',
    value: 'PYTHON',
    help: "Python of the function's version, to prove imports and make bytecode. Default: the first one found",
  },
  {
    name: 'no-proof',
    key: 'noProof',
    type: 'flag',
    help: 'do not import what is kept: faster, and only rules that were proved on exactly these versions apply',
  },
  {
    name: 'cache-dir',
    key: 'cacheDir',
    type: 'text',
    value: 'DIR',
    path: true,
    help: 'cache folder. Default: lambda-slim in your cache folder',
  },
  { name: 'no-cache', key: 'noCache', type: 'flag', help: 'use and keep no cache' },
  { name: 'plan', key: 'plan', type: 'flag', inConfig: false, help: 'decide and report, write nothing' },
] as const satisfies readonly OptionRow[];

/** Rows of `build` that another command has, too. */
function shared(keys: readonly (typeof buildOptions)[number]['key'][]): readonly OptionRow[] {
  return buildOptions.filter((row) => keys.includes(row.key));
}

/** Options of `verify` alone, in the order of `--help`. */
const ownVerifyOptions = [
  {
    name: 'handler',
    key: 'verifyHandler',
    variable: 'LAMBDA_SLIM_VERIFY_HANDLER',
    type: 'text',
    value: 'MODULE.FUNCTION',
    pattern: { regex: /^[^\s.][^\s]*\.[^\s.]+$/, example: 'app.handler' },
    help: "the function's handler, as Lambda's setting has it. Default: what the build promises is imported and probed",
  },
  {
    name: 'event',
    key: 'event',
    type: 'text',
    value: 'FILE',
    path: true,
    help: 'JSON file with the event for --handler. Default: {}',
  },
  {
    name: 'code',
    key: 'code',
    type: 'text',
    value: 'FOLDER',
    path: true,
    help: "the function's own code, when the build is a layer",
  },
  {
    name: 'sandbox',
    key: 'sandbox',
    type: 'text',
    value: 'NAME',
    choices: ['auto', 'docker', 'bubblewrap', 'unshare'],
    default: 'auto',
    help: "what stands for Lambda: AWS's image in a container, or namespaces of this Linux. auto: the first of them that works",
  },
  {
    name: 'runs',
    key: 'runs',
    type: 'integer',
    value: 'N',
    range: [1, 1000],
    default: 1,
    help: 'cold starts to measure',
  },
  {
    name: 'warm',
    key: 'warm',
    type: 'integer',
    value: 'N',
    range: [0, 1000],
    help: 'invocations of --handler after the first, in each cold start. Default: 3 when --runs is more than 1, else 0',
  },
  {
    name: 'memory',
    key: 'memory',
    type: 'integer',
    value: 'MB',
    range: [limits.memory.min, limits.memory.max],
    default: limits.memory.oneCpu,
    help: "the function's memory; 1769 is where Lambda gives one whole vCPU",
  },
  {
    name: 'cpus',
    key: 'cpus',
    type: 'integer',
    value: 'N',
    range: [1, 64],
    help: 'CPUs to run on. Default: one for each 1769 MB of --memory, rounded up, as far as the machine has them',
  },
  {
    name: 'timeout',
    key: 'timeout',
    type: 'integer',
    value: 'SECONDS',
    range: [1, limits.timeoutSeconds.max],
    default: 60,
    help: "the function's timeout, for each invocation",
  },
  {
    name: 'ephemeral-storage',
    key: 'verifyEphemeralStorage',
    variable: 'LAMBDA_SLIM_VERIFY_EPHEMERAL_STORAGE',
    type: 'integer',
    value: 'MB',
    range: [limits.ephemeralStorage.default, limits.ephemeralStorage.max],
    help: "the function's /tmp. Default: what the build was told",
  },
  {
    name: 'snap-start',
    key: 'snapStart',
    type: 'flag',
    help: 'initialize as for a SnapStart snapshot',
  },
  {
    name: 'env',
    key: 'env',
    type: 'list',
    value: 'NAME=VALUE',
    pattern: { regex: /^[A-Za-z][A-Za-z0-9_]*=/, example: 'TABLE=orders' },
    help: "an environment variable of the function's settings; repeatable",
  },
  {
    name: 'image',
    key: 'verifyImage',
    variable: 'LAMBDA_SLIM_VERIFY_IMAGE',
    type: 'text',
    value: 'IMAGE',
    help: 'container image for --sandbox docker. Default: public.ecr.aws/lambda/python:<X.Y>',
  },
] as const satisfies readonly OptionRow[];

/** Options of `verify`, in the order of `--help`. */
export const verifyOptions: readonly OptionRow[] = [
  ...shared(['out']),
  ...ownVerifyOptions,
  ...shared(['containerEngine', 'interpreter', 'cacheDir', 'noCache']),
];

/** Every row there is, once. */
export const allOptions = (): readonly OptionRow[] => [
  ...buildOptions,
  ...ownVerifyOptions,
  ...commonOptions,
];

/** Options that every command has. */
export const commonOptions = [
  {
    name: 'config',
    key: 'config',
    type: 'text',
    value: 'FILE',
    path: true,
    inConfig: false,
    help: 'config file. Default: lambda-slim.{json,yaml,toml}, package.json or pyproject.toml in the folder',
  },
  {
    name: 'json',
    key: 'json',
    type: 'flag',
    inConfig: false,
    help: 'one JSON document on standard output, also on failure',
  },
  { name: 'quiet', key: 'quiet', type: 'flag', inConfig: false, help: 'no progress, only the result' },
  { name: 'verbose', key: 'verbose', type: 'flag', inConfig: false, help: 'more detail' },
] as const satisfies readonly OptionRow[];

export type OptionKey =
  | (typeof buildOptions)[number]['key']
  | (typeof ownVerifyOptions)[number]['key']
  | (typeof commonOptions)[number]['key'];
export type OptionValue = string | number | boolean | readonly string[];

/** `ephemeral-storage` → `LAMBDA_SLIM_EPHEMERAL_STORAGE`. */
export function environmentName(row: OptionRow): string {
  return row.variable ?? `LAMBDA_SLIM_${row.name.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * One value, from any source, checked.
 * @param raw a string from a flag or the environment, anything from a config file
 * @param origin how to name the source in an error, e.g. `--python`, `LAMBDA_SLIM_PYTHON`, `"python" in lambda-slim.toml`
 * @throws SlimError `bad-option`
 */
export function parseValue(row: OptionRow, raw: unknown, origin: string): OptionValue {
  switch (row.type) {
    case 'flag':
      return parseFlag(raw, origin);
    case 'integer':
      return parseInteger(row, raw, origin);
    case 'list':
      return parseList(row, raw, origin);
    case 'text':
      return parseText(row, raw, origin);
  }
}

function parseFlag(raw: unknown, origin: string): boolean {
  if (raw === true || raw === '1' || raw === 'true' || raw === 'yes') return true;
  if (raw === false || raw === '0' || raw === 'false' || raw === 'no' || raw === '') return false;
  throw bad(origin, raw, 'true or false');
}

function parseInteger(row: OptionRow, raw: unknown, origin: string): number {
  const number =
    typeof raw === 'number' ? raw : typeof raw === 'string' && /^\d+$/.test(raw) ? Number(raw) : Number.NaN;
  const [min, max] = row.range ?? [0, Number.MAX_SAFE_INTEGER];
  if (!Number.isInteger(number) || number < min || number > max)
    throw bad(origin, raw, `a whole number from ${min} to ${max}`);
  return number;
}

function parseList(row: OptionRow, raw: unknown, origin: string): readonly string[] {
  const given: unknown[] | null = Array.isArray(raw) ? raw : typeof raw === 'string' ? [raw] : null;
  if (!given?.every((item) => typeof item === 'string')) throw bad(origin, raw, 'a list of texts');
  // A flag or a config file gives one path, glob or variable at a time, and these may hold a comma; names never do.
  const whole = Array.isArray(raw) && (row.path === true || row.value === 'GLOB' || row.value === 'NAME=VALUE');
  const items = whole ? given : given.flatMap(splitList);
  return items.filter((item) => item !== '').map((item) => parseText(row, item, origin));
}

/** At commas, but not at those within a glob's braces: `a,b/*.{so,pyd}` is two. */
function splitList(text: string): readonly string[] {
  return (text.match(/(?:\{[^}]*\}|[^,])+/g) ?? []).map((item) => item.trim());
}

function parseText(row: OptionRow, raw: unknown, origin: string): string {
  // YAML and TOML read an unquoted 3.10 as the number 3.1: refuse numbers where a version is meant.
  if (typeof raw !== 'string' || raw === '') {
    throw bad(
      origin,
      raw,
      typeof raw === 'number'
        ? `a text: put it in quotes, e.g. "${row.choices?.at(-1) ?? row.pattern?.example ?? raw}"`
        : 'a text',
    );
  }
  if (row.choices && !row.choices.includes(raw)) throw bad(origin, raw, `one of ${row.choices.join(', ')}`);
  if (row.pattern && !row.pattern.regex.test(raw)) throw bad(origin, raw, `like ${row.pattern.example}`);
  return raw;
}

function bad(origin: string, raw: unknown, wanted: string): SlimError {
  return new SlimError('bad-option', `${origin} is ${JSON.stringify(raw)}, but must be ${wanted}.`, {
    hint: 'See "lambda-slim build --help" for every option and its values.',
  });
}
