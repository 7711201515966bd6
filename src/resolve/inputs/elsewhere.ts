/**
 * What a project that is built from a folder takes from elsewhere for its own dependencies. Its wheel only has their names, and
 * without a lock these would be taken from the public index. Pure.
 */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { normalizeName } from '../../python/names.js';
import {
  isPyPI,
  refuseUnreadable,
  sourceOf,
  sourceOfBarred,
  type Barred,
  type Claim,
  type NamedIndex,
  type NameSource,
} from './name-sources.js';
import type { ToolSettings } from './name-sources.js';
import { projectLines, type AskedLine } from './pyproject.js';
import { pipfileSettings, poetryApplies, toolSettings, type SettingsContext } from './tool-settings.js';
import { byNormalizedName, parseTomlOrNothing, stringsOf, tableAt, tableOf, tablesOf } from './toml.js';
import type { Table } from './toml.js';

/** A project that a requirement names by its folder or repository. */
export interface FoundProject {
  /** Absolute: its paths are relative to it. */
  readonly folder: string;
  /** Absolute: our copy, of which its wheel is built. */
  readonly copy: string;
  /** The clone that its paths may not leave; null for a folder of the user's. */
  readonly clone: string | null;
  /** Its pyproject.toml, for people. */
  readonly label: string;
  /** Normalized, asked for of it. */
  readonly extras: readonly string[];
  readonly marker: string;
}

/** The project's files, as text; empty where there is none. */
export interface ProjectTexts {
  readonly pyproject: string;
  readonly pipfile: string;
  /** Of the uv workspace that it is a member of: its sources and indexes count for all members. */
  readonly workspace: { readonly folder: string; readonly pyproject: string } | null;
}

export interface Elsewhere {
  readonly label: string;
  /** Requirement lines of the dependencies that have a source of their own. */
  readonly lines: readonly string[];
  /** By normalized name: the one index that it comes from. */
  readonly indexes: ReadonlyMap<string, NamedIndex>;
  /** Indexes for all of its dependencies, to be asked before the public one. */
  readonly general: readonly NamedIndex[];
  /** Names whose source is known, but not whether they are needed; and those of several indexes. */
  readonly claims: readonly Omit<Claim, 'except'>[];
  readonly barred: readonly Barred[];
  /** Whose settings these are, for people. */
  readonly tool: ToolSettings['tool'] | null;
}

/**
 * @param fill puts into an address what its tool would: `${PROJECT_ROOT}` and the like
 * @throws SlimError `bad-requirements`: a source that only its tool can read
 */
export function takenElsewhere(
  texts: ProjectTexts,
  { label, extras, folder }: Pick<FoundProject, 'label' | 'extras' | 'folder'>,
  context: Omit<SettingsContext, 'folder'>,
  fill: (address: string) => string,
): Elsewhere {
  const table = parseTomlOrNothing(texts.pyproject);
  const settings = settingsOf(texts, table, { ...context, folder });
  refuseUnreadable(settings, label);
  const asked = dependenciesOf(table, extras, label, { ...context, folder });
  const only = onlyIndexes(settings);
  const indexes = new Map<string, NamedIndex>();
  const claims: Omit<Claim, 'except'>[] = [];
  const lines: string[] = [];
  for (const line of asked ?? []) {
    const parts = splitRequirement(line.text);
    if (parts.name === null) continue;
    const name = normalizeName(parts.name);
    const source =
      parts.url === null
        ? sourceIn(settings, name, line, only, context.everybodys ?? null)
        : given(fill(parts.url), folder);
    if (source === null) {
      if (only.length > 1) claims.push({ glob: name, label, indexes: only.map((one) => one.url) });
      continue;
    }
    if (source.kind === 'refused') {
      throw new SlimError('bad-requirements', `${label} takes ${parts.name} from ${source.because}.`, {
        hint: source.hint,
      });
    }
    if (source.kind === 'index') indexes.set(name, source.index);
    const marker = parts.marker === '' ? '' : ` ; ${parts.marker}`;
    lines.push(source.kind === 'index' ? line.text : `${parts.name}${parts.extras} @ ${source.url}${marker}`);
  }
  const known = new Set((asked ?? []).map((one) => normalizeName(splitRequirement(one.text).name ?? '')));
  return {
    label,
    lines,
    indexes,
    general: settings.flatMap((one) => one.indexes).filter((one) => !isPyPI(one.url)),
    claims: [...claims, ...unasked(settings, known, label)],
    barred: barredBy(settings, label),
    tool: settings[0]?.tool ?? null,
  };
}

