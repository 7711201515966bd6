/** Bytecode that the untouched tree and the pruned one share while imports are tried. */
import { copyFile, link, mkdir, realpath, symlink } from 'node:fs/promises';
import path from 'node:path';
import type { PrunePlan } from '../model.js';
import type { Compiled } from '../stage/choose.js';

/**
 * A bytecode folder in which both trees are one: their sources are links to the same files, so each is compiled once for all
 * processes, before and after pruning.
 */
export async function sharedBytecode(
  work: string,
  resolved: string,
  staged: string,
  compiled: readonly Compiled[],
  cacheTag: string,
): Promise<string> {
  const folder = path.join(work, 'pycache');
  const one = path.join(folder, await realpath(resolved));
  const other = path.join(folder, await realpath(staged));
  await mkdir(one, { recursive: true });
  await mkdir(path.dirname(other), { recursive: true });
  await symlink(one, other);
  for (const parent of new Set(compiled.map((file) => path.dirname(file.path)))) {
    await mkdir(path.join(one, parent), { recursive: true });
  }
  for (const file of compiled) {
    // A hard link, so that an image's interpreter, which sees this folder alone, finds it. Python replaces, never writes into it.
    const place = path.join(one, `${file.path.slice(0, -'.py'.length)}.${cacheTag}.pyc`);
    await link(file.source, place).catch(() => copyFile(file.source, place));
  }
  return folder;
}

/** A stub is another file than the one on the untouched tree, and unchecked bytecode would stand for both. */
export function withoutStubs(compiled: readonly Compiled[], plan: PrunePlan): readonly Compiled[] {
  const stubs = new Set(plan.decisions.filter(({ action }) => action === 'stub').map((one) => one.path));
  return compiled.filter((one) => !stubs.has(one.path));
}
