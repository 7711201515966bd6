/** Where a project takes a name from, when that is not the index that everybody uses. Pure. */
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { textOf, type Table } from './toml.js';

export interface NamedIndex {
  /** As the project calls it: credentials are looked up by it. */
  readonly name: string;
  /** As written: it may hold a variable or credentials. */
  readonly url: string;
}

/** Of a table with both keys, as every tool writes it. */
export const namedIndex = (table: Table): NamedIndex => ({
  name: textOf(table['name']),
  url: textOf(table['url']),
});

export type NameSource =
  /** What stands behind `@` in a requirement: `git+https://…`, `https://…`, `file:///…`. */
  | { readonly kind: 'direct'; readonly url: string }
  | { readonly kind: 'index'; readonly index: NamedIndex }
  /** Only the project's own tool can get it; the reason as a clause, the way out as a sentence. */
  | { readonly kind: 'refused'; readonly because: string; readonly hint: string };

/** A source that counts only where this extra or group asks for the name; null: wherever. */
export interface ConditionalSource {
  readonly source: NameSource;
  readonly extra: string | null;
  readonly group: string | null;
}

/** By normalized name; sources whose marker does not hold on Lambda are left out. */
export type NameSources = ReadonlyMap<string, readonly ConditionalSource[]>;

/** What one tool's part of a pyproject.toml says. */
export interface ToolSettings {
  readonly tool: 'uv' | 'Poetry' | 'PDM' | 'Pipenv';
  readonly sources: NameSources;
  /** For every name, in the order in which they are asked; the last one is the default where `ordered`. */
  readonly indexes: readonly NamedIndex[];
  /** True: the public index is asked only when it is one of `indexes`. */
  readonly closed: boolean;
  readonly constraints: readonly string[];
  readonly overrides: readonly string[];
  /** Names (globs) that come from one index only, also when another package asks for them. */
  readonly owned: readonly { readonly glob: string; readonly index: NamedIndex }[];
  /** Names (globs) that an index of these is not asked for; those of `owned` are not meant. */
  readonly barred: readonly { readonly glob: string; readonly index: NamedIndex }[];
  /** It takes pre-releases wherever there are some. */
  readonly pre: boolean;
  /** What any name may come from, and only the tool itself can ask; null: nothing. */
  readonly unreadable: { readonly what: string; readonly hint: string } | null;
}

/**
 * @param label of the project's file, for people
 * @throws SlimError `bad-requirements`
 */
export function refuseUnreadable(settings: readonly ToolSettings[], label: string): void {
  for (const { tool, unreadable } of settings) {
    if (unreadable === null) continue;
    throw new SlimError(
      'bad-requirements',
      `${label} has ${unreadable.what}, which only ${tool} asks in its turn.`,
      {
        hint: unreadable.hint,
      },
    );
  }
}

/** Names that may not come from an index, whoever asks for them. */
export interface Barred {
  /** Of normalized names. */
  readonly glob: string;
  /** The pyproject.toml that says so, for people. */
  readonly label: string;
  readonly index: NamedIndex;
  /** Normalized names for which something else says where they come from. */
  readonly except: (name: string) => boolean;
}

/** A name that a local project takes from elsewhere, where nothing tells the tools so: what they find is looked at. */
export interface Claim {
  /** Of normalized names. */
  readonly glob: string;
  /** The project's pyproject.toml, for people. */
  readonly label: string;
  /** Addresses of the indexes that it may come from. */
  readonly indexes: readonly string[];
  /** Normalized names for which the user's own files say where they come from. */
  readonly except: readonly string[];
}

/** Who asks for a requirement: null and null for the project's own dependencies. */
export interface Asker {
  readonly extra: string | null;
  readonly group: string | null;
}

/** The source of a name, or null when the project says nothing about it. */
export function sourceOf(sources: NameSources, name: string, asker: Asker): NameSource | null {
  const found = (sources.get(name) ?? []).find(
    (one) =>
      (one.extra === null || one.extra === asker.extra) && (one.group === null || one.group === asker.group),
  );
  return found?.source ?? null;
}

/**
 * Where a name comes from when one tool keeps it from some of its indexes: the one that is left.
 * @param everybodys the public index, or what stands for it; null: only the tools know its address
 * @returns null when nothing is said about it, or several are left: what is found is looked at then
 */
export function sourceOfBarred(
  { tool, barred, indexes, closed }: ToolSettings,
  name: string,
  everybodys: NamedIndex | null,
): NameSource | null {
  const not = barred.filter(({ glob }) => picomatch.isMatch(name, glob)).map(({ index }) => index.url);
  if (not.length === 0) return null;
  const own = indexes.filter(({ url }) => !not.includes(url));
  const left = closed ? own : [...own, everybodys];
  const [only] = left;
  if (left.length > 1 || only === null) return null;
  if (only !== undefined) return { kind: 'index', index: only };
  return {
    kind: 'refused',
    because: 'no index: exclude_packages keeps it from all of them',
    hint: `Add an index that may be asked for it to the sources of ${tool}.`,
  };
}

/** The index that is asked for what nobody else has: `--index`, then uv's variables, then PyPI. */
export function everybodysIndex(
  indexes: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): NamedIndex | null {
  const given = [indexes.at(-1), environment['UV_DEFAULT_INDEX'], environment['UV_INDEX_URL']];
  const word = given.find((one) => one !== undefined && one !== '') ?? 'https://pypi.org/simple';
  const [, name = 'the-public-index', url = word] = /^([\w.-]+)=(.*)$/.exec(word) ?? [];
  return /^(?:https?|file):/i.test(url) ? { name, url } : null;
}

/** Is it the public index, in one of its spellings? */
export function isPyPI(url: string): boolean {
  return /^https?:\/\/(pypi\.org|pypi\.python\.org|www\.pypi\.org)\/simple\/?$/i.test(url);
}

/** With or without the last slash. */
export const sameIndex = (one: string, other: string): boolean =>
  one.replace(/\/$/, '') === other.replace(/\/$/, '');

/** `git@host:o/r.git`, as git takes it and URLs do not. */
export function gitUrl(repository: string, revision: string, subdirectory: string): string {
  const scp = /^(?:([\w.-]+)@)?([\w.-]+):(?!\/\/)(.+)$/.exec(repository);
  const url =
    scp !== null && !/^[a-z][a-z0-9+.-]*:\/\//i.test(repository)
      ? `ssh://${scp[1] === undefined ? '' : `${scp[1]}@`}${scp[2] ?? ''}/${scp[3] ?? ''}`
      : repository.replace(/^git\+/, '');
  const at = revision === '' ? '' : `@${revision}`;
  const inside = subdirectory === '' ? '' : `#subdirectory=${subdirectory}`;
  return `git+${url}${at}${inside}`;
}
