/** Which imports of the function's code nobody provides. Pure. */
import { firstPart, moduleOf } from '../python/modules.js';
import { onTheWay, ownModules, reachedImports, type OwnModules, type ReachedImport } from './graph.js';
import type { CodeFacts, CodeModule, When } from './read.js';

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
  /** Modules of the tree that the proof did not find, dotted: a package may make modules of itself, so only trying tells. */
  readonly notFound: readonly string[];
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
  /**
   * Who should have it: the code itself, when what comes before it is there; the folder above the code, for a relative import;
   * the standard library; a package that is there; null: somebody new.
   */
  readonly from: 'code' | 'above' | 'stdlib' | 'package' | null;
  /** The own file that is there, and from which it is taken by its name; null: none. */
  readonly definedIn: string | null;
}

/** Names and folders of a set of importable files. */
interface Modules {
  readonly names: ReadonlySet<string>;
  /** Folders with something importable below. */
  readonly folders: ReadonlySet<string>;
}

function modulesOf(paths: readonly string[]): Modules {
  const names = new Set<string>();
  const folders = new Set<string>();
  for (const path of paths) {
    const name = moduleOf(path);
    if (name === null) continue;
    names.add(name);
    const folder = path.split('/').slice(0, -1).join('.');
    if (folder !== '') for (const one of onTheWay(folder)) folders.add(one);
  }
  return { names, folders };
}

/**
 * @param roots dotted names of the modules that Lambda imports → how surely
 * @returns one for each file and missing module, in the order of the files
 */
export function missingImports(
  facts: CodeFacts,
  roots: ReadonlyMap<string, When>,
  { code, tree, runtime, declared, notFound }: Surroundings,
): readonly MissingImport[] {
  const own = ownModules(facts.modules);
  const around = {
    own,
    code: modulesOf(code),
    tree: modulesOf(tree),
    others: new Set([...runtime, ...declared]),
    stdlib: new Set(facts.stdlib),
    absent: new Set(facts.absent),
    notFound: new Set(notFound),
  };
  // What changes sys.path in one module counts for all.
  const changesPath = facts.modules.some(({ pathChanges }) => pathChanges);
  const seesAll = facts.because === null && !changesPath;
  const found = new Map<string, MissingImport>();
  for (const one of reachedImports(own, roots)) {
    const { path, vendored } = one.from;
    const when = one.when === 'weak' ? insteadOf(one, around) : one.when;
    if (when === 'weak' || vendored) continue;
    for (const module of missingOf(one, around)) {
      const elsewhere = code.find((other) => endsIn(other, module)) ?? null;
      // What changes sys.path finds what is there in another folder.
      if (changesPath && elsewhere !== null) continue;
      const sure = seesAll && when !== 'perhaps';
      const key = `${path}\0${module}`;
      const before = found.get(key);
      if (before?.sure === true || (before !== undefined && !sure)) continue;
      found.set(key, {
        path,
        line: one.line,
        module,
        written: one.module,
        sure,
        elsewhere,
        from: makerOf(module, around),
        definedIn: module === one.module ? null : (own.get(one.module)?.path ?? null),
      });
    }
  }
  return [...found.values()].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}

/** When an import that stands in for others happens: as they would, where they are missing. */
function insteadOf({ unless = [], otherwise = 'weak' }: ReachedImport, around: Around): When {
  const needed = unless.every((group) => group.some((one) => missingOf(one, around).length > 0));
  return needed ? otherwise : 'weak';
}

function makerOf(module: string, { code, stdlib, notFound }: Around): MissingImport['from'] {
  const top = firstPart(module);
  if (top === '') return 'above';
  if (module !== top && has(code, top)) return 'code';
  if (stdlib.has(top)) return 'stdlib';
  return notFound.has(module) ? 'package' : null;
}

const has = ({ names, folders }: Modules, top: string): boolean => names.has(top) || folders.has(top);

function endsIn(path: string, module: string): boolean {
  const place = module.replaceAll('.', '/');
  return path.endsWith(`/${place}.py`) || path.endsWith(`/${place}/__init__.py`);
}

interface Around {
  readonly own: OwnModules;
  readonly code: Modules;
  readonly tree: Modules;
  readonly others: ReadonlySet<string>;
  readonly stdlib: ReadonlySet<string>;
  readonly absent: ReadonlySet<string>;
  readonly notFound: ReadonlySet<string>;
}

/** What of an import is nowhere: the module, or names that would have to be modules. */
function missingOf(
  { module, names }: Pick<ReachedImport, 'module' | 'names'>,
  around: Around,
): readonly string[] {
  const { own, code, tree, others, stdlib, absent, notFound } = around;
  const top = firstPart(module);
  const whole = [...onTheWay(module), ...names.map((name) => `${module}.${name}`)];
  // One name for `from . import x`, which has none of its own.
  if (top === '') return [module.endsWith('.') ? `${module}${names[0] ?? ''}` : module];
  if (others.has(top)) return [];
  const mine = has(code, top);
  if (stdlib.has(top)) return mine ? [] : whole.filter((name) => absent.has(name)).slice(0, 1);
  // A folder without `__init__` is a package only where there is no real one of its name.
  if (mine && (code.names.has(top) || !tree.names.has(top))) {
    const both = tree.folders.has(top) && !code.names.has(top);
    const nowhere = lost(module, names, both ? [code, tree] : [code], (name) => own.get(name)?.open === true);
    return nowhere.length > 0 ? nowhere : unbound(module, names, own.get(module), code);
  }
  const nowhere = lost(module, names, [tree], () => true);
  if (nowhere.length > 0) return nowhere;
  const way = onTheWay(module).find((name) => notFound.has(name));
  return way === undefined ? whole.filter((name) => notFound.has(name)) : [way];
}

/** Names that an own module neither binds nor has as modules; those of Python itself (`__doc__`) are always there. */
function unbound(
  module: string,
  names: readonly string[],
  from: CodeModule | undefined,
  { names: modules, folders }: Modules,
): readonly string[] {
  if (from === undefined || from.open || from.error !== null) return [];
  return names
    .filter((name) => !from.bindable.includes(name) && !name.startsWith('__'))
    .map((name) => `${module}.${name}`)
    .filter((name) => !modules.has(name) && !folders.has(name));
}

/**
 * @param places those of a namespace may be several
 * @param mayMore whether a package can have modules that are no files
 */
function lost(
  module: string,
  names: readonly string[],
  places: readonly Modules[],
  mayMore: (name: string) => boolean,
): readonly string[] {
  const real = (name: string): boolean => places.some((one) => one.names.has(name));
  const there = (name: string): boolean => real(name) || places.some((one) => one.folders.has(name));
  for (const name of onTheWay(module)) {
    if (!there(name)) return [name];
    // What a real package makes of itself is not judged.
    if (real(name) && mayMore(name)) return [];
  }
  if (real(module)) return [];
  return names.map((name) => `${module}.${name}`).filter((name) => !there(name));
}
