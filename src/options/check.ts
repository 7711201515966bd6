/** Rows of the option table that `check` and `diff` alone have; `table.ts` puts them with the others. Pure. */
import { budgetSubjects } from './budget.js';
import { limits } from '../limits.js';
import type { OptionRow } from './row.js';

const markdown = {
  name: 'markdown',
  key: 'markdown',
  type: 'text',
  value: 'FILE',
  inConfig: false,
  help: 'write the report as Markdown; - writes it to standard output instead of the text',
} as const satisfies OptionRow;

/** `report` has it, too. */
export const baselineOption = {
  name: 'baseline',
  key: 'baseline',
  type: 'text',
  value: 'WHERE',
  path: true,
  unlessPath: /^(?:git:|s3:\/\/)/,
  help: 'what to compare with: a file of --write-baseline, a manifest, a zip or a folder; git:REF or git:REF:FILE; s3://bucket/key',
} as const satisfies OptionRow;

/** Options of `check` alone, in the order of `--help`. */
export const ownCheckOptions = [
  {
    name: 'build',
    key: 'build',
    type: 'flag',
    inConfig: false,
    help: 'build first: what is checked is the folder of the requirements then',
  },
  {
    name: 'budget',
    key: 'budgets',
    type: 'budgets',
    value: 'WHAT=MAX',
    help: `a size or time that must not be exceeded, e.g. unzipped=240MiB or init=5s; WHAT is ${budgetSubjects}; repeatable. AWS's limits always hold`,
  },
  {
    name: 'ephemeral-storage',
    key: 'checkEphemeralStorage',
    variable: 'LAMBDA_SLIM_CHECK_EPHEMERAL_STORAGE',
    type: 'integer',
    value: 'MB',
    range: [limits.ephemeralStorage.default, limits.ephemeralStorage.max],
    help: "the function's /tmp. Default: what the build was told, else 512",
  },
  baselineOption,
  {
    name: 'max-growth',
    key: 'maxGrowth',
    type: 'text',
    value: 'SIZE|PERCENT',
    pattern: { regex: /^\s*\d+(?:\.\d+)?\s*(?:%|[kKMG]?i?B?)\s*$/, example: '2%' },
    help: 'how much it may grow since the baseline, unzipped and in /tmp together',
  },
  {
    name: 'write-baseline',
    key: 'writeBaseline',
    type: 'text',
    value: 'FILE',
    path: true,
    inConfig: false,
    help: 'write the sizes to a small file, to be committed and compared with later',
  },
  markdown,
  {
    name: 'junit',
    key: 'junit',
    type: 'text',
    value: 'FILE',
    path: true,
    inConfig: false,
    help: 'write the verdicts as a JUnit report',
  },
  {
    name: 'github',
    key: 'github',
    type: 'flag',
    inConfig: false,
    help: 'in GitHub Actions: annotations, job summary and outputs. Annotations follow the report; beside --json or --markdown - they go to standard error, which GitHub reads, too',
  },
  {
    name: 'comment',
    key: 'comment',
    type: 'flag',
    inConfig: false,
    help: 'in GitHub Actions: write the report as a comment on the pull request, or renew the one that is there',
  },
  {
    name: 'title',
    key: 'title',
    type: 'text',
    value: 'TEXT',
    default: 'Lambda package size',
    help: 'heading of the report in Markdown; comments with different titles stand beside each other',
  },
] as const satisfies readonly OptionRow[];

/** Options of `diff`, in the order of `--help`. */
export const ownDiffOptions = [markdown] as const satisfies readonly OptionRow[];
