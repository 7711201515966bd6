/**
 * What `templates/probe.py` answers: a line of JSON when an item begins and one when it ends. The packages run in the same
 * process and can write there, too, so a line counts only in its turn and in its shape. Pure.
 */
import type { Missing, ProbeError } from './model.js';

/** An item that came to its end. */
export interface Ended {
  readonly ms: number;
  readonly error: ProbeError | null;
  /** Paths in the tree. */
  readonly touched: readonly string[];
  /** Absolute paths. */
  readonly libraries: readonly string[];
}

/**
 * The items that ended, from the first on, each after it began.
 * @param count of items
 */
export function endedIn(stdout: string, count: number): readonly Ended[] {
  const ended: Ended[] = [];
  let begun = false;
  for (const text of stdout.split('\n')) {
    const line = lineOf(text);
    if (line?.['index'] !== ended.length || ended.length >= count) continue;
    if (line['event'] === 'begin') begun = true;
    if (line['event'] !== 'end' || !begun || !isEnded(line)) continue;
    const { ms, error, touched, libraries } = line;
    ended.push({ ms, error, touched, libraries });
    begun = false;
  }
  return ended;
}

/** A line that was cut off by a crash is no line. */
function lineOf(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const line: unknown = JSON.parse(text);
    return isObject(line) ? line : null;
  } catch {
    return null;
  }
}

function isEnded(line: object): line is Ended {
  const { ms, error, touched, libraries } = line as Record<string, unknown>;
  return (
    typeof ms === 'number' &&
    ms >= 0 &&
    areTexts(touched) &&
    areTexts(libraries) &&
    (error === null || isError(error))
  );
}

function isError(value: unknown): value is ProbeError {
  if (!isObject(value)) return false;
  const { type, message, missing, frames } = value;
  return (
    typeof type === 'string' &&
    typeof message === 'string' &&
    Array.isArray(missing) &&
    missing.every(isMissing) &&
    areTexts(frames)
  );
}

const kinds: readonly unknown[] = [
  'module',
  'file',
  'library',
  'distribution',
] satisfies readonly Missing['kind'][];

const isMissing = (value: unknown): boolean =>
  isObject(value) && kinds.includes(value['kind']) && typeof value['name'] === 'string';

const areTexts = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every((one) => typeof one === 'string');

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
