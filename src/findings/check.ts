/** Facts that `check` finds: their arguments and words. `findings.ts` puts them with the others. Pure. */
import type { FindingTexts } from './row.js';
import { bytesText, countText, groupedText, percentText, timeText } from '../text/units.js';

export interface CheckFindingKinds {
  'over-limit': { bytes: number; over: number; heaviest: readonly NamedSize[] };
  'over-budget': {
    what: string;
    bytes: number;
    max: number;
    message: string | null;
    heaviest: readonly NamedSize[];
  };
  'over-time-budget': { what: string; ms: number; max: number; message: string | null };
  'over-error-budget': { unit: 'requests' | 'percent'; actual: number; max: number; message: string | null };
  'budget-matches-nothing': { what: string };
  'budget-not-checked': { what: string; because: 'none' | 'of-another-build' | 'failed' | 'not-measured' };
  'too-many-layers': { count: number; max: number };
  'tmp-too-small': { bytes: number; max: number };
  'grown-too-much': { bytes: number; max: number; grown: readonly NamedSize[] };
  'no-baseline': { because: string };
  /**
   * `changes`: a clause each, e.g. `requirements.txt has changed`. `command`: what builds it once more, as it is typed here.
   * `options`: what was given besides, by flags and variables, e.g. `--python`.
   */
  'build-older-than-inputs': {
    changes: readonly string[];
    command: string;
    options: readonly string[];
  };
  'comment-not-written': { because: string };
}

/** A package and its bytes, or by how many bytes it has grown. */
export interface NamedSize {
  readonly name: string;
  readonly bytes: number;
}

const sizeList = (rows: readonly NamedSize[]): string =>
  rows.map((one) => `${one.name} ${bytesText(one.bytes)}`).join(', ');

/** As many changes as a sentence takes. */
const changesText = (changes: readonly string[]): string =>
  `${changes.slice(0, 4).join(', ')}${changes.length > 4 ? ` and ${changes.length - 4} more` : ''}`;

