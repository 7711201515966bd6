/** Two things that are deployed → what changed between them. */
import path from 'node:path';
import { diffOf } from '../check/difference.js';
import { measurePlace } from '../check/measure.js';
import type { Diff } from '../check/model.js';
import { throwIfAborted } from '../errors.js';
import type { Call } from './call.js';

/**
 * @param before a folder that was built, a manifest, an output folder, a zip, a folder of packages, or a baseline; relative to the call's working folder
 * @throws SlimError `unusable-file`, `not-found`, `bad-archive`, `bad-manifest`, `bad-baseline`, `bad-config`, `interrupted`
 */
export async function diffPlaces(before: string, after: string, { cwd, signal }: Call): Promise<Diff> {
  const measure = (name: string) => measurePlace(path.resolve(cwd, name), name);
  const [older, newer] = await Promise.all([measure(before), measure(after)]);
  throwIfAborted(signal);
  return diffOf(older, newer);
}
