/** From what an exception says to the dropped files that would have prevented it. Pure. */
import { moduleOf } from '../python/modules.js';
import type { Decision, Entry, Inventory, PrunePlan } from '../model.js';
import type { GroupReport, Missing, ProbeError, ProbeGroup } from './model.js';

export interface Answer {
  /** Dropped files that may come back and are missing, as exactly as can be told. */
  readonly paths: readonly string[];
  /** A file that is missing, or may be, because the user said so: it does not come back. */
  readonly wish: Decision | null;
}

export interface Drops {
  /** Files that the plan drops and that a proof may bring back. */
  readonly restorable: ReadonlyMap<string, Decision>;
  /** What is missing, from the exception itself; else, from what was touched before; else all of the distribution's. */
  readonly missing: (error: ProbeError, group: ProbeGroup, before: GroupReport | undefined) => Answer;
  /** Everything that is dropped of the group's distribution and of those in the traceback. */
  readonly allOf: (error: ProbeError, group: ProbeGroup, before: GroupReport | undefined) => Answer;
  /** Restorable files among these, with the whole distribution where one was left out. Bytecode stands for its source. */
  readonly among: (paths: Iterable<string>) => readonly string[];
}

/** An index of what is dropped. Build it again after `restore`. */
export function dropsOf(inventory: Inventory, plan: PrunePlan): Drops {
  const entries = entriesOf(inventory);
  const restorable = new Map(
    droppedBy(plan)
      .filter(mayComeBack)
      .map((one) => [one.path, one]),
  );
  const { pathsOf, wishOf, wished } = namedBy(inventory, entries, plan);
  const owner = (path: string): string | null => entries.get(path)?.distribution ?? null;
  const ofDistribution = Map.groupBy(restorable.keys(), owner);
  const whole = (path: string): readonly string[] => {
    const decision = restorable.get(path);
    const isLeftOut = decision !== undefined && leftOut.test(decision.rule);
    return isLeftOut ? (ofDistribution.get(owner(path)) ?? [path]) : [path];
  };
  const among = (paths: Iterable<string>): readonly string[] => [
    ...new Set(
      [...paths]
        .map(sourceOf)
        .filter((path) => restorable.has(path))
        .flatMap(whole),
    ),
  ];

  const allOf: Drops['allOf'] = (error, group, before) => {
    const involved = new Set(
      [group.distribution, ...error.frames.map(owner)].filter((name) => name !== null),
    );
    const own = [...involved].flatMap((name) => ofDistribution.get(name) ?? []);
    if (own.length > 0) return { paths: own, wish: null };
    const files = (before?.touched ?? []).map(sourceOf);
    const touched = new Set(files.map(owner).filter((name) => name !== null));
    const rest = [...touched].flatMap((name) => ofDistribution.get(name) ?? []);
    if (rest.length > 0) return { paths: rest, wish: null };
    const isInvolved = (name: string | null): boolean =>
      name !== null && (involved.has(name) || touched.has(name));
    return { paths: [], wish: suspect(wished, error, files, (path) => isInvolved(owner(path))) };
  };
  return {
    restorable,
    among,
    allOf,
    missing: (error, group, before) => {
      const named = among(error.missing.flatMap(pathsOf));
      if (named.length > 0) return { paths: named, wish: null };
      const wish = error.missing.map(wishOf).find((one) => one !== null) ?? null;
      if (wish !== null) return { paths: [], wish };
      const touched = among(before?.touched ?? []);
      return touched.length > 0 ? { paths: touched, wish: null } : allOf(error, group, before);
    },
  };
}

/** Where nothing is left to come back: the user's decision for a file that was touched, else for one of what is involved. */
function suspect(
  wished: ReadonlyMap<string, Decision>,
  error: ProbeError,
  touched: readonly string[],
  isInvolved: (path: string) => boolean,
): Decision | null {
  // What is only looked for, or listed with its folder, is not touched.
  const taken = [
    ...touched.map((path) => wished.get(path)).filter((one) => one !== undefined),
    ...[...wished.values()].filter(({ path }) => isInvolved(path)),
  ];
  // `module 'pandas' has no attribute 'DataFrame'` tells which of them.
  const said = taken.find(({ path }) => error.message.includes(`'${moduleOf(path) ?? path}'`));
  return said ?? taken[0] ?? null;
}

