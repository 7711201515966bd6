/**
 * Requirements files as pip reads them: logical lines, options, and the parts of a requirement.
 * https://pip.pypa.io/en/stable/reference/requirements-file-format/
 * Pure.
 */
import { percentDecoded } from '../text/percent.js';
import { readOptions, type GivenOption } from './line-options.js';
import { looksLikeMarker } from './requirement-check.js';
import { parseWheelName } from './wheels.js';

export type RequirementLine =
  | { readonly kind: 'option'; readonly name: string; readonly value: string; readonly line: number }
  | {
      readonly kind: 'requirement';
      /** Without options and comment, e.g. `numpy[extra]>=2; python_version > "3.9"`. */
      readonly text: string;
      /** Per-requirement options, e.g. `--hash=sha256:…`; empty when none. */
      readonly options: string;
      readonly editable: boolean;
      readonly line: number;
    }
  /** What pip refuses. */
  | { readonly kind: 'bad'; readonly text: string; readonly because: string; readonly line: number };

/** One requirement taken apart. `url` is a URL or path as written; `specifier` is empty with a URL. */
export interface RequirementParts {
  /** As written, or as the file name of a wheel or `#egg=` has it; null for another bare URL or path. */
  readonly name: string | null;
  /** With brackets, e.g. `[crt]`; empty when none. */
  readonly extras: string;
  readonly specifier: string;
  readonly url: string | null;
  /** Without the semicolon; empty when none. */
  readonly marker: string;
}

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * Split a file's text as pip does. Variables are filled in before anything else is read, as they may hold whole options; one
 * inside a URL stays as written, because it may be a secret.
 */
export function readLines(text: string, environment: Variables = {}): RequirementLine[] {
  const result: RequirementLine[] = [];
  for (const { content, line } of logicalLines(text.replace(/^\uFEFF/, ''))) {
    const comment = content.search(/(?:^|\s)#/);
    const stripped = (comment === -1 ? content : content.slice(0, comment)).trim();
    if (stripped !== '') result.push(...parseLine(fillIn(stripped, environment), line));
  }
  return result;
}

/** What ends a line for Python's `splitlines`. */
// eslint-disable-next-line no-control-regex
const lineEnd = /\r\n|[\n\r\v\f\x1c-\x1e\x85\u2028\u2029]/;

function logicalLines(text: string): { content: string; line: number }[] {
  const result: { content: string; line: number }[] = [];
  let pending: string[] = [];
  const physical = text.split(lineEnd);
  for (const [index, raw] of physical.entries()) {
    const comment = /^\s*#/.test(raw);
    if (!comment && raw.endsWith('\\')) {
      pending.push(raw.replace(/^\\+|\\+$/g, ''));
      continue;
    }
    // A comment ends a continuation; pip keeps a space so that it still starts a comment.
    const content = [...pending, comment ? ` ${raw}` : raw].join('');
    result.push({ content, line: index + 1 - pending.length });
    pending = [];
  }
  return pending.length === 0
    ? result
    : [...result, { content: pending.join(''), line: physical.length - pending.length + 1 }];
}

function fillIn(line: string, environment: Variables): string {
  if (!line.includes('${')) return line;
  return line.replace(/\S+/g, (word) => {
    const filled = expandVariables(word, environment);
    const secret = /:\/\/|^git\+/.test(filled) && !/\s/.test(filled);
    return secret ? word : filled;
  });
}

function parseLine(content: string, line: number): RequirementLine[] {
  const tokens = content.split(' ');
  const cut = tokens.findIndex((token) => token.startsWith('-'));
  const text = (cut === -1 ? tokens : tokens.slice(0, cut)).join(' ').trim();
  const written = cut === -1 ? '' : tokens.slice(cut).join(' ');
  const read = readOptions(written);
  if ('because' in read) return [{ kind: 'bad', text: content, because: read.because, line }];
  const { options, rest } = read;
  if (text !== '')
    return [{ kind: 'requirement', text, options: ownOptions(options), editable: false, line }];
  const editable = options.find(({ name }) => name === '--editable');
  if (editable !== undefined) {
    const whole = withMarker(editable.value, rest, written);
    return [{ kind: 'requirement', text: whole, options: '', editable: true, line }];
  }
  return fileOptions(options).map((option) => ({ kind: 'option', ...option, line }));
}

/** Of `-r` and `-c` pip takes one for a line, and one `--find-links`. */
function fileOptions(options: readonly GivenOption[]): readonly GivenOption[] {
  const nested =
    options.find(({ name }) => name === '--requirement') ??
    options.find(({ name }) => name === '--constraint');
  if (nested !== undefined) return [nested];
  const index = options.findLast(({ name }) => name === '--index-url');
  const links = options.find(({ name }) => name === '--find-links');
  return options.filter(
    (option) =>
      !ownNames.has(option.name) &&
      (option.name !== '--index-url' || option === index) &&
      (option.name !== '--find-links' || option === links),
  );
}

const ownNames: ReadonlySet<string> = new Set(['--hash', '--config-settings', '--global-option']);

/** The options that belong to one requirement; others behind it mean nothing to pip. */
function ownOptions(options: readonly GivenOption[]): string {
  return options
    .filter(({ name }) => ownNames.has(name))
    .map(
      ({ name, value }) =>
        `${name}=${/[\s"'\\]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`,
    )
    .join(' ');
}

/**
 * `-e ./x ; python_version >= "3.9"`, which Poetry and uv write and uv reads. pip drops what follows the path, so
 * taking the marker at its word is right for both.
 */
function withMarker(value: string, rest: readonly string[], written: string): string {
  if (rest.length === 0) return value;
  const marker = written.slice(written.indexOf(';') + 1).trim();
  const bare = value.replace(/;$/, '');
  return written.includes(';') && looksLikeMarker(marker) ? `${bare} ; ${marker}` : value;
}

const named = /^([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*/;
const wellKnown = /^(https?|file|ftp|(git|hg|svn|bzr)\+[a-z-]+):/i;

/** Take a requirement apart. `checkParts` says what is wrong with the parts. */
export function splitRequirement(text: string): RequirementParts {
  const whole = text.trim();
  // A variable that is left stands in a URL, most often before the rest of it.
  if (wellKnown.test(whole) || whole.startsWith('${')) return bareUrl(cutAt(whole, '; '));
  const match = named.exec(whole);
  const rest = match ? whole.slice(match[0].length) : '';
  const extras = tidy(match?.[2]);
  if (match && rest.startsWith('@')) {
    const { head, marker } = cutDirect(rest.slice(1));
    return { name: match[1] ?? null, extras, specifier: '', url: head, marker };
  }
  const { head, marker } = cutAt(whole, ';');
  if (match && !isArchive(head) && !looksLikePath(head)) {
    // One comma too many at the end is no mistake to packaging, nor to uv.
    const specifier = cutAt(rest, ';')
      .head.replace(/^\(([^()]*)\)$/, '$1')
      .replace(/([^,\s])\s*,\s*$/, '$1');
    return { name: match[1] ?? null, extras, specifier: specifier.replace(/\s/g, ''), url: null, marker };
  }
  // Neither a name nor a place: `checkParts` refuses it.
  if (!isArchive(head.replace(/\[[^\]]*\]$/, '')) && !looksLikePath(head))
    return { name: null, extras: '', specifier: head, url: null, marker };
  const inBrackets = /^(.+?)\s*(\[[^\]]+\])$/.exec(head);
  const url = inBrackets?.[1] ?? head;
  return {
    name: nameInUrl(url).name,
    extras: tidy(inBrackets?.[2]),
    specifier: '',
    url,
    marker,
  };
}

/** `-e`: a path with extras, or a URL; more than pip, it may have a marker. */
export function splitEditable(text: string): RequirementParts {
  const { head, marker } = cutDirect(text);
  const match = named.exec(head);
  if (match && head.slice(match[0].length).startsWith('@')) return { ...splitRequirement(head), marker };
  const inBrackets = /^(.+?)\s*(\[[^\]]+\])$/.exec(head);
  const local = !/^[a-z]+\+/i.test(head);
  const url = local && inBrackets ? (inBrackets[1] ?? '') : head;
  const { name, extras } = nameInUrl(url);
  return {
    name,
    extras: local && inBrackets ? tidy(inBrackets[2]) : extras,
    specifier: '',
    url,
    marker,
  };
}

