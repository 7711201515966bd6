/** What there is to say about a command, for its help and for its page. Pure. */
import type { ExitCode } from '../findings/findings.js';
import type { OptionRow } from '../options/row.js';

/** Every exit code, and what it means for all commands. */
export const exitCodes = {
  0: { short: 'done', meaning: 'done' },
  1: {
    short: 'a finding is an error',
    meaning: 'done, but a finding is an error: the artifact would not work as it is',
  },
  2: {
    short: 'the request or the machine',
    meaning: 'the request or the machine: the message has a code, and a hint what to do',
  },
  3: { short: 'a bug of ours', meaning: 'a bug of ours, with a text to report' },
  130: { short: 'you stopped it', meaning: 'you stopped it' },
} as const satisfies Readonly<Record<ExitCode, unknown>>;

export interface CommandWords {
  readonly name: string;
  /** Positional arguments in commander's spelling, e.g. `[folder]`. */
  readonly arguments: readonly { readonly name: string; readonly help: string; readonly default?: string }[];
  /** A line in the list of commands. */
  readonly summary: string;
  /** The first paragraph of its own help. */
  readonly description: string;
  /** Command lines, each with a comment where it needs one. */
  readonly examples: readonly string[];
  /** What else there is to know, below the examples. */
  readonly notes?: string;
  /** Besides the common ones. */
  readonly options: readonly OptionRow[];
  /** Findings of this command can be errors: then its exit code is 1. */
  readonly judges?: true;
  /** Exit codes that mean something more exact here. */
  readonly exits?: Readonly<Partial<Record<ExitCode, string>>>;
}

/** The exit codes of a command with their meanings, in order. */
export function exitsOf({ judges, exits = {} }: CommandWords): readonly (readonly [ExitCode, string])[] {
  return ([0, 1, 2, 3, 130] as const)
    .filter((code) => code !== 1 || judges === true)
    .map((code) => [code, exits[code] ?? exitCodes[code].short]);
}

/** What stands below the options in `--help`. */
export function helpEnd(command: CommandWords): string {
  const exits = exitsOf(command).map(([code, meaning]) => `${code} ${meaning}`);
  return [
    '',
    'Examples:',
    ...command.examples.map((line) => `  $ ${line}`),
    '',
    ...(command.notes === undefined ? [] : [command.notes]),
    `Exit codes: ${exits.join(', ')}.`,
  ].join('\n');
}
