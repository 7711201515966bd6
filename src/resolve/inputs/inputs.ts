/** From the request to self-contained requirements: detected or named files are read, followed and made absolute. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { SlimError } from '../../errors.js';
import { defaultPython } from '../../limits.js';
import type { BuildRequest, ReadInput } from '../../model.js';
import { markerEnvironment } from '../../python/marker-environment.js';
import { normalizeName } from '../../python/names.js';
import type { World } from '../../world.js';
import { projectOf, sourcesOf, type Source } from './detect.js';
import type { CollectedInputs, InputLine } from './input-lines.js';
import { lockedSets } from './lock-sets.js';
import { exportLock } from './locks.js';
import { barredBy } from './elsewhere.js';
import {
  sameIndex,
  everybodysIndex,
  type Barred,
  type NamedIndex,
  type ToolSettings,
} from './name-sources.js';
import { addLockedBuilds, addNested, refuseSharedNames, type Nested } from './nested.js';
import type { BuildPlaces } from './build-places.js';
import { Preparation } from './preparing.js';
import { parsePylock, pylockText, type PylockText } from './pylock.js';
import { readPyproject, topLevelNames } from './pyproject.js';
import {
  readRequirementsFile,
  readRequirementsText,
  readText,
  type ReadContext,
  type ReadEntry,
  type ReadRequirement,
} from './reading.js';
import type { Secrets } from '../../text/secrets.js';
import { parseTomlOrNothing } from './toml.js';
import { hasPrivate, namedIndexes, pipfileSettings, toolSettings } from './tool-settings.js';
import type { SettingsContext } from './tool-settings.js';
import { expandVariables } from '../../python/lines.js';
import { refuseCutLogin, refuseCutLogins } from '../cut-login.js';
import { insecureHosts, uvConfig } from './uv-config.js';
import { trustHosts } from '../web.js';

/** What is gathered while sources are read. */
interface Gathered {
  readonly preparation: Preparation;
  /** By normalized name: the one index that it comes from. */
  readonly indexes: Map<string, NamedIndex>;
  readonly settings: ToolSettings[];
  readonly barred: Barred[];
  /** A lock of them takes each name from any of its indexes. */
  everywhere: boolean;
  /** False once a source was read that is no lock. */
  exact: boolean;
  /** Requirements files alone were read. */
  plain: boolean;
}

/**
 * Read everything that the request names.
 * @throws SlimError `bad-option`, `index-unreachable`, `not-in-cache`, `no-resolver`, `resolution-failed`, `hash-mismatch`,
 *   `not-found`, `nothing-to-build`, `bad-requirements`, `lock-tool-missing`, `lock-export-failed`
 */
export async function collectInputs(request: BuildRequest, context: World): Promise<CollectedInputs> {
  refuseCutLogins(request.indexes, context.environment);
  const folder = await context.cache.workFolder('requirements');
  const preparation = new Preparation(folder, request, context);
  const gathered: Gathered = {
    preparation,
    indexes: new Map(),
    settings: [],
    barred: [],
    everywhere: false,
    exact: true,
    plain: true,
  };
  const { sources, others } = await sourcesOf(request);
  const [first] = sources;
  const project = first === undefined ? request.folder : projectOf(first);
  trustHosts(context, await insecureHosts(project, context));
  for (const source of sources) await addSource(source, gathered, request, context);
  if (gathered.plain) refuseSets(sources, request);
  const { indexes, settings, barred, exact } = gathered;
  const asked = preparation.askedNames();
  const beside = exact ? await settingsBeside(sources, request, context) : [];
  const { nested, builds } = await nestedOf(gathered, beside, request, context);
  const inputs = await preparation.finish(indexes);
  return {
    ...inputs,
    others,
    exact,
    builds,
    uv: await uvConfig({
      // A workspace's settings are those of its own folder.
      folder: first?.kind === 'uv.lock' ? path.dirname(first.file) : project,
      settings,
      beside,
      named: distinct([...indexes.values()]),
      nested: distinct(nested.flatMap((one) => one.general)),
      exact,
      everywhere: gathered.everywhere,
      environment: context.environment,
      secrets: context.secrets,
    }),
    onlyUv: onlyUv(inputs.lines, settings, exact) ?? onlyUvFor(nested),
    owned: settings.flatMap((one) => one.owned),
    barred: [
      ...barred,
      ...nested.flatMap((one) =>
        one.barred.map((each) => ({ ...each, except: exceptOwn(each, asked, indexes) })),
      ),
    ],
    claims: nested
      .flatMap((one) => one.claims)
      .map((one) => ({
        ...one,
        except: [...asked, ...indexes.keys()].filter((name) => picomatch.isMatch(name, one.glob)),
      })),
  };
}

