/** JSON that somebody else wrote. Pure. */

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

/** Whether a value of another parser (YAML has references) is a tree of a sane depth, and holds itself nowhere. */
export function isShallow(value: unknown, left = deepest): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return left > 0 && Object.values(value).every((one) => isShallow(one, left - 1));
}
