/** Which distribution needs which, for the target. Pure. */
import type { Distribution, Target } from '../model.js';
import { markerEnvironment } from '../python/marker-environment.js';
import { holds, parseDependency } from '../python/markers.js';
import type { DependencyLine } from '../python/markers.js';
import { normalizeName } from '../python/names.js';

export interface DependencyGraph {
  /** Normalized names of installed distributions that the given one needs, sorted. */
  needs(name: string): readonly string[];
  /** Normalized names of installed distributions that need the given one, sorted. */
  neededBy(name: string): readonly string[];
  /**
   * What goes when `excluded` goes: dependencies that nobody asked for and that only excluded distributions lead to.
   * @returns normalized name → the excluded or unneeded distributions that needed it, sorted; without `excluded` itself
   */
  unneededWithout(excluded: ReadonlySet<string>): ReadonlyMap<string, readonly string[]>;
}

/** `Boto3`, `boto3[crt]` and `boto3~=1.0` all name boto3 (`--exclude`). */
export function requestedName(written: string): string {
  return parseDependency(written)?.name ?? normalizeName(written.trim());
}

/**
 * @param requested what the user asked for: names, with extras when known (`boto3[crt]`). Empty (an installed folder):
 *   then what nobody needs counts as asked for.
 */
export function dependencyGraph(
  distributions: readonly Requiring[],
  target: Pick<Target, 'python' | 'architecture'>,
  requested: readonly string[],
): DependencyGraph {
  const names = distributions.map((one) => one.normalized).sort();
  const edges = edgesOf(distributions, target, requested);
  const reverse = new Map<string, string[]>(names.map((name) => [name, []]));
  for (const name of names) for (const needed of edges.get(name) ?? []) reverse.get(needed)?.push(name);
  const neededBy = (name: string): readonly string[] => reverse.get(name) ?? [];
  const asked = requested.map(requestedName);
  const roots = asked.length > 0 ? asked : rootsOf(edges);
  return {
    needs: (name) => [...(edges.get(name) ?? [])].sort(),
    neededBy,
    unneededWithout(excluded) {
      const before = reach(roots, edges, new Set());
      const after = reach(roots, edges, excluded);
      const gone = [...before].filter((name) => !after.has(name) && !excluded.has(name));
      return new Map(gone.sort().map((name) => [name, neededBy(name)]));
    },
  };
}

/**
 * What nobody else needs on the target. Distributions that need each other, and that no other one needs, are all among
 * them, so that all others are reached from these.
 * @returns normalized names, sorted
 */
export function unneeded(
  distributions: readonly Requiring[],
  target: Pick<Target, 'python' | 'architecture'>,
): readonly string[] {
  return rootsOf(edgesOf(distributions, target, []));
}

type Requiring = Pick<Distribution, 'normalized' | 'requires'>;
type Edges = ReadonlyMap<string, ReadonlySet<string>>;

function rootsOf(edges: Edges): readonly string[] {
  const names = [...edges.keys()].sort();
  // A distribution may name itself, for its own extras.
  const needed = new Set(names.flatMap((name) => [...(edges.get(name) ?? [])].filter((one) => one !== name)));
  const roots = names.filter((name) => !needed.has(name));
  const reached = new Set(reach(roots, edges, new Set()));
  for (const name of names) {
    if (reached.has(name)) continue;
    const below = reach([name], edges, new Set());
    const above = names.filter((one) => reach([one], edges, new Set()).has(name));
    // Whoever leads here is led to from here: a circle with nothing above it.
    if (!above.every((one) => below.has(one))) continue;
    roots.push(...above);
    below.forEach((one) => reached.add(one));
  }
  return roots.sort();
}

function reach(roots: readonly string[], edges: Edges, without: ReadonlySet<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const queue = [...roots];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (reached.has(name) || without.has(name)) continue;
    reached.add(name);
    queue.push(...(edges.get(name) ?? []));
  }
  return reached;
}

/**
 * Requires-Dist says which extra needs what, but not which extras were asked for. Extras that the request or another
 * distribution names count; an edge of any other extra counts only when nothing else explains why its end is there.
 */
function edgesOf(
  distributions: readonly Requiring[],
  target: Pick<Target, 'python' | 'architecture'>,
  requested: readonly string[],
): Edges {
  const environment = markerEnvironment(target);
  const lines = new Map<string, readonly DependencyLine[]>(
    distributions.map((one) => [
      one.normalized,
      one.requires.map(parseDependency).filter((line) => line !== null),
    ]),
  );
  const extras = new Map<string, Set<string>>(distributions.map((one) => [one.normalized, new Set()]));
  const ask = (line: DependencyLine): boolean => {
    const known = extras.get(line.name);
    const before = known?.size ?? 0;
    for (const extra of line.extras) known?.add(extra);
    return (known?.size ?? 0) > before;
  };
  requested.map(parseDependency).forEach((line) => line && ask(line));
  const edges = new Map<string, Set<string>>(distributions.map((one) => [one.normalized, new Set()]));
  for (let changed = true; changed;) {
    changed = false;
    for (const [name, list] of lines) {
      for (const line of list) {
        if (!edges.has(line.name) || !holds(line.marker, environment, extras.get(name) ?? new Set()))
          continue;
        edges.get(name)?.add(line.name);
        changed = ask(line) || changed;
      }
    }
  }
  // Without a request, an unexplained distribution may well be one that was asked for.
  if (requested.length > 0) addUnknownExtras(lines, edges, environment, requested);
  return edges;
}

function addUnknownExtras(
  lines: ReadonlyMap<string, readonly DependencyLine[]>,
  edges: Map<string, Set<string>>,
  environment: ReturnType<typeof markerEnvironment>,
  requested: readonly string[],
): void {
  const ends = new Set([...edges.values()].flatMap((needed) => [...needed]));
  const explained = new Set([...ends, ...requested.map(requestedName)]);
  for (const [name, list] of lines) {
    for (const line of list) {
      if (explained.has(line.name) || line.name === name || !edges.has(line.name)) continue;
      if (holds(line.marker, environment, null)) edges.get(name)?.add(line.name);
    }
  }
}
