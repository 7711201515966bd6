/**
 * Where what a project's build needs comes from, by the project's own files. A wheel of the wrong `builder` is as bad as one of the
 * wrong library: its code runs, and writes what travels. Pure.
 */
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { counts, type MarkerEnvironment } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import { onlyIndexes, settingsOf, type FoundProject, type ProjectTexts } from './elsewhere.js';
import { sameIndex, isPyPI, sourceOf, type NamedIndex, type ToolSettings } from './name-sources.js';
import type { SettingsContext } from './tool-settings.js';
import { parseTomlOrNothing, stringsOf, tableOf } from './toml.js';

export interface BuildPlaces {
  /** The project's pyproject.toml, for people. */
  readonly label: string;
  /** Asked before those of the build. */
  readonly indexes: readonly NamedIndex[];
  /** No other one is asked. */
  readonly closed: boolean;
  readonly settings: readonly ToolSettings[];
  readonly markers: MarkerEnvironment;
}

/** @throws SlimError `bad-requirements`: what its [build-system] needs has a place that only the project's own tool can read */
export function buildPlaces(
  texts: ProjectTexts,
  { label, folder }: Pick<FoundProject, 'label' | 'folder'>,
  context: Omit<SettingsContext, 'folder'>,
): BuildPlaces {
  const table = parseTomlOrNothing(texts.pyproject);
  const settings = settingsOf(texts, table, { ...context, folder });
  const only = onlyIndexes(settings);
  const own = settings.flatMap((one) => one.indexes).filter(({ url }) => !isPyPI(url));
  const places = {
    label,
    indexes: only.length > 0 ? only : own,
    closed: only.length > 0,
    settings,
    markers: context.markers,
  };
  const system = tableOf(table['build-system']);
  // What builds a project that does not say how.
  refuseNeeds(Array.isArray(system['requires']) ? stringsOf(system['requires']) : ['setuptools'], places);
  return places;
}

/** @throws SlimError `bad-requirements`: a line's name has a place that only the project's own tool can read */
export function refuseNeeds(
  lines: readonly string[],
  { label, settings, markers }: Pick<BuildPlaces, 'label' | 'settings' | 'markers'>,
): void {
  for (const line of lines) {
    const { name, url, marker } = splitRequirement(line);
    if (name === null || url !== null || !counts(marker, markers)) continue;
    const key = normalizeName(name);
    for (const { tool, sources, owned, barred } of settings) {
      const matches = ({ glob }: { readonly glob: string }): boolean => picomatch.isMatch(key, glob);
      const taken = sourceOf(sources, key, { extra: null, group: null }) !== null || owned.some(matches);
      const kept = barred.find(matches);
      if (!taken && kept === undefined) continue;
      const how = taken ? 'takes it from elsewhere' : `keeps it from the index "${kept?.index.name ?? ''}"`;
      throw new SlimError('bad-requirements', `${label} needs ${name} for its build, and ${how}.`, {
        hint: `Build its wheel with its own tool ("${builds[tool]}"), and name the wheel.`,
      });
    }
  }
}

/**
 * A container installs what builds need from the indexes of the whole build.
 * @param options the requirements' option lines
 * @throws SlimError `no-resolver`
 */
export function refuseInContainer(all: Iterable<BuildPlaces>, options: readonly string[]): void {
  for (const { label, indexes, closed } of all) {
    const [first, ...others] = indexes;
    if (first === undefined) continue;
    const main = options.find((line) => line.startsWith('--index-url '))?.slice('--index-url '.length) ?? '';
    if (!closed || others.length > 0 || !sameIndex(main, first.url)) throw onlyUvBuilds(label);
  }
}

/** @param label of the project's pyproject.toml */
export const onlyUvBuilds = (label: string): SlimError =>
  new SlimError('no-resolver', `Only uv can build the project of ${label}: its indexes are asked in turn.`, {
    hint: 'Install uv (https://docs.astral.sh/uv/) and build with --resolver uv; or build its wheel with its own tool, and name the wheel.',
  });

const builds: Readonly<Record<ToolSettings['tool'], string>> = {
  uv: 'uv build',
  Poetry: 'poetry build',
  PDM: 'pdm build',
  Pipenv: 'pipenv run python -m build',
};
