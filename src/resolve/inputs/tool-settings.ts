/** What uv, Poetry and PDM say in a pyproject.toml about where names come from. Pure. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { holds, parseDependency, type MarkerEnvironment } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import { isRange, takesVersion } from '../../python/ranges.js';
import {
  gitUrl,
  isPyPI,
  namedIndex,
  type ConditionalSource,
  type NamedIndex,
  type NameSource,
  type ToolSettings,
} from './name-sources.js';
import { isTable, stringsOf, tableAt, tableOf, tablesOf, textOf, type Table } from './toml.js';

export interface SettingsContext {
  /** Absolute folder of the pyproject.toml: paths are relative to it. */
  readonly folder: string;
  /** The target's. */
  readonly markers: MarkerEnvironment;
  /** Absolute folders of the members of its uv workspace, by normalized name. Default: none are known. */
  readonly members?: ReadonlyMap<string, string>;
  /** What stands for the public index. Default: only the tools know. */
  readonly everybodys?: NamedIndex | null;
}

/** Every index that the file describes, whichever names come from it. */
export function namedIndexes(project: Table, folder: string): readonly NamedIndex[] {
  return [
    ...uvIndexes(tableAt(project, 'tool', 'uv'), folder),
    ...tablesOf(tableAt(project, 'tool', 'poetry')['source']).map(namedIndex),
    ...tablesOf(tableAt(project, 'tool', 'pdm')['source']).map(pdmIndex),
  ].filter((one) => one.url !== '');
}

/** Of each tool that has a part in the file, uv first. */
export function toolSettings(project: Table, context: SettingsContext): readonly ToolSettings[] {
  const tool = tableOf(project['tool']);
  return [
    ...(isTable(tool['uv']) ? [uvSettings(tool['uv'], context)] : []),
    ...(isTable(tool['poetry']) ? [poetrySettings(tool['poetry'], context)] : []),
    ...(isTable(tool['pdm']) ? [pdmSettings(tool['pdm'])] : []),
  ];
}

// --------------------------------------------------------------- uv

/** Indexes of uv's own settings (`uv.toml`, or its part of a pyproject.toml) in this folder. */
export const uvIndexes = (settings: Table, folder: string): readonly NamedIndex[] =>
  tablesOf(settings['index']).map((one) => uvIndex(one, folder));

function uvIndex(table: Table, folder: string): NamedIndex {
  const { name, url } = namedIndex(table);
  return { name, url: placed(url, folder) };
}

function uvSettings(uv: Table, context: SettingsContext): ToolSettings {
  const listed = tablesOf(uv['index']).map((one) => ({
    index: uvIndex(one, context.folder),
    explicit: one['explicit'] === true,
    last: one['default'] === true,
  }));
  const sources = new Map<string, ConditionalSource[]>();
  for (const [name, value] of Object.entries(tableOf(uv['sources']))) {
    const entries = Array.isArray(value) ? tablesOf(value) : [tableOf(value)];
    sources.set(
      normalizeName(name),
      entries
        .filter((entry) => markerHolds(textOf(entry['marker']), context.markers))
        .map((entry) => ({
          source: uvSource(
            entry,
            normalizeName(name),
            listed.map((one) => one.index),
            context,
          ),
          ...asker(entry),
        })),
    );
  }
  const general = listed.filter((one) => !one.explicit);
  const old = [...stringsOf(uv['extra-index-url']), textOf(uv['index-url'])].filter((url) => url !== '');
  return {
    tool: 'uv',
    sources,
    indexes: [
      ...general.filter((one) => !one.last).map((one) => one.index),
      ...general.filter((one) => one.last).map((one) => one.index),
      ...old.map((url) => ({ name: '', url: placed(url, context.folder) })),
    ],
    closed: general.some((one) => one.last) || textOf(uv['index-url']) !== '' || uv['no-index'] === true,
    constraints: stringsOf(uv['constraint-dependencies']),
    overrides: [...stringsOf(uv['override-dependencies']), ...stringsOf(uv['exclude-dependencies'])],
    owned: [],
    barred: [],
    pre: false,
    unreadable: null,
  };
}

const asker = (entry: Table): { extra: string | null; group: string | null } => ({
  extra: textOf(entry['extra']) === '' ? null : normalizeName(textOf(entry['extra'])),
  group: textOf(entry['group']) === '' ? null : normalizeName(textOf(entry['group'])),
});

function uvSource(
  entry: Table,
  name: string,
  indexes: readonly NamedIndex[],
  context: SettingsContext,
): NameSource {
  if (entry['workspace'] === true) {
    const member = context.members?.get(name);
    if (member !== undefined) return { kind: 'direct', url: pathToFileURL(member).href };
    return {
      kind: 'refused',
      because: 'a uv workspace that this folder is no member of',
      hint: 'Run "uv lock" in the folder of the workspace: lambda-slim then builds from its uv.lock.',
    };
  }
  const index = textOf(entry['index']);
  if (index !== '') return fromIndex(index, indexes, '[[tool.uv.index]]');
  return direct(entry, context) ?? unreadable('uv', 'uv lock');
}

