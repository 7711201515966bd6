/** Which distributions are installed in a tree, wherever its files lie: in a folder, or in a zip. Pure. */
import pMap from 'p-map';
import type { Distribution } from '../model.js';
import { normalizeName } from '../python/names.js';
import { lines, parseEggRequires, parseMetadata, placeInTree, recordRows } from '../python/metadata.js';
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
  const tree = new TreePaths(paths);
  const installed = await pMap([...folders].sort(), (folder) => readDistribution(folder, read, tree), {
    concurrency,
  });
  return installed
    .filter((one) => one !== null)
    .sort((a, b) => (a.facts.normalized < b.facts.normalized ? -1 : 1));
}

async function readDistribution(folder: string, read: ReadText, tree: TreePaths): Promise<Installed | null> {
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
    owned: { normalized, folder, paths: await ownedPaths(folder, read, tree) },
  };
}

/** What is in the tree, looked up once for all distributions: there may be ten thousands of them. */
class TreePaths {
  readonly #paths: readonly string[];
  readonly #present: ReadonlySet<string>;
  #byTop: ReadonlyMap<string, readonly string[]> | null = null;

  constructor(paths: readonly string[]) {
    this.#paths = paths;
    this.#present = new Set(paths);
  }

  has(path: string): boolean {
    return this.#present.has(path);
  }

  /** Files below a top folder, or that module itself. */
  below(name: string): readonly string[] {
    this.#byTop ??= Map.groupBy(this.#paths, (path) => (path.split('/', 1)[0] ?? '').replace(/\.py$/, ''));
    return this.#byTop.get(name) ?? [];
  }
}

/** A RECORD with more rows that lead nowhere is not one. */
const mostMissing = 100_000;

async function ownedPaths(folder: string, read: ReadText, tree: TreePaths): Promise<readonly string[]> {
  const record = await read(`${folder}/RECORD`);
  if (record !== null)
    return owned(
      Iterator.from(recordRows(record)).map((row) => row.path),
      tree,
    );
  // Before RECORD: pip wrote installed-files.txt, relative to the egg-info folder.
  const installed = await read(`${folder}/installed-files.txt`);
  if (installed !== null)
    return owned(
      Iterator.from(lines(installed)).map((line) => `${folder}/${line}`),
      tree,
    );
  const names = new Set((await read(`${folder}/top_level.txt`))?.split(/\s+/).filter((name) => name !== ''));
  return [...names].flatMap((name) => tree.below(name));
}

/**
 * What is there, and libraries that are not: they may be in a payload, under another path. A list may name one file a million times.
 */
function owned(listed: Iterable<string>, tree: TreePaths): readonly string[] {
  const found = new Set<string>();
  let missing = 0;
  for (const one of listed) {
    const place = placeInTree(one);
    if (place === null) continue;
    if (tree.has(place)) found.add(place);
    else if (place.includes('.so') && missing < mostMissing) {
      if (!found.has(place)) missing++;
      found.add(place);
    }
  }
  return [...found];
}
