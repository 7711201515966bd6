/**
 * `pylock.toml` (PEP 751): the standard lock file, and what `uv pip compile` answers in.
 * https://packaging.python.org/en/latest/specifications/pylock-toml/
 * Pure.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import { defaultPython, targetFor } from '../../limits.js';
import type { BuildRequest, Target } from '../../model.js';
import { markerEnvironment } from '../../python/marker-environment.js';
import { counts } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import { bestWheel } from '../../python/wheels.js';
import { splitCredentials } from '../secrets.js';
import { isPyPI, type NamedIndex } from './name-sources.js';
import { isTable, parseToml, stringsOf, tableOf, tablesOf, textOf, type Table } from './toml.js';

export interface LockedFile {
  /** Wheel or archive file name. */
  readonly file: string;
  /** As the lock has it: a URL, or a path (relative to the lock file). */
  readonly url: string;
  /** `sha256:…`, empty when the lock has none. */
  readonly hashes: readonly string[];
  /** Bytes; null when the lock does not say. */
  readonly size: number | null;
}

export interface LockedPackage {
  readonly name: string;
  readonly version: string | null;
  readonly marker: string;
  readonly index: string | null;
  readonly wheels: readonly LockedFile[];
  readonly sdist: LockedFile | null;
  /** A direct URL or path to one archive. */
  readonly archive: LockedFile | null;
  /** Folder of the project in the archive; empty: its top. */
  readonly inside: string;
  /** A folder, relative to the lock file. */
  readonly directory: string | null;
  /** e.g. `git+https://host/repo@commit#subdirectory=x`. */
  readonly vcs: string | null;
}

export interface Pylock {
  readonly packages: readonly LockedPackage[];
  readonly defaultGroups: readonly string[];
  /** Markers of the environments that it was made for; empty: any. */
  readonly environments: readonly string[];
}

/** @throws SlimError `bad-requirements` when it is not TOML or not a lock of major version 1 */
export function parsePylock(text: string, source: string): Pylock {
  const table = parseToml(text, source);
  const version = textOf(table['lock-version']);
  if (!version.startsWith('1.')) {
    throw new SlimError('bad-requirements', `${source} has lock-version "${version}"; only 1.x is known.`, {
      hint: 'Write it again with the tool that made it, or export a requirements file and name it with -r.',
    });
  }
  return {
    packages: tablesOf(table['packages']).map(readPackage),
    defaultGroups: stringsOf(table['default-groups']),
    environments: stringsOf(table['environments']),
  };
}

function readPackage(table: Table): LockedPackage {
  const vcs = isTable(table['vcs']) ? table['vcs'] : null;
  const directory = isTable(table['directory']) ? table['directory'] : null;
  return {
    name: textOf(table['name']),
    version: typeof table['version'] === 'string' ? table['version'] : null,
    marker: textOf(table['marker']),
    index: typeof table['index'] === 'string' ? table['index'] : null,
    wheels: tablesOf(table['wheels']).map(readFile),
    sdist: isTable(table['sdist']) ? readFile(table['sdist']) : null,
    archive: isTable(table['archive']) ? readFile(table['archive']) : null,
    inside: textOf(tableOf(table['archive'])['subdirectory']),
    directory:
      directory === null
        ? null
        : path.posix.join(textOf(directory['path']), textOf(directory['subdirectory'])),
    vcs: vcs === null ? null : vcsUrl(vcs),
  };
}

function readFile(table: Table): LockedFile {
  const url = textOf(table['url']) || textOf(table['path']);
  const named = textOf(table['name']);
  const hashes = isTable(table['hashes']) ? table['hashes'] : {};
  return {
    file: named !== '' ? named : fileName(url),
    url,
    hashes: Object.entries(hashes).map(([algorithm, value]) => `${algorithm}:${textOf(value)}`),
    size: typeof table['size'] === 'number' ? table['size'] : null,
  };
}

