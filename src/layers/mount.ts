/** Layers → the folder that Lambda makes of them at /opt: all over each other, the later one's files counting. */
import { chmod, mkdir, rm, symlink } from 'node:fs/promises';
import path from 'node:path';
import { copyWithHoles } from '../io/copy-file.js';
import type { Cache, CacheEntry } from '../io/cache.js';
import { walkTree } from '../io/tree.js';
import { unzipOver } from '../pack/zip/unzip.js';
import { cacheKey } from '../text/cache-key.js';

/** A zip, or a folder as it would lie at /opt. */
export interface Mountable {
  /** Absolute. */
  readonly file: string;
  readonly isFolder: boolean;
  /** sha256 of the zip, hex. */
  readonly digest: string;
}

export interface MountOptions {
  readonly cache: Cache;
  /** Told the unpacked bytes. */
  readonly advance?: (bytes: number) => void;
  /** True: a folder of this run alone, as what runs in it may write. */
  readonly own?: boolean;
}

/**
 * @returns an absolute folder in which nothing may be written, unless it is `own`
 * @throws SlimError `bad-archive`, `unusable-file`
 */
export async function mountLayers(
  layers: readonly Mountable[],
  { cache, advance = () => {}, own = false }: MountOptions,
): Promise<CacheEntry> {
  if (layers.every(({ isFolder }) => !isFolder)) {
    const files = layers.map(({ file }) => file);
    if (own) {
      const folder = await cache.workFolder('opt');
      await unzipOver(files, folder, advance);
      return { path: folder, cached: false };
    }
    // By bytes that were read just now: whatever is said of them, they are these.
    const key = cacheKey({ kind: 'unzipped', version: 2, zips: layers.map(({ digest }) => digest) });
    return cache.folder('unzipped', key, (folder) => unzipOver(files, folder, advance));
  }
  const opt = await cache.workFolder('opt');
  await chmod(opt, 0o755);
  for (const layer of layers) {
    const from = layer.isFolder ? layer.file : (await mountLayers([layer], { cache, advance })).path;
    await layOver(from, opt);
  }
  return { path: opt, cached: false };
}

/** Copies, by reference where the file system can; readable for the user that the function runs as. */
async function layOver(from: string, to: string): Promise<void> {
  const made = new Set<string>();
  for (const { path: name, mode, link } of await walkTree(from)) {
    const target = path.join(to, name);
    const parents = name.split('/').slice(0, -1);
    for (const [index] of parents.entries()) {
      const parent = path.join(to, ...parents.slice(0, index + 1));
      if (made.has(parent)) continue;
      await mkdir(parent, { recursive: true });
      await chmod(parent, 0o755);
      made.add(parent);
    }
    await rm(target, { recursive: true, force: true });
    if (link !== undefined) await symlink(link, target);
    else {
      await copyWithHoles(path.join(from, name), target);
      await chmod(target, mode);
    }
  }
}
