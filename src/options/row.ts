/** A row of the option table, and what a value of it can be. Pure. */
import type { PatchRequest } from '../amended.js';
import type { ModelsTable } from '../models-table.js';
import type { Budget } from './budget.js';

export type OptionType = 'text' | 'flag' | 'integer' | 'list' | 'budgets' | 'patches' | 'models';

/** Headings of a long `--help`, in its order. */
export const optionGroups = {
  input: 'Input (where the packages and your code come from)',
  target: 'Target (the function that it is for)',
  'what stays': 'What stays, and what is left out',
  packing: 'Packing (what is written)',
  machine: 'This machine (tools and caches)',
} as const;

export type OptionGroup = keyof typeof optionGroups;

export interface OptionRow {
  /** Long flag without dashes, e.g. `ephemeral-storage`. */
  readonly name: string;
  /** Key in the config file, e.g. `ephemeralStorage`. */
  readonly key: string;
  /** Its environment variable, where two commands mean different things by one flag; default: made from the name. */
  readonly variable?: string;
  /** Its heading in help and in the reference; a command shows headings when all of its own options have one. */
  readonly group?: OptionGroup;
  /** Keys that it had before; they still work, in the config file and as variables. */
  readonly formerly?: readonly string[];
  /** What a value of its key could be before, which still works: any text, with these words for the schema. */
  readonly formerValue?: string;
  readonly short?: string;
  readonly type: OptionType;
  /** Placeholder in `--help`; absent for flags. */
  readonly value?: string;
  readonly choices?: readonly string[];
  /** Other ways to write a choice, in small letters: what Docker, uname or Lambda call it. */
  readonly spellings?: ReadonlyMap<string, string>;
  readonly pattern?: { readonly regex: RegExp; readonly example: string };
  /** What to do about a value that it cannot have; absent: the help is named. */
  readonly hint?: string;
  readonly range?: readonly [min: number, max: number];
  readonly default?: string | number;
  readonly help: string;
  /** A path: relative to the working folder, or to the config file that names it. */
  readonly path?: true;
  /** Texts of a path's row that are none, and stay as they are. */
  readonly unlessPath?: RegExp;
  /** False: makes no sense in a config file. */
  readonly inConfig?: false;
}

export type OptionValue =
  string | number | boolean | readonly string[] | readonly Budget[] | readonly PatchRequest[] | ModelsTable;

/** What the parser makes of a value of this row. */
export type ValueOf<Row extends OptionRow> = Row extends { type: 'flag' }
  ? boolean
  : Row extends { type: 'integer' }
    ? number
    : Row extends { type: 'list' }
      ? readonly string[]
      : Row extends { type: 'budgets' }
        ? readonly Budget[]
        : Row extends { type: 'patches' }
          ? readonly PatchRequest[]
          : Row extends { type: 'models' }
            ? ModelsTable | false
            : Row extends { choices: readonly (infer Choice)[] }
              ? Choice
              : string;

/** Values by option key: those with a default are always there, others only when a source sets them. */
export type SettingsOf<Rows extends readonly OptionRow[]> = {
  readonly [Row in Rows[number] as Row extends { default: OptionValue } ? Row['key'] : never]: ValueOf<Row>;
} & {
  readonly [Row in Rows[number] as Row extends { default: OptionValue } ? never : Row['key']]?: ValueOf<Row>;
};

/** `ephemeral-storage` → `LAMBDA_SLIM_EPHEMERAL_STORAGE`. */
export function environmentName(row: OptionRow): string {
  return row.variable ?? `LAMBDA_SLIM_${row.name.toUpperCase().replaceAll('-', '_')}`;
}