/** Last part of a URL's or path's path, percent-decoded. */
export function fileName(url: string): string {
  const bare = url.replace(/[?#].*$/, '');
  const last = bare.slice(bare.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function vcsUrl(table: Table): string {
  const where = textOf(table['url']) || textOf(table['path']);
  const at = textOf(table['commit-id']) || textOf(table['requested-revision']);
  const inside = textOf(table['subdirectory']);
  const kind = textOf(table['type']) || 'git';
  return `${kind}+${where}${at === '' ? '' : `@${at}`}${inside === '' ? '' : `#subdirectory=${inside}`}`;
}

export interface PylockText {
  /** A requirements file's text, for any resolver. */
  readonly text: string;
  /** By normalized name: the one index that it comes from, where that is not the public one. */
  readonly indexes: ReadonlyMap<string, NamedIndex>;
}

/**
 * The lock as requirement lines. Markers over `extras` and `dependency_groups` are decided here; the rest stays for the tool.
 * @param chosen what the user asked for, beside the lock's own default groups
 * @param folder absolute: the lock's paths are relative to it
 * @param known indexes that have a name in the project
 * @throws SlimError `bad-requirements`: it was made for other environments
 */
export function pylockText(
  lock: Pylock,
  chosen: Pick<BuildRequest, 'extras' | 'groups' | 'python' | 'architecture' | 'glibc'>,
  folder: string,
  known: readonly NamedIndex[] = [],
): PylockText {
  const sets = { extras: chosen.extras, dependency_groups: [...lock.defaultGroups, ...chosen.groups] };
  const lines: string[] = [];
  const indexes = new Map<string, NamedIndex>();
  const target = targetFor(chosen.python ?? defaultPython, chosen.architecture, chosen.glibc);
  const markers = markerEnvironment(target);
  if (lock.environments.length > 0 && !lock.environments.some((one) => counts(one, markers))) {
    throw new SlimError(
      'bad-requirements',
      `The lock was made for other environments than Python ${target.python} on Linux, ${target.architecture}: ${lock.environments.join('; ')}.`,
      {
        hint: 'Lock it for Lambda, too, with the tool that made it; or build for a --python and --arch that it has.',
      },
    );
  }
  for (const one of lock.packages) {
    const decided = decideMemberships(one.marker, sets);
    // Another system's entry for the same name may have another index.
    if (!counts(decided, markers)) continue;
    const marker = decided === '' ? '' : ` ; ${decided}`;
    const directory = one.directory === null ? null : located(one.directory, folder);
    const direct =
      one.vcs ?? directory ?? (one.archive === null ? null : archiveUrl(one.archive, one.inside, folder));
    if (direct !== null) {
      lines.push(`${one.name} @ ${direct}${marker}${hashOptions(one.archive ? [one.archive] : [])}`);
      continue;
    }
    const files = [...one.wheels, ...(one.sdist ? [one.sdist] : [])];
    lines.push(...linkFolders(files, folder));
    const index = one.index === null ? indexOf(files, known) : nameOf(one.index, known);
    if (index !== null && !isPyPI(index.url)) indexes.set(normalizeName(one.name), index);
    const link = index === null ? linkOf(one, target) : null;
    const what = link === null ? `${one.name}==${one.version ?? ''}` : `${one.name} @ ${link.url}`;
    lines.push(`${what}${marker}${hashOptions(link === null ? files : [link])}`);
  }
  return { text: [...new Set(lines)].join('\n'), indexes };
}

const hasScheme = (url: string): boolean => /^[a-z][a-z0-9+.-]*:\/\//i.test(url);

/** A path of the lock as a URL. */
const located = (place: string, folder: string): string =>
  hasScheme(place) ? place : pathToFileURL(path.resolve(folder, place)).href.replace(/\/$/, '');

const archiveUrl = ({ url }: LockedFile, inside: string, folder: string): string =>
  `${located(url, folder)}${inside === '' ? '' : `#subdirectory=${inside}`}`;

/** Files that lie in a folder are found there. */
function linkFolders(files: readonly LockedFile[], folder: string): string[] {
  const local = files.filter((file) => file.url !== '' && !hasScheme(file.url));
  return local.map((file) => `--find-links ${located(path.dirname(file.url), folder)}`);
}

function nameOf(url: string, known: readonly NamedIndex[]): NamedIndex {
  const bare = (text: string): string => splitCredentials(text).address.replace(/\/$/, '');
  const found = known.find((one) => bare(one.url) === bare(url));
  return found ?? { name: bare(url).replace(/^[a-z]+:\/+/i, ''), url };
}

/** PDM names no index: the project's own one on the server of all files; of several there the one that lies nearest. */
function indexOf(files: readonly LockedFile[], known: readonly NamedIndex[]): NamedIndex | null {
  const [first, ...others] = files.map((file) => partsOf(file.url));
  if (first === undefined) return null;
  const near = known
    .filter(({ url }) => !isPyPI(url))
    .map((index) => ({ index, shared: sharedParts(partsOf(index.url), first) }))
    .filter(({ shared }) => shared > 0 && others.every((other) => sharedParts(first, other) >= shared));
  return near.sort((a, b) => b.shared - a.shared)[0]?.index ?? null;
}

/** Server and folders of a URL, without its login; empty when it is none. */
const partsOf = (url: string): readonly string[] =>
  /^https?:\/\/(?:[^/@]*@)?([^?#]+)/i.exec(url)?.[1]?.replace(/\/$/, '').split('/') ?? [];

function sharedParts(one: readonly string[], other: readonly string[]): number {
  const differing = one.findIndex((part, at) => part !== other[at]);
  return differing === -1 ? one.length : differing;
}

/** The file itself, where nothing says which index it comes from: by its name it would be looked for on the public one. */
function linkOf({ wheels, sdist }: LockedPackage, target: Target): LockedFile | null {
  const files = [...wheels, ...(sdist ? [sdist] : [])];
  if (files.length === 0 || !files.every((file) => isElsewhere(file.url))) return null;
  return bestWheel(wheels, target) ?? sdist ?? wheels[0] ?? null;
}

const isElsewhere = (url: string): boolean =>
  hasScheme(url) && !url.startsWith('https://files.pythonhosted.org/');

function hashOptions(files: readonly LockedFile[]): string {
  const hashes = files.flatMap((file) => file.hashes);
  return hashes.map((hash) => ` --hash=${hash}`).join('');
}

/** Requirement markers have no constants: these stand for true and false. */
const always = 'python_version >= "3"';
const never = 'python_version < "3"';

function decideMemberships(marker: string, chosen: Readonly<Record<string, readonly string[]>>): string {
  const has = (set: string, name: string): boolean =>
    (chosen[set] ?? []).some((one) => normalizeName(one) === normalizeName(name));
  return marker.replace(
    /(['"])([^'"]*)\1\s+(not\s+)?in\s+(extras|dependency_groups)\b/g,
    (_all, _quote, name: string, not: string | undefined, set: string) =>
      has(set, name) === (not === undefined) ? always : never,
  );
}
