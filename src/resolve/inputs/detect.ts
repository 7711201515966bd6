/** Which file says what to install. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';

export type SourceKind =
  'uv.lock' | 'pylock.toml' | 'poetry.lock' | 'pdm.lock' | 'Pipfile.lock' | 'requirements' | 'pyproject.toml';

export interface Source {
  readonly kind: SourceKind;
  /** Absolute. */
  readonly file: string;
}

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

/**
 * The first file of `detectionOrder` in the folder, and the names of the others that are there too.
 * @throws SlimError `nothing-to-build`, `not-found` (the folder)
 */
export async function detectSource(
  folder: string,
): Promise<{ readonly source: Source; readonly others: readonly string[] }> {
  if (!(await exists(folder))) {
    throw new SlimError('not-found', `The folder ${folder} is not there.`, {
      hint: 'Name the folder of your function, or run lambda-slim inside it.',
    });
  }
  const present: string[] = [];
  for (const name of detectionOrder) if (await exists(path.join(folder, name))) present.push(name);
  const [first, ...others] = present;
  if (first === undefined) {
    throw new SlimError('nothing-to-build', `${folder} has no requirements: nothing to build.`, {
      hint: `Put one of these there: ${detectionOrder.join(', ')}. Or name a file with -r.`,
    });
  }
  const file = path.join(folder, first);
  const kind = kindOf(file);
  // A lock is made from pyproject.toml: that is no other choice.
  const locked = kind !== 'requirements' && kind !== 'Pipfile.lock';
  return { source: { kind, file }, others: others.filter((name) => !locked || name !== 'pyproject.toml') };
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
