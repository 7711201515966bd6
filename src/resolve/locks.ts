/**
 * Lock files of other tools, through the tool that owns them: each is asked for a requirements file on its standard
 * output, so that nothing is written into the project.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { RunResult } from '../io/run.js';
import type { BuildRequest } from '../model.js';
import type { Source } from './detect.js';
import { parseToml } from './pylock.js';
import { topLevelNames } from './pyproject.js';
import type { ResolveContext } from './resolver.js';
import { findProgram, lastLines, runTool } from './tools.js';
import { normalizeName } from './names.js';

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
        ...['export', mode, '--no-emit-project', '--no-dev', '--no-annotate', '--no-header'],
        ...['--format', 'requirements-txt'],
        ...each('--extra', request.extras),
        ...each('--group', request.groups),
      ]),
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
  context: ResolveContext,
): Promise<LockExport> {
  const tool = tools[source.kind];
  const folder = path.dirname(source.file);
  const command = await findProgram(tool.program, context.environment);
  if (command === null) {
    throw new SlimError('lock-tool-missing', `${source.kind} needs ${tool.program}, which is not on PATH.`, {
      hint: tool.install,
    });
  }
  let failure: RunResult | null = null;
  for (const args of tool.commands(request)) {
    const result = await runTool({ command, first: [] }, args, {
      cwd: folder,
      environment: context.environment,
      // Their output is the result: only the other stream tells how it goes on.
      onOutputLine: () => {},
      env: { PIPENV_PIPFILE: path.join(folder, 'Pipfile'), PIPENV_IGNORE_VIRTUALENVS: '1' },
      ...(context.signal === undefined ? {} : { signal: context.signal }),
    });
    if (result.ok) {
      return {
        text: result.stdout,
        label: `${source.kind} (${tool.program} ${args[0] ?? ''})`,
        requested: await namesBeside(source, request),
      };
    }
    failure ??= result;
    if (isStale(result)) break;
  }
  throw exportError(source.kind, tool, failure, context);
}

const isStale = (result: RunResult): boolean =>
  /needs to be updated|out of date|changed significantly|not up to date|is outdated|not match/i.test(
    result.stderr + result.stdout,
  );

function exportError(
  kind: LockKind,
  tool: LockTool,
  result: RunResult | null,
  context: ResolveContext,
): SlimError {
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
