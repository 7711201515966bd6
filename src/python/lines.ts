/**
 * Requirements files as pip reads them: logical lines, options, and the parts of a requirement.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * Pure.
 */

export type RequirementLine =
  | { readonly kind: 'option'; readonly name: string; readonly value: string; readonly line: number }
  | {
      readonly kind: 'requirement';
      /** Without options and comment, e.g. `numpy[extra]>=2; python_version > "3.9"`. */
      readonly text: string;
      /** Per-requirement options as written, e.g. `--hash=sha256:…`; empty when none. */
      readonly options: string;
      readonly editable: boolean;
      readonly line: number;
    };

/** One requirement taken apart. `url` is a URL or path as written; `specifier` is empty with a URL. */
export interface RequirementParts {
  /** As written; null for a bare URL or path. */
  readonly name: string | null;
  /** With brackets, e.g. `[crt]`; empty when none. */
  readonly extras: string;
  readonly specifier: string;
  readonly url: string | null;
  /** Without the semicolon; empty when none. */
  readonly marker: string;
}

const shortOptions: Readonly<Record<string, string>> = {
  '-r': '--requirement',
  '-c': '--constraint',
  '-e': '--editable',
  '-i': '--index-url',
  '-f': '--find-links',
};
const aliases: Readonly<Record<string, string>> = { '--pypi-url': '--index-url' };

/** Split a file's text. A byte order mark, CRLF, continuations and comments are handled as pip does. */
export function readLines(text: string): RequirementLine[] {
  const result: RequirementLine[] = [];
  for (const { content, line } of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const stripped = content.replace(/(^|\s+)#.*$/, '').trim();
    if (stripped !== '') result.push(...parseLine(stripped, line));
  }
  return result;
}

function logicalLines(text: string): { content: string; line: number }[] {
  const result: { content: string; line: number }[] = [];
  let pending = '';
  let first = 0;
  text.split(/\r\n|\n|\r/).forEach((raw, index) => {
    if (pending === '') first = index + 1;
    const comment = /^\s*#/.test(raw);
    if (!comment && raw.endsWith('\\')) {
      pending += raw.slice(0, -1);
      return;
    }
    // A comment ends a continuation; pip keeps a space so that it still starts a comment.
    result.push({ content: pending + (comment ? ` ${raw}` : raw), line: first });
    pending = '';
  });
  if (pending !== '') result.push({ content: pending, line: first });
  return result;
}

function parseLine(content: string, line: number): RequirementLine[] {
  if (!content.startsWith('-')) {
    const cut = /\s-{1,2}[a-zA-Z]/.exec(content);
    return [
      {
        kind: 'requirement',
        text: (cut ? content.slice(0, cut.index) : content).trim(),
        options: cut ? content.slice(cut.index).trim() : '',
        editable: false,
        line,
      },
    ];
  }
  const words = shellWords(content);
  const result: RequirementLine[] = [];
  for (let index = 0; index < words.length; index++) {
    const word = words[index] ?? '';
    const { name, inline } = splitOption(word);
    const value = takesValue.has(name) ? (inline ?? words[++index] ?? '') : '';
    if (name === '--editable') {
      result.push({ kind: 'requirement', text: value, options: '', editable: true, line });
    } else if (word.startsWith('-')) {
      result.push({ kind: 'option', name, value, line });
    }
  }
  return result;
}

const takesValue = new Set([
  '--requirement',
  '--constraint',
  '--editable',
  '--index-url',
  '--extra-index-url',
  '--find-links',
  '--no-binary',
  '--only-binary',
  '--trusted-host',
  '--use-feature',
]);

function splitOption(word: string): { name: string; inline: string | null } {
  const short = shortOptions[word.slice(0, 2)];
  if (short !== undefined && !word.startsWith('--')) {
    return { name: short, inline: word.length > 2 ? word.slice(2).replace(/^=/, '') : null };
  }
  const equals = word.indexOf('=');
  const name = equals === -1 ? word : word.slice(0, equals);
  return { name: aliases[name] ?? name, inline: equals === -1 ? null : word.slice(equals + 1) };
}

/** Words as a POSIX shell splits them: single and double quotes, backslash. */
function shellWords(text: string): string[] {
  const words: string[] = [];
  for (const match of text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g)) {
    words.push(
      match[0].replace(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'|\\(.)/g,
        (_all, double?: string, single?: string, one?: string) =>
          double !== undefined ? double.replace(/\\(["\\])/g, '$1') : (single ?? one ?? ''),
      ),
    );
  }
  return words;
}

const named = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*/;

/** Take a requirement apart. Nothing is checked that pip and uv check themselves. */
export function splitRequirement(text: string): RequirementParts {
  const match = named.exec(text);
  const rest = match ? text.slice(match[0].length) : '';
  if (match && rest.startsWith('@')) {
    const { head, marker } = cutMarker(rest.slice(1).trim(), true);
    return { name: match[1] ?? null, extras: match[2] ?? '', specifier: '', url: head, marker };
  }
  if (match && (rest === '' || /^[<>=!~;(,]/.test(rest)) && !isArchive(text.replace(/;.*$/, '').trim())) {
    const { head, marker } = cutMarker(rest, false);
    return {
      name: match[1] ?? null,
      extras: (match[2] ?? '').replace(/\s/g, ''),
      specifier: head.replace(/[()\s]/g, ''),
      url: null,
      marker,
    };
  }
  const { head, marker } = cutMarker(text, true);
  const extras = /\[[^\]/]*\]$/.exec(head)?.[0] ?? '';
  const egg = /[#&]egg=([A-Za-z0-9._-]+)(\[[^\]]*\])?/.exec(head);
  return {
    name: egg?.[1] ?? null,
    extras: extras !== '' ? extras : (egg?.[2] ?? ''),
    specifier: '',
    url: egg ? head : head.slice(0, head.length - extras.length),
    marker,
  };
}

/** In a URL a semicolon may be part of the path: only one after white space (or any, with a name) starts a marker. */
function cutMarker(text: string, url: boolean): { head: string; marker: string } {
  const at = url ? text.search(/\s;/) : text.indexOf(';');
  if (at === -1) return { head: text.trim(), marker: '' };
  return { head: text.slice(0, at).trim(), marker: text.slice(text.indexOf(';', at) + 1).trim() };
}

/** Does the name end like an archive that pip installs? */
export function isArchive(text: string): boolean {
  return /\.(whl|zip|tar|tar\.(gz|bz2|xz)|tgz|tbz|txz)$/i.test(text);
}

/** `${NAME}` as pip reads it: capitals, digits and underscores; an unset one stays as written. */
export function expandVariables(
  text: string,
  environment: Readonly<Record<string, string | undefined>>,
): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => {
    const value = environment[name];
    return value === undefined || value === '' ? whole : value;
  });
}
