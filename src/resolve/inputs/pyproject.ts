/**
 * What a `pyproject.toml` asks for: PEP 621 dependencies, extras, and dependency groups (PEP 735), each from where the
 * project takes it. Pure.
 */
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import {
  refuseUnreadable,
  sourceOf,
  sourceOfBarred,
  type Asker,
  type NamedIndex,
  type ToolSettings,
} from './name-sources.js';
import { toolSettings, type SettingsContext } from './tool-settings.js';
import {
  arrayOf,
  byNormalizedName,
  parseToml,
  parseTomlOrNothing,
  stringsOf,
  tableAt,
  tableOf,
  textOf,
  type Table,
} from './toml.js';

export interface Pyproject {
  /** Normalized; null without a `[project]` name. */
  readonly name: string | null;
  /** Requirement lines of the dependencies and of the chosen extras and groups. */
  readonly lines: readonly string[];
  /** By normalized name: the one index that it comes from. */
  readonly indexes: ReadonlyMap<string, NamedIndex>;
  readonly settings: readonly ToolSettings[];
  /** It has a [project] part: without one only a build knows what it needs. */
  readonly standard: boolean;
}

export interface AskedLine extends Asker {
  readonly text: string;
}

interface Reading {
  /** Its path, for messages. */
  readonly source: string;
  readonly own: string | null;
  readonly optional: ReadonlyMap<string, unknown>;
  readonly groups: ReadonlyMap<string, unknown>;
  /** Names that two groups of the file have. */
  readonly twice: ReadonlySet<string>;
  /** Names of groups in PDM's own form. */
  readonly onlyPdm: ReadonlySet<string>;
  /** Only a build tells the extras. */
  readonly dynamicExtras: boolean;
  /** Names of groups in Poetry's own form. */
  readonly onlyPoetry: ReadonlySet<string>;
}

const onlyPoetryHint =
  'Run "poetry lock" and build from poetry.lock, or "poetry export -o requirements.txt" and name that file with -r.';

/**
 * @param source its path, for messages
 * @throws SlimError `bad-requirements`: unknown extra or group, dynamic dependencies, a source that only its tool can read
 */
export function readPyproject(
  text: string,
  source: string,
  chosen: { readonly extras: readonly string[]; readonly groups: readonly string[] },
  context: SettingsContext,
): Pyproject {
  const table = parseToml(text, source);
  const project = tableOf(table['project']);
  const name = nameIn(project);
  refuseUnlisted(table, project, source);
  const settings = toolSettings(table, context);
  refuseUnreadable(settings, source);
  const indexes = new Map<string, NamedIndex>();
  const placed = projectLines(table, source, chosen).map((line) =>
    withSource(line, settings, indexes, source, context.everybodys ?? null),
  );
  const standard = table['project'] !== undefined;
  return { name, lines: [...new Set(placed)], indexes, settings, standard };
}

/**
 * The lines of `[project] dependencies` and of the chosen extras and groups.
 * @throws SlimError `bad-requirements`: unknown extra or group
 */
export function projectLines(
  table: Table,
  source: string,
  chosen: { readonly extras: readonly string[]; readonly groups: readonly string[] },
): readonly AskedLine[] {
  const project = tableOf(table['project']);
  const reading: Reading = {
    source,
    own: nameIn(project),
    optional: byNormalizedName(tableOf(project['optional-dependencies'])),
    groups: groupsOf(table),
    twice: twiceIn(Object.keys(tableOf(table['dependency-groups'])).map(normalizeName)),
    onlyPdm: new Set(byNormalizedName(tableAt(table, 'tool', 'pdm', 'dev-dependencies')).keys()),
    dynamicExtras: stringsOf(project['dynamic']).includes('optional-dependencies'),
    onlyPoetry: new Set(byNormalizedName(tableAt(table, 'tool', 'poetry', 'group')).keys()),
  };
  const nobody: Asker = { extra: null, group: null };
  return [
    ...listed(project['dependencies'], '[project] dependencies', source).map((line) => ({
      text: line,
      ...nobody,
    })),
    ...chosen.extras.flatMap((extra) => extraLines(reading, extra)),
    ...chosen.groups.flatMap((group) =>
      groupLines(reading, group).map((line) => ({ text: line, extra: null, group: normalizeName(group) })),
    ),
  ].flatMap((line) => ownExtras(line, reading, new Set(chosen.extras)));
}

const twiceIn = (names: readonly string[]): ReadonlySet<string> =>
  new Set(names.filter((name, at) => names.indexOf(name) !== at));

