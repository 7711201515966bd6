/** Read an installed tree: what is there, whose it is, what its binaries need. Never writes. */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { inspectFile } from '../io/elf-file.js';
import { readText } from '../io/text-file.js';
import { walkTree, type TreeFile } from '../io/tree.js';
import type { Distribution, Entry, Inventory } from '../model.js';
import type { Progress } from '../progress.js';
import { readDistributions, type Installed } from './distributions.js';
import { headBytes, kindOf, needsHead } from './kind.js';
import { topModules } from '../python/modules.js';
import { ownersOf } from './owners.js';
import { countText } from '../text/units.js';

/** How many files between two looks at the event loop (Ctrl-C, progress). */
const breath = 64;

/**
 * @param root absolute path of the folder of installed distributions
 * @returns entries for files and symbolic links (not followed), sorted by code unit; folders have none
 * @throws SlimError `unusable-file`; the file system's error when the tree cannot be read
 */
export async function takeInventory(root: string, progress: Progress): Promise<Inventory> {
  const step = progress.start('inventory');
  const found = await walkTree(root);
  const paths = found.map((one) => one.path);
  const present = new Set(paths);
  const installed = await readDistributions(paths, async (name) =>
    present.has(name) ? readText(path.join(root, name)).catch(absent) : null,
  );
  const owners = ownersOf(
    paths,
    installed.map(({ owned }) => owned),
  );
  const entries: Entry[] = [];
  for (const [index, one] of found.entries()) {
    const owner = owners.get(one.path) ?? { distribution: null, sharedWith: [] };
    const { path: name, bytes, mode, link } = one;
    entries.push({
      ...{ path: name, bytes, mode, ...(link === undefined ? {} : { link }) },
      ...(await classify(root, one)),
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

/** A link may lead nowhere, or to a folder. */
function absent(error: unknown): null {
  if (['ENOENT', 'EISDIR', 'ELOOP'].includes((error as NodeJS.ErrnoException).code ?? '')) return null;
  throw error;
}

/** Heads and ELF headers are small reads: without promises they take a fraction of the time. */
async function classify(root: string, one: TreeFile): Promise<Pick<Entry, 'kind' | 'format' | 'elf'>> {
  if (one.link !== undefined || one.bytes === 0 || !needsHead(one.path)) return kindOf(one.path, null);
  const full = path.join(root, one.path);
  const { kind, format } = kindOf(one.path, headOf(full));
  if (kind !== 'elf') return { kind, ...(format === undefined ? {} : { format }) };
  const { elf } = await inspectFile(full);
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
