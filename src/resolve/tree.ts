/** What was installed: read back before it is used. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { Target } from '../model.js';
import { normalizeName } from '../python/names.js';
import type { Secrets } from '../text/secrets.js';
import { exists } from '../io/exists.js';
import { machineTags } from '../limits.js';

export interface InstalledName {
  /** Normalized. */
  readonly name: string;
  /** e.g. `numpy-2.4.0.dist-info`. */
  readonly folder: string;
}

/** Distributions in a tree by their `*.dist-info` folders, sorted by name. */
export async function installedNames(root: string): Promise<readonly InstalledName[]> {
  const names = await readdir(root).catch(() => []);
  return names
    .filter((folder) => folder.endsWith('.dist-info'))
    .map((folder) => ({ name: normalizeName(folder.replace(/-[^-]*\.dist-info$/, '')), folder }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Normalized names of distributions that a requirement named by their place (PEP 610), in a tree as the installer left it.
 */
export async function placedNames(root: string): Promise<readonly string[]> {
  const found = await Promise.all(
    (await installedNames(root)).map(async ({ name, folder }) =>
      (await exists(path.join(root, folder, 'direct_url.json'))) ? [name] : [],
    ),
  );
  return found.flat();
}

/**
 * A wheel that was renamed to look fitting still says in its WHEEL file what it was built for.
 * Only another system or machine is refused: many publishers leave `linux_x86_64` or another Python in there.
 * @throws SlimError `no-wheel`
 */
export async function verifyTree(root: string, target: Target): Promise<void> {
  const machine = machineTags[target.architecture];
  for (const { folder } of await installedNames(root)) {
    const text = await readFile(path.join(root, folder, 'WHEEL'), 'utf8').catch(() => '');
    const tags = [...text.matchAll(/^Tag:\s*(\S+)/gm)].map((match) => match[1] ?? '');
    const platforms = tags.flatMap((tag) => (tag.split('-')[2] ?? '').split('.'));
    const runs = (platform: string): boolean =>
      platform === 'any' || (/^(many)?linux/.test(platform) && platform.endsWith(machine));
    if (platforms.length === 0 || platforms.some(runs)) continue;
    throw new SlimError(
      'no-wheel',
      `${folder.replace('.dist-info', '')} was built for ${[...new Set(platforms)].join(', ')}, whatever its file name says.`,
      {
        hint: `Get the wheel for Linux ${machine} from its publisher, or have it compiled: --resolver docker.`,
        details: tags.slice(0, 6),
      },
    );
  }
}

/** Installers note the URL of a direct requirement in `direct_url.json`: without its password, before the tree is kept. */
export async function hideSecrets(root: string, secrets: Secrets): Promise<void> {
  for (const { folder } of await installedNames(root)) {
    const file = path.join(root, folder, 'direct_url.json');
    const text = await readFile(file, 'utf8').catch(() => '');
    const safe = secrets.hide(text);
    if (safe === text) continue;
    // A new file: the old one may be a link into the installer's cache.
    await rm(file);
    await writeFile(file, safe);
  }
}
