/** Where a path of the requirements lies. */
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { exists } from '../../io/exists.js';
import type { Secrets } from '../../text/secrets.js';
import { placeText, type Origin } from './origin.js';
import { fromFileUrl } from './reading.js';

/**
 * pip takes a local path relative to the working folder: for a build that is the project's folder. Where nothing lies there, it is
 * relative to the file that names it (as exported locks have it).
 * @param value a path or a `file://` URL, with variables filled in
 * @param folders absolute: the first in which it is there counts
 * @returns absolute
 * @throws SlimError `not-found`
 */
export async function findLocal(
  value: string,
  origin: Origin,
  folders: readonly string[],
  secrets: Pick<Secrets, 'hide'>,
): Promise<string> {
  const bare = fromFileUrl(value.replace(/#.*$/, ''));
  const candidates = folders.map((folder) => path.resolve(folder, bare));
  for (const candidate of candidates) {
    if (await exists(candidate)) return candidate;
  }
  throw new SlimError(
    'not-found',
    `The requirements name ${secrets.hide(value)}, which is not there (${placeText(origin)}).`,
    {
      hint: hintFor(bare),
      details: [...new Set(candidates)],
    },
  );
}

function hintFor(place: string): string {
  if (place.includes('\\')) return 'Write the path with "/" in place of "\\": tools for Linux know no other.';
  if (place.startsWith('~'))
    return 'Only a shell knows "~": write ${HOME} in its place, or a path in your project.';
  return path.isAbsolute(place)
    ? 'It is a path of the machine on which the file was written. Name a version instead ("python -m pip list --format=freeze" there gives it), or a path in your project.'
    : 'Paths are relative to the project folder, or to the file that names them.';
}
