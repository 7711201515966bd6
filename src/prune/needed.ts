/**
 * Takes back a drop that something kept needs: a Python file that kept code imports statically (the veto), a file that kept
 * code names, a library that a kept binary needs. Each is followed to its fixed point: what came back has needs too. Pure.
 */
import { moduleOf } from '../python/modules.js';
import { isTestPath } from '../inventory/kind.js';
import type { Entry, Inventory } from '../model.js';
import type { Draft, Drafts } from './draft.js';
import type { ImportedName, SourceFacts } from '../inventory/imports.js';
import { libraryIndex } from '../inventory/libraries.js';
import { folders } from '../recipes/names.js';

/**
 * Takes back drops in `drafts` that kept Python code needs.
 * @param codeImports what the function's own code, outside of the tree, imports
 */
export function takeBackImported(
  inventory: Inventory,
  drafts: Drafts,
  sources: ReadonlyMap<string, SourceFacts>,
  codeImports: readonly ImportedName[] = [],
): void {
  const modules = moduleIndex(inventory);
  const named = namedIndex(inventory, drafts);
  const inFolders = folderIndex(inventory, drafts);
  const queue = inventory.entries.filter((entry) => isKept(drafts, entry.path) && sources.has(entry.path));
  const takeBack = (path: string, rule: string, because: string): void => {
    if (!canComeBack(drafts.get(path))) return;
    drafts.set(path, { action: 'keep', rule, because, by: 'nobody' });
    const entry = modules.entries.get(path);
    if (entry && sources.has(path)) queue.push(entry);
  };
  const takeBackModules = (imports: readonly ImportedName[], who: string): void => {
    for (const module of importedModules(imports)) {
      for (const path of modules.paths.get(module) ?? []) {
        takeBack(path, 'veto/imported', `${who} imports ${module}.`);
      }
    }
  };
  takeBackModules(codeImports, "The function's own code");
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    const facts = sources.get(entry.path);
    if (!facts) continue;
    takeBackModules(facts.imports, entry.path);
    for (const name of facts.fileNames) {
      for (const path of named.get(`${entry.distribution ?? ''}/${name}`) ?? []) {
        takeBack(path, 'veto/named', `${entry.path} names ${name}.`);
      }
    }
    for (const name of facts.paths) {
      for (const path of pathsNamed(name, inFolders.get(entry.distribution) ?? [])) {
        takeBack(path, 'veto/named', `${entry.path} names ${name}.`);
      }
    }
    if (readsOwnStub(facts.imports)) {
      takeBack(
        `${entry.path}i`,
        'veto/lazy-loader',
        `${entry.path} reads it with lazy_loader to find its submodules.`,
      );
    }
  }
}

/** Takes back drops in `drafts` of libraries that a kept binary needs and nothing else provides. */
export function takeBackLibraries(inventory: Inventory, drafts: Drafts): void {
  const libraries = libraryIndex(inventory);
  const queue = inventory.entries.filter((entry) => entry.elf && isKept(drafts, entry.path));
  for (let entry = queue.pop(); entry !== undefined; entry = queue.pop()) {
    for (const name of entry.elf?.needed ?? []) {
      const found = libraries.find(entry, name);
      const isThere = (one: Entry): boolean => isKept(drafts, one.path);
      // A link answers only together with what it points to.
      const chained = found.some((one) => one.link !== undefined);
      if (chained ? found.every(isThere) : found.some(isThere)) continue;
      for (const one of found) {
        const draft = drafts.get(one.path);
        if (draft?.action !== 'drop' || draft.by === 'option') continue;
        drafts.set(one.path, {
          action: 'keep',
          rule: 'needed/library',
          because: `${entry.path} needs ${name}.`,
          by: 'nobody',
        });
        queue.push(one);
      }
    }
  }
}

function isKept(drafts: Drafts, path: string): boolean {
  const action = drafts.get(path)?.action;
  return action !== undefined && action !== 'drop' && action !== 'stub';
}

function canComeBack(draft: Draft | undefined): boolean {
  return (
    draft?.action === 'drop' && (draft.by === 'base' || draft.by === 'recipe') && draft.overVeto !== true
  );
}

