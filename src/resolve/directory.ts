/** An installed folder as it is (`--from DIR`): nothing is copied and nothing is written there. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { unneeded } from '../inventory/dependencies.js';
import { readDistributions } from '../inventory/distributions.js';
import { readText } from '../io/text-file.js';
import { walkTree } from '../io/tree.js';
import type { Resolution, Target } from '../model.js';
import { isFolder } from '../io/exists.js';

/**
 * @param from absolute; a virtual environment's root means its site-packages
 * @throws SlimError `not-found`, `nothing-to-build` (an empty folder), `unusable-file`
 */
export async function resolveDirectory(from: string, target: Target): Promise<Resolution> {
  if (!(await isFolder(from))) {
    throw new SlimError('not-found', `${from} is not a folder.`, {
      hint: 'Name the folder of installed packages with --from, for example one made by "pip install --target".',
    });
  }
  const root = await sitePackages(from);
  const digest = await folderDigest(root);
  if (digest === null) {
    throw new SlimError('nothing-to-build', `${root} is empty.`, {
      hint: 'Install the packages there first, or build from requirements without --from.',
    });
  }
  return {
    root,
    resolver: 'directory',
    resolverVersion: 'directory',
    requested: await rootNames(root, target),
    key: digest,
    read: [{ place: from, kind: 'packages' }],
    findings: [],
  };
}

async function sitePackages(from: string): Promise<string> {
  if (!(await readdir(from)).includes('pyvenv.cfg')) return from;
  const pythons = await readdir(path.join(from, 'lib')).catch(() => []);
  const python = pythons.find((name) => /^python3\.\d+$/.test(name));
  return python === undefined
    ? path.join(from, 'Lib', 'site-packages')
    : path.join(from, 'lib', python, 'site-packages');
}

/** sha256 over sorted (path, size, mtime, link); null when there is no file. */
async function folderDigest(root: string): Promise<string | null> {
  const files = await walkTree(root);
  if (files.length === 0) return null;
  const hash = createHash('sha256');
  for (const file of files)
    hash.update(JSON.stringify([file.path, file.bytes, file.mtimeMs, file.link ?? '']));
  return hash.digest('hex');
}

/** Distributions that no other one needs on the target: the best guess at what was asked for. */
async function rootNames(root: string, target: Target): Promise<readonly string[]> {
  const read = (name: string): Promise<string | null> =>
    // What each one owns is not asked here, and its list is long.
    name.endsWith('/RECORD') ? Promise.resolve(null) : readText(path.join(root, name)).catch(() => null);
  const installed = await readDistributions(await readdir(root), read);
  return unneeded(
    installed.map((one) => one.facts),
    target,
  );
}
