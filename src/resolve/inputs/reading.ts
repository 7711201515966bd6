/** Requirements files from disk, `-r` and `-c` followed as pip does: a flat list of what they say, each with its place. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlimError } from '../../errors.js';
import type { Environment } from '../../model.js';
import { decodeRequirements } from '../../python/decode.js';
import { checkParts } from '../../python/requirement-check.js';
import {
  expandVariables,
  readLines,
  splitEditable,
  splitRequirement,
  type RequirementLine,
  type RequirementParts,
} from '../../python/lines.js';
import type { Secrets } from '../../text/secrets.js';
import { kindOf, type Source } from './detect.js';
import { endlessBecause, refuseEndless } from './endless.js';
import { mistakenFile } from './mistaken.js';
import { labelOf, placeText, type Origin } from './origin.js';
import { meantBy, type Meaning } from './other-tools.js';
import { exists } from '../../io/exists.js';
import { OddFile, readNamed } from '../../io/text-file.js';
import { refuseCutLogin } from '../cut-login.js';

export interface ReadRequirement {
  readonly kind: 'requirement';
  /** As written, without options. Variables inside URLs are not filled in. */
  readonly text: string;
  readonly parts: RequirementParts;
  /** `--hash=…` and the like. */
  readonly options: string;
  readonly editable: boolean;
  /** From a constraints file (`-c`): limits a version and asks for nothing. */
  readonly constraint: boolean;
  readonly origin: Origin;
  /** Absolute folder of the file. */
  readonly base: string;
}

export interface ReadOption {
  readonly kind: 'option';
  readonly name: string;
  readonly value: string;
  readonly origin: Origin;
  readonly base: string;
}

/** A `-r` line that names a lock or a pyproject.toml, and a line that another tool wrote and that means nothing to pip. */
export type ReadEntry =
  | ReadRequirement
  | ReadOption
  | { readonly kind: 'source'; readonly source: Source }
  | { readonly kind: 'ignored'; readonly text: string; readonly because: string; readonly origin: Origin };

export interface ReadContext {
  /** Absolute: the project. */
  readonly folder: string;
  readonly environment: Environment;
  readonly secrets: Secrets;
  /** The text is no file of the user's: nobody finds a line of it. Default: false. */
  readonly withoutLines?: boolean;
  /** Is told each file that a line names and that is read, absolute; absent: nobody wants to know. */
  readonly seen?: (file: string) => void;
}

/**
 * Everything that a requirements file says, in its order.
 * @param file absolute
 * @throws SlimError `not-found`, `bad-requirements`
 */
export async function readRequirementsFile(file: string, context: ReadContext): Promise<ReadEntry[]> {
  const text = await readText(file, context.secrets);
  refuseEndless(text, labelOf(file, context.folder));
  return entriesOf(text, [file], false, context);
}

/**
 * The same for text that is no file: what a lock's tool exported, or a project's own list.
 * @param file absolute: where it comes from
 * @throws SlimError `not-found`, `bad-requirements`
 */
export async function readRequirementsText(
  text: string,
  file: string,
  context: ReadContext,
): Promise<ReadEntry[]> {
  const entries = await entriesOf(text, [file], false, { ...context, withoutLines: true });
  return entries.map((entry) =>
    'origin' in entry ? { ...entry, origin: { ...entry.origin, line: null } } : entry,
  );
}

/** @param stack the file and those that name it, innermost last */
async function entriesOf(
  text: string,
  stack: readonly string[],
  constraint: boolean,
  context: ReadContext,
): Promise<ReadEntry[]> {
  const file = stack.at(-1) ?? '';
  const base = path.dirname(file);
  const entries: ReadEntry[] = [];
  for (const line of readLines(text, context.environment)) {
    const origin = {
      file: labelOf(file, context.folder),
      line: context.withoutLines === true ? null : line.line,
    };
    const whole = line.kind === 'option' ? line.value : line.text;
    const endless = endlessBecause(whole);
    if (endless !== null) throw badLine(whole, endless, origin, context);
    const filled = expandVariables(whole, context.environment);
    // Whatever a variable is called, in a login it is a secret.
    context.secrets.read(filled);
    refuseCutLogin(filled, placeText(origin));
    if (line.kind === 'bad') throw badLine(line.text, line.because, origin, context);
    if (line.kind === 'requirement') {
      entries.push(await readRequirement(line, { origin, base, constraint }, context));
    } else if (line.name === '--requirement' || line.name === '--constraint') {
      entries.push(...(await nestedEntries(line, stack, context)));
    } else {
      entries.push({ kind: 'option', name: line.name, value: line.value, origin, base });
    }
  }
  return entries;
}

async function readRequirement(
  line: RequirementLine & { kind: 'requirement' },
  place: { readonly origin: Origin; readonly base: string; readonly constraint: boolean },
  context: ReadContext,
): Promise<ReadEntry> {
  const parts = partsOf(line, context.environment);
  const meaning: Meaning = meantBy(line.text, parts);
  if (meaning.kind === 'nothing') {
    return { kind: 'ignored', text: line.text, because: meaning.because, origin: place.origin };
  }
  if (meaning.kind === 'refused' && !(await isHere(parts.url))) {
    const text = context.secrets.hide(line.text);
    throw new SlimError('bad-requirements', `${placeText(place.origin)}: ${text} ${meaning.because}`, {
      hint: meaning.hint,
    });
  }
  const notLocal = line.editable && /^https?:/i.test(parts.url ?? '');
  const because = notLocal ? '-e takes a folder or a repository' : checkParts(line.text, parts);
  if (because !== null) throw badLine(line.text, because, place.origin, context);
  const { text, options, editable } = line;
  return { kind: 'requirement', text, parts, options, editable, ...place };
}

