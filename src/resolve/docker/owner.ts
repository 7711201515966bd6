/** What a container made belongs to the caller: checked on every file, put right when an engine maps users in a way of its own. */
import { lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { runContainer } from '../../container/run.js';
import type { ContainerRun } from '../../container/plan.js';
import type { World } from '../../world.js';

/**
 * The first path below a folder (or the folder) that somebody else owns; null when there is none.
 * @param uid as the host counts users
 */
export async function foreignPath(folder: string, uid: number): Promise<string | null> {
  if ((await lstat(folder)).uid !== uid) return folder;
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    const foreign = entry.isDirectory()
      ? await foreignPath(full, uid)
      : (await lstat(full)).uid === uid
        ? null
        : full;
    if (foreign !== null) return foreign;
  }
  return null;
}

/**
 * Give a tree back to the caller if it is not theirs already.
 * @param like the run that made it; its mounts have the tree at /lambda-slim/out
 * @throws SlimError `container-failed` when it cannot be given back
 */
export async function ensureOwned(
  folder: string,
  like: ContainerRun,
  context: Pick<World, 'environment' | 'signal'>,
): Promise<void> {
  const { uid, gid } = like.owner;
  if ((await findForeign(folder, uid)) === null) return;
  const owner = like.engine.rootless ? '0:0' : `${uid}:${gid}`;
  const fix = [
    '/bin/sh',
    '-c',
    `chown -R ${owner} /lambda-slim/out && chmod -R u+rwX /lambda-slim/out`,
  ] as const;
  await runContainer({ ...like, asRoot: true, command: fix }, context);
  const left = await findForeign(folder, uid);
  if (left === null) return;
  throw new SlimError(
    'container-failed',
    `${like.engine.command} leaves files that do not belong to you (${left}), and they could not be given back.`,
    {
      hint: 'Use another engine with --container-engine, or turn off its mapping of users for this build (userns-remap, "userns" in containers.conf).',
    },
  );
}

/** As `foreignPath`; a folder that we may not even read is somebody else's. */
async function findForeign(folder: string, uid: number): Promise<string | null> {
  return foreignPath(folder, uid).catch((error: unknown) => {
    const { code, path: place } = error as NodeJS.ErrnoException;
    if (code === 'EACCES' || code === 'EPERM') return place ?? folder;
    throw error;
  });
}
