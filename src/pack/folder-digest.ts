/** What a build calls the sha256 of a folder: that of its paths, modes, links and contents. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import pMap from 'p-map';
import { hashFile } from '../io/hash.js';
import type { TreeFile } from '../io/tree.js';
import { contentDigest } from './artifacts.js';

/** @returns the digest that a zip of the folder would have, whatever compressed it; hex */
export async function folderDigest(files: readonly TreeFile[], folder: string): Promise<string> {
  return contentDigest(
    await pMap(
      files,
      async ({ path: archivePath, mode, link }) =>
        link === undefined
          ? { archivePath, mode, sha256: await hashFile(path.join(folder, archivePath)) }
          : { archivePath, mode, link, sha256: createHash('sha256').update(link).digest('hex') },
      { concurrency: 8 },
    ),
  );
}
