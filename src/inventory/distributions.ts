/** Which distributions are installed in a tree, wherever its files lie: in a folder, or in a zip. Pure. */
import pMap from 'p-map';
import type { Distribution } from '../model.js';
import { normalizeName } from '../python/names.js';
import { parseEggRequires, parseMetadata, parseRecord, placeInTree } from '../python/metadata.js';
import type { OwnedPaths } from './owners.js';

const concurrency = 8;

/** Text of a file by its path in the tree; null when it is not there. */
export type ReadText = (name: string) => Promise<string | null>;

export interface Installed {
  readonly facts: Omit<Distribution, 'modules'>;
  readonly owned: OwnedPaths;
}

/**
 * Every distribution whose metadata folder lies at the top of the tree, sorted by normalized name.
 * @param paths every file of the tree
 * @param read text of a file; null when it is not there
 */
export async function readDistributions(
  paths: readonly string[],
  read: ReadText,
): Promise<readonly Installed[]> {
  const folders = new Set(
    paths.map((one) => one.split('/', 1)[0] ?? '').filter((name) => /\.(?:dist-info|egg-info)$/.test(name)),
  );
  const installed = await pMap([...folders].sort(), (folder) => readDistribution(folder, read, paths), {
    concurrency,
  });
  return installed
    .filter((one) => one !== null)
    .sort((a, b) => (a.facts.normalized < b.facts.normalized ? -1 : 1));
}

async function readDistribution(
  folder: string,
  read: ReadText,
  paths: readonly string[],
): Promise<Installed | null> {
  // An egg-info may be a single file, which then is its own PKG-INFO.
  const text =
    (await read(`${folder}/METADATA`)) ?? (await read(`${folder}/PKG-INFO`)) ?? (await read(folder));
  const metadata = text === null ? null : parseMetadata(text);
  if (!metadata) return null;
  const normalized = normalizeName(metadata.name);
  const eggRequires = folder.endsWith('.egg-info') ? await read(`${folder}/requires.txt`) : null;
  const requires = eggRequires === null ? metadata.requires : parseEggRequires(eggRequires);
  return {
    facts: { name: metadata.name, normalized, version: metadata.version, folder, requires },
    owned: { normalized, folder, paths: await ownedPaths(folder, read, paths) },
  };
}

async function ownedPaths(
  folder: string,
  read: ReadText,
  paths: readonly string[],
): Promise<readonly string[]> {
  const record = await read(`${folder}/RECORD`);
  if (record !== null) {
    return parseRecord(record)
      .map((row) => placeInTree(row.path))
      .filter((one) => one !== null);
  }
  // Before RECORD: pip wrote installed-files.txt, relative to the egg-info folder.
  const installed = await read(`${folder}/installed-files.txt`);
  if (installed !== null) {
    return installed
      .split(/\r?\n/)
      .map((line) => placeInTree(`${folder}/${line}`))
      .filter((one) => one !== null);
  }
  const names = new Set((await read(`${folder}/top_level.txt`))?.split(/\s+/).filter((name) => name !== ''));
  return paths.filter((one) => names.has(one.split('/', 1)[0] ?? '') || names.has(one.replace(/\.py$/, '')));
}
