/** Is it a requirement at all: names, versions and markers by PEP 508 and PEP 440. Pure. */
import { validRange } from '@renovatebot/pep440';
import { parsePipRequirementsLine } from 'pip-requirements-js';

const variable =
  /^\(*\s*(?:["']|(?:python_version|python_full_version|os_name|sys_platform|platform_release|platform_system|platform_version|platform_machine|platform_python_implementation|implementation_name|implementation_version|extras?|dependency_groups|os\.name|sys\.platform|platform\.(?:version|machine|python_implementation)|python_implementation)\b)/;

/** Does a text begin as an environment marker does? */
export function looksLikeMarker(text: string): boolean {
  return variable.test(text);
}

/** Blanks for people: a no-break space and its like. */
const oddBlank = /[\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff]/;

interface Judged {
  readonly name: string | null;
  readonly extras: string;
  readonly specifier: string;
  readonly url: string | null;
  readonly marker: string;
}

/**
 * What pip and uv would refuse about a requirement, as a clause; null when nothing.
 * @param text as written
 * @param parts from `splitRequirement`
 */
export function checkParts(text: string, { name, extras, specifier, url, marker }: Judged): string | null {
  const blank = oddBlank.exec(url === null ? text : text.slice(0, Math.max(0, text.indexOf(url))))?.[0];
  if (blank !== undefined) {
    const code = blank.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return `it holds a blank that is no space (U+${code}), as copied from a page or a document`;
  }
  if (!markerIsValid(marker)) return `"${marker}" is not an environment marker`;
  const names = extras.slice(1, -1).split(',');
  if (
    extras !== '' &&
    extras !== '[]' &&
    !names.every((one) => /^[a-z0-9]([a-z0-9._-]*[a-z0-9])?$/i.test(one))
  )
    return `"${extras}" is not a list of extras`;
  if (url?.startsWith('@') === true) return 'the name before @ is missing';
  if (url !== null) return url === '' ? 'the URL behind @ is missing' : null;
  if (name === null) return 'it has no package name';
  if (specifier === '' || validRange(specifier)) return null;
  const flipped = /^(=[<>]|!(?!=))/.exec(specifier)?.[0];
  if (flipped !== undefined) return `"${flipped}" is not an operator`;
  if (/^=[^=]/.test(specifier)) return 'one "=" is not an operator';
  return /^[<>=!~]/.test(specifier)
    ? `"${specifier}" is not a version specifier (PEP 440)`
    : `"${text.trim().slice(name.length).trim()}" behind the name is no version specifier`;
}

/** Names from before PEP 508, which `packaging` still reads. */
const oldNames: Readonly<Record<string, string>> = {
  'os.name': 'os_name',
  'sys.platform': 'sys_platform',
  'platform.version': 'platform_version',
  'platform.machine': 'platform_machine',
  'platform.python_implementation': 'platform_python_implementation',
  python_implementation: 'platform_python_implementation',
};

function markerIsValid(marker: string): boolean {
  if (marker === '') return true;
  const modern = marker
    .replace(
      /(["'])(?:(?!\1).)*\1|\b(?:os\.name|sys\.platform|platform\.\w+|(?<!platform_)python_implementation)\b/g,
      (found) => oldNames[found] ?? found,
    )
    .replace(/===/g, '==');
  try {
    return parsePipRequirementsLine(`x ; ${modern}`)?.type === 'ProjectName';
  } catch {
    return false;
  }
}
