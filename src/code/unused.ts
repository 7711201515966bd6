/** Which distributions no import of the function's code leads to. Pure. */
import { dependencyGraph, requestedName } from '../inventory/dependencies.js';
import type { Distribution, Entry, Target } from '../model.js';
import { parseDependency } from '../python/markers.js';
import { firstPart, moduleOf } from '../python/modules.js';
import { moduleOf as calledModule } from './handlers.js';
import type { CodeFacts } from './read.js';

export interface UnusedDistribution {
  /** Normalized. */
  readonly distribution: string;
  /** Its own, and those of what goes with it: bytes that would not travel. */
  readonly bytes: number;
  /** What only it needs, sorted. */
  readonly with: readonly string[];
}

/**
 * Requested distributions that no import leads to, the largest first. What a used one names as an extra, and what a string
 * of the code mentions, may be loaded by name and is not among them.
 * @param handlers what Lambda calls: a package's own, perhaps
 * @param entries of the inventory; `kept` gives the bytes that travel of each
 */
export function unusedDistributions(
  { facts, handlers }: { readonly facts: CodeFacts; readonly handlers: readonly string[] },
  {
    entries,
    distributions,
  }: { readonly entries: readonly Entry[]; readonly distributions: readonly Distribution[] },
  requested: readonly string[],
  target: Pick<Target, 'python' | 'architecture'>,
  kept: (path: string) => number,
): readonly UnusedDistribution[] {
  const graph = dependencyGraph(distributions, target, requested);
  const owners = moduleOwners(entries);
  const used = new Set<string>();
  const add = (name: string): void => {
    if (used.has(name)) return;
    used.add(name);
    graph.needs(name).forEach(add);
  };
  for (const { imports } of facts.modules)
    for (const { module, names } of imports)
      for (const one of [module, ...names.map((name) => `${module}.${name}`)])
        for (const owner of ownersOf(one, owners)) add(owner);
  for (const handler of handlers) for (const owner of ownersOf(calledModule(handler), owners)) add(owner);
  const possible = loadedByName(facts, distributions, used, owners);
  const bytes = new Map<string, number>();
  for (const { path, distribution } of entries)
    if (distribution !== null) bytes.set(distribution, (bytes.get(distribution) ?? 0) + kept(path));
  return requested
    .map(requestedName)
    .filter((name) => distributions.some(({ normalized }) => normalized === name))
    .filter((name) => !used.has(name) && !possible.has(name))
    .map((distribution) => {
      const alone = [...graph.unneededWithout(new Set([distribution])).keys()].filter(
        (name) => !used.has(name),
      );
      const sum = [distribution, ...alone].reduce((all, name) => all + (bytes.get(name) ?? 0), 0);
      return { distribution, bytes: sum, with: alone };
    })
    .filter((one) => one.bytes > 0)
    .sort((a, b) => b.bytes - a.bytes);
}

/** Dotted module → distributions that bring it. */
type Owners = ReadonlyMap<string, ReadonlySet<string>>;

function moduleOwners(entries: readonly Entry[]): Owners {
  const owners = new Map<string, Set<string>>();
  for (const { path, distribution, sharedWith = [] } of entries) {
    // It makes setuptools' copy of the module that left the standard library.
    const module = path === 'distutils-precedence.pth' ? 'distutils' : moduleOf(path);
    if (module === null || distribution === null) continue;
    const known = owners.get(module) ?? new Set();
    for (const one of [distribution, ...sharedWith]) known.add(one);
    owners.set(module, known);
  }
  return owners;
}

/** Of the module, or of the nearest one above it. */
function ownersOf(module: string, owners: Owners): Iterable<string> {
  for (let name = module; name !== ''; name = name.slice(0, Math.max(0, name.lastIndexOf('.')))) {
    const found = owners.get(name);
    if (found !== undefined) return found;
  }
  return [];
}

/** Extras of what is used, and what strings of the code mention. */
function loadedByName(
  { modules }: CodeFacts,
  distributions: readonly Distribution[],
  used: ReadonlySet<string>,
  owners: Owners,
): ReadonlySet<string> {
  const mentioned = new Set(modules.flatMap(({ mentions }) => mentions));
  const found = new Set<string>();
  for (const { normalized, requires } of distributions) {
    if (mentioned.has(normalized)) found.add(normalized);
    if (!used.has(normalized)) continue;
    for (const line of requires) {
      const name = parseDependency(line)?.name;
      if (name !== undefined) found.add(name);
    }
  }
  for (const [module, names] of owners)
    if (mentioned.has(firstPart(module))) for (const name of names) found.add(name);
  return found;
}
