/**
 * METADATA and RECORD of an installed distribution, as text → data. Pure.
 * https://packaging.python.org/en/latest/specifications/
 */

export interface Metadata {
  readonly name: string;
  readonly version: string;
  /** Raw `Requires-Dist` values. */
  readonly requires: readonly string[];
}

/**
 * The headers of METADATA or PKG-INFO (RFC 822; continuation lines begin with white space). What follows the first
 * empty line is the description.
 * @returns null when it names no distribution
 */
export function parseMetadata(text: string): Metadata | null {
  let name = '';
  let version = '';
  const requires: string[] = [];
  for (const line of unfold(text)) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const value = line.slice(colon + 1).trim();
    switch (line.slice(0, colon).toLowerCase()) {
      case 'name':
        name ||= value;
        break;
      case 'version':
        version ||= value;
        break;
      case 'requires-dist':
        requires.push(value);
        break;
    }
  }
  return name === '' ? null : { name, version, requires };
}

function unfold(text: string): string[] {
  const headers: string[][] = [];
  for (const line of lines(text)) {
    if (line === '') break;
    const last = headers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) last.push(line.trim());
    else headers.push([line]);
  }
  return headers.map((parts) => parts.join(' '));
}

/** One after the other, without their ends: a text of a million lines is never an array of them. */
export function* lines(text: string): Generator<string> {
  for (let from = 0; from <= text.length;) {
    const found = text.indexOf('\n', from);
    const end = found < 0 ? text.length : found;
    yield text.slice(from, end > from && text.charCodeAt(end - 1) === carriageReturn ? end - 1 : end);
    from = end + 1;
  }
}

const carriageReturn = 0x0d;
const newline = 0x0a;
const comma = 0x2c;
const quote = 0x22;

/**
 * requires.txt of an egg-info: plain lines, then `[extra]`, `[:marker]` or `[extra:marker]` sections.
 * @returns the same as `Requires-Dist` values
 */
export function parseEggRequires(text: string): readonly string[] {
  let condition = '';
  const requires: string[] = [];
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    const section = /^\[([^:\]]*)(?::(.*))?\]$/.exec(line);
    if (section) {
      const parts = [section[2] ? `(${section[2]})` : '', section[1] ? `extra == "${section[1]}"` : ''];
      condition = parts.filter((part) => part !== '').join(' and ');
    } else if (line !== '' && !line.startsWith('#')) {
      requires.push(condition === '' ? line : `${line} ; ${condition}`);
    }
  }
  return requires;
}

export interface RecordRow {
  /** As RECORD spells it, with forward slashes. */
  readonly path: string;
  /** e.g. `sha256=47DEQpj8…`; empty when RECORD gives none. */
  readonly hash: string;
  /** Bytes, as text; empty when RECORD gives none. */
  readonly size: string;
}

/** All rows of RECORD. */
export function parseRecord(text: string): readonly RecordRow[] {
  return [...recordRows(text)];
}

/**
 * RECORD is CSV: a field with a comma, quote or line break is quoted, quotes are doubled. An end of a line within quotes
 * belongs to a file's name; quotes that are never closed end with their line.
 */
export function* recordRows(text: string): Generator<RecordRow> {
  for (let at = 0; at < text.length;) {
    const fields: string[] = [];
    for (;;) {
      const [field, end] = readField(text, at);
      // A row has three; what more there is means nothing.
      if (fields.length < 3) fields.push(field);
      at = end + 1;
      if (text.charCodeAt(end) !== comma) break;
    }
    const [path = '', hash = '', size = ''] = fields;
    if (path !== '') yield { path: path.replaceAll('\\', '/'), hash, size };
  }
}

/** @returns the field at `from`, and where it ends: at a comma, a newline or the text's end */
function readField(text: string, from: number): readonly [field: string, end: number] {
  if (text.charCodeAt(from) === quote) {
    const end = closingQuote(text, from + 1);
    const after = end === null ? null : fieldEnd(text, end + 1);
    if (end !== null && after !== null) return [text.slice(from + 1, end).replaceAll('""', '"'), after];
  }
  const end = fieldEnd(text, from);
  const last = text.charCodeAt(end - 1) === carriageReturn && end > from ? end - 1 : end;
  return [text.slice(from, last), end];
}

function closingQuote(text: string, from: number): number | null {
  // Names are no longer than 4,096 bytes: looking no further keeps a text of quotes from costing its square.
  const limit = Math.min(text.length, from + 2 * 4096);
  for (let at = from; at < limit; at++) {
    if (text.charCodeAt(at) !== quote) continue;
    if (text.charCodeAt(at + 1) !== quote) return at;
    at++;
  }
  return null;
}

function fieldEnd(text: string, from: number): number {
  for (let at = from; at < text.length; at++) {
    const letter = text.charCodeAt(at);
    if (letter === comma || letter === newline) return at;
  }
  return text.length;
}

/** One RECORD line without its line end. */
export function recordLine(row: RecordRow): string {
  return [row.path, row.hash, row.size]
    .map((field) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field))
    .join(',');
}

/**
 * Where a RECORD path lies in the tree. `pip --target` moves scripts and data after it wrote RECORD, so `../../bin/f2py`
 * is `bin/f2py` here.
 * @returns null for absolute paths
 */
export function placeInTree(recordPath: string): string | null {
  if (recordPath.startsWith('/') || /^[A-Za-z]:/.test(recordPath)) return null;
  const parts: string[] = [];
  for (const part of recordPath.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.' && part !== '') parts.push(part);
  }
  // What was behind `..` may be a drive now.
  return parts.length === 0 || /^[A-Za-z]:/.test(parts[0] ?? '') ? null : parts.join('/');
}
