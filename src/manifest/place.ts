/** Which build a command means when it is given a folder, and whose config file it reads. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { isOutput, manifestName } from '../io/output-folder.js';
import { readConfig } from '../options/config.js';
import { defaultOut } from '../text/own-names.js';

export interface Place {
  /** Absolute: where the config file is looked for, and the output folder where settings name no other. */
  readonly folder: string;
  /** Absolute, when it was the output folder that was named; null: settings tell. */
  readonly out: string | null;
}

/**
 * @param named a folder that was built, the output folder of a build, or the manifest in it; empty: the working folder
 * @throws SlimError `not-found`
 */
export async function placeNamed(named: string, cwd: string): Promise<Place> {
  if (named === '') return { folder: cwd, out: null };
  const place = path.resolve(cwd, named);
  const facts = await stat(place).catch((cause: unknown) => {
    throw new SlimError('not-found', `${named} is not there.`, { hint: hintOf, cause });
  });
  const folder = facts.isDirectory() ? place : path.dirname(place);
  const isManifest = path.basename(place) === manifestName && isOutput(folder);
  if (!facts.isDirectory() && !isManifest)
    throw new SlimError('not-found', `${named} is no folder.`, { hint: hintOf });
  return isOutput(folder) ? { folder: projectOf(folder, cwd), out: folder } : { folder, out: null };
}

const hintOf = 'Name the folder that was built, or its output folder.';

/** An output folder in its default place belongs to the folder around it; of another one nobody knows. */
const projectOf = (out: string, cwd: string): string =>
  path.basename(out) === defaultOut ? path.dirname(out) : cwd;

/**
 * The build of a folder that may be anything, as the folder itself tells.
 * @param folder absolute
 * @returns the output folder: itself, the one in it, or the one that its config file names; null when none of them is one
 * @throws SlimError `bad-config`
 */
export async function buildIn(folder: string): Promise<string | null> {
  if (isOutput(folder)) return folder;
  const inside = path.join(folder, defaultOut);
  const config = await readConfig(folder, null);
  const out = config?.values.out;
  const told =
    config !== null && typeof out === 'string' ? path.resolve(path.dirname(config.file), out) : inside;
  return isOutput(told) ? told : null;
}
