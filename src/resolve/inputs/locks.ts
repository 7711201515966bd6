/**
 * Lock files of other tools, through the tool that owns them: each is asked for a requirements file on its standard
 * output. PDM makes a virtual environment wherever it runs and Poetry a lock where there is none, so all but uv (which
 * writes nothing, and needs the whole workspace) work on a copy of the project's few files.
 */
import { copyFile, mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import type { RunResult } from '../../io/run.js';
import { defaultPython } from '../../limits.js';
import type { BuildRequest } from '../../model.js';
import { splitRequirement } from '../../python/lines.js';
import { markerEnvironment } from '../../python/marker-environment.js';
import { counts, type MarkerEnvironment } from '../../python/markers.js';
import { normalizeName } from '../../python/names.js';
import { projectOf, type Source } from './detect.js';
import { lockedSets, refuseUnknownSets } from './lock-sets.js';
import { lockIndexes, searchesAllSources, withPdmHashes } from './lock-indexes.js';
import { isPyPI, sameIndex, type NamedIndex } from './name-sources.js';
import { parsePylock, pylockText } from './pylock.js';
import { parseToml, parseTomlOrNothing, tableAt } from './toml.js';
import { uvIndexes } from './tool-settings.js';
import { workspaceIn } from './workspace.js';
import { topLevelNames } from './pyproject.js';
import type { World } from '../../world.js';
import { findProgram, lastLines, runTool } from '../tools.js';

export type LockKind = 'uv.lock' | 'poetry.lock' | 'pdm.lock' | 'Pipfile.lock';

export interface LockExport {
  /** A requirements file's text. */
  readonly text: string;
  /** For people, e.g. `uv.lock (uv export)`. */
  readonly label: string;
  /** By normalized name: the one index that it comes from, where that is not the default one. */
  readonly indexes: ReadonlyMap<string, NamedIndex>;
  /** Each name may come from any of the indexes: every line has its hashes. */
  readonly everywhere?: boolean;
  /** Normalized top-level names, as the project file beside the lock has them. */
  readonly requested: readonly string[];
}

interface LockTool {
  readonly program: string;
  readonly install: string;
  /** Command lines to try in turn; the first that succeeds is taken. @param member of the workspace; null: all there is */
  readonly commands: (request: BuildRequest, member: string | null) => readonly (readonly string[])[];
  /** A command that fails when the lock is stale, for a tool whose export does not notice. */
  readonly check?: readonly string[];
  /** Files of the project that it reads; empty: it runs in the project itself. */
  readonly reads: readonly string[];
  /** How to bring the lock up to date. */
  readonly update: string;
}

const each = (option: string, values: readonly string[]): string[] =>
  values.flatMap((value) => [option, value]);

const tools: Readonly<Record<LockKind, LockTool>> = {
  'uv.lock': {
    program: 'uv',
    install: 'Install uv (https://docs.astral.sh/uv/), or export a requirements file and name it with -r.',
    // --locked notices a stale lock but needs a Python that fits the project; --frozen needs none.
    commands: (request, member) =>
      ['--locked', '--frozen'].map((mode) => [
        ...['export', mode, '--no-emit-project', '--no-default-groups', '--no-header'],
        ...['--format', 'pylock.toml'],
        ...(request.offline ? ['--offline'] : []),
        ...(member === null ? [] : ['--package', member]),
        ...each('--extra', request.extras),
        ...each('--group', request.groups),
      ]),
    reads: [],
    update: 'Run "uv lock".',
  },
  'poetry.lock': {
    program: 'poetry',
    install:
      'Install Poetry with its export plugin: "pipx install poetry" and "pipx inject poetry poetry-plugin-export".',
    commands: (request) => [
      [
        ...['export', '--format', 'requirements.txt', '--no-interaction', '--no-ansi'],
        ...each('--extras', request.extras),
        ...each('--with', request.groups),
      ],
    ],
    reads: ['pyproject.toml', 'poetry.lock', 'poetry.toml'],
    update: 'Run "poetry lock".',
  },
  'pdm.lock': {
    program: 'pdm',
    install: 'Install PDM ("pipx install pdm"), or export a requirements file and name it with -r.',
    // PDM refuses to export hashes beside a folder, which has none: they are then taken from the lock. It refuses --prod
    // beside a group for development, too; named groups are then all that it takes of those.
    commands: (request) =>
      [[], ['--no-hashes']].map((hashes) => [
        ...[
          'export',
          ...(request.groups.length === 0 ? ['--prod'] : []),
          '--format',
          'requirements',
          ...hashes,
        ],
        ...each('--group', [...request.extras, ...request.groups]),
      ]),
    reads: ['pyproject.toml', 'pdm.lock', 'pdm.toml'],
    update: 'Run "pdm lock".',
  },
  'Pipfile.lock': {
    program: 'pipenv',
    install: 'Install Pipenv ("pipx install pipenv"), or export a requirements file and name it with -r.',
    commands: (request) => [
      [
        'requirements',
        '--hash',
        ...(request.groups.length > 0 ? ['--categories', ['packages', ...request.groups].join(',')] : []),
      ],
    ],
    check: ['verify'],
    reads: ['Pipfile', 'Pipfile.lock'],
    update: 'Run "pipenv lock".',
  },
};

/**
 * Ask the lock's tool for its pins.
 * @throws SlimError `bad-option`, `bad-requirements`, `lock-tool-missing`, `lock-export-failed` (with the tool's own
 *   message: also for a stale lock)
 */
export async function exportLock(
  source: Source & { readonly kind: LockKind },
  asked: BuildRequest,
  context: World,
): Promise<LockExport> {
  const tool = tools[source.kind];
  const folder = path.dirname(source.file);
  const request = { ...asked, ...lockedSets(source.kind, await readFile(source.file, 'utf8'), asked) };
  const command = await findProgram(tool.program, context.environment);
  if (command === null) {
    throw new SlimError('lock-tool-missing', `${source.kind} needs ${tool.program}, which is not on PATH.`, {
      hint: tool.install,
    });
  }
  const member = source.kind === 'uv.lock' ? await memberOf(source) : null;
  const project = path.join(projectOf(source), 'pyproject.toml');
  refuseUnknownSets(source.kind, await readFile(project, 'utf8').catch(() => ''), asked);
  const copy = tool.reads.length === 0 ? null : await copyOf(folder, tool.reads, context);
  const place = copy?.place ?? folder;
  let failure: RunResult | null = null;
  const commands = tool.commands(request, member).map((args) => ({ args, check: false }));
  if (tool.check !== undefined) commands.unshift({ args: [...tool.check], check: true });
  for (const { args, check } of commands) {
    const result = await runTool({ command, first: [] }, args, {
      cwd: place,
      environment: context.environment,
      secrets: context.secrets,
      // Their output is the result: only the other stream tells how it goes on.
      onOutputLine: () => {},
      env: {
        PIPENV_PIPFILE: path.join(place, 'Pipfile'),
        PIPENV_IGNORE_VIRTUALENVS: '1',
        PDM_USE_VENV: '0',
        PDM_CHECK_UPDATE: '0',
        POETRY_VIRTUALENVS_CREATE: 'false',
      },
      signal: context.signal,
    });
    if (result.ok && check) continue;
    if (result.ok && args.includes('--frozen')) await refuseStaleNames(source);
    if (result.ok) {
      const text = copy === null ? result.stdout : inPlace(result.stdout, copy.root, folder);
      return {
        ...(source.kind === 'uv.lock'
          ? pylockText(parsePylock(text, 'the answer of uv'), request, folder, await uvIndexesOf(source))
          : await exportedText(source, text, request)),
        label: `${source.kind} (${tool.program} ${args[0] ?? ''})`,
        requested: await namesBeside(source, request),
      };
    }
    failure ??= result;
    if (check || isStale(result)) break;
  }
  throw exportError(source.kind, tool, failure, context);
}

/**
 * The member whose set it is; null where the workspace has no other.
 * @throws SlimError `bad-option` for a workspace of several without a project of its own
 */
async function memberOf(source: Source): Promise<string | null> {
  const workspace = await workspaceIn(path.dirname(source.file));
  if (workspace === null) return null;
  const folder = projectOf(source);
  const found = workspace.members.find((member) => member.folder === folder);
  if (found !== undefined) return found.name;
  const [only, ...more] = workspace.members;
  if (only !== undefined && more.length === 0) return only.name;
  throw new SlimError('bad-option', `${folder} is a uv workspace of several projects, and none of its own.`, {
    hint: `Name one with --package: ${workspace.members.map((member) => member.name).join(', ')}; or build in its folder.`,
  });
}

async function uvIndexesOf(source: Source): Promise<readonly NamedIndex[]> {
  const folders = [projectOf(source), path.dirname(source.file)];
  const found = await Promise.all(
    folders.flatMap((folder) =>
      ['pyproject.toml', 'uv.toml'].map(async (name) => {
        const text = await readFile(path.join(folder, name), 'utf8').catch(() => '');
        const table = parseTomlOrNothing(text);
        return uvIndexes(name === 'uv.toml' ? table : tableAt(table, 'tool', 'uv'), folder);
      }),
    ),
  );
  return found.flat();
}

/** Poetry, PDM and Pipenv print their indexes for all names alike; their files say which name belongs to which. */
async function exportedText(
  source: Source,
  text: string,
  request: BuildRequest,
): Promise<Pick<LockExport, 'text' | 'indexes' | 'everywhere'>> {
  const folder = path.dirname(source.file);
  const first = /^(?:--index-url|-i)\s+(\S+)/m.exec(text)?.[1] ?? 'https://pypi.org/simple';
  const everywhere = source.kind === 'Pipfile.lock' && (await searchesAllSources(source.file));
  if (everywhere) refuseUnhashed(text);
  const all = everywhere ? new Map<string, NamedIndex>() : await lockIndexes(source.kind, source.file);
  const { python, architecture } = request;
  const versions = countedVersions(
    text,
    markerEnvironment({ python: python ?? defaultPython, architecture }),
  );
  const indexes = new Map(
    [...all].flatMap(([key, index]) => {
      const [name = '', version] = key.split('==');
      const taken = version === undefined || versions.get(name) === version;
      const usual = sameIndex(index.url, first) && isPyPI(first);
      return taken && !usual ? [[name, index] as const] : [];
    }),
  );
  // The first stays for names without an index of their own; those that have one find its login by its name.
  const own = [...indexes.values()].map((index) => index.url).filter((url) => !sameIndex(url, first));
  const hashed = source.kind === 'pdm.lock' ? await withPdmHashes(text, source.file) : text;
  const lines = hashed.split('\n').filter((line) => {
    const url = /^(?:--index-url|-i|--extra-index-url)\s+(\S+)/.exec(line)?.[1];
    // The user's own mirror of the public index stays in force, and an index of single names is asked for no other.
    if (everywhere && url !== first) return true;
    return url === undefined || !(isPyPI(url) || own.some((one) => sameIndex(one, url)));
  });
  return { text: lines.map((line) => besides(line, folder)).join('\n'), indexes, everywhere };
}

/** @throws SlimError `lock-export-failed`: without a hash anybody's file of that name would do */
function refuseUnhashed(text: string): void {
  const line = text.split('\n').find((one) => /^[A-Za-z0-9][^@]*==/.test(one) && !one.includes('--hash='));
  if (line === undefined) return;
  const name = splitRequirement(line).name ?? line;
  throw new SlimError(
    'lock-export-failed',
    `Pipfile.lock has no hash of ${name}, and may take it from any source.`,
    {
      hint: 'Take install_search_all_sources out of the Pipfile\'s [pipenv], or run "pipenv lock" where its index tells hashes.',
    },
  );
}

/** Versions of the exact lines that count on the target, by normalized name. */
function countedVersions(text: string, markers: MarkerEnvironment): ReadonlyMap<string, string> {
  const versions = new Map<string, string>();
  for (const line of text.replace(/\\\n/g, ' ').split('\n')) {
    const { name, specifier, marker } = splitRequirement(line.replace(/\s--hash[=\s].*$/, ''));
    if (name !== null && counts(marker, markers))
      versions.set(normalizeName(name), specifier.replace(/^={2,3}/, ''));
  }
  return versions;
}

/** Pipenv prints paths as the Pipfile has them. */
function besides(line: string, folder: string): string {
  return line.replace(
    /^(-e\s+)?(\.{1,2}\/[^;[\s]*)/,
    (_whole, editable: string | undefined, place: string) =>
      `${editable ?? ''}${pathToFileURL(path.resolve(folder, place)).href}`,
  );
}

/**
 * --frozen was taken because uv found no Python for --locked: compare at least which packages are asked for.
 * @throws SlimError `lock-export-failed`
 */
async function refuseStaleNames(source: Source): Promise<void> {
  const folder = projectOf(source);
  const project = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  const lock = parseToml(await readFile(source.file, 'utf8'), 'uv.lock') as unknown as UvLock;
  const inside = path.relative(path.dirname(source.file), folder).split(path.sep).join('/') || '.';
  const root = lock.package?.find((one) => one.source?.virtual === inside || one.source?.editable === inside);
  const required = root?.metadata?.['requires-dist'] ?? [];
  const locked = new Set(
    required.filter((one) => !/\bextra\b/.test(one.marker ?? '')).map((one) => one.name),
  );
  const wanted = new Set(topLevelNames(project, [], []));
  const differing = [...locked.symmetricDifference(wanted)].sort();
  if (root === undefined || differing.length === 0) return;
  throw new SlimError('lock-export-failed', 'uv.lock does not match the project any more.', {
    hint: 'Run "uv lock". Then build again.',
    details: [`only in one of pyproject.toml and uv.lock: ${differing.join(', ')}`],
  });
}

interface UvLock {
  readonly package?: readonly {
    readonly source?: { readonly virtual?: string; readonly editable?: string };
    readonly metadata?: {
      readonly 'requires-dist'?: readonly { readonly name: string; readonly marker?: string }[];
    };
  }[];
}

/**
 * A copy whose folder lies as deep as the original: a path that leads out of the project (`../../shared`) stays in the
 * copy's root, and so can be told from others.
 */
async function copyOf(
  folder: string,
  names: readonly string[],
  context: World,
): Promise<{ readonly root: string; readonly place: string }> {
  const root = await context.cache.workFolder('lock');
  const place = path.join(root, path.relative(path.parse(folder).root, folder));
  await mkdir(place, { recursive: true });
  for (const name of names) await copyFile(path.join(folder, name), path.join(place, name)).catch(() => {});
  return { root, place };
}

/** Paths in the copy as paths of the original. */
function inPlace(text: string, root: string, folder: string): string {
  const drive = path.parse(folder).root;
  const urls = text.replaceAll(`${pathToFileURL(root).href}/`, pathToFileURL(drive).href);
  return urls.replaceAll(`${root}${path.sep}`, drive);
}

const isStale = (result: RunResult): boolean =>
  /needs to be updated|out[- ]of[- ]date|changed significantly|not up to date|is outdated|not match/i.test(
    result.stderr + result.stdout,
  );

function exportError(kind: LockKind, tool: LockTool, result: RunResult | null, context: World): SlimError {
  const details = result === null ? [] : lastLines(result, context.secrets, 8);
  if (kind === 'poetry.lock' && /command "?export"? (does not exist|is not)/i.test(details.join('\n'))) {
    return new SlimError('lock-tool-missing', 'poetry.lock needs the plugin poetry-plugin-export.', {
      hint: 'Install it: "poetry self add poetry-plugin-export" or "pipx inject poetry poetry-plugin-export".',
      details,
    });
  }
  if (result !== null && isStale(result)) {
    return new SlimError('lock-export-failed', `${kind} does not match the project any more.`, {
      hint: `${tool.update} Then build again.`,
      details,
    });
  }
  return new SlimError('lock-export-failed', `${tool.program} cannot export ${kind}.`, {
    hint: 'Correct what its message above says, or export a requirements file and name it with -r.',
    details,
  });
}

async function namesBeside(source: Source, request: BuildRequest): Promise<readonly string[]> {
  const folder = projectOf(source);
  if (source.kind !== 'Pipfile.lock') return projectNames(folder, request);
  try {
    const table = parseToml(await readFile(path.join(folder, 'Pipfile'), 'utf8'), 'Pipfile');
    const packages = ['packages', ...request.groups].flatMap((group) => Object.keys(table[group] ?? {}));
    return [...new Set(packages.map(normalizeName))].sort();
  } catch {
    return [];
  }
}

/** Normalized top-level names of the pyproject.toml in a folder; empty when there is none. */
async function projectNames(
  folder: string,
  request: Pick<BuildRequest, 'extras' | 'groups'>,
): Promise<readonly string[]> {
  const text = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  return topLevelNames(text, request.extras, request.groups);
}
