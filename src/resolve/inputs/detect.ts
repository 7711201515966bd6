/** Which file says what to install. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { mistakenFile } from './mistaken.js';
import { memberNamed, workspaceAround, workspaceIn, type Workspace } from './workspace.js';
import { exists } from '../../io/exists.js';

export type SourceKind =
  'uv.lock' | 'pylock.toml' | 'poetry.lock' | 'pdm.lock' | 'Pipfile.lock' | 'requirements' | 'pyproject.toml';

export interface Source {
  readonly kind: SourceKind;
  /** Absolute. */
  readonly file: string;
  /** Folder of the project whose requirements count, where it is not the file's own: a member of a workspace. */
  readonly project?: string;
}

/** The folder of the project that a source speaks for. */
export const projectOf = (source: Source): string => source.project ?? path.dirname(source.file);

/**
 * In this order: a lock is exact, so it comes before a requirements file; a pyproject.toml alone comes last, because
 * beside a requirements file it often only configures tools.
 */
export const detectionOrder = [
  'uv.lock',
  'pylock.toml',
  'poetry.lock',
  'pdm.lock',
  'Pipfile.lock',
  'requirements.txt',
  'pyproject.toml',
] as const;

/** What kind of file a `-r FILE` is, by its name. Everything unknown is a requirements file. */
export function kindOf(file: string): SourceKind {
  const name = path.basename(file);
  if (/^pylock\.([^.]+\.)?toml$/.test(name)) return 'pylock.toml';
  if (name === 'pyproject.toml') return 'pyproject.toml';
  const lock = (['uv.lock', 'poetry.lock', 'pdm.lock', 'Pipfile.lock'] as const).find((one) => one === name);
  return lock ?? 'requirements';
}

export interface Detected {
  readonly source: Source;
  /** Names of other files that could have been taken. */
  readonly others: readonly string[];
}

/**
 * The first file of `detectionOrder` in the folder, and the names of the others that are there too. A member of a uv
 * workspace has its lock in the workspace's folder.
 * @param member of a uv workspace that was named; null: the folder's own project
 * @throws SlimError `lock-export-failed`, `bad-requirements`, `nothing-to-build`, `not-found` (the folder),
 *   `bad-option` (no such member)
 */
export async function detectSource(folder: string, member: string | null = null): Promise<Detected> {
  if (!(await exists(folder))) {
    throw new SlimError('not-found', `The folder ${folder} is not there.`, {
      hint: 'Name the folder of your function, or run lambda-slim inside it.',
    });
  }
  if (member !== null) return { source: await memberSource(folder, member), others: [] };
  const present: string[] = [];
  for (const name of detectionOrder) if (await exists(path.join(folder, name))) present.push(name);
  const [first, ...others] = present;
  if (first === undefined) throw await nothing(folder);
  const file = path.join(folder, first);
  const kind = kindOf(file);
  if (kind === 'pyproject.toml') {
    const workspace = await workspaceAround(folder);
    if (workspace !== null) return { source: lockOf(workspace, folder), others };
  }
  // A lock is made from pyproject.toml: that is no other choice.
  const locked = kind !== 'requirements' && kind !== 'Pipfile.lock';
  return { source: { kind, file }, others: others.filter((name) => !locked || name !== 'pyproject.toml') };
}

/**
 * Every file that the request names, or the one that was detected.
 * @throws SlimError as `detectSource`
 */
export async function sourcesOf(request: {
  readonly folder: string;
  readonly requirements: readonly string[];
  readonly package: string | null;
}): Promise<{ readonly sources: readonly Source[]; readonly others: readonly string[] }> {
  const { folder, requirements } = request;
  if (requirements.length > 0) {
    if (request.package !== null) {
      const [file = '', ...more] = requirements;
      if (more.length > 0 || kindOf(file) !== 'uv.lock') throw notWithFiles(requirements);
      return { sources: [await memberSource(path.dirname(file), request.package)], others: [] };
    }
    return { sources: requirements.map((file) => ({ kind: kindOf(file), file })), others: [] };
  }
  const { source, others } = await detectSource(folder, request.package);
  return { sources: [source], others };
}

const notWithFiles = (files: readonly string[]): SlimError =>
  new SlimError(
    'bad-option',
    `--package names a member of a uv workspace, and -r other requirements: ${files
      .map((file) => path.basename(file))
      .join(', ')}.`,
    { hint: 'Give one of the two, or name the uv.lock of the workspace with -r.' },
  );

async function memberSource(folder: string, name: string): Promise<Source> {
  const workspace = (await workspaceIn(folder)) ?? (await workspaceAround(folder));
  if (workspace === null) {
    throw new SlimError(
      'bad-option',
      `--package ${name} needs a uv workspace, and ${folder} is not in one.`,
      {
        hint: 'Name the folder whose pyproject.toml has [tool.uv.workspace]; or leave --package out.',
      },
    );
  }
  return lockOf(workspace, memberNamed(workspace, name));
}

function lockOf(workspace: Workspace, project: string): Source {
  return { kind: 'uv.lock', file: path.join(workspace.folder, 'uv.lock'), project };
}

async function nothing(folder: string): Promise<SlimError> {
  if (await exists(path.join(folder, 'Pipfile'))) {
    return new SlimError('nothing-to-build', `${folder} has a Pipfile, but no Pipfile.lock.`, {
      hint: 'Run "pipenv lock": lambda-slim builds from Pipfile.lock.',
    });
  }
  const names = (await readdir(folder)).sort();
  const other = names.find((name) => /^requirements.*\.(?:in|txt)$/.test(name));
  if (other !== undefined) {
    return new SlimError('nothing-to-build', `${folder} has no requirements.txt: nothing to build.`, {
      hint: `Name the file that is meant, for example -r ${other}.`,
    });
  }
  for (const name of names) {
    const known = mistakenFile(name);
    if (known === null) continue;
    return new SlimError('nothing-to-build', `${folder} has no requirements, and ${name} ${known.what}.`, {
      hint: known.hint,
    });
  }
  return new SlimError('nothing-to-build', `${folder} has no requirements: nothing to build.`, {
    hint: `Put one of these there: ${detectionOrder.join(', ')}. Or name a file with -r.`,
  });
}
