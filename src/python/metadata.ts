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
  const lines: string[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') break;
    const last = lines.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) lines[lines.length - 1] = `${last} ${line.trim()}`;
    else lines.push(line);
  }
  return lines;
}

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

/** RECORD is CSV: a field with a comma or quote is quoted, quotes are doubled. */
export function parseRecord(text: string): readonly RecordRow[] {
  const rows: RecordRow[] = [];
  for (const line of text.split(/\r?\n/)) {
    if (line === '') continue;
    const [path = '', hash = '', size = ''] = line.includes('"') ? csvFields(line) : line.split(',');
    if (path !== '') rows.push({ path: path.replaceAll('\\', '/'), hash, size });
  }
  return rows;
}

function csvFields(line: string): string[] {
  return Array.from(line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g), ([, quoted, plain]) =>
    quoted === undefined ? (plain ?? '') : quoted.replaceAll('""', '"'),
  );
}

/** One RECORD line without its line end. */
export function recordLine(row: RecordRow): string {
  const path = /[",\r\n]/.test(row.path) ? `"${row.path.replaceAll('"', '""')}"` : row.path;
  return `${path},${row.hash},${row.size}`;
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
  return parts.length === 0 ? null : parts.join('/');
}
