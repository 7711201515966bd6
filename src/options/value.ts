/** The one parser of option values: from a flag, the environment or a config file alike. Pure. */
import type { PatchRequest } from '../amended.js';
import { parseBudget } from './budget.js';
import { parseModels } from './models.js';
import type { Budget } from './budget.js';
import { parsePatch } from './patch.js';
import { SlimError } from '../errors.js';
import type { ModelsTable } from '../models-table.js';
import type { OptionValue } from './row.js';
import type { OptionRow } from './row.js';

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
    case 'budgets':
      return parseBudgets(raw, origin);
    case 'patches':
      return parsePatches(raw, origin);
    case 'models':
      return parseModelsTable(raw, origin);
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
  // A flag or a config file gives one path, URL, glob or variable at a time, and these may hold a comma; names never do.
  const whole =
    Array.isArray(raw) &&
    (row.path !== undefined || row.value === 'GLOB' || row.value === 'URL' || row.value === 'NAME=VALUE');
  const items = whole ? given : given.flatMap(splitList);
  return items.filter((item) => item !== '').map((item) => parseText(row, item, origin));
}

function parseBudgets(raw: unknown, origin: string): readonly Budget[] {
  const given: readonly unknown[] =
    typeof raw === 'string' ? splitList(raw) : Array.isArray(raw) ? (raw as unknown[]) : [raw];
  return given.map((one) => {
    const budget = parseBudget(one);
    if (typeof budget === 'string') throw bad(origin, one, budget);
    return budget;
  });
}

/** A version specifier has commas, so that one text is one patch, wherever it stands. */
function parsePatches(raw: unknown, origin: string): readonly PatchRequest[] {
  const given: readonly unknown[] = Array.isArray(raw) ? (raw as unknown[]) : [raw];
  return given.map((one) => {
    const patch = parsePatch(one);
    if (typeof patch === 'string') throw bad(origin, one, patch);
    return patch;
  });
}

function parseModelsTable(raw: unknown, origin: string): ModelsTable | false {
  const models = parseModels(raw);
  if (typeof models === 'string') throw bad(origin, raw, models);
  return models;
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
  const text = row.spellings?.get(raw.toLowerCase()) ?? raw;
  if (row.choices && !row.choices.includes(text)) throw bad(origin, raw, `one of ${row.choices.join(', ')}`);
  if (row.pattern && !row.pattern.regex.test(raw))
    throw bad(origin, raw, `like ${row.pattern.example}`, row.hint);
  return text;
}

function bad(
  origin: string,
  raw: unknown,
  wanted: string,
  hint = 'The --help of the command has every option and its values.',
): SlimError {
  return new SlimError('bad-option', `${origin} is ${JSON.stringify(raw)}, but must be ${wanted}.`, {
    hint,
  });
}
