/** What becomes of each requirement and option before a tool sees it, decided by what it says alone. Pure. */
import { createHash } from 'node:crypto';
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import type { InputLine } from './input-lines.js';
import type { NamedIndex } from './name-sources.js';
import { placeText } from './origin.js';
import type { ReadOption, ReadRequirement } from './reading.js';

export type Plan =
  /** A tool gets it as it is. */
  | { readonly kind: 'line'; readonly text: string }
  /** A path or `file://` URL of this machine. */
  | { readonly kind: 'local'; readonly url: string }
  | { readonly kind: 'repository'; readonly url: string }
  | {
      readonly kind: 'archive';
      readonly url: string;
      /** Without the `#`. */
      readonly fragment: string;
      /** sha256, hex: one of these it must have; empty: any. */
      readonly hashes: readonly string[];
    };

/**
 * @param url the requirement's, with variables filled in; null without one
 * @throws SlimError `bad-requirements`: a variable in the URL of a server is not set, or nothing is fetched by that scheme
 */
export function planFor(entry: ReadRequirement, url: string | null): Plan {
  const { parts, options } = entry;
  if (parts.url === null || url === null) return { kind: 'line', text: joined(entry.text, options) };
  if (!isRemote(url)) return { kind: 'local', url };
  refuseScheme(url, entry);
  refuseUnset(url, entry);
  if (/^git\+/i.test(url)) return { kind: 'repository', url };
  if (/^[^?#]*\.whl([?#]|$)/i.test(url)) {
    // The tools want white space before a marker, and the name that the file has.
    const name = parts.name === null ? '' : `${parts.name}${parts.extras} @ `;
    return { kind: 'line', text: joined(`${name}${parts.url}${markerText(parts.marker)}`, options) };
  }
  const fragment = /#(.*)$/.exec(url)?.[1] ?? '';
  return { kind: 'archive', url, fragment, hashes: [...hashesIn(options), ...hashesIn(fragment)] };
}

function refuseScheme(url: string, { origin }: ReadRequirement): void {
  const scheme = /^[a-z][a-z0-9+.-]*(?=:)/i.exec(url)?.[0].toLowerCase() ?? '';
  if (/^(https?$|git\+)/.test(scheme)) return;
  const repository = scheme === 'git' || scheme === 'ssh';
  throw new SlimError(
    'bad-requirements',
    `${placeText(origin)}: nothing is fetched from ${scheme}:// addresses.`,
    {
      hint: repository
        ? `Write a repository as git+${scheme}://…`
        : 'Name an http:// or https:// address; or download the file, and name it by its path.',
    },
  );
}

/** Git and servers would be asked for the variable's name. */
function refuseUnset(url: string, { origin }: ReadRequirement): void {
  const name = /\$\{([A-Z0-9_]+)\}/.exec(url)?.[1];
  if (name === undefined) return;
  throw new SlimError('bad-requirements', `${placeText(origin)}: the variable ${name} is not set.`, {
    hint: `Set it (export ${name}=…) and build again; its value is neither printed nor stored.`,
  });
}

/**
 * Only pip knows pre-releases by name, and only since its version 26.
 * @throws SlimError `bad-requirements`
 */
export function refuseSingle({ name, value, origin }: ReadOption): void {
  const single = value.split(',').find((one) => !/^(:all:|:none:|)$/.test(one));
  if (single === undefined) return;
  throw new SlimError(
    'bad-requirements',
    `${placeText(origin)}: ${name} for a single package (${single}) is not read.`,
    {
      hint:
        name === '--only-final'
          ? `Leave it out: pre-releases of ${single} count only where its line names one, or with --pre.`
          : `Name a pre-release in its line instead (${single}>=1.0a0): then pre-releases of it count, whichever tool resolves.`,
    },
  );
}

/** A URL of another machine, or of a repository. */
export function isRemote(url: string): boolean {
  return (/^[a-z][a-z0-9+.-]+:\/\//i.test(url) && !/^file:/i.test(url)) || /^git\+/i.test(url);
}

/** sha256 hashes (hex) of `--hash=sha256:…` options, or of a URL's fragment. */
const hashesIn = (text: string): string[] =>
  [...text.matchAll(/sha256[:=]([0-9a-f]{64})\b/gi)].map(([, hash = '']) => hash.toLowerCase());

export const markerText = (marker: string): string => (marker === '' ? '' : ` ; ${marker}`);

export const joined = (text: string, options: string): string =>
  options === '' ? text : `${text} ${options}`;

export function withIndex(line: InputLine, indexes: ReadonlyMap<string, NamedIndex>): InputLine {
  if (!('text' in line)) return line;
  const { name, url } = splitRequirement(line.text.replace(/\s--hash[=\s].*$/, ''));
  const index = name === null || url !== null ? undefined : indexes.get(normalizeName(name));
  return index === undefined ? line : { ...line, index };
}

/** The same file named twice gives the same lines twice, which the tools call a double requirement. */
export function dedupe(lines: readonly InputLine[]): InputLine[] {
  const seen = new Set<string>();
  return lines.filter((line) => {
    if (!('text' in line)) return true;
    if (seen.has(line.text)) return false;
    seen.add(line.text);
    return true;
  });
}

/**
 * sha256 (hex) of what the tools get. Copies lie in a folder with a new name each time: their contents count, their place does not.
 * @param bare takes variables' names and our own folder out of a text
 */
export function digestOfLines(
  parts: {
    readonly options: readonly string[];
    readonly lines: readonly InputLine[];
    readonly constraints: readonly string[];
    readonly contents: readonly string[];
  },
  bare: (text: string) => string,
): string {
  const digest = createHash('sha256');
  const lines = parts.lines.map((line) =>
    'text' in line ? `${line.text}${line.index?.url ?? ''}` : `${line.extras};${line.marker}`,
  );
  const all = [parts.options, lines, parts.constraints, parts.contents];
  for (const text of all.flatMap((one, at) => (at === 0 ? one : ['---', ...one])))
    digest.update(bare(text)).update('\0');
  return digest.digest('hex');
}
