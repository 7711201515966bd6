/** An installed folder as it is (`--from DIR`): nothing is copied and nothing is written there. */
import { createHash } from 'node:crypto';
import { lstat, readdir, readFile, readlink, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { Resolution } from '../model.js';
import { splitRequirement } from '../python/lines.js';
import { normalizeName } from '../python/names.js';
import { installedNames } from './tree.js';

/**
 * @param from absolute; a virtual environment's root means its site-packages
 * @throws SlimError `not-found`, `nothing-to-build` (an empty folder)
 */
export async function resolveDirectory(from: string): Promise<Resolution> {
  const facts = await stat(from).catch(() => null);
  if (facts?.isDirectory() !== true) {
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
    requested: await rootNames(root),
    key: digest,
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
  const names = await readdir(root, { recursive: true, withFileTypes: true });
  const files = names
    .filter((name) => !name.isDirectory())
    .map((name) => path.join(name.parentPath, name.name));
  if (files.length === 0) return null;
  const hash = createHash('sha256');
  for (const file of files.sort()) {
    const facts = await lstat(file);
    const link = facts.isSymbolicLink() ? await readlink(file) : '';
    hash.update(JSON.stringify([path.relative(root, file), facts.size, facts.mtimeMs, link]));
  }
  return hash.digest('hex');
}

/** Distributions that no other one needs: the best guess at what was asked for. */
async function rootNames(root: string): Promise<readonly string[]> {
  const installed = await installedNames(root);
  const needed = new Set<string>();
  for (const { folder } of installed) {
    const text = await readFile(path.join(root, folder, 'METADATA'), 'utf8').catch(() => '');
    for (const [, line = ''] of text.matchAll(/^Requires-Dist:\s*(.+)$/gm)) {
      const { name, marker } = splitRequirement(line.trim());
      if (name !== null && !/\bextra\b/.test(marker)) needed.add(normalizeName(name));
    }
  }
  return installed.map((one) => one.name).filter((name) => !needed.has(name));
}
