/** Local projects name others, and so on: what each takes from elsewhere becomes a requirement of this build. */
import { readFile, realpath, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'smol-toml';
import { SlimError } from '../../errors.js';
import { splitRequirement } from '../../python/lines.js';
import { holds, parseDependency, type MarkerEnvironment } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import type { Environment } from '../../model.js';
import { homeFolder } from '../../io/user-folders.js';
import type { World } from '../../world.js';
import { namePart } from '../secrets.js';
import { findProgram, runTool } from '../tools.js';
import { buildPlaces, type BuildPlaces } from './build-places.js';
import { takenElsewhere, withoutAddresses } from './elsewhere.js';
import type { Elsewhere, FoundProject, ProjectTexts } from './elsewhere.js';
import { sameIndex, type NamedIndex } from './name-sources.js';
import { fillContext } from './other-tools.js';
import type { Preparation } from './preparing.js';
import { fromFileUrl, readRequirementsText, type ReadContext } from './reading.js';
import { workspaceIn, workspaceRoot } from './workspace.js';

export interface Nested extends Elsewhere {
  /** Somebody else wrote it: it came from a repository. */
  readonly stranger: boolean;
}

/** By the absolute path of our copy. */
type Builds = Map<string, BuildPlaces>;

/** Whose indexes have which names, and who wrote it. */
type Naming = Pick<Nested, 'label' | 'indexes' | 'general' | 'stranger'>;

/**
 * Add what the projects that were found take from elsewhere, and the projects among that, until there is no new one.
 * @param everybodys what stands for the public index; null: only the tools know
 * @param builds gets what each says about its build
 * @returns one for each project
 * @throws SlimError `bad-requirements`, `lock-export-failed` (a workspace without a lock), `index-unreachable`, `not-in-cache`,
 *   `no-resolver`, `resolution-failed`, `hash-mismatch`, `not-found`
 */
export async function addNested(
  preparation: Preparation,
  markers: MarkerEnvironment,
  reading: ReadContext,
  context: World,
  everybodys: NamedIndex | null,
  builds: Builds,
): Promise<readonly Nested[]> {
  const all: Nested[] = [];
  const seen = new Set<string>();
  /** By our copy, which loses its addresses. */
  const texts = new Map<string, string>();
  const own = preparation.placedNames();
  for (let found = preparation.takeFound(); found.length > 0; found = preparation.takeFound()) {
    for (const project of found) {
      const key = JSON.stringify([project.copy, project.extras]);
      const marker = parseDependency(`x ; ${project.marker}`)?.marker ?? null;
      if (seen.has(key) || (project.marker !== '' && !holds(marker, markers, null))) continue;
      seen.add(key);
      const file = path.join(project.folder, 'pyproject.toml');
      const text = texts.get(project.copy) ?? (await readFile(file, 'utf8').catch(() => ''));
      texts.set(project.copy, text);
      reading.secrets.read(text);
      builds.set(project.copy, await placesOf(project, text, markers));
      const elsewhere = await elsewhereOf(project, text, markers, reading, everybodys);
      await refuseStrangers(elsewhere, project);
      await leaveOutAddresses(project.copy, text, context);
      all.push({ ...elsewhere, stranger: project.clone !== null });
      // What the user's own files say about a name comes first.
      const lines = elsewhere.lines.filter((line) => !own.has(nameOf(line)));
      for (const entry of await readRequirementsText(lines.join('\n'), file, reading)) {
        if (entry.kind !== 'requirement') continue;
        const origin = { file: project.label, line: null };
        await preparation.add({ ...entry, origin }, { exact: false, topLevel: false });
      }
    }
  }
  return all;
}

/**
 * What the projects of locks say about their builds: a lock has what they need, but not what builds them.
 * @returns one for each project that names indexes
 * @throws SlimError `bad-requirements`
 */
export async function addLockedBuilds(
  projects: readonly FoundProject[],
  markers: MarkerEnvironment,
  { secrets }: ReadContext,
  builds: Builds,
): Promise<readonly Naming[]> {
  const all: Naming[] = [];
  for (const project of projects) {
    const text = await readFile(path.join(project.folder, 'pyproject.toml'), 'utf8').catch(() => '');
    secrets.read(text);
    const places = await placesOf(project, text, markers);
    const naming = { indexes: new Map<string, NamedIndex>(), general: places.indexes };
    await refuseStrangers({ ...naming, lines: [] }, project);
    builds.set(project.copy, places);
    if (places.indexes.length > 0)
      all.push({ ...naming, label: project.label, stranger: project.clone !== null });
  }
  return all;
}

const nameOf = (line: string): string => normalizeName(splitRequirement(line).name ?? '');

/** The project's files and those of the uv workspace around it. */
async function textsOf({ folder, clone }: FoundProject, pyproject: string): Promise<ProjectTexts> {
  const root = await workspaceRoot(folder, clone);
  return {
    pyproject,
    pipfile: await readFile(path.join(folder, 'Pipfile'), 'utf8').catch(() => ''),
    workspace:
      root === null
        ? null
        : { folder: root, pyproject: await readFile(path.join(root, 'pyproject.toml'), 'utf8') },
  };
}

const placesOf = async (
  project: FoundProject,
  pyproject: string,
  markers: MarkerEnvironment,
): Promise<BuildPlaces> => buildPlaces(await textsOf(project, pyproject), project, { markers });

async function elsewhereOf(
  project: FoundProject,
  pyproject: string,
  markers: MarkerEnvironment,
  { environment }: ReadContext,
  everybodys: NamedIndex | null,
): Promise<Elsewhere> {
  const { folder, clone } = project;
  const texts = await textsOf(project, pyproject);
  const above = texts.workspace;
  const asksMembers = above !== null && /\bworkspace\s*=\s*true\b/.test(`${pyproject}\n${above.pyproject}`);
  const workspace = asksMembers ? await workspaceIn(above.folder) : null;
  const members = new Map(workspace?.members.map((one) => [one.name, one.folder]));
  const home = homeFolder(environment) ?? '';
  // Variables of the user's are for what they wrote themselves.
  const known = clone === null ? environment : {};
  return takenElsewhere(texts, project, { markers, members, everybodys }, (address) =>
    fillContext(address, { project: folder, home }, known),
  );
}

/**
 * What somebody else wrote reads no folder, variable or login of the user's.
 * @throws SlimError `bad-requirements`
 */
async function refuseStrangers(
  elsewhere: Pick<Elsewhere, 'lines' | 'indexes' | 'general'>,
  { clone, label }: FoundProject,
): Promise<void> {
  if (clone === null) return;
  const refuse = (what: string, because: string): never => {
    throw new SlimError('bad-requirements', `${label} takes ${what} from ${because}.`, {
      hint: `Name ${what} yourself, with the place where you have it.`,
    });
  };
  const placed: (readonly [what: string, url: string])[] = [
    ...elsewhere.lines.map((line) => [nameOf(line), splitRequirement(line).url ?? ''] as const),
    ...[...elsewhere.indexes].map(([name, index]) => [name, index.url] as const),
    ...elsewhere.general.map((index) => ['packages', index.url] as const),
  ];
  for (const [what, url] of placed) {
    if (/\$\{|\{(env|home)\b/.test(url)) refuse(what, 'an address with a variable of yours');
    if (!/^(git\+)?file:/i.test(url)) continue;
    const place = path.resolve(fromFileUrl(url.replace(/^git\+|#.*$/gi, '')));
    const real = await realpath(place).catch(() => place);
    if (real !== clone && !real.startsWith((await realpath(clone)) + path.sep))
      refuse(what, 'a folder outside of its repository');
  }
}

/** In our copy only. Git is told to overlook it, as a version may come from there. */
async function leaveOutAddresses(copy: string, text: string, context: World): Promise<void> {
  const changed = withoutAddresses(text);
  if (changed === null) return;
  await writeFile(path.join(copy, 'pyproject.toml'), stringify(changed));
  const git = await findProgram('git', context.environment);
  const hasGit = await stat(path.join(copy, '.git')).then(
    () => true,
    () => false,
  );
  if (git === null || !hasGit) return;
  await runTool({ command: git, first: [] }, ['update-index', '--assume-unchanged', 'pyproject.toml'], {
    cwd: copy,
    environment: context.environment,
    secrets: context.secrets,
    signal: context.signal,
  });
}

/**
 * Logins are looked up by an index's name: two addresses may not share one, and nobody else may name one of yours.
 * @param own of the user's own project
 * @throws SlimError `bad-requirements`
 */
export function refuseSharedNames(
  own: readonly NamedIndex[],
  nested: readonly Naming[],
  environment: Environment,
): void {
  const known = new Map(own.map((one) => [variableOf(one), { url: one.url, label: 'your project' }]));
  for (const { label, indexes, general, stranger } of nested) {
    for (const index of [...indexes.values(), ...general].filter(({ name }) => name !== '')) {
      const variable = variableOf(index);
      const other = known.get(variable);
      const login = logins(variable).find((name) => environment[name] !== undefined);
      if (other !== undefined && !sameIndex(other.url, index.url)) {
        throw new SlimError(
          'bad-requirements',
          `${label} and ${other.label} give the name "${index.name}" to two indexes.`,
          { hint: 'Give one of them another name: a login is found by it.' },
        );
      }
      if (other === undefined && stranger && login !== undefined) {
        throw new SlimError(
          'bad-requirements',
          `${label} names an index "${index.name}", and would get the login in ${login}.`,
          { hint: 'Name that index in your own project, with the same URL, if it may have it.' },
        );
      }
      known.set(variable, other ?? { url: index.url, label });
    }
  }
}

const variableOf = ({ name }: NamedIndex): string => namePart(name);
const logins = (variable: string): readonly string[] =>
  ['USERNAME', 'PASSWORD'].flatMap((what) => [
    `UV_INDEX_${variable}_${what}`,
    `POETRY_HTTP_BASIC_${variable}_${what}`,
  ]);
