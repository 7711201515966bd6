/**
 * `pylock.toml` (PEP 751): the standard lock file, and what `uv pip compile` answers in.
 * https://packaging.python.org/en/latest/specifications/pylock-toml/
 * Pure.
 */
import { SlimError } from '../../errors.js';
import { parseToml, type Table } from './toml.js';

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
  /** A folder, relative to the lock file. */
  readonly directory: string | null;
  /** e.g. `git+https://host/repo@commit#subdirectory=x`. */
  readonly vcs: string | null;
}

export interface Pylock {
  readonly packages: readonly LockedPackage[];
  readonly defaultGroups: readonly string[];
}

/** @throws SlimError `bad-requirements` when it is not TOML or not a lock of major version 1 */
export function parsePylock(text: string, source: string): Pylock {
  const table = parseToml(text, source);
  const version = text_(table['lock-version']);
  if (!version.startsWith('1.')) {
    throw new SlimError('bad-requirements', `${source} has lock-version "${version}"; only 1.x is known.`, {
      hint: 'Write it again with the tool that made it, or export a requirements file and name it with -r.',
    });
  }
  return {
    packages: tables(table['packages']).map(readPackage),
    defaultGroups: strings(table['default-groups']),
  };
}

function readPackage(table: Table): LockedPackage {
  const vcs = isTable(table['vcs']) ? table['vcs'] : null;
  const directory = isTable(table['directory']) ? table['directory'] : null;
  return {
    name: text_(table['name']),
    version: typeof table['version'] === 'string' ? table['version'] : null,
    marker: text_(table['marker']),
    index: typeof table['index'] === 'string' ? table['index'] : null,
    wheels: tables(table['wheels']).map(readFile),
    sdist: isTable(table['sdist']) ? readFile(table['sdist']) : null,
    archive: isTable(table['archive']) ? readFile(table['archive']) : null,
    directory: directory === null ? null : text_(directory['path']),
    vcs: vcs === null ? null : vcsUrl(vcs),
  };
}

function readFile(table: Table): LockedFile {
  const url = text_(table['url']) || text_(table['path']);
  const named = text_(table['name']);
  const hashes = isTable(table['hashes']) ? table['hashes'] : {};
  return {
    file: named !== '' ? named : fileName(url),
    url,
    hashes: Object.entries(hashes).map(([algorithm, value]) => `${algorithm}:${text_(value)}`),
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
  const where = text_(table['url']) || text_(table['path']);
  const at = text_(table['commit-id']) || text_(table['requested-revision']);
  const inside = text_(table['subdirectory']);
  const kind = text_(table['type']) || 'git';
  return `${kind}+${where}${at === '' ? '' : `@${at}`}${inside === '' ? '' : `#subdirectory=${inside}`}`;
}

/**
 * The lock as requirement lines, for any resolver. Markers over `extras` and `dependency_groups` are decided here; the
 * rest stays for the tool.
 * @param extras what the user asked for; @param groups beside the lock's own default groups
 */
export function pylockLines(lock: Pylock, extras: readonly string[], groups: readonly string[]): string[] {
  const chosen = { extras, dependency_groups: [...lock.defaultGroups, ...groups] };
  const lines: string[] = [];
  for (const one of lock.packages) {
    const marker = one.marker === '' ? '' : ` ; ${decideMemberships(one.marker, chosen)}`;
    const direct = one.vcs ?? one.directory ?? one.archive?.url ?? null;
    if (direct !== null) {
      lines.push(`${one.name} @ ${direct}${marker}${hashOptions(one.archive ? [one.archive] : [])}`);
      continue;
    }
    const files = [...one.wheels, ...(one.sdist ? [one.sdist] : [])];
    if (one.index !== null && !isPyPI(one.index)) lines.push(`--extra-index-url ${one.index}`);
    const elsewhere = one.index === null && one.wheels.length === 1 && !onIndex(one.wheels[0]?.url ?? '');
    const what = elsewhere
      ? `${one.name} @ ${one.wheels[0]?.url ?? ''}`
      : `${one.name}==${one.version ?? ''}`;
    lines.push(`${what}${marker}${hashOptions(elsewhere ? one.wheels : files)}`);
  }
  return [...new Set(lines)];
}

const isPyPI = (url: string): boolean => /^https:\/\/pypi\.org\/simple\/?$/.test(url);
const onIndex = (url: string): boolean => url.startsWith('https://files.pythonhosted.org/');

function hashOptions(files: readonly LockedFile[]): string {
  const hashes = files.flatMap((file) => file.hashes);
  return hashes.map((hash) => ` --hash=${hash}`).join('');
}

/** Requirement markers have no constants: these stand for true and false. */
const always = 'python_version >= "3"';
const never = 'python_version < "3"';

function decideMemberships(marker: string, chosen: Readonly<Record<string, readonly string[]>>): string {
  return marker.replace(
    /(['"])([^'"]*)\1\s+(not\s+)?in\s+(extras|dependency_groups)\b/g,
    (_all, _quote, name: string, not: string | undefined, set: string) =>
      (chosen[set] ?? []).includes(name) === (not === undefined) ? always : never,
  );
}

function isTable(value: unknown): value is Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const tables = (value: unknown): Table[] => (Array.isArray(value) ? value.filter(isTable) : []);
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
const text_ = (value: unknown): string => (typeof value === 'string' ? value : '');
