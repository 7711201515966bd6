/** PEP 508 requirements and environment markers, answered for the target. Pure. */
import { satisfies, valid } from '@renovatebot/pep440';
import { parsePipRequirementsLine } from 'pip-requirements-js';
import type { EnvironmentMarker, EnvironmentMarkerLeaf } from 'pip-requirements-js';
import { normalizeName } from './names.js';

export interface DependencyLine {
  /** Normalized. */
  readonly name: string;
  /** Normalized, asked for in brackets. */
  readonly extras: readonly string[];
  /** Null when unconditional, or when the marker cannot be read (then it counts as true). */
  readonly marker: EnvironmentMarker | null;
}

const head = /^\s*([A-Za-z0-9][A-Za-z0-9._-]*)\s*(?:\[([^\]]*)\])?/;
/** Grammar work costs half a millisecond a line, and a few texts (`extra == "test"`) make up most of all lines. */
const markers = new Map<string, EnvironmentMarker | null>();

/** One `Requires-Dist` value. @returns null when it names nothing */
export function parseDependency(line: string): DependencyLine | null {
  const match = head.exec(line);
  if (!match?.[1]) return null;
  const extras = (match[2] ?? '').split(',').map((extra) => extra.trim());
  // A `;` inside a URL has no white space before it (PEP 508).
  const rest = line.slice(match[0].length);
  const semicolon = rest.includes('@') ? rest.search(/\s;/) : rest.indexOf(';');
  const marker = semicolon < 0 ? '' : rest.slice(rest.indexOf(';', semicolon) + 1).trim();
  return {
    name: normalizeName(match[1]),
    extras: extras.filter((extra) => extra !== '').map(normalizeName),
    marker: marker === '' ? null : parseMarker(marker),
  };
}

function parseMarker(text: string): EnvironmentMarker | null {
  const known = markers.get(text);
  if (known !== undefined) return known;
  let marker: EnvironmentMarker | null = null;
  try {
    const parsed = parsePipRequirementsLine(`x ; ${text}`);
    if (parsed?.type === 'ProjectName') marker = parsed.environmentMarkerTree ?? null;
  } catch {
    // An unreadable marker counts as true: one dependency too many is kept rather than one lost.
  }
  markers.set(text, marker);
  return marker;
}

/** Values of the marker variables, by their PEP 508 names, without `extra`. */
export type MarkerEnvironment = Readonly<Record<string, string>>;

/** @param extras the extras that were asked for of the distribution that has the line; null: any extra counts as asked for */
export function holds(
  marker: EnvironmentMarker | null,
  environment: MarkerEnvironment,
  extras: ReadonlySet<string> | null,
): boolean {
  if (marker === null) return true;
  if (!isLeaf(marker)) {
    const left = holds(marker.left, environment, extras);
    const right = holds(marker.right, environment, extras);
    return marker.operator === 'and' ? left && right : left || right;
  }
  const { left, right, operator } = marker as { left: string; right: string; operator: string };
  if (left === 'extra' || right === 'extra') {
    const wanted = normalizeName(unquote(left === 'extra' ? right : left));
    if (extras === null) return true;
    return operator === '!=' ? !extras.has(wanted) : extras.has(wanted);
  }
  return compareLeaf(valueOf(left, environment), operator, valueOf(right, environment));
}

function isLeaf(marker: EnvironmentMarker): marker is EnvironmentMarkerLeaf {
  const operator: string = marker.operator;
  return operator !== 'and' && operator !== 'or';
}

function unquote(text: string): string {
  return /^["']/.test(text) ? text.slice(1, -1) : text;
}

function valueOf(side: string, environment: MarkerEnvironment): string {
  if (/^["']/.test(side)) return side.slice(1, -1);
  return Object.hasOwn(environment, side) ? (environment[side] ?? '') : '';
}

/** Versions compare by PEP 440 when both sides are versions, everything else as text (PEP 508). */
function compareLeaf(left: string, operator: string, right: string): boolean {
  if (operator === 'in') return right.includes(left);
  if (operator === 'not in') return !right.includes(left);
  if (valid(left) !== null && (valid(right) !== null || /^[\d.]+\.\*$/.test(right))) {
    return isIn(left, `${operator}${right}`);
  }
  switch (operator) {
    case '==':
    case '===':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return true;
  }
}

/**
 * True when the version lies in a PEP 440 range. `*` and the empty range take every version, pre-releases count, and a
 * local version (`2.13.0+cpu`) counts as its public one.
 */
export function versionIn(version: string, range: string): boolean {
  if (range.trim() === '' || range.trim() === '*') return true;
  if (valid(version) === null) return false;
  return isIn(version.replace(/\+.*$/, ''), range);
}

/** The library trips over numbers beyond 2^53, which no version has. */
function isIn(version: string, range: string): boolean {
  try {
    return satisfies(version, range, { prereleases: true });
  } catch {
    return false;
  }
}

/**
 * Does a requirement with this marker count on the target? What only the runtime's patch release tells, and what cannot be
 * read, is left to the tool that installs: it counts here.
 * @param marker as written; empty: it always counts
 */
export function counts(marker: string, environment: MarkerEnvironment): boolean {
  if (marker === '' || /python_full_version|implementation_version|platform_(release|version)/.test(marker)) {
    return true;
  }
  return holds(parseDependency(`x ; ${marker}`)?.marker ?? null, environment, null);
}