// --------------------------------------------------------------- Poetry

/** Poetry 2 lists names in `[project]` and says here where they come from. */
function poetrySettings(poetry: Table, context: SettingsContext): ToolSettings {
  const listed = tablesOf(poetry['source']).map((one) => ({
    index: namedIndex(one),
    priority: textOf(one['priority']).toLowerCase() || 'primary',
  }));
  const indexes = listed.map((one) => one.index);
  const sources = new Map<string, ConditionalSource[]>();
  const read = (dependencies: Table, group: string | null): void => {
    for (const [name, value] of Object.entries(dependencies)) {
      const key = normalizeName(name);
      const found = (Array.isArray(value) ? tablesOf(value) : [tableOf(value)])
        .filter((entry) => poetryApplies(entry, context.markers))
        .map((entry) => poetrySource(entry, indexes, context))
        .filter((source) => source !== null)
        .map((source) => ({ source, extra: null, group }));
      if (found.length > 0) sources.set(key, [...(sources.get(key) ?? []), ...found]);
    }
  };
  read(tableOf(poetry['dependencies']), null);
  read(tableOf(poetry['dev-dependencies']), 'dev');
  for (const [group, table] of Object.entries(tableOf(poetry['group']))) {
    read(tableAt(tableOf(table), 'dependencies'), normalizeName(group));
  }
  const of = (...priorities: readonly string[]): NamedIndex[] =>
    listed.filter((one) => priorities.includes(one.priority)).map((one) => one.index);
  const primary = of('primary', 'default');
  const supplemental = of('supplemental', 'secondary');
  const publicIndex = { name: 'pypi', url: 'https://pypi.org/simple' };
  const first = primary.map((one) => (one.url === '' ? publicIndex : one));
  return {
    tool: 'Poetry',
    sources,
    indexes:
      first.length + supplemental.length === 0
        ? []
        : [...(first.length === 0 ? [publicIndex] : first), ...supplemental],
    closed: first.length + supplemental.length > 0,
    constraints: [],
    overrides: [],
    owned: [],
    barred: [],
    pre: false,
    unreadable: null,
  };
}

export function poetryApplies(entry: Table, markers: MarkerEnvironment): boolean {
  const python = textOf(entry['python']);
  const platform = textOf(entry['platform']);
  if (isRange(python) && !takesVersion(python, markers['python_full_version'] ?? '')) return false;
  if (platform !== '' && !platform.split(/\s*\|\|?\s*/).includes(markers['sys_platform'] ?? '')) return false;
  return markerHolds(textOf(entry['markers']), markers);
}

function poetrySource(
  entry: Table,
  indexes: readonly NamedIndex[],
  context: SettingsContext,
): NameSource | null {
  const name = textOf(entry['source']);
  if (name !== '') {
    if (name.toLowerCase() === 'pypi' && !indexes.some((one) => one.name.toLowerCase() === 'pypi'))
      return null;
    return fromIndex(name, indexes, '[[tool.poetry.source]]');
  }
  return direct(entry, context);
}

// --------------------------------------------------------------- PDM

/** PDM may have the login beside the address. */
export function pdmIndex(source: Table): NamedIndex {
  const { name, url } = namedIndex(source);
  const user = textOf(source['username']);
  const password = textOf(source['password']);
  const login = [user, password].map((part) => (/^\$\{\w+\}$/.test(part) ? part : encodeURIComponent(part)));
  const has = user !== '' || password !== '';
  return { name, url: has ? url.replace(/^([a-z]+:\/\/)(?:[^/@]*@)?/i, `$1${login.join(':')}@`) : url };
}

function pdmSettings(pdm: Table): ToolSettings {
  const listed = tablesOf(pdm['source'])
    .filter((one) => (textOf(one['type']) || 'index') === 'index')
    .map((one) => ({
      index: pdmIndex(one),
      only: stringsOf(one['include_packages']),
      not: stringsOf(one['exclude_packages']),
    }));
  const overrides = Object.entries(tableAt(pdm, 'resolution', 'overrides')).map(([name, value]) => {
    const text = textOf(value);
    return `${name}${/^[a-z+]+:\/\//i.test(text) ? ` @ ${text}` : /^\d/.test(text) ? `==${text}` : text}`;
  });
  const general = listed.filter((one) => one.only.length === 0).map((one) => one.index);
  const own = general.filter((one) => one.name === 'pypi');
  const resolution = tableAt(pdm, 'resolution');
  const inOrder = resolution['respect-source-order'] === true && own.length > 0;
  const links = tablesOf(pdm['source']).find((one) => textOf(one['type']) === 'find_links');
  return {
    tool: 'PDM',
    sources: new Map(),
    // PDM asks all of them at once, unless it is told to respect their order; a private one comes first here then, so that nothing
    // public takes its place.
    indexes: inOrder ? general : [...general.filter((one) => one.name !== 'pypi'), ...own],
    closed: own.length > 0,
    constraints: [],
    overrides: [...overrides, ...stringsOf(resolution['excludes'])],
    owned: listed.flatMap(({ index, only }) => only.map((glob) => ({ glob: normalizeName(glob), index }))),
    barred: listed.flatMap(({ index, not }) => not.map((glob) => ({ glob: normalizeName(glob), index }))),
    pre: resolution['allow-prereleases'] === true || pdm['allow_prereleases'] === true,
    unreadable:
      links === undefined
        ? null
        : {
            what: `a source of links ("${textOf(links['name'])}", type = "find_links")`,
            hint: 'Run "pdm lock": lambda-slim then builds from pdm.lock. Or write a requirements file with a line --find-links.',
          },
  };
}