/** Of each tool that has a part in the project's files; last the workspace's, which its members may override. */
export function settingsOf(
  { pipfile, workspace }: ProjectTexts,
  table: Table,
  context: SettingsContext,
): readonly ToolSettings[] {
  const above =
    workspace === null || workspace.folder === context.folder
      ? []
      : toolSettings(parseTomlOrNothing(workspace.pyproject), { ...context, folder: workspace.folder });
  return [
    ...toolSettings(table, context),
    ...(pipfile === '' ? [] : [pipfileSettings(parseTomlOrNothing(pipfile), context)]),
    ...above.filter((one) => one.tool === 'uv'),
  ];
}

/** What the first tool says that knows the name; else the one index that takes the public one's place. */
function sourceIn(
  settings: readonly ToolSettings[],
  name: string,
  line: AskedLine,
  only: readonly NamedIndex[],
  everybodys: NamedIndex | null,
): NameSource | null {
  for (const one of settings) {
    const { sources, owned } = one;
    const owner = owned.find(({ glob }) => picomatch.isMatch(name, glob));
    const source = sourceOf(sources, name, line);
    if (source !== null) return source;
    if (owner !== undefined) return { kind: 'index', index: owner.index };
    const left = sourceOfBarred(one, name, everybodys);
    if (left !== null) return left;
  }
  const [index] = only;
  return index === undefined || only.length > 1 ? null : { kind: 'index', index };
}

/** Indexes that take the public one's place; empty where it is asked, too. */
export function onlyIndexes(settings: readonly ToolSettings[]): readonly NamedIndex[] {
  const first = settings.find((one) => one.closed || one.indexes.length > 0);
  if (first?.closed !== true || first.indexes.some((one) => isPyPI(one.url))) return [];
  return first.indexes;
}

/** An address that stands in the dependency itself. */
function given(url: string, folder: string): NameSource {
  const place = /^file:(?!\/)(.*)$/i.exec(url)?.[1];
  return { kind: 'direct', url: place === undefined ? url : pathToFileURL(path.resolve(folder, place)).href };
}

/** Names with a source that the project's list does not have: other extras, or a list that only its build tells. */
function unasked(
  settings: readonly ToolSettings[],
  known: ReadonlySet<string>,
  label: string,
): Omit<Claim, 'except'>[] {
  return settings.flatMap(({ sources, owned }) => [
    ...[...sources]
      .filter(([name, all]) => !known.has(name) && all.some((one) => one.group === null))
      .map(([name, all]) => ({
        glob: name,
        label,
        indexes: all.flatMap(({ source }) => (source.kind === 'index' ? [source.index.url] : [])),
      })),
    ...owned.map(({ glob, index }) => ({ glob, label, indexes: [index.url] })),
  ]);
}

/** What some index is not to be asked for, whoever asks. */
export const barredBy = (settings: readonly ToolSettings[], label: string): readonly Barred[] =>
  settings.flatMap(({ barred, owned }) =>
    barred.map((one) => ({
      ...one,
      label,
      except: (name) => owned.some(({ glob }) => picomatch.isMatch(name, glob)),
    })),
  );