/** They would be left out without a word. @throws SlimError `bad-requirements` */
function refuseSets(sources: readonly Source[], { extras, groups }: BuildRequest): void {
  const [option, name] = extras[0] === undefined ? ['group', groups[0]] : ['extra', extras[0]];
  if (name === undefined) return;
  const names = sources.map(({ file }) => path.basename(file)).join(', ');
  throw new SlimError(
    'bad-requirements',
    `${names} has no extras or groups, and --${option} asks for "${name}".`,
    {
      hint: `Take --${option} out; or name the pyproject.toml or lock that has it with -r.`,
    },
  );
}

/** What the user's own files say about a name comes before what a local project says. */
const exceptOwn =
  (barred: Barred, asked: ReadonlySet<string>, indexes: ReadonlyMap<string, NamedIndex>) =>
  (name: string): boolean =>
    asked.has(name) || indexes.has(name) || barred.except(name);

/**
 * pip takes the best version from all of its indexes alike, and knows no overrides. With hashes it does not matter from
 * where a file comes.
 */
function onlyUv(
  lines: readonly InputLine[],
  settings: readonly ToolSettings[],
  exact: boolean,
): string | null {
  for (const line of lines) {
    if (!('text' in line) || line.index === undefined || line.text.includes('--hash=')) continue;
    return `${line.text} comes from the index "${line.index.name}" only`;
  }
  if (exact) return null;
  for (const { tool, indexes, overrides, closed, owned, barred } of settings) {
    if (overrides.length > 0) return `${tool}'s overrides replace what packages ask for`;
    if (owned.length > 0) return `PDM's include_packages gives names to one index`;
    if (barred.length > 0) return `PDM's exclude_packages keeps names from an index`;
    if (hasPrivate(indexes) && !(closed && indexes.length === 1))
      return `${tool}'s indexes are asked in turn`;
  }
  return null;
}

/** The same for what local projects say. */
function onlyUvFor(nested: readonly Nested[]): string | null {
  const found = nested.find((one) => one.general.length > 0);
  return found === undefined ? null : `${found.label} names indexes that are asked in turn`;
}

/**
 * Read what local projects take from elsewhere.
 * @throws SlimError `bad-requirements`, and what `addNested` throws
 */
async function nestedOf(
  { preparation, indexes, settings }: Gathered,
  beside: readonly ToolSettings[],
  request: BuildRequest,
  context: World,
): Promise<{ readonly nested: readonly Nested[]; readonly builds: ReadonlyMap<string, BuildPlaces> }> {
  const { environment, secrets } = context;
  const own = [...[...settings, ...beside].flatMap((one) => one.indexes), ...indexes.values()];
  const builds = new Map<string, BuildPlaces>();
  const markers = markerEnvironment(targetOf(request));
  const reading = { folder: request.folder, environment, secrets };
  const everybodys = everybodysIndex(request.indexes, environment);
  const nested = await addNested(preparation, markers, reading, context, everybodys, builds);
  const locked = await addLockedBuilds(preparation.lockedProjects, markers, reading, builds);
  refuseSharedNames(own, [...nested, ...locked], environment);
  const takers = new Map<string, string>();
  for (const one of nested) {
    for (const [name, index] of one.indexes) {
      const known = indexes.get(name);
      const taker = takers.get(name);
      if (known === undefined) {
        indexes.set(name, index);
        takers.set(name, one.label);
      } else if (taker !== undefined && !sameIndex(known.url, index.url)) {
        throw new SlimError(
          'bad-requirements',
          `${taker} takes ${name} from "${known.name}", and ${one.label} from "${index.name}".`,
          { hint: 'Name it in your own project, with the index from which it is to come.' },
        );
      }
    }
  }
  return { nested, builds };
}

