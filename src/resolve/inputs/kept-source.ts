/**
 * What was fetched by its own address (archives, repositories), kept: a fixed one is fetched once, any other one stands in
 * for the network with `--offline` only. A place is noted beside its content, so nothing is changed under another build.
 */
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import type { BuildRequest } from '../../model.js';
import { cacheKey } from '../../text/cache-key.js';
import type { World } from '../../world.js';
import { secretParameter } from '../../text/logins.js';
import { splitCredentials } from '../secrets.js';

/** Whether the network is asked. */
export type Asking = Pick<BuildRequest, 'offline' | 'refresh'>;

export interface Place {
  /** May hold credentials, which do not count. */
  readonly url: string;
  /** What is taken of it: revision, hashes. */
  readonly part: readonly string[];
  /** True when what lies there cannot change: a whole commit, an archive with its hash. */
  readonly fixed: boolean;
  /** As the user wrote it, free of secrets. */
  readonly written: string;
}

/**
 * @param fetch fills an empty folder and returns what tells its content from another (a commit, a hash)
 * @returns absolute path of a folder of the cache: to be copied, not to be written to
 * @throws SlimError `not-in-cache` with `--offline`, and what fetching throws
 */
export async function keptSource(
  { url, part, fixed, written }: Place,
  { offline, refresh }: Asking,
  { cache }: Pick<World, 'cache'>,
  fetch: (folder: string) => Promise<string>,
): Promise<string> {
  const key = cacheKey({
    source: splitCredentials(url).address.replace(/#.*$/, '').replace(secretParameter, '$1'),
    part,
  });
  if (offline || (fixed && !refresh)) {
    const noted = await cache.find('pins', key);
    const content = noted && (await readFile(path.join(noted.path, 'source'), 'utf8').catch(() => null));
    const entry = content === null ? null : await cache.find('sources', cacheKey({ key, content }));
    if (entry !== null) return entry.path;
  }
  if (offline) {
    throw new SlimError('not-in-cache', `"${written}" is not in the cache.`, {
      hint: 'Build once without --offline, or download it and name it by its path.',
    });
  }
  const work = await cache.workFolder('source');
  const content = await fetch(work);
  const entry = await cache.folder('sources', cacheKey({ key, content }), async (folder) => {
    for (const name of await readdir(work)) await rename(path.join(work, name), path.join(folder, name));
  });
  await cache.replace('pins', key, (folder) => writeFile(path.join(folder, 'source'), content));
  return entry.path;
}
