/** Which imports of the function's code nobody provides. Pure. */
import { moduleOf } from '../python/modules.js';
import { ownModules, reachedImports, type OwnModules, type ReachedImport } from './graph.js';
import type { CodeFacts, When } from './read.js';

/** Everything that the code could import. */
export interface Surroundings {
  /** Paths of the function's own code, extension modules included. */
  readonly code: readonly string[];
  /** Paths that travel as `python/…`. */
  readonly tree: readonly string[];
  /** Top-level modules that Lambda's runtime has besides the standard library. */
  readonly runtime: readonly string[];
  /** Top-level modules that the user says are there. */
  readonly declared: readonly string[];
}

export interface MissingImport {
  readonly path: string;
  readonly line: number;
  /** As much of the dotted name as is missing, e.g. `yaml`, `google.cloud.vision`. */
  readonly module: string;
  /** The whole name, as imported. */
  readonly written: string;
  /** False: it may be that it never happens, or that it is found in a way that nobody can see. */
  readonly sure: boolean;
  /** Another file of the code that has this name, in a folder that Python does not search; null: none. */
  readonly elsewhere: string | null;
  /** It should be in the code itself: what comes before it is there. */
  readonly own: boolean;
}

/** Names and folders of a set of importable files. */
interface Modules {
  readonly names: ReadonlySet<string>;
  /** Those that are packages with an `__init__`. */
  readonly packages: ReadonlySet<string>;
  /** Folders with something importable below. */
  readonly folders: ReadonlySet<string>;
}

function modulesOf(paths: readonly string[]): Modules {
  const names = new Set<string>();
  const packages = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const name = moduleOf(path);
    if (name === null) continue;
    names.add(name);
    if (/(?:^|\/)__init__\.[^/]+$/.test(path)) packages.add(name);
    const inside = path.split('/').slice(0, -1);
    inside.forEach((_, index) => folders.add(inside.slice(0, index + 1).join('.')));
  }
  return { names, packages, folders };
}

/**
 * @param roots dotted names of the modules that Lambda imports → how surely
 * @returns one for each file and missing module, in the order of the files
 */
export function missingImports(
  facts: CodeFacts,
  roots: ReadonlyMap<string, When>,
  { code, tree, runtime, declared }: Surroundings,
): readonly MissingImport[] {
  const own = ownModules(facts.modules);
  const around = {
    own,
    code: modulesOf(code),
    tree: modulesOf(tree),
    others: new Set([...facts.stdlib, ...runtime, ...declared]),
  };
  const found = new Map<string, MissingImport>();
  for (const one of reachedImports(own, roots)) {
    if (one.when === 'weak' || own.byName.get(nameOf(one.path))?.vendored === true) continue;
    for (const module of missingOf(one, around)) {
      const elsewhere = code.find((path) => endsIn(path, module)) ?? null;
      const sure = one.when !== 'perhaps' && !one.pathChanges && facts.because === null;
      const key = `${one.path}\0${module}`;
      const before = found.get(key);
      if (before?.sure === true || (before !== undefined && !sure)) continue;
      found.set(key, {
        path: one.path,
        line: one.line,
        module,
        written: one.module,
        sure,
        elsewhere,
        own: isOwn(module, around.code),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

const nameOf = (path: string): string => path.replace(/(?:\/__init__)?\.py$/, '').replaceAll('/', '.');

const isOwn = (module: string, code: Modules): boolean => {
  const top = module.split('.', 1)[0] ?? '';
  return module !== top && (code.folders.has(top) || code.names.has(top));
};

function endsIn(path: string, module: string): boolean {
  const place = module.replaceAll('.', '/');
  return path.endsWith(`/${place}.py`) || path.endsWith(`/${place}/__init__.py`);
}

interface Around {
  readonly own: OwnModules;
  readonly code: Modules;
  readonly tree: Modules;
  readonly others: ReadonlySet<string>;
}

/** What of an import is nowhere: the module, or names that would have to be modules. */
function missingOf({ module, names }: ReachedImport, { own, code, tree, others }: Around): readonly string[] {
  const top = module.split('.', 1)[0] ?? '';
  if (others.has(top)) return [];
  const mine = code.names.has(top) || code.folders.has(top);
  // A folder without `__init__` is a package only where there is no real one of its name.
  const theirs = tree.names.has(top) || tree.packages.has(top);
  if (mine && (code.names.has(top) || !theirs)) {
    const both = tree.folders.has(top) && !code.names.has(top);
    return lost(module, names, code, both ? tree : null, (name) => own.byName.get(name)?.open === true);
  }
  return lost(module, names, tree, null, () => true);
}

/**
 * @param also a second place of the same namespace
 * @param mayMore whether a package can have modules that are no files
 */
function lost(
  module: string,
  names: readonly string[],
  place: Modules,
  also: Modules | null,
  mayMore: (name: string) => boolean,
): readonly string[] {
  const parts = module.split('.');
  const there = (name: string): boolean =>
    [place, ...(also === null ? [] : [also])].some((one) => one.names.has(name) || one.folders.has(name));
  const real = (name: string): boolean => place.names.has(name) || also?.names.has(name) === true;
  for (let length = 1; length <= parts.length; length++) {
    const name = parts.slice(0, length).join('.');
    if (!there(name)) return [name];
    // What a real package makes of itself is not judged.
    if (real(name) && mayMore(name)) return [];
  }
  if (real(module)) return [];
  return names.map((name) => `${module}.${name}`).filter((name) => !there(name));
}