/** Of the project that a lock was made from: the lock says nothing about what builds need. */
async function settingsBeside(
  sources: readonly Source[],
  request: BuildRequest,
  context: World,
): Promise<readonly ToolSettings[]> {
  const found = await Promise.all(
    sources.map(async (source): Promise<readonly ToolSettings[]> => {
      const place = placeOf(source, request, context);
      const name = source.kind === 'Pipfile.lock' ? 'Pipfile' : 'pyproject.toml';
      const text = await readFile(path.join(place.folder, name), 'utf8').catch(() => '');
      context.secrets.read(text);
      const table = parseTomlOrNothing(text);
      return name === 'Pipfile' ? [pipfileSettings(table, place)] : toolSettings(table, place);
    }),
  );
  return found.flat();
}

const distinct = (indexes: readonly NamedIndex[]): NamedIndex[] => [
  ...new Map(indexes.map((one) => [`${one.name} ${one.url}`, one])).values(),
];

async function addSource(
  source: Source,
  gathered: Gathered,
  request: BuildRequest,
  context: World,
): Promise<void> {
  const { preparation, indexes } = gathered;
  const { secrets } = context;
  const name = path.basename(source.file);
  const seen = (file: string): void => preparation.saw({ place: file, kind: 'file' });
  const reading: ReadContext = { folder: request.folder, ...context, seen };
  readFor(source).forEach((one) => preparation.saw(one));
  gathered.plain &&= source.kind === 'requirements';
  const add = async (entries: readonly ReadEntry[], exact: boolean): Promise<void> => {
    gathered.exact &&= exact;
    trustHosts(context, trustedIn(entries));
    for (const entry of entries) {
      if (entry.kind === 'source') await addSource(entry.source, gathered, request, context);
      else await preparation.add(entry, { exact, topLevel: !exact });
    }
  };
  const bind = (found: ReadonlyMap<string, NamedIndex>): void =>
    found.forEach((index, key) => indexes.set(key, index));
  switch (source.kind) {
    case 'requirements':
      preparation.label(name);
      return add(await readRequirementsFile(source.file, reading), false);
    case 'pyproject.toml': {
      preparation.label(name);
      const text = await projectText(source, gathered, reading, request, context);
      return add(await readRequirementsText(text, source.file, reading), false);
    }
    case 'pylock.toml': {
      preparation.label(name);
      const { text, indexes: found, requested } = await readPylock(source.file, request, secrets);
      preparation.requests(requested);
      bind(found);
      return add(await readRequirementsText(text, source.file, reading), true);
    }
    case 'uv.lock':
    case 'poetry.lock':
    case 'pdm.lock':
    case 'Pipfile.lock': {
      refuseCutLogin(await readText(source.file, secrets), name);
      const exported = await exportLock({ ...source, kind: source.kind }, request, context);
      preparation.label(exported.label);
      preparation.requests(exported.requested);
      bind(exported.indexes);
      gathered.everywhere ||= exported.everywhere === true;
      return add(await readRequirementsText(exported.text, source.file, reading), true);
    }
  }
}

/** The lines of a pyproject.toml; what it says about indexes and versions is gathered. */
async function projectText(
  source: Source,
  { preparation, indexes, settings, barred }: Gathered,
  reading: ReadContext,
  request: BuildRequest,
  context: World,
): Promise<string> {
  const name = path.basename(source.file);
  const place = placeOf(source, request, context);
  const project = readPyproject(await readText(source.file, context.secrets), name, request, place);
  if (!project.standard) await refuseSetuptools(path.dirname(source.file), name);
  refuseCutIndexes(project, name, context);
  project.indexes.forEach((index, key) => indexes.set(key, index));
  settings.push(...project.settings);
  barred.push(...barredBy(project.settings, name));
  for (const entry of await constraintsOf(project.settings, source.file, reading)) {
    await preparation.add(entry, { exact: false, topLevel: false });
  }
  return [...settingLines(project.settings), ...project.lines].join('\n');
}