/** `[ a , b ]` → `[a,b]`. */
const tidy = (extras = ''): string => extras.replace(/\s*([[\],])\s*/g, '$1');

function bareUrl({ head, marker }: { head: string; marker: string }): RequirementParts {
  return { ...nameInUrl(head), specifier: '', url: head, marker };
}

/** A wheel's file name and `#egg=name[extra]` name the distribution. */
function nameInUrl(url: string): { readonly name: string | null; readonly extras: string } {
  const bare = url.replace(/[?#].*$/, '');
  const wheel = parseWheelName(percentDecoded(bare.slice(bare.lastIndexOf('/') + 1)));
  if (wheel !== null) return { name: wheel.name, extras: '' };
  const egg = /[#&]egg=([^&]*)/.exec(url)?.[1];
  const match = egg === undefined ? null : named.exec(percentDecoded(egg));
  return { name: match?.[1] ?? null, extras: tidy(match?.[2]) };
}

function cutAt(text: string, separator: string): { head: string; marker: string } {
  const at = text.indexOf(separator);
  if (at === -1) return { head: text.trim(), marker: '' };
  return { head: text.slice(0, at).trim(), marker: text.slice(at + separator.length).trim() };
}

/** In the URL of `name @ url` a semicolon may be part of the path: one before a marker, or after white space, is not. */
function cutDirect(text: string): { head: string; marker: string } {
  for (const { index } of text.matchAll(/;/g)) {
    const marker = text.slice(index + 1).trim();
    if (looksLikeMarker(marker) || /\s$/.test(text.slice(0, index)))
      return { head: text.slice(0, index).trim(), marker };
  }
  return { head: text.trim(), marker: '' };
}

const looksLikePath = (text: string): boolean => /^\.|\/|\S\\\S/.test(text);

/** Does the name end like an archive that pip installs? */
export function isArchive(text: string): boolean {
  return /\.(whl|zip|tar|tar\.(gz|bz2|xz|lz|lzma)|tgz|tbz|txz|tlz)$/i.test(text);
}

/** `${NAME}` as pip reads it: capitals, digits and underscores; an unset one stays as written. */
export function expandVariables(text: string, environment: Variables): string {
  return text.replace(/\$\{([A-Z0-9_]+)\}/g, (whole, name: string) => {
    const value = environment[name];
    return value === undefined || value === '' ? whole : value;
  });
}