/** A variable may be the whole URL, whose name it then hides: the name is no secret, the URL stays as written. */
function partsOf(
  { text, editable }: RequirementLine & { kind: 'requirement' },
  environment: Environment,
): RequirementParts {
  const split = editable ? splitEditable : splitRequirement;
  const written = split(text);
  if (!text.includes('${') || written.url === null) return written;
  return { ...split(expandVariables(text, environment)), url: written.url };
}

/** A path that looks like another machine's may be this one's. */
async function isHere(url: string | null): Promise<boolean> {
  if (url === null || !/^file:/i.test(url)) return false;
  return exists(fromFileUrl(url.replace(/#.*$/, '')));
}

async function nestedEntries(
  line: RequirementLine & { kind: 'option' },
  stack: readonly string[],
  context: ReadContext,
): Promise<ReadEntry[]> {
  const file = stack.at(-1) ?? '';
  const nested = nestedFile(line, file, context);
  if (stack.includes(nested)) {
    const names = [...stack.slice(stack.indexOf(nested)), nested].map((one) => path.basename(one));
    throw new SlimError('bad-requirements', `Requirements files name each other: ${names.join(' → ')}.`, {
      hint: 'Remove one of these -r or -c lines.',
    });
  }
  const kind = kindOf(nested);
  const constraint = line.name === '--constraint';
  if (kind !== 'requirements' && !constraint) return [{ kind: 'source', source: { kind, file: nested } }];
  const known = (await exists(nested)) ? mistakenFile(nested) : null;
  if (known !== null) {
    const place = placeText({ file: labelOf(file, context.folder), line: line.line });
    throw new SlimError('bad-requirements', `${place}: ${path.basename(nested)} ${known.what}.`, {
      hint: known.hint,
    });
  }
  context.seen?.(nested);
  const text = await readText(nested, context.secrets, {
    file: labelOf(file, context.folder),
    line: line.line,
  });
  refuseEndless(text, labelOf(nested, context.folder));
  return entriesOf(text, [...stack, nested], constraint, { ...context, withoutLines: false });
}

function nestedFile(
  line: { readonly value: string; readonly line: number },
  file: string,
  context: ReadContext,
): string {
  const value = expandVariables(line.value, context.environment);
  if (/^https?:\/\//i.test(value)) {
    throw new SlimError(
      'bad-requirements',
      `${placeText({ file: labelOf(file, context.folder), line: line.line })}: a requirements file on the web is not followed.`,
      { hint: 'Download it, read it, and name your copy.', details: [context.secrets.hide(value)] },
    );
  }
  return path.resolve(path.dirname(file), fromFileUrl(value));
}

/** Letters of a line that is quoted. */
const mostShown = 400;

function badLine(
  text: string,
  because: string,
  origin: Origin,
  { secrets }: Pick<ReadContext, 'secrets'>,
): SlimError {
  const hidden = secrets.hide(text);
  const shown = hidden.length > mostShown ? `${hidden.slice(0, mostShown)}…` : hidden;
  return new SlimError(
    'bad-requirements',
    `${placeText(origin)}: "${shown}" is not a requirement: ${because}.`,
    { hint: correction(shown) },
  );
}

function correction(text: string): string {
  const [, name = '', operator = '', version = ''] =
    /^([A-Za-z0-9][A-Za-z0-9._-]*(?:\[[^\]]*\])?)\s*(=[<>]?)\s*([^=<>!~\s]+)$/.exec(text) ?? [];
  if (operator === '=') return `For exactly one version write ${name}==${version}.`;
  if (operator !== '') return `Write ${name}${operator.slice(1)}=${version}.`;
  return /[/\\]/.test(text) && !text.includes('://')
    ? 'If it is a path, begin it with "./".'
    : 'Correct the line: a name, then versions such as ">=2,<3", then "; " and a marker; one option or file (-r, -c, -e) a line.';
}

export function fromFileUrl(value: string): string {
  if (/^file:\/\/(localhost)?\//i.test(value)) return fileURLToPath(value);
  return /^file:/i.test(value) ? decodeURIComponent(value.slice('file:'.length)) : value;
}

/** Bytes. The largest locks have some MB. */
const largest = 32 << 20;

/**
 * A file's text, decoded as pip does.
 * @param secrets learns those that it holds
 * @param by the line that names it
 * @throws SlimError `not-found`, `bad-requirements` (its encoding, its size)
 */
export async function readText(file: string, secrets: Secrets, by?: Origin): Promise<string> {
  let bytes: Buffer;
  try {
    bytes = await readNamed(file, largest);
  } catch (cause) {
    if (cause instanceof OddFile)
      throw new SlimError('bad-requirements', cause.message, {
        hint: 'Name the requirements or lock file that is meant, in the folder or with -r.',
        cause,
      });
    const named = by === undefined ? '' : ` (named by ${placeText(by)})`;
    throw new SlimError('not-found', `The requirements file ${file} cannot be read${named}.`, {
      hint: 'Check its name; paths in a requirements file are relative to that file.',
      cause,
    });
  }
  const decoded = decodeRequirements(bytes);
  if ('text' in decoded) {
    secrets.read(decoded.text);
    return decoded.text;
  }
  throw new SlimError('bad-requirements', `${file} ${decoded.because}.`, {
    hint: decoded.binary
      ? 'Name a requirements file. A wheel or a source archive is packed when its path stands on a line of one, e.g. "./name-1.0-py3-none-any.whl".'
      : 'Save it as UTF-8, or name its encoding in the first line, for example "# -*- coding: cp1252 -*-".',
  });
}
