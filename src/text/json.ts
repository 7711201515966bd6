/** JSON that somebody else wrote, and that others read. Pure. */
import { hidden, type Printed } from './terminal.js';

/** The older form of a runner's commands. */
const olderCommand = /(?<=##)\[/g;

/** The one document of `--json`: the same data, in letters that every terminal only shows. Ends with a newline. */
export function jsonText(value: unknown): Printed {
  return printedJson(`${JSON.stringify(value, null, 2)}\n`);
}

/** The same for a document that has a layout of its own. */
export function printedJson(text: string): Printed {
  // JSON itself escapes what is below the space, so the only line breaks are those between members.
  const lines = text.split('\n').map((line) => line.replace(hidden, escapes).replace(olderCommand, escapes));
  return lines.join('\n') as Printed;
}

/** One of several documents, a line each: for what goes on until it is stopped. */
export function jsonLine(value: unknown): Printed {
  return printedJson(`${JSON.stringify(value)}\n`);
}

/** A letter beyond 16 bits is two. */
function escapes(letters: string): string {
  return Array.from({ length: letters.length }, (_, at) => letters.charCodeAt(at))
    .map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`)
    .join('');
}

/** What we read and write has ten levels; V8's own writer and walkers of trees end in a stack overflow at some thousand. */
const deepest = 100;

/**
 * `JSON.parse` for documents of a known kind: one that is nested without end is refused before it is built.
 * @throws SyntaxError
 */
export function parseJson(text: string): unknown {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (quoted) {
      if (letter === 0x5c) at++;
      else if (letter === 0x22) quoted = false;
    } else if (letter === 0x22) quoted = true;
    else if (letter === 0x5b || letter === 0x7b) depth++;
    else if (letter === 0x5d || letter === 0x7d) depth--;
    if (depth > deepest) throw new SyntaxError(`it is nested more than ${deepest} deep at position ${at}`);
  }
  return JSON.parse(text) as unknown;
}

/** Of files that people write; references of YAML can stand for many more. */
const mostValues = 100_000;

/** Whether a value of another parser (YAML has references) is a tree of a sane depth and size, and holds itself nowhere. */
export function isShallow(value: unknown): boolean {
  let left = mostValues;
  const isSane = (one: unknown, depth: number): boolean => {
    left--;
    if (left < 0 || depth > deepest) return false;
    if (typeof one !== 'object' || one === null) return true;
    return Object.values(one).every((inner) => isSane(inner, depth + 1));
  };
  return isSane(value, 0);
}
