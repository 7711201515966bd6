/**
 * The one option table. Flags, environment variables, the config file, its JSON schema and the README's table are all
 * made from it, and every value goes through one parser, whichever of them it came from.
 */
import type { Budget } from '../check/model.js';
import { ownCheckOptions, ownDiffOptions } from './check.js';
import { ownInitOptions } from './init.js';
import { ownPublishOptions } from './publish.js';
import { ownReportOptions } from './report.js';
import { ownVerifyOptions } from './verify.js';
import { architectures, defaultPython, limits, pythonVersions } from '../limits.js';

export type OptionType = 'text' | 'flag' | 'integer' | 'list' | 'budgets';

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

/** Options of `verify`, in the order of `--help`. */
export const verifyOptions: readonly OptionRow[] = [
  ...shared(['out']),
  ...ownVerifyOptions,
  ...shared(['containerEngine', 'interpreter', 'cacheDir', 'noCache']),
];

/** Options of `check`, in the order of `--help`. */
export const checkOptions: readonly OptionRow[] = [
  ...shared(['out']),
  ...ownCheckOptions,
  ...shared(['cacheDir', 'noCache']),
];

/** Options of `diff`, in the order of `--help`. */
export const diffOptions: readonly OptionRow[] = ownDiffOptions;

/** Options of `report`, in the order of `--help`. */
export const reportOptions: readonly OptionRow[] = [...shared(['out']), ...ownReportOptions];

/** Options of `publish-layer`, in the order of `--help`. */
export const publishOptions: readonly OptionRow[] = [...shared(['out']), ...ownPublishOptions];

/** Options of `init`, in the order of `--help`. */
export const initOptions: readonly OptionRow[] = [...shared(['out', 'python', 'arch']), ...ownInitOptions];

/** Every row there is, once. */
export const allOptions = (): readonly OptionRow[] => [
  ...buildOptions,
  ...ownVerifyOptions,
  ...ownCheckOptions,
  ...ownReportOptions,
  ...ownPublishOptions,
  ...ownInitOptions,
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
  | (typeof ownCheckOptions)[number]['key']
  | (typeof ownReportOptions)[number]['key']
  | (typeof ownPublishOptions)[number]['key']
  | (typeof ownInitOptions)[number]['key']
  | (typeof commonOptions)[number]['key'];
export type OptionValue = string | number | boolean | readonly string[] | readonly Budget[];

/** `ephemeral-storage` → `LAMBDA_SLIM_EPHEMERAL_STORAGE`. */
export function environmentName(row: OptionRow): string {
  return row.variable ?? `LAMBDA_SLIM_${row.name.toUpperCase().replaceAll('-', '_')}`;
}
