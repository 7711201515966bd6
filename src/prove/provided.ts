/** What is left out because Lambda's runtime or another layer brings it: as links, searched after the tree. */
import { mkdir, symlink } from 'node:fs/promises';
import path from 'node:path';
import { requestedName } from '../inventory/dependencies.js';
import type { Cache } from '../io/cache.js';
import type { Inventory, PrunePlan } from '../model.js';

/**
 * Folders are real and files are links: the loader looks for `$ORIGIN/../x.libs` through the real parent of a folder.
 * @returns the folder; null when nothing is brought by others
 */
export async function linkProvided(
  inventory: Inventory,
  plan: PrunePlan,
  cache: Cache,
): Promise<string | null> {
  const paths = providedPaths(inventory, plan);
  if (paths.length === 0) return null;
  const folder = await cache.workFolder('provided');
  for (const parent of new Set(paths.map((name) => path.dirname(name)))) {
    await mkdir(path.join(folder, parent), { recursive: true });
  }
  for (const name of paths) await symlink(path.join(inventory.root, name), path.join(folder, name));
  return folder;
}

/** Files of excluded distributions, and of dependencies that only these led to. Pure. */
export function providedPaths(inventory: Inventory, plan: PrunePlan): readonly string[] {
  const owners = new Map(inventory.entries.map((entry) => [entry.path, entry.distribution]));
  const ruled = (matches: (rule: string) => boolean): ReadonlySet<string> =>
    new Set(
      plan.decisions
        .filter(({ action, rule }) => action === 'drop' && matches(rule))
        .map((one) => owners.get(one.path) ?? null)
        .filter((name) => name !== null),
    );
  const provided = new Set(ruled((rule) => rule.startsWith('option/--exclude')));
  const unneeded = ruled((rule) => rule === 'unneeded/dependency');
  // An excluded package's own dependencies come with it; what only a recipe's `leaveOut` needed comes with nobody.
  const requires = new Map(
    inventory.distributions.map((one) => [one.normalized, one.requires.map(requestedName)]),
  );
  for (const name of provided) {
    for (const needed of requires.get(name) ?? []) if (unneeded.has(needed)) provided.add(needed);
  }
  return plan.decisions
    .filter(
      ({ action, rule }) =>
        action === 'drop' && (rule.startsWith('option/--exclude') || rule === 'unneeded/dependency'),
    )
    .map((one) => one.path)
    .filter((name) => provided.has(owners.get(name) ?? ''));
}