// --------------------------------------------------------------- Pipenv

/** A Pipfile beside a project that is built. Names without an index come from its first one only. */
export function pipfileSettings(pipfile: Table, context: SettingsContext): ToolSettings {
  const listed = tablesOf(pipfile['source']).map(namedIndex);
  const [first] = listed;
  const sources = new Map<string, ConditionalSource[]>();
  for (const [name, value] of Object.entries(tableOf(pipfile['packages']))) {
    const entry = tableOf(value);
    const file = textOf(entry['file']);
    const remote = /^[a-z][a-z0-9+.-]*:\/\//i.test(file) ? { url: file } : {};
    const index = textOf(entry['index']);
    const known = listed.find((one) => one.name === index);
    const source =
      index !== ''
        ? known !== undefined && isPyPI(known.url)
          ? null
          : fromIndex(index, listed, '[[source]]')
        : (direct({ ...entry, rev: entry['ref'], ...remote }, context) ?? otherRepository(entry));
    if (source !== null && pipenvApplies(entry, context.markers))
      sources.set(normalizeName(name), [{ source, extra: null, group: null }]);
  }
  const closed = first !== undefined && !isPyPI(first.url);
  return {
    tool: 'Pipenv',
    sources,
    indexes: closed ? [first] : [],
    closed,
    constraints: [],
    overrides: [],
    owned: [],
    barred: [],
    pre: false,
    unreadable: null,
  };
}

const otherRepository = (entry: Table): NameSource | null =>
  ['hg', 'svn', 'bzr'].some((kind) => textOf(entry[kind]) !== '')
    ? {
        kind: 'refused',
        because: 'a repository that is not git',
        hint: 'Build its wheel with "pip wheel --no-deps", and name the wheel file instead.',
      }
    : null;

/** Pipenv has a whole marker in `markers`, and each of a marker's variables as a key: `sys_platform = "== 'win32'"`. */
function pipenvApplies(entry: Table, markers: MarkerEnvironment): boolean {
  const parts = Object.keys(markers).flatMap((name) => {
    const text = textOf(entry[name]);
    return text === '' ? [] : [`${name} ${text}`];
  });
  return [textOf(entry['markers']), ...parts].every((marker) => markerHolds(marker, markers));
}

// --------------------------------------------------------------- all

/** A path, an archive or a repository; null when the entry names none. */
function direct(entry: Table, { folder }: SettingsContext): NameSource | null {
  const inside = textOf(entry['subdirectory']);
  const git = textOf(entry['git']);
  if (git !== '') {
    const revision = textOf(entry['rev']) || textOf(entry['tag']) || textOf(entry['branch']);
    const local = /^\.{0,2}\//.test(git) ? pathToFileURL(path.resolve(folder, git)).href : git;
    return { kind: 'direct', url: gitUrl(local, revision, inside) };
  }
  const fragment = inside === '' ? '' : `#subdirectory=${inside}`;
  const url = textOf(entry['url']);
  if (url !== '') return { kind: 'direct', url: `${url}${fragment}` };
  const place = textOf(entry['path']) || textOf(entry['file']);
  if (place === '') return null;
  return {
    kind: 'direct',
    url: pathToFileURL(path.resolve(folder, place, inside)).href.replace(/\/$/, ''),
  };
}

function fromIndex(name: string, indexes: readonly NamedIndex[], where: string): NameSource {
  const index = indexes.find((one) => one.name.toLowerCase() === name.toLowerCase());
  if (index !== undefined) return { kind: 'index', index };
  return {
    kind: 'refused',
    because: `the index "${name}", which no ${where} describes`,
    hint: `Add a ${where} with this name and its url.`,
  };
}

const unreadable = (tool: string, command: string): NameSource => ({
  kind: 'refused',
  because: `a source that only ${tool} can read`,
  hint: `Run "${command}": lambda-slim then builds from the lock file.`,
});

function markerHolds(marker: string, environment: MarkerEnvironment): boolean {
  return marker === '' || holds(parseDependency(`x ; ${marker}`)?.marker ?? null, environment, null);
}

/** A folder that serves as an index: absolute, as a URL. */
function placed(url: string, folder: string): string {
  return url === '' || /^[a-z][a-z0-9+.-]*:\/\//i.test(url)
    ? url
    : pathToFileURL(path.resolve(folder, url)).href;
}

/** Is any of the indexes another one than the public? */
export const hasPrivate = (indexes: readonly NamedIndex[]): boolean =>
  indexes.some((one) => !isPyPI(one.url));
