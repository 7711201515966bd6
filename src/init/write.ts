/** Writes new files: all of them or none, and never over one that is there. */
import { mkdir, rm, rmdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { isTaken } from '../io/exists.js';

/**
 * @param folder absolute
 * @param files paths relative to it
 * @throws SlimError `file-exists` naming every file that is in the way, `output-unwritable`
 */
export async function writeNew(
  folder: string,
  files: readonly { readonly path: string; readonly text: string }[],
): Promise<void> {
  const present: string[] = [];
  for (const file of files) if (await isTaken(path.join(folder, file.path))) present.push(file.path);
  if (present.length > 0) throw inTheWay(present);
  const undo: (() => Promise<void>)[] = [];
  try {
    for (const file of files) {
      const place = path.join(folder, file.path);
      const first = await mkdir(path.dirname(place), { recursive: true });
      if (first !== undefined) undo.push(() => removeEmpty(path.dirname(place), first));
      // Exclusive: what somebody put there since the look above is not ours either.
      await writeFile(place, '', { flag: 'wx' });
      undo.push(() => rm(place));
      await writeFile(place, file.text);
    }
  } catch (error) {
    for (const step of undo.reverse()) await step().catch(() => {});
    const { code, path: place } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && place !== undefined) throw inTheWay([path.relative(folder, place)]);
    if (code === undefined) throw error;
    throw new SlimError('output-unwritable', `The example cannot be written: ${(error as Error).message}`, {
      hint: 'Nothing was left behind. Go to a folder that you may write, or change its permissions.',
      cause: error,
    });
  }
}

function inTheWay(names: readonly string[]): SlimError {
  const what = names.length === 1 ? `${names[0] ?? ''} is there` : `${names.length} files are there`;
  return new SlimError('file-exists', `${what} already; nothing was written.`, {
    hint: 'Move it away, or run init in an empty folder and take over what you need.',
    details: names.length === 1 ? [] : names,
  });
}

/** From the innermost folder to the first that was made. */
async function removeEmpty(innermost: string, first: string): Promise<void> {
  for (let folder = innermost; folder.startsWith(first); folder = path.dirname(folder)) await rmdir(folder);
}
