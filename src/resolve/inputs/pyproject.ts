/**
 * What a `pyproject.toml` asks for: PEP 621 dependencies, extras, and dependency groups (PEP 735). Pure.
 */
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import { parseToml } from './toml.js';

export interface Pyproject {
  /** Normalized; null without a `[project]` name. */
  readonly name: string | null;
  /** Requirement lines of the dependencies and of the chosen extras and groups. */
  readonly lines: readonly string[];
}

type Table = Readonly<Record<string, unknown>>;

/**
 * @param source its path, for messages
 * @throws SlimError `bad-requirements`: unknown extra or group, dynamic dependencies, a source that only uv knows
 */
export function readPyproject(
  text: string,
  source: string,
  extras: readonly string[],
  groups: readonly string[],
): Pyproject {
  const table = parseToml(text, source);
  const project = tableOf(table['project']);
  const name = typeof project['name'] === 'string' ? normalizeName(project['name']) : null;
  refuseUnreadable(table, project, source);
  const optional = byNormalizedName(tableOf(project['optional-dependencies']));
  const lines = [
    ...stringsOf(project['dependencies']),
    ...extras.flatMap((extra) => extraLines(optional, extra, source)),
    ...groups.flatMap((group) =>
      groupLines(byNormalizedName(tableOf(table['dependency-groups'])), group, source),
    ),
  ];
  const own = lines.flatMap((line) => ownExtras(line, name, optional, source, new Set(extras)));
  const sources = tableOf(tableOf(tableOf(table['tool'])['uv'])['sources']);
  return {
    name,
    lines: [...new Set(own)].map((line) => withSource(line, byNormalizedName(sources), source)),
  };
}

/** Top-level names only, for lock files: PEP 621 and Poetry's own table. Never throws for what it cannot read. */
export function topLevelNames(text: string, extras: readonly string[], groups: readonly string[]): string[] {
  let table: Table;
  try {
    table = parseToml(text, 'pyproject.toml');
  } catch {
    return [];
  }
  const project = tableOf(table['project']);
  const optional = byNormalizedName(tableOf(project['optional-dependencies']));
  const poetry = tableOf(tableOf(table['tool'])['poetry']);
  const grouped = byNormalizedName(tableOf(table['dependency-groups']));
  const poetryGroups = byNormalizedName(tableOf(poetry['group']));
  const lines = [
    ...stringsOf(project['dependencies']),
    ...extras.flatMap((extra) => stringsOf(optional.get(normalizeName(extra)))),
    ...groups.flatMap((group) => stringsOf(grouped.get(normalizeName(group)))),
  ];
  const names = [
    ...lines.map((line) => splitRequirement(line).name),
    ...Object.keys(tableOf(poetry['dependencies'])),
    ...groups.flatMap((group) =>
      Object.keys(tableOf(tableOf(poetryGroups.get(normalizeName(group)))['dependencies'])),
    ),
  ];
  const normalized = names.filter((name) => name !== null).map(normalizeName);
  return [...new Set(normalized)].filter((name) => name !== 'python').sort();
}

function refuseUnreadable(table: Table, project: Table, source: string): void {
  if (stringsOf(project['dynamic']).includes('dependencies')) {
    throw new SlimError('bad-requirements', `${source} says that its dependencies are dynamic.`, {
      hint: 'Name the file that holds them with -r, or write a requirements file with one line "." to have the project built and installed with what it needs.',
    });
  }
  const poetry = tableOf(tableOf(table['tool'])['poetry']);
  if (project['dependencies'] === undefined && poetry['dependencies'] !== undefined) {
    throw new SlimError('bad-requirements', `${source} lists its dependencies for Poetry only.`, {
      hint: 'Run "poetry lock" and build from poetry.lock, or "poetry export -o requirements.txt" and name that file with -r.',
    });
  }
}

function extraLines(
  optional: ReadonlyMap<string, unknown>,
  extra: string,
  source: string,
): readonly string[] {
  const found = optional.get(normalizeName(extra));
  if (found === undefined) {
    throw new SlimError('bad-requirements', `${source} has no extra "${extra}".`, {
      hint:
        optional.size === 0
          ? 'It has no [project.optional-dependencies].'
          : `It has: ${[...optional.keys()].join(', ')}.`,
    });
  }
  return stringsOf(found);
}

function groupLines(
  groups: ReadonlyMap<string, unknown>,
  group: string,
  source: string,
  above: readonly string[] = [],
): string[] {
  const name = normalizeName(group);
  const found = groups.get(name);
  if (!Array.isArray(found)) {
    throw new SlimError('bad-requirements', `${source} has no dependency group "${group}".`, {
      hint:
        groups.size === 0 ? 'It has no [dependency-groups].' : `It has: ${[...groups.keys()].join(', ')}.`,
    });
  }
  if (above.includes(name)) {
    throw new SlimError(
      'bad-requirements',
      `The dependency groups of ${source} include each other: ${[...above, name].join(' → ')}.`,
      { hint: 'Remove one of the include-group entries.' },
    );
  }
  return found.flatMap((entry: unknown) => {
    if (typeof entry === 'string') return [entry];
    const included = tableOf(entry)['include-group'];
    return typeof included === 'string' ? groupLines(groups, included, source, [...above, name]) : [];
  });
}

/** `app[all]` inside app's own extras means those extras' lines. */
function ownExtras(
  line: string,
  own: string | null,
  optional: ReadonlyMap<string, unknown>,
  source: string,
  seen: ReadonlySet<string>,
): string[] {
  const parts = splitRequirement(line);
  if (own === null || parts.name === null || normalizeName(parts.name) !== own || parts.url !== null)
    return [line];
  const names = parts.extras.slice(1, -1).split(',').filter(Boolean);
  return names
    .filter((name) => !seen.has(name))
    .flatMap((name) => extraLines(optional, name, source))
    .flatMap((inner) => ownExtras(inner, own, optional, source, new Set([...seen, ...names])));
}

function withSource(line: string, sources: ReadonlyMap<string, unknown>, source: string): string {
  const parts = splitRequirement(line);
  if (parts.name === null || parts.url !== null) return line;
  const given = sources.get(normalizeName(parts.name));
  if (given === undefined) return line;
  const table = tableOf(given);
  const text = (key: string): string | null => (typeof table[key] === 'string' ? table[key] : null);
  const revision = text('rev') ?? text('tag') ?? text('branch');
  const inside = text('subdirectory');
  const git = text('git');
  const url =
    text('path') ??
    text('url') ??
    (git === null
      ? null
      : `git+${git}${revision === null ? '' : `@${revision}`}${inside === null ? '' : `#subdirectory=${inside}`}`);
  if (url === null || Array.isArray(given)) {
    throw new SlimError(
      'bad-requirements',
      `${source} takes ${parts.name} from a source that only uv can read.`,
      {
        hint: 'Run "uv lock": lambda-slim then builds from uv.lock.',
      },
    );
  }
  return `${parts.name}${parts.extras} @ ${url}${parts.marker === '' ? '' : ` ; ${parts.marker}`}`;
}

function tableOf(value: unknown): Table {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Table) : {};
}

const stringsOf = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];

function byNormalizedName(table: Table): ReadonlyMap<string, unknown> {
  return new Map(Object.entries(table).map(([name, value]) => [normalizeName(name), value]));
}
