/** What the import proof tries: which modules, probes and versions a plan promises. Pure. */
import { runtimeModules } from '../limits.js';
import { firstPart, moduleOf } from '../python/modules.js';
import type { Distribution, Inventory, PrunePlan } from '../model.js';
import type { Recipe } from '../recipes/recipe.js';
import type { ProbeGroup } from './model.js';

/** Names of the groups that are not distributions. Distribution names have no spaces. */
export const metadataGroup = 'installed versions';
export const functionGroup = 'the function';
export const vendoredGroup = 'vendored modules';

/**
 * One group for each distribution that is left (its top-level modules), one for each recipe's probe, one for the versions
 * that `importlib.metadata` must answer, one for vendored modules that no distribution has, one for what the function's own code imports.
 *
 * A top-level module whose own file the plan drops is not promised: a rule that drops all of a module means it. Should
 * another import need it, that one fails and brings it back. Stubbed distributions promise nothing either.
 * @param extraModules what the function's code imports, dotted
 * @param extraNames what it takes from these, e.g. `a.b.c` for `from a.b import c`
 * @param vendored top-level modules without a distribution
 */
export function proveGroups(
  inventory: Inventory,
  plan: PrunePlan,
  recipes: readonly Recipe[],
  extraModules: readonly string[],
  extraNames: readonly string[] = [],
  vendored: readonly string[] = [],
): readonly ProbeGroup[] {
  const isPromised = promised(inventory, plan);
  const left = distributionsLeft(inventory, plan);
  const stubbed = stubbedDistributions(inventory, plan);
  const whole = left.filter((one) => !stubbed.has(one.normalized));
  const imports = whole.map(({ normalized, modules }): ProbeGroup => ({
    name: normalized,
    distribution: normalized,
    items: modules.filter(isPromised).map((name) => ({ kind: 'module', name })),
  }));
  const probes = recipeProbes(whole, recipes).map(({ recipe, owner, code }): ProbeGroup => ({
    name: `recipe ${recipe}`,
    distribution: owner,
    items: [{ kind: 'probe', name: recipe, code }],
  }));
  const versions: ProbeGroup = {
    name: metadataGroup,
    distribution: null,
    items: left.map(({ name }) => ({ kind: 'metadata', name })),
  };
  // What the function imports from Lambda's own runtime is not ours to prove.
  const tops = new Set(inventory.distributions.flatMap(({ modules }) => modules).map(firstPart));
  const isOnlyInRuntime = (name: string): boolean =>
    runtimeModules.includes(firstPart(name)) && !tops.has(firstPart(name));
  const own: ProbeGroup = {
    name: functionGroup,
    distribution: null,
    items: [
      ...[...new Set(extraModules)].map((name) => ({ kind: 'module', name }) as const),
      ...[...new Set(extraNames)].map((name) => ({ kind: 'name', name }) as const),
    ].filter(({ name }) => !isOnlyInRuntime(name)),
  };
  const brought: ProbeGroup = {
    name: vendoredGroup,
    distribution: null,
    items: vendored.filter(isPromised).map((name) => ({ kind: 'module', name })),
  };
  return [...imports, ...probes, versions, brought, own].filter((group) => group.items.length > 0);
}

/** The probes of recipes that are for one of these distributions. */
export function recipeProbes(
  distributions: readonly Distribution[],
  recipes: readonly Recipe[],
): readonly { readonly recipe: string; readonly owner: string; readonly code: string }[] {
  const names = new Set(distributions.map((one) => one.normalized));
  return recipes.flatMap(({ name, alsoFor = [], probe }) => {
    const owner = [name, ...alsoFor].find((one) => names.has(one));
    return probe === undefined || owner === undefined ? [] : [{ recipe: name, owner, code: probe }];
  });
}

/** Distributions whose metadata travels. */
export function distributionsLeft(inventory: Inventory, plan: PrunePlan): readonly Distribution[] {
  const folders = new Set(
    plan.decisions.filter(({ action }) => action !== 'drop').map(({ path }) => path.split('/', 1)[0]),
  );
  return inventory.distributions.filter(({ folder }) => folders.has(folder));
}

function stubbedDistributions(inventory: Inventory, plan: PrunePlan): ReadonlySet<string> {
  const stubs = new Set(
    plan.decisions.filter(({ rule }) => rule === 'option/--stub').map(({ path }) => path),
  );
  const owners = inventory.entries.filter(({ path }) => stubs.has(path)).map((entry) => entry.distribution);
  return new Set(owners.filter((name) => name !== null));
}

/** True for modules whose own file is kept; for a namespace (no file of its own), when anything below it is. */
function promised(inventory: Inventory, plan: PrunePlan): (module: string) => boolean {
  const dropped = new Set(plan.decisions.filter(({ action }) => action === 'drop').map(({ path }) => path));
  const all = new Set<string>();
  const kept = new Set<string>();
  const folders = new Set<string>();
  for (const { path } of inventory.entries) {
    const module = moduleOf(path);
    if (module !== null) all.add(module);
    if (dropped.has(path)) continue;
    if (module !== null) kept.add(module);
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      folders.add(path.slice(0, slash).replaceAll('/', '.'));
    }
  }
  return (module) => (all.has(module) ? kept.has(module) : folders.has(module));
}

/** Rules whose files kept code imports in vain, by the recipe's word: only a failure brings these back. */
export function rulesOverVeto(recipes: readonly Recipe[]): ReadonlySet<string> {
  return new Set(
    recipes.flatMap((recipe) =>
      recipe.rules.filter((rule) => rule.overVeto === true).map((rule) => `${recipe.name}/${rule.name}`),
    ),
  );
}

/** What the import times are measured on: the modules of what was asked for, of all when nothing was named. */
export function requestedGroups(
  groups: readonly ProbeGroup[],
  requested: readonly string[],
  imported: ReadonlySet<string>,
): readonly ProbeGroup[] {
  return groups
    .filter(
      ({ distribution, items }) => distribution !== null && items.every((item) => item.kind === 'module'),
    )
    .filter(({ name }) => requested.length === 0 || requested.includes(name))
    .map((group) => ({ ...group, items: group.items.filter((item) => imported.has(item.name)) }))
    .filter((group) => group.items.length > 0);
}
