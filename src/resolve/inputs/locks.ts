/**
 * Lock files of other tools, through the tool that owns them: each is asked for a requirements file on its standard
 * output. PDM makes a virtual environment wherever it runs and Poetry a lock where there is none, so all but uv (which
 * writes nothing, and needs the whole workspace) work on a copy of the project's few files.
 */
import { copyFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { SlimError } from '../../errors.js';
import type { RunResult } from '../../io/run.js';
import type { BuildRequest } from '../../model.js';
import type { Source } from './detect.js';
import { parseToml } from './toml.js';
import { topLevelNames } from './pyproject.js';
import type { World } from '../../world.js';
import { findProgram, lastLines, runTool } from '../tools.js';
import { normalizeName } from '../../python/names.js';

export type LockKind = 'uv.lock' | 'poetry.lock' | 'pdm.lock' | 'Pipfile.lock';

export interface LockExport {
  /** A requirements file's text. */
  readonly text: string;
  /** For people, e.g. `uv.lock (uv export)`. */
  readonly label: string;
  /** Normalized top-level names, as the project file beside the lock has them. */
  readonly requested: readonly string[];
}

interface LockTool {
  readonly program: string;
  readonly install: string;
  /** Command lines to try in turn; the first that succeeds is taken. */
  readonly commands: (request: BuildRequest) => readonly (readonly string[])[];
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
    commands: (request) =>
      ['--locked', '--frozen'].map((mode) => [
        ...['export', mode, '--no-emit-project', '--no-default-groups', '--no-annotate', '--no-header'],
        ...['--format', 'requirements-txt'],
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
    commands: (request) => [
      [
        ...['export', '--prod', '--format', 'requirements'],
        ...each('--group', [...request.extras, ...request.groups]),
      ],
    ],
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
        ...(request.groups.length > 0 ? ['--categories', `packages,${request.groups.join(',')}`] : []),
      ],
    ],
    check: ['verify'],
    reads: ['Pipfile', 'Pipfile.lock'],
    update: 'Run "pipenv lock".',
  },
};

/**
 * Ask the lock's tool for its pins.
 * @throws SlimError `lock-tool-missing`, `lock-export-failed` (with the tool's own message: also for a stale lock)
 */
export async function exportLock(
  source: Source & { readonly kind: LockKind },
  request: BuildRequest,
  context: World,
): Promise<LockExport> {
  const tool = tools[source.kind];
  const folder = path.dirname(source.file);
  const command = await findProgram(tool.program, context.environment);
  if (command === null) {
    throw new SlimError('lock-tool-missing', `${source.kind} needs ${tool.program}, which is not on PATH.`, {
      hint: tool.install,
    });
  }
  const place = tool.reads.length === 0 ? folder : await copyOf(folder, tool.reads, context);
  let failure: RunResult | null = null;
  const commands = tool.commands(request).map((args) => ({ args, check: false }));
  if (tool.check !== undefined) commands.unshift({ args: [...tool.check], check: true });
  for (const { args, check } of commands) {
    const result = await runTool({ command, first: [] }, args, {
      cwd: place,
      environment: context.environment,
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
    if (result.ok && args.includes('--frozen')) await refuseStaleNames(source.file);
    if (result.ok) {
      return {
        // Local projects are named by where the copy lies.
        text: result.stdout
          .replaceAll(pathToFileURL(place).href, pathToFileURL(folder).href)
          .replaceAll(place, folder),
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
 * --frozen was taken because uv found no Python for --locked: compare at least which packages are asked for.
 * @throws SlimError `lock-export-failed`
 */
async function refuseStaleNames(file: string): Promise<void> {
  const folder = path.dirname(file);
  const project = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  const lock = parseToml(await readFile(file, 'utf8'), 'uv.lock') as unknown as UvLock;
  const root = lock.package?.find((one) => one.source?.virtual === '.' || one.source?.editable === '.');
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

async function copyOf(folder: string, names: readonly string[], context: World): Promise<string> {
  const copy = await context.cache.workFolder('lock');
  for (const name of names) await copyFile(path.join(folder, name), path.join(copy, name)).catch(() => {});
  return copy;
}

const isStale = (result: RunResult): boolean =>
  /needs to be updated|out[- ]of[- ]date|changed significantly|not up to date|is outdated|not match/i.test(
    result.stderr + result.stdout,
  );

function exportError(kind: LockKind, tool: LockTool, result: RunResult | null, context: World): SlimError {
  const details = result === null ? [] : lastLines(result, context.environment, 8);
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
    hint: 'Correct what its message below says, or export a requirements file and name it with -r.',
    details,
  });
}

async function namesBeside(source: Source, request: BuildRequest): Promise<readonly string[]> {
  const folder = path.dirname(source.file);
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
export async function projectNames(
  folder: string,
  request: Pick<BuildRequest, 'extras' | 'groups'>,
): Promise<readonly string[]> {
  const text = await readFile(path.join(folder, 'pyproject.toml'), 'utf8').catch(() => '');
  return topLevelNames(text, request.extras, request.groups);
}