/** `a.b.c` also imports `a` and `a.b`; `from a import b` perhaps `a.b`. */
function* importedModules(imports: readonly ImportedName[]): Generator<string> {
  for (const { module, names } of imports) {
    for (let dot = module.indexOf('.'); dot >= 0; dot = module.indexOf('.', dot + 1))
      yield module.slice(0, dot);
    yield module;
    for (const name of names) yield `${module}.${name}`;
  }
}

/** `lazy_loader.attach_stub` reads the `.pyi` beside the module when it is imported (scikit-image does). */
function readsOwnStub(imports: readonly ImportedName[]): boolean {
  return imports.some(({ module, names }) =>
    [module, ...names].some((name) => /(?:^|\.)_?lazy(?:_loader)?$/.test(name) || name === 'attach_stub'),
  );
}

function moduleIndex(inventory: Inventory): {
  paths: ReadonlyMap<string, readonly string[]>;
  entries: ReadonlyMap<string, Entry>;
} {
  const paths = new Map<string, string[]>();
  const entries = new Map<string, Entry>();
  for (const entry of inventory.entries) {
    if (entry.kind !== 'python' && entry.kind !== 'elf') continue;
    entries.set(entry.path, entry);
    const module = moduleOf(entry.path);
    if (module === null) continue;
    const known = paths.get(module);
    if (known) known.push(entry.path);
    else paths.set(module, [entry.path]);
  }
  return { paths, entries };
}

/** Dropped by rules for all packages, outside tests, by distribution and base name: a package's own recipe knows better. */
function namedIndex(inventory: Inventory, drafts: Drafts): ReadonlyMap<string, readonly string[]> {
  const index = new Map<string, string[]>();
  for (const { path, distribution } of inventory.entries) {
    const draft = drafts.get(path);
    if (draft?.action !== 'drop' || draft.by !== 'base' || isTestPath(path)) continue;
    const key = `${distribution ?? ''}/${path.slice(path.lastIndexOf('/') + 1)}`;
    const known = index.get(key);
    if (known) known.push(path);
    else index.set(key, [path]);
  }
  return index;
}

interface InFolder {
  readonly path: string;
  /** The outermost folder that a rule knows by name, e.g. `pkg/docs`. */
  readonly folder: string;
}

const namedFolders: ReadonlySet<string> = new Set<string>(Object.values(folders).flat());

/** Dropped by rules for all packages, in a folder that these know by name, by distribution. */
function folderIndex(inventory: Inventory, drafts: Drafts): ReadonlyMap<string | null, readonly InFolder[]> {
  const rows = inventory.entries.flatMap(({ path, distribution }) => {
    const draft = drafts.get(path);
    if (draft?.action !== 'drop' || draft.by !== 'base') return [];
    const parts = path.split('/');
    const index = parts.findIndex((part, at) => at < parts.length - 1 && namedFolders.has(part));
    return index < 0 ? [] : [{ path, distribution, folder: parts.slice(0, index + 1).join('/') }];
  });
  return Map.groupBy(rows, (row) => row.distribution);
}

/**
 * A folder of documents or examples of which anything is named comes back whole: what is read there may name the rest. Of
 * a test suite only the data that is named comes back: its runners and warnings name the folder itself.
 */
function pathsNamed(name: string, dropped: readonly InFolder[]): readonly string[] {
  const hit = (path: string): boolean =>
    path === name || path.endsWith(`/${name}`) || path.startsWith(`${name}/`) || path.includes(`/${name}/`);
  const hits = dropped.filter(({ path }) => hit(path));
  const whole = new Set(hits.filter(({ folder }) => !isTestPath(`${folder}/`)).map(({ folder }) => folder));
  const isData = ({ path, folder }: InFolder): boolean =>
    isTestPath(`${folder}/`) &&
    name.includes('/') &&
    !name.endsWith('.py') &&
    !/(?:^|\/)tests?$/.test(name) &&
    hit(path);
  return dropped.filter((one) => whole.has(one.folder) || isData(one)).map(({ path }) => path);
}
