/** A patch as it is written, in the config file or as a flag → data. Pure. */
import type { PatchRequest } from '../amended.js';
import { validRange } from '@renovatebot/pep440';

/** Keys of a patch in the config file. */
const keys = ['package', 'version', 'file', 'replace'];

const likeThis = 'like "keras>=2,<3:patches/keras.patch"';

/**
 * A patch with its file's path as it was written.
 * @param raw `{ "package": "keras", "version": ">=2,<3", "file": "patches/keras.patch" }`, or as text `keras>=2,<3:patches/keras.patch`,
 *   `keras>=2,<3:keras/src/x.py=patches/x.py` for a `replace`
 * @returns what it must be, as a clause, when it is no patch
 */
export function parsePatch(raw: unknown): PatchRequest | string {
  if (typeof raw === 'string') return fromText(raw);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw))
    return 'a table with "package" and "file"';
  const unknown = Object.keys(raw).find((key) => !keys.includes(key));
  if (unknown !== undefined) return `without the key "${unknown}": a patch has ${keys.join(', ')}`;
  const { package: name, version = '', file, replace = null } = raw as Readonly<Record<string, unknown>>;
  if (typeof name !== 'string' || !isName(name)) return 'for one package: "package" is its name';
  if (typeof file !== 'string' || file === '') return 'with a path as "file"';
  if (typeof version !== 'string') return 'with a text such as ">=2,<3" as "version"';
  if (replace !== null && (typeof replace !== 'string' || replace === ''))
    return 'with a path in the package as "replace"';
  return make(name, version, file, replace);
}

function fromText(text: string): PatchRequest | string {
  const [, name, version = '', rest = ''] = /^\s*([\w.-]*\w)\s*([^:]*):(.+)$/s.exec(text) ?? [];
  if (name === undefined) return likeThis;
  const at = rest.indexOf('=');
  return at < 0
    ? make(name, version, rest.trim(), null)
    : make(name, version, rest.slice(at + 1).trim(), rest.slice(0, at).trim());
}

function make(name: string, written: string, file: string, replace: string | null): PatchRequest | string {
  const version = written.trim();
  if (version !== '' && !validRange(version))
    return `with a version specifier such as ">=2,<3" (PEP 440), not "${version}"`;
  if (!isName(name) || file === '' || replace === '') return likeThis;
  return { package: name, version: version === '' ? null : version, file, replace };
}

const isName = (text: string): boolean => /^[a-z0-9](?:[a-z0-9._-]*[a-z0-9])?$/i.test(text);