interface Named {
  /** Dropped or stubbed files that are what an exception says is missing. */
  readonly pathsOf: (missing: Missing) => readonly string[];
  /** The user's decision for one of them; null when no option took it. */
  readonly wishOf: (missing: Missing) => Decision | null;
  /** By path: what the user's options took. */
  readonly wished: ReadonlyMap<string, Decision>;
}

/** From the names in an exception to the files of the plan. */
function namedBy(inventory: Inventory, entries: ReadonlyMap<string, Entry>, plan: PrunePlan): Named {
  const paths = droppedBy(plan).map((one) => one.path);
  const wishes = plan.decisions.filter(
    ({ rule, action }) => rule.startsWith('option/') && (action === 'drop' || action === 'stub'),
  );
  const byModule = modulesOf(plan.decisions);
  const pathsOf = ({ kind, name }: Missing): readonly string[] => {
    switch (kind) {
      case 'module':
        return byModule.get(name) ?? byModule.get(name.slice(0, name.lastIndexOf('.'))) ?? [];
      case 'file':
        return paths.filter((path) => path === name || path.startsWith(`${name}/`));
      case 'library':
        return paths.filter((path) => isLibrary(entries.get(path), name));
      case 'distribution': {
        const folder = inventory.distributions.find(
          (one) => one.name === name || one.normalized === name,
        )?.folder;
        return paths.filter((path) => path.startsWith(`${folder ?? '?'}/`));
      }
    }
  };
  const wished = new Map(wishes.map((one) => [one.path, one]));
  const wishOf = (missing: Missing): Decision | null => {
    const exact = pathsOf(missing).map((path) => wished.get(path));
    // `from stubbed import Name`: the name is in no file, but its package is empty by the user's word.
    const parents =
      missing.kind === 'module' ? parentsOf(missing.name).flatMap((name) => byModule.get(name) ?? []) : [];
    return [...exact, ...parents.map((path) => wished.get(path))].find((one) => one !== undefined) ?? null;
  };
  return { pathsOf, wishOf, wished };
}

function entriesOf(inventory: Inventory): ReadonlyMap<string, Entry> {
  return new Map(inventory.entries.map((entry) => [entry.path, entry]));
}

function droppedBy(plan: PrunePlan): readonly Decision[] {
  return plan.decisions.filter(({ action }) => action === 'drop');
}

/** Distributions that a recipe leaves out come back whole: a module without its metadata is half a package. */
const leftOut = /(?:\/leave-out|^unneeded\/dependency)$/;

/** What the user dropped, what tells about this machine and what is stale stays out. */
function mayComeBack({ rule }: Decision): boolean {
  return !rule.startsWith('option/') && !rule.startsWith('law/') && !rule.startsWith('bytecode/');
}

function modulesOf(decisions: readonly Decision[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, action } of decisions) {
    if (action !== 'drop' && action !== 'stub') continue;
    const module = moduleOf(path);
    if (module === null) continue;
    const paths = found.get(module);
    if (paths) paths.push(path);
    else found.set(module, [path]);
  }
  return found;
}

function parentsOf(module: string): readonly string[] {
  const parents: string[] = [];
  for (let at = module; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) parents.push(at);
  return parents;
}

function isLibrary(entry: Entry | undefined, name: string): boolean {
  if (!entry || (entry.kind !== 'elf' && entry.link === undefined)) return false;
  return entry.elf?.soname === name || entry.path.slice(entry.path.lastIndexOf('/') + 1) === name;
}

/** `a/__pycache__/b.cpython-312.pyc` is read instead of `a/b.py`. */
export function sourceOf(path: string): string {
  return path.replace(/(^|\/)__pycache__\/([^/]+?)\.[^/.]+(?:\.opt-\d)?\.pyc$/, '$1$2.py');
}