/** @throws SlimError `bad-requirements`: what is no list of texts would be left out without a word */
function listed(value: unknown, where: string, source: string): readonly string[] {
  const lines = stringsOf(value);
  if (value === undefined || (Array.isArray(value) && lines.length === value.length)) {
    lines.forEach((line) => refuseOther(line, where, source));
    return lines;
  }
  throw new SlimError('bad-requirements', `${source}: ${where} is not a list of requirements.`, {
    hint: 'Write it as a list of texts: ["numpy>=2", "boto3"].',
  });
}

/** An option, a comment or a path means something in a requirements file only: other tools refuse it here. */
function refuseOther(line: string, where: string, source: string): void {
  if (!/^\s*[-#]/.test(line) && !/[\r\n]/.test(line) && named.test(line)) return;
  throw new SlimError(
    'bad-requirements',
    `${source}: ${where} holds ${JSON.stringify(line)}, which is not a requirement.`,
    {
      hint: 'Name a package there. For one of a path write "name @ file:///…", or name the path in [tool.uv.sources].',
    },
  );
}

/** A name, and no path. */
const named = /^\s*[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\s*(?:$|[[(<>=!~;@,])/;

/** The standard's groups, and PDM's and uv's older ones. By normalized name. */
export function groupsOf(table: Table): ReadonlyMap<string, unknown> {
  const groups = byNormalizedName({
    ...tableAt(table, 'tool', 'pdm', 'dev-dependencies'),
    ...tableOf(table['dependency-groups']),
  });
  const dev = stringsOf(tableAt(table, 'tool', 'uv')['dev-dependencies']);
  // uv takes both together.
  return dev.length === 0 ? groups : new Map([...groups, ['dev', [...arrayOf(groups.get('dev')), ...dev]]]);
}

const nameIn = (project: Table): string | null =>
  textOf(project['name']) === '' ? null : normalizeName(textOf(project['name']));

/** The project's name as it is written, for people; null: it has none. Never throws for what it cannot read. */
export function writtenName(text: string): string | null {
  const table = parseTomlOrNothing(text);
  const names = [tableOf(table['project'])['name'], tableAt(table, 'tool', 'poetry')['name']];
  return names.map(textOf).find((name) => name !== '') ?? null;
}

/** Top-level names only, for lock files: PEP 621 and Poetry's own table. Never throws for what it cannot read. */
export function topLevelNames(text: string, extras: readonly string[], groups: readonly string[]): string[] {
  const table = parseTomlOrNothing(text);
  const project = tableOf(table['project']);
  const optional = byNormalizedName(tableOf(project['optional-dependencies']));
  const poetry = tableAt(table, 'tool', 'poetry');
  const grouped = groupsOf(table);
  const poetryGroups = byNormalizedName(tableOf(poetry['group']));
  const lines = [
    ...stringsOf(project['dependencies']),
    ...extras.flatMap((extra) => stringsOf(optional.get(normalizeName(extra)))),
    ...groups.flatMap((group) => stringsIn(grouped, group)),
  ];
  const names = [
    ...lines.map((line) => splitRequirement(line).name),
    ...Object.keys(tableOf(poetry['dependencies'])),
    ...groups.flatMap((group) =>
      Object.keys(tableAt(tableOf(poetryGroups.get(normalizeName(group))), 'dependencies')),
    ),
  ];
  const normalized = names.filter((name) => name !== null).map(normalizeName);
  return [...new Set(normalized)].filter((name) => name !== 'python').sort();
}

/** The lines of a group and of those that it includes. */
function stringsIn(
  groups: ReadonlyMap<string, unknown>,
  group: string,
  above: readonly string[] = [],
): readonly string[] {
  const name = normalizeName(group);
  if (above.includes(name)) return [];
  return arrayOf(groups.get(name)).flatMap((entry) => {
    const included = tableOf(entry)['include-group'];
    return typeof included === 'string' ? stringsIn(groups, included, [...above, name]) : stringsOf([entry]);
  });
}

function refuseUnlisted(table: Table, project: Table, source: string): void {
  if (stringsOf(project['dynamic']).includes('dependencies')) {
    throw new SlimError('bad-requirements', `${source} says that its dependencies are dynamic.`, {
      hint: 'Name the file that holds them with -r, or write a requirements file with one line "." to have the project built and installed with what it needs.',
    });
  }
  const poetry = tableAt(table, 'tool', 'poetry');
  if (project['dependencies'] === undefined && poetry['dependencies'] !== undefined) {
    throw new SlimError('bad-requirements', `${source} lists its dependencies for Poetry only.`, {
      hint: onlyPoetryHint,
    });
  }
}

function extraLines({ optional, source, dynamicExtras }: Reading, extra: string): AskedLine[] {
  const found = optional.get(normalizeName(extra));
  if (found === undefined && dynamicExtras) {
    throw new SlimError('bad-requirements', `${source} says that its extras are dynamic.`, {
      hint: `Write a requirements file with one line ".[${extra}]" to have the project built and installed with what it needs.`,
    });
  }
  if (found === undefined) {
    throw new SlimError('bad-requirements', `${source} has no extra "${extra}".`, {
      hint:
        optional.size === 0
          ? 'It has no [project.optional-dependencies].'
          : `It has: ${[...optional.keys()].join(', ')}.`,
    });
  }
  return listed(found, `the extra "${extra}"`, source).map((text) => ({
    text,
    extra: normalizeName(extra),
    group: null,
  }));
}

function groupLines(reading: Reading, group: string, above: readonly string[] = []): string[] {
  const { groups, source } = reading;
  const name = normalizeName(group);
  const found = groups.get(name);
  if (!Array.isArray(found)) {
    if (reading.onlyPoetry.has(name)) {
      throw new SlimError('bad-requirements', `${source} lists the group "${group}" for Poetry only.`, {
        hint: onlyPoetryHint,
      });
    }
    throw new SlimError('bad-requirements', `${source} has no dependency group "${group}".`, {
      hint:
        groups.size === 0 ? 'It has no [dependency-groups].' : `It has: ${[...groups.keys()].join(', ')}.`,
    });
  }
  if (reading.twice.has(name)) {
    throw new SlimError('bad-requirements', `${source} has two dependency groups of the name "${name}".`, {
      hint: 'Names that differ only in capitals, "-", "_" and "." are one name: give one of them another.',
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
    if (typeof entry === 'string') {
      // PDM's own form has editables.
      if (!reading.onlyPdm.has(name)) refuseOther(entry, `the dependency group "${group}"`, source);
      return [entry];
    }
    const { 'include-group': included, ...more } = tableOf(entry);
    if (typeof included === 'string' && Object.keys(more).length === 0)
      return groupLines(reading, included, [...above, name]);
    throw new SlimError(
      'bad-requirements',
      `${source}: the dependency group "${group}" holds ${JSON.stringify(entry)}, which is neither a requirement nor an include-group.`,
      {
        hint: 'Correct that entry, as other tools refuse it, too: "numpy>=2" or { include-group = "base" }.',
      },
    );
  });
}

/** `app[all]` inside app's own extras means those extras' lines. */
function ownExtras(line: AskedLine, reading: Reading, seen: ReadonlySet<string>): AskedLine[] {
  const parts = splitRequirement(line.text);
  const { own } = reading;
  if (own === null || parts.name === null || normalizeName(parts.name) !== own || parts.url !== null)
    return [line];
  const names = parts.extras.slice(1, -1).split(',').filter(Boolean);
  return names
    .filter((name) => !seen.has(name))
    .flatMap((name) => extraLines(reading, name))
    .flatMap((inner) => ownExtras(inner, reading, new Set([...seen, ...names])));
}

/** The line with what the first tool that knows its name says; an index goes into `indexes`. */
function withSource(
  line: AskedLine,
  settings: readonly ToolSettings[],
  indexes: Map<string, NamedIndex>,
  file: string,
  everybodys: NamedIndex | null,
): string {
  const parts = splitRequirement(line.text);
  if (parts.name === null || parts.url !== null) return line.text;
  const name = normalizeName(parts.name);
  for (const one of settings) {
    const source =
      sourceOf(one.sources, name, line) ?? ownerOf(name, one.owned) ?? sourceOfBarred(one, name, everybodys);
    if (source === null) continue;
    if (source.kind === 'refused') {
      throw new SlimError('bad-requirements', `${file} takes ${parts.name} from ${source.because}.`, {
        hint: source.hint,
      });
    }
    if (source.kind === 'direct') {
      return `${parts.name}${parts.extras} @ ${source.url}${parts.marker === '' ? '' : ` ; ${parts.marker}`}`;
    }
    indexes.set(name, source.index);
    break;
  }
  return line.text;
}

function ownerOf(name: string, owned: ToolSettings['owned']): { kind: 'index'; index: NamedIndex } | null {
  const found = owned.find(({ glob }) => picomatch.isMatch(name, glob));
  return found === undefined ? null : { kind: 'index', index: found.index };
}
