/** Read an installed tree: what is there, whose it is, what its binaries need. Never writes. */
import { closeSync, openSync, readSync } from 'node:fs';
import { readFile, readlink } from 'node:fs/promises';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import fastGlob from 'fast-glob';
import pMap from 'p-map';
import { inspectFile } from '../io/elf-file.js';
import type { Distribution, Entry, Inventory } from '../model.js';
import type { Progress } from '../progress.js';
import { headBytes, kindOf, needsHead } from './kind.js';
import { normalizeName } from '../names.js';
import { parseEggRequires, parseMetadata, parseRecord, placeInTree } from './metadata.js';
import { topModules } from './modules.js';
import { ownersOf } from './owners.js';
import type { OwnedPaths } from './owners.js';
import { countText } from '../report/units.js';

const concurrency = 8;
/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 64;

interface Found {
  readonly path: string;
  readonly bytes: number;
  readonly mode: number;
  readonly link?: string;
}

/**
 * @param root absolute path of the folder of installed distributions
 * @returns entries for files and symbolic links (not followed), sorted by code unit; folders have none
 * @throws the file system's error when the tree cannot be read
 */
export async function takeInventory(root: string, progress: Progress): Promise<Inventory> {
  const step = progress.start('inventory');
  const found = await walk(root);
  const paths = found.map((one) => one.path);
  const installed = await readDistributions(root, paths);
  const owners = ownersOf(
    paths,
    installed.map(({ owned }) => owned),
  );
  const entries: Entry[] = [];
  for (const [index, one] of found.entries()) {
    const owner = owners.get(one.path) ?? { distribution: null, sharedWith: [] };
    entries.push({
      ...one,
      ...classify(root, one),
      distribution: owner.distribution,
      ...(owner.sharedWith.length > 0 ? { sharedWith: owner.sharedWith } : {}),
    });
    step.advance(1);
    if (index % breath === 0) await setImmediate();
  }
  const distributions = withModules(installed, entries);
  step.end(`${countText(entries.length, 'file')} of ${countText(distributions.length, 'distribution')}`);
  return { root, entries, distributions };
}

async function walk(root: string): Promise<readonly Found[]> {
  const rows = await fastGlob('**', {
    cwd: root,
    dot: true,
    stats: true,
    onlyFiles: false,
    followSymbolicLinks: false,
  });
  const found: Found[] = [];
  for (const { path: name, stats } of rows) {
    if (!stats) continue;
    if (stats.isSymbolicLink()) {
      found.push({ path: name, bytes: 0, mode: 0o755, link: await readlink(path.join(root, name)) });
    } else if (stats.isFile()) {
      found.push({ path: name, bytes: stats.size, mode: stats.mode & 0o111 ? 0o755 : 0o644 });
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Heads and ELF headers are small reads: without promises they take a fraction of the time. */
function classify(root: string, one: Found): Pick<Entry, 'kind' | 'format' | 'elf'> {
  if (one.link !== undefined || one.bytes === 0 || !needsHead(one.path)) return kindOf(one.path, null);
  const full = path.join(root, one.path);
  const { kind, format } = kindOf(one.path, headOf(full));
  if (kind !== 'elf') return { kind, ...(format === undefined ? {} : { format }) };
  const { elf } = inspectFile(full);
  return { kind, ...(elf === null ? {} : { elf }) };
}

function headOf(file: string): Uint8Array {
  const descriptor = openSync(file, 'r');
  try {
    const head = Buffer.alloc(headBytes);
    return head.subarray(0, readSync(descriptor, head, 0, headBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

interface Installed {
  readonly facts: Omit<Distribution, 'modules'>;
  readonly owned: OwnedPaths;
}

async function readDistributions(root: string, paths: readonly string[]): Promise<readonly Installed[]> {
  const present = new Set(paths);
  const folders = new Set(
    paths.map((one) => one.split('/', 1)[0] ?? '').filter((name) => /\.(?:dist-info|egg-info)$/.test(name)),
  );
  const read = async (name: string): Promise<string | null> =>
    present.has(name) ? readFile(path.join(root, name), 'utf8') : null;
  const installed = await pMap([...folders].sort(), (folder) => readDistribution(folder, read, paths), {
    concurrency,
  });
  return installed
    .filter((one) => one !== null)
    .sort((a, b) => (a.facts.normalized < b.facts.normalized ? -1 : 1));
}

type ReadText = (name: string) => Promise<string | null>;

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

function withModules(installed: readonly Installed[], entries: readonly Entry[]): readonly Distribution[] {
  const paths = new Map<string, string[]>();
  for (const entry of entries) {
    if (entry.kind !== 'python' && entry.kind !== 'elf') continue;
    for (const owner of [entry.distribution, ...(entry.sharedWith ?? [])]) {
      if (owner === null) continue;
      const known = paths.get(owner);
      if (known) known.push(entry.path);
      else paths.set(owner, [entry.path]);
    }
  }
  return installed.map(({ facts }) => ({ ...facts, modules: topModules(paths.get(facts.normalized) ?? []) }));
}
