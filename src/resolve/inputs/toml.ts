/** TOML, with errors that name the file, and its values by what they should be. Pure. */
import { parse } from 'smol-toml';
import { SlimError } from '../../errors.js';
import { normalizeName } from '../../python/names.js';

export type Table = Readonly<Record<string, unknown>>;

/** TOML with an error that names the file. @throws SlimError `bad-requirements` */
export function parseToml(text: string, source: string): Table {
  try {
    return parsed(text);
  } catch (cause) {
    throw new SlimError('bad-requirements', `${source} is not valid TOML.`, {
      hint: 'Correct the line above.',
      details: (cause as Error).message.split('\n').filter((line) => line !== ''),
      cause,
    });
  }
}

/** For files that only add to what another one says: what is not TOML says nothing. */
export const parseTomlOrNothing = (text: string): Table => parseTomlOrNull(text) ?? {};

/** For those who say themselves what is wrong: null when it is not TOML. */
export function parseTomlOrNull(text: string): Table | null {
  try {
    return parsed(text);
  } catch {
    return null;
  }
}

const parsed = (text: string): Table => parse(text.replace(/^\uFEFF/, ''));

export function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** Empty when it is none. */
export const tableOf = (value: unknown): Table => (isTable(value) ? value : {});

/** The table at the end of these keys; empty when there is none. */
export const tableAt = (table: Table, ...keys: readonly string[]): Table =>
  keys.reduce((inner, key) => tableOf(inner[key]), table);

export const tablesOf = (value: unknown): Table[] => (Array.isArray(value) ? value.filter(isTable) : []);

export const stringsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

/** Empty when it is none. */
export const arrayOf = (value: unknown): readonly unknown[] =>
  Array.isArray(value) ? (value as unknown[]) : [];

/** Empty when it is no text. */
export const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

export function byNormalizedName(table: Table): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(table).map(([name, value]) => [normalizeName(name), value]));
}