/**
 * A pyproject.toml for tools only, beside what setuptools alone reads.
 * @throws SlimError `bad-requirements`
 */
async function refuseSetuptools(folder: string, name: string): Promise<void> {
  for (const file of ['setup.py', 'setup.cfg']) {
    const text = await readFile(path.join(folder, file), 'utf8').catch(() => '');
    if (!/\b(install_requires|pbr)\b/.test(text)) continue;
    throw new SlimError(
      'bad-requirements',
      `${name} has no [project], and ${file} says what the project needs.`,
      {
        hint: 'Write a requirements file with one line "." to have the project built and packed with what it needs.',
      },
    );
  }
}

/** They count for the lines above them, too. */
const trustedIn = (entries: readonly ReadEntry[]): readonly string[] =>
  entries.flatMap((one) => (one.kind === 'option' && one.name === '--trusted-host' ? [one.value] : []));

const placeOf = ({ file }: Source, request: BuildRequest, { environment }: World): SettingsContext => ({
  folder: path.dirname(file),
  markers: markerEnvironment(targetOf(request)),
  everybodys: everybodysIndex(request.indexes, environment),
});

/** A source's own file, and what a lock was made from, as that says what is asked for. */
function readFor(source: Source): readonly ReadInput[] {
  const { kind, file } = source;
  if (kind === 'pyproject.toml') return [{ place: file, kind: 'pyproject' }];
  const project = projectOf(source);
  const own = { place: file, kind: 'file' } as const;
  if (kind === 'requirements') return [own];
  if (kind === 'Pipfile.lock') return [own, { place: path.join(project, 'Pipfile'), kind: 'file' }];
  return [own, { place: path.join(project, 'pyproject.toml'), kind: 'pyproject' }];
}

function refuseCutIndexes(
  { indexes, settings }: ReturnType<typeof readPyproject>,
  name: string,
  { environment, secrets }: World,
): void {
  const owned = settings.flatMap((one) => one.owned.map(({ index }) => index));
  const all = [...indexes.values(), ...settings.flatMap((one) => one.indexes), ...owned];
  for (const { url } of all) {
    const filled = expandVariables(url, environment);
    secrets.read(filled);
    refuseCutLogin(filled, name);
  }
}

const targetOf = ({ python, architecture }: BuildRequest) => ({
  python: python ?? defaultPython,
  architecture,
});

/** The lock's lines, and the names that the project beside it asks for: without one all. */
async function readPylock(
  file: string,
  request: BuildRequest,
  secrets: Secrets,
): Promise<PylockText & { readonly requested: readonly string[] }> {
  const folder = path.dirname(file);
  const text = await readText(file, secrets);
  const lock = parsePylock(text, path.basename(file));
  const chosen = { ...request, ...lockedSets('pylock.toml', text, request) };
  const beside = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  secrets.read(beside);
  const top = topLevelNames(beside, request.extras, request.groups);
  return {
    // An index of the lock has its login by the name that the project gives it.
    ...pylockText(lock, chosen, folder, namedIndexes(parseTomlOrNothing(beside), folder)),
    requested: top.length > 0 ? top : lock.packages.map((one) => normalizeName(one.name)),
  };
}

/** Limits on versions that a tool's own part of the file has. */
async function constraintsOf(
  settings: readonly ToolSettings[],
  file: string,
  reading: ReadContext,
): Promise<ReadRequirement[]> {
  const text = settings.flatMap((one) => one.constraints).join('\n');
  const entries = await readRequirementsText(text, file, reading);
  return entries.flatMap((entry) => (entry.kind === 'requirement' ? [{ ...entry, constraint: true }] : []));
}

/** What pip can be told, too: the one index that takes the public one's place, and pre-releases. (uv has its own settings.) */
function settingLines(settings: readonly ToolSettings[]): string[] {
  const first = settings.find((one) => one.indexes.length > 0);
  const only = first?.closed === true && first.indexes.length === 1 ? first.indexes[0] : undefined;
  const pre = settings.some((one) => one.pre) ? ['--pre'] : [];
  return only === undefined ? pre : [`--index-url ${only.url}`, ...pre];
}