/** Severity and words for each code. */
export const checkFindingTexts: FindingTexts<CheckFindingKinds> = {
  'over-limit': {
    severity: 'error',
    meaning: 'Function and layers together are larger than Lambda takes unzipped.',
    more: 'Function and layers share 262,144,000 bytes, unzipped; equal is too much already. AWS would answer "Unzipped size must be smaller than 262144000 bytes", whatever the zips\' size and way of upload. "lambda-slim build" takes out what is not needed and nests the rest when it must.',
    sentence: (a) =>
      `Unzipped, function and layers have ${groupedText(a.bytes)} bytes: ${countText(a.over, 'byte')} more than Lambda takes.`,
    hint: (a) =>
      `${a.heaviest.length === 0 ? '' : `Heaviest: ${sizeList(a.heaviest)}. `}"lambda-slim build" takes out what is not needed, and nests the rest when it must.`,
  },
  'over-budget': {
    severity: 'error',
    meaning: 'A budget of yours is broken.',
    more: 'A size is over what you set in "budgets" or with --budget; AWS would still take it. See what has grown with --baseline or "lambda-slim diff", make it smaller, or raise the budget when it is meant.',
    sentence: (a) =>
      `${a.what} has ${bytesText(a.bytes)}, ${bytesText(a.bytes - a.max)} over its budget of ${bytesText(a.max)}.${a.message === null ? '' : ` ${a.message}`}`,
    hint: (a) => (a.heaviest.length === 0 ? null : `Heaviest: ${sizeList(a.heaviest)}.`),
  },
  'budget-matches-nothing': {
    severity: 'warning',
    meaning: 'A budget is about files that are not there.',
    more: 'A budget about a file names none that is there, so it checks nothing: a typing error, or the package has moved it. Paths start at the package, as "lambda-slim why" prints them.',
    sentence: (a) => `The budget ${a.what} matches no file.`,
    hint: () => 'Paths start at the package, for example "file:torch/lib/**".',
  },
  'over-time-budget': {
    severity: 'error',
    meaning: 'A budget of yours about a time is broken.',
    more: 'The last verification of this build took longer than you set in "budgets" or with --budget. Times are those of the machine that verified, so leave them some room. Give the function more memory, as it gets more CPU with it, import less, or raise the budget when it is meant.',
    sentence: (a) =>
      `${a.what} took ${timeText(a.ms)}, ${timeText(a.ms - a.max)} over its budget of ${timeText(a.max)}.${a.message === null ? '' : ` ${a.message}`}`,
    hint: () => 'Verify again to see whether it stays so: "lambda-slim verify --runs 10".',
  },
  'over-error-budget': {
    severity: 'error',
    meaning: 'A budget of yours about failed requests is broken.',
    more: 'Of the requests of the last "lambda-slim verify --requests" of this build, more failed than you set in "budgets" or with --budget. Verify again: it names each kind of failure with an example.',
    sentence: (a) =>
      a.unit === 'percent'
        ? `${percentText(a.actual)} of the requests failed, and the budget is ${percentText(a.max)}.${a.message === null ? '' : ` ${a.message}`}`
        : `${countText(a.actual, 'request')} failed, and the budget is ${groupedText(a.max)}.${a.message === null ? '' : ` ${a.message}`}`,
    hint: () => 'Look at what failed: "lambda-slim verify" with the same --requests names each kind.',
  },
  'budget-not-checked': {
    severity: 'warning',
    meaning: 'A budget is about what "verify" measures, and there is no measurement of this build.',
    more: 'Budgets for memory and times are held against the last "lambda-slim verify" of the same build, which is remembered in verification.json in the output folder. There is none, it was another build\'s, it failed, or it did not measure this: warm starts need a handler and --warm or --runs. So nothing is known, and this budget is neither kept nor broken.',
    sentence: (a) =>
      `The budget ${a.what} was not checked: ${
        {
          none: 'this build was not verified',
          'of-another-build': 'the last verification was of another build',
          failed: 'the last verification failed',
          'not-measured': 'the last verification did not measure it',
        }[a.because]
      }.`,
    hint: (a) =>
      a.because === 'not-measured'
        ? 'Verify so that it is measured, for example with --handler and --runs 10.'
        : 'Run "lambda-slim verify" on the build first.',
  },
  'too-many-layers': {
    severity: 'error',
    meaning: 'A function can have only so many layers.',
    more: "Lambda attaches at most five layers to a function. Put packages of several layers into one build, or some of them into the function's own zip.",
    sentence: (a) => `There are ${a.count} layers, but a function can have ${a.max}.`,
    hint: () => 'Put some of them into one zip, or into the function.',
  },
  'tmp-too-small': {
    severity: 'error',
    meaning: "What is unpacked at start does not fit into the function's /tmp.",
    more: 'The payload of a double zip needs this much of /tmp at start, and the function has less. Give it more ephemeral storage, and say so with --ephemeral-storage; up to 10,240 MB are possible, 512 with SnapStart.',
    sentence: (a) => `At start ${bytesText(a.bytes)} are unpacked into /tmp, which has ${bytesText(a.max)}.`,
    hint: (a) =>
      `Give the function more ephemeral storage (at least ${Math.ceil(a.bytes / 2 ** 20)} MB), and say so with --ephemeral-storage.`,
  },
  'grown-too-much': {
    severity: 'error',
    meaning: 'It has grown by more than --max-growth since the baseline.',
    more: 'Unzipped and in /tmp together it has grown by more than --max-growth allows. The message names the packages that grew most: often a dependency came with an update that nobody asked for. When it is meant, write the baseline anew with --write-baseline and commit it.',
    sentence: (a) =>
      `Unzipped and in /tmp it has grown by ${bytesText(a.bytes)}; ${bytesText(a.max)} are allowed.`,
    hint: (a) =>
      `${a.grown.length === 0 ? '' : `Grown most: ${sizeList(a.grown)}. `}When this is meant, write the baseline anew (--write-baseline).`,
  },
  'no-baseline': {
    severity: 'warning',
    meaning: 'There is no baseline yet, so nothing was compared.',
    more: 'The commit, file or object that --baseline names does not have one yet, as in the first run. Nothing was compared, and limits and budgets were checked all the same. Write one with --write-baseline, and commit it.',
    sentence: (a) => `Nothing to compare with: ${a.because}`,
    hint: () => 'Write one with --write-baseline FILE, and commit it or put it there.',
  },
  'build-older-than-inputs': {
    severity: 'warning',
    meaning: 'What the build was made from has changed since.',
    more: 'The manifest remembers the requirements, locks, recipes, the code of the function and the settings of the config file that a build was made from, by their contents, and here some are others now. What is checked, verified or published is the build as it was. Build again. Where none of these files are, as beside a zip on another machine, nothing is compared.',
    sentence: (a) => `The build is older than what it was made from: ${changesText(a.changes)}.`,
    hint: (a) =>
      a.options.length === 0
        ? `Build again: ${a.command}`
        : `Build again, with ${a.options.join(', ')} as before: ${a.command}`,
  },
  'comment-not-written': {
    severity: 'warning',
    meaning: 'The comment on the pull request could not be written.',
    more: 'GitHub did not take the comment: the job lacks "permissions: pull-requests: write" or GITHUB_TOKEN, or the pull request comes from a fork, which never gets such a token. Everything else was done; the job summary has the same text.',
    sentence: (a) => `No comment was written: ${a.because}`,
    hint: () =>
      'The job needs "permissions: pull-requests: write" and GITHUB_TOKEN; a pull request from a fork has no such token.',
  },
};
