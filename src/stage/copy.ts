/** A copy of the resolved tree for code that nothing keeps from writing, and what became of it. */
import { lstat, mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { copyWithHoles } from '../io/copy-file.js';
import type { Inventory } from '../model.js';
import { countText } from '../text/units.js';
import type { World } from '../world.js';

export interface TreeCopy {
  /** Absolute. */
  readonly folder: string;
  /** Size in bytes and time of the last change of each file, by path. */
  readonly facts: ReadonlyMap<string, string>;
}

const concurrency = 16;

/** By reference where the file system can. */
export async function copyTree(
  { root, entries }: Pick<Inventory, 'root' | 'entries'>,
  { cache, progress, signal }: Pick<World, 'cache' | 'progress' | 'signal'>,
): Promise<TreeCopy> {
  const folder = await cache.workFolder('copy');
  const step = progress.start('copy the packages', entries.length);
  for (const parent of new Set(entries.map((entry) => path.dirname(entry.path))))
    await mkdir(path.join(folder, parent), { recursive: true });
  const facts = await pMap(
    entries,
    async (entry): Promise<readonly [string, string]> => {
      signal.throwIfAborted();
      const place = path.join(folder, entry.path);
      if (entry.link !== undefined) await symlink(entry.link, place);
      else await copyWithHoles(path.join(root, entry.path), place);
      step.advance(1);
      return [entry.path, await factsOf(place)];
    },
    { concurrency },
  );
  step.end(countText(entries.length, 'file'));
  return { folder, facts: new Map(facts) };
}

/** Paths whose file is not the one that was copied, sorted. */
export async function changedIn({ folder, facts }: TreeCopy): Promise<readonly string[]> {
  const rows = await pMap(
    facts,
    async ([name, before]) => ({ name, same: (await factsOf(path.join(folder, name))) === before }),
    { concurrency },
  );
  return rows
    .filter(({ same }) => !same)
    .map(({ name }) => name)
    .sort();
}

async function factsOf(file: string): Promise<string> {
  const facts = await lstat(file, { bigint: true }).catch(() => null);
  return facts === null ? '' : `${facts.size} ${facts.mtimeNs} ${facts.mode}`;
}
