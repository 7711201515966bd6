/** Ranges of Python versions, as PEP 440 and as Poetry write them. Pure. */
import { satisfies, valid } from '@renovatebot/pep440';
import { satisfies as satisfiesCaret } from 'semver';
import type { PythonVersion } from '../model.js';
import { fullVersion } from './marker-environment.js';

/** Patch releases up to here are tried: CPython has never had more of one version. */
const patches = 40;

/**
 * Is there a release of this Python that the range takes? Which one Lambda has is not up to the range: it changes
 * without notice.
 * @param range `>=3.12`, `==3.12.*`; Poetry's `^3.12`, `~3.12`, `3.12.*`, `>=3.9 <4 || ^3.14`; a bare `3.12` or `3.12.4`
 */
export function takesPython(range: string, python: PythonVersion): boolean {
  const releases = [fullVersion(python), ...Array.from({ length: patches }, (_, at) => `${python}.${at}`)];
  return releases.some((release) => takesVersion(range, release));
}

/** Is it a range at all? */
export function isRange(range: string): boolean {
  try {
    takesVersion(range, '3.13.0');
    return range.trim() !== '';
  } catch {
    return false;
  }
}

/** @throws Error when it is no range */
export function takesVersion(range: string, version: string): boolean {
  return range.split(/\|\|?/).some((alternative) => {
    // Poetry takes white space for a comma, but not behind an operator.
    const joined = alternative.trim().replace(/([<>=!~^])\s+/g, '$1');
    return joined.split(/\s*,\s*|\s+/).every((part) => takesPart(part, version));
  });
}

function takesPart(part: string, version: string): boolean {
  if (part === '' || part === '*') return true;
  if (/^(\^|~(?!=))/.test(part)) return satisfiesCaret(version, part);
  if (/^\d+(\.\d+)?$/.test(part)) return satisfies(version, `==${part}.*`);
  const specifier = /^\d/.test(part) ? `==${part}` : part.replace(/^=(?!=)/, '==');
  if (valid(specifier.replace(/^[<>=!~]+/, '').replace(/\.\*$/, '')) === null) {
    throw new Error(`"${part}" is no version`);
  }
  return satisfies(version, specifier, { prereleases: true });
}
