/** What a shell can complete, read from the commands and their options. Pure. */
import { commonOptions } from '../../options/common.js';
import type { OptionRow } from '../../options/row.js';
import type { CommandWords } from '../command-words.js';

export interface CompletedOption {
  /** With its dashes, e.g. `--python`. */
  readonly long: string;
  /** With its dash; null: it has none. */
  readonly short: string | null;
  /** The first clause of its help. */
  readonly help: string;
  /** Flags take no value. */
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  /** Its value is a file or a folder. */
  readonly isPath: boolean;
  readonly repeatable: boolean;
}

export interface CompletedCommand {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly CompletedOption[];
  /** Words that its first argument can be; empty: files. Null: it takes none. */
  readonly argument: readonly string[] | null;
}

/** @param commands as `--help` has them: an argument whose help is a list of single words can be one of these */
export function completed(commands: readonly CommandWords[]): readonly CompletedCommand[] {
  return commands.map(({ name, summary, options, arguments: given }) => ({
    name,
    summary,
    options: [...options, ...commonOptions].map(optionOf),
    argument: given[0] === undefined ? null : wordsOf(given[0].help),
  }));
}

function optionOf(row: OptionRow): CompletedOption {
  return {
    long: `--${row.name}`,
    short: row.short === undefined ? null : `-${row.short}`,
    help: /^.*?(?=[:;.] |$)/s.exec(row.help)?.[0] ?? row.help,
    takesValue: row.type !== 'flag' && row.type !== 'models',
    choices: row.choices ?? [],
    isPath: row.path === true,
    repeatable: row.type === 'list' || row.type === 'budgets' || row.type === 'patches',
  };
}

function wordsOf(help: string): readonly string[] {
  const words = help.split(', ');
  return words.length > 1 && words.every((word) => /^[a-z-]+$/.test(word)) ? words : [];
}