/** Its requirement lines; null where only a build tells them. */
function dependenciesOf(
  table: Table,
  extras: readonly string[],
  label: string,
  context: SettingsContext,
): readonly AskedLine[] | null {
  const project = tableOf(table['project']);
  const poetry = tableAt(table, 'tool', 'poetry');
  if (project['dependencies'] === undefined && poetry['dependencies'] !== undefined) {
    return poetryDependencies(poetry, extras, context);
  }
  if (table['project'] === undefined || stringsOf(project['dynamic']).includes('dependencies')) return null;
  const optional = byNormalizedName(tableOf(project['optional-dependencies']));
  // An extra that is not there is nothing but a warning for pip and uv.
  return projectLines(table, label, { extras: extras.filter((extra) => optional.has(extra)), groups: [] });
}

/** Names are enough: the wheel says which versions. */
function poetryDependencies(
  poetry: Table,
  extras: readonly string[],
  { markers }: SettingsContext,
): readonly AskedLine[] {
  const sets = byNormalizedName(tableOf(poetry['extras']));
  const chosen = new Set(
    extras.flatMap((extra) => stringsOf(sets.get(extra))).map((one) => normalizeName(one)),
  );
  return Object.entries(tableOf(poetry['dependencies'])).flatMap(([name, value]) => {
    const entries = Array.isArray(value) ? tablesOf(value) : [tableOf(value)];
    const wanted = entries.some(
      (entry) =>
        poetryApplies(entry, markers) && (entry['optional'] !== true || chosen.has(normalizeName(name))),
    );
    return wanted && normalizeName(name) !== 'python' ? [{ text: name, extra: null, group: null }] : [];
  });
}

/** Where a dependency of Poetry's own table comes from. */
const addresses = ['path', 'file', 'git', 'url', 'rev', 'tag', 'branch', 'subdirectory', 'develop'];

/**
 * The project without the addresses of its dependencies: a backend writes them into the wheel, paths as those of our copy,
 * and two addresses for one name are a conflict. `takenElsewhere` has given them already.
 * @returns null when it has none
 */
export function withoutAddresses(text: string): Table | null {
  const table = parseTomlOrNothing(text);
  const project = tableOf(table['project']);
  const poetry = tableAt(table, 'tool', 'poetry');
  const optional = Object.entries(tableOf(project['optional-dependencies']));
  const changed = {
    ...table,
    ...(table['project'] === undefined
      ? {}
      : {
          project: {
            ...project,
            ...bareLines('dependencies', project['dependencies']),
            ...(optional.length === 0
              ? {}
              : {
                  'optional-dependencies': Object.fromEntries(
                    optional.map(([extra, lines]) => [extra, stringsOf(lines).map(bareLine)]),
                  ),
                }),
          },
        }),
    ...(poetry['dependencies'] === undefined
      ? {}
      : {
          tool: {
            ...tableOf(table['tool']),
            poetry: { ...poetry, dependencies: barePoetry(tableOf(poetry['dependencies'])) },
          },
        }),
  };
  return JSON.stringify(changed) === JSON.stringify(table) ? null : changed;
}

const bareLines = (key: string, lines: unknown): Table =>
  Array.isArray(lines) ? { [key]: stringsOf(lines).map(bareLine) } : {};

function bareLine(line: string): string {
  const { name, extras, url, marker } = splitRequirement(line);
  if (name === null || url === null) return line;
  return `${name}${extras}${marker === '' ? '' : ` ; ${marker}`}`;
}

function barePoetry(dependencies: Table): Table {
  const bare = (entry: unknown): unknown => {
    const table = tableOf(entry);
    const placed = ['path', 'file', 'git', 'url'].some((key) => table[key] !== undefined);
    if (!placed) return entry;
    const rest = Object.entries(table).filter(([key]) => !addresses.includes(key));
    return { version: '*', ...Object.fromEntries(rest) };
  };
  return Object.fromEntries(
    Object.entries(dependencies).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.map(bare) : bare(value),
    ]),
  );
}
