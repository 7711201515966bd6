/** Whole distributions that do not travel, and why. Pure. */
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import { dependencyGraph, requestedName } from '../inventory/dependencies.js';
import type { DependencyGraph } from '../inventory/dependencies.js';
import { runtimeDistributions } from '../limits.js';
import type { Inventory, PruneLevel, Target } from '../model.js';
import type { Recipe } from '../recipes/recipe.js';
import { near } from '../text/near.js';
import { applies, withLoss } from './rules.js';

export interface LeaveOutOptions {
  readonly target: Pick<Target, 'python' | 'architecture'>;
  /** What the user asked for: names, with extras when known. */
  readonly requested: readonly string[];
  readonly recipes: readonly Recipe[];
  readonly prune: PruneLevel;
  readonly proving: boolean;
  readonly exclude: readonly string[];
  readonly excludeRuntime: boolean;
  /** Normalized name → the layer that brings the very same. */
  readonly left?: ReadonlyMap<string, string>;
}

export interface Reason {
  readonly rule: string;
  readonly because: string;
}

export interface LeftOut {
  /** Normalized name → why. */
  readonly distributions: ReadonlyMap<string, Reason>;
  readonly findings: readonly Finding[];
}

/** Excluded distributions, those that recipes leave out, and dependencies that only these need. */
export function leaveOut(inventory: Inventory, options: LeaveOutOptions): LeftOut {
  const { requested } = options;
  const graph = dependencyGraph(inventory.distributions, options.target, requested);
  const installed = new Set(inventory.distributions.map((one) => one.normalized));
  const out = new Map<string, Reason>();
  const findings: Finding[] = [];
  for (const written of options.exclude) {
    const name = requestedName(written);
    if (!installed.has(name)) findings.push(noSuchName('--exclude', written, name, [...installed]));
    else out.set(name, { rule: 'option/--exclude', because: 'It is excluded by --exclude.' });
  }
  if (options.excludeRuntime) {
    for (const name of runtimeDistributions) {
      if (!installed.has(name) || out.has(name)) continue;
      out.set(name, { rule: 'option/--exclude-runtime', because: "Lambda's own Python runtime has it." });
    }
  }
  for (const [name, reason] of fromRecipes(inventory, options, graph, new Set(out.keys())))
    out.set(name, reason);
  for (const [name, neededBy] of graph.unneededWithout(new Set(out.keys()))) {
    const because =
      neededBy.length === 1
        ? `Only ${neededBy.join('')} needs it, and that is left out.`
        : `Only ${neededBy.join(', ')} need it, and those are left out.`;
    out.set(name, { rule: 'unneeded/dependency', because });
  }
  // Last: what only these need is needed all the same, as the layer's copy needs it, too.
  for (const [name, layer] of options.left ?? []) {
    if (!out.has(name))
      out.set(name, { rule: 'option/--layer', because: `It comes from the layer ${layer}.` });
  }
  for (const [name, reason] of out) {
    const needing = graph.neededBy(name).filter((one) => !out.has(one));
    if (reason.rule === 'option/--exclude' && needing.length > 0) {
      findings.push(finding('excluded-but-needed', { distribution: name, neededBy: needing }));
    }
  }
  return { distributions: out, findings };
}

/** @param name as the names that are known are written */
export function noSuchName(
  option: '--exclude' | '--stub' | '--service',
  written: string,
  name: string,
  known: readonly string[],
): Finding {
  return finding('name-matched-nothing', { option, name: written, meant: near(name, known) });
}

interface Wish extends Reason {
  /** Distributions whose recipe says that they do not need it. */
  readonly owners: Set<string>;
}

/** A recipe speaks for its own package only: what another kept distribution needs, or the user asked for, stays. */
function fromRecipes(
  inventory: Inventory,
  options: LeaveOutOptions,
  graph: DependencyGraph,
  gone: ReadonlySet<string>,
): ReadonlyMap<string, Reason> {
  const wishes = new Map<string, Wish>();
  const asked = new Set(options.requested.map(requestedName));
  for (const recipe of options.recipes) {
    const owners = inventory.distributions.filter(
      (one) => recipe.name === one.normalized || recipe.alsoFor?.includes(one.normalized),
    );
    for (const row of recipe.leaveOut ?? []) {
      for (const owner of owners) {
        if (!applies(recipe, row, owner.version, options)) continue;
        for (const { normalized } of inventory.distributions) {
          if (!matchesName(row.distribution, normalized) || asked.has(normalized) || gone.has(normalized))
            continue;
          const wish = wishes.get(normalized) ?? {
            rule: `${recipe.name}/leave-out`,
            because: withLoss(row),
            owners: new Set<string>(),
          };
          wish.owners.add(owner.normalized);
          wishes.set(normalized, wish);
        }
      }
    }
  }
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, wish] of wishes) {
      const stays = graph
        .neededBy(name)
        .some((one) => !wish.owners.has(one) && !wishes.has(one) && !gone.has(one));
      if (stays) changed = wishes.delete(name);
    }
  }
  return wishes;
}

function matchesName(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}
