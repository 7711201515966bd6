/** A row of the option table, and what a value of it can be. Pure. */
import type { Budget } from './budget.js';

export type OptionType = 'text' | 'flag' | 'integer' | 'list' | 'budgets';

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
  readonly short?: string;
  readonly type: OptionType;
  /** Placeholder in `--help`; absent for flags. */
  readonly value?: string;
  readonly choices?: readonly string[];
  readonly pattern?: { readonly regex: RegExp; readonly example: string };
  /** What to do about a value that it cannot have; absent: the help is named. */
  readonly hint?: string;
  readonly range?: readonly [min: number, max: number];
  readonly default?: string | number;
  readonly help: string;
  /** A path: relative to the working folder, or to the config file that names it. */
  readonly path?: true;
  /** False: makes no sense in a config file. */
  readonly inConfig?: false;
}

export type OptionValue = string | number | boolean | readonly string[] | readonly Budget[];

/** `ephemeral-storage` → `LAMBDA_SLIM_EPHEMERAL_STORAGE`. */
export function environmentName(row: OptionRow): string {
  return row.variable ?? `LAMBDA_SLIM_${row.name.toUpperCase().replaceAll('-', '_')}`;
}
