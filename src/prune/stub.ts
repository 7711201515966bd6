/** `--stub PKG`: the package can be imported, and nothing is in it; its metadata stays. Pure. */
import { requestedName } from '../inventory/dependencies.js';
import { isTestPath, suffixOf } from '../inventory/kind.js';
import type { Distribution, Entry, Inventory } from '../model.js';
import { moduleOf } from '../python/modules.js';

/** One `--stub` taken apart. */
export interface StubWish {
  /** As written, without `:empty`. */
  readonly written: string;
  /** Normalized. */
  readonly name: string;
  /** Its files become empty, and say nothing of what is not there. */
  readonly empty: boolean;
}

export function stubWish(text: string): StubWish {
  const written = text.replace(/:empty$/, '');
  return { written, name: requestedName(written), empty: written !== text };
}

/** Texts of the stubs that say what is missing, by path in the tree; those that are to be empty have none. */
export function stubTexts(
  { entries, distributions }: Pick<Inventory, 'entries' | 'distributions'>,
  stubs: readonly string[],
): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  for (const { name, empty } of stubs.map(stubWish)) {
    const owner = distributions.find(({ normalized }) => normalized === name);
    if (empty || owner === undefined) continue;
    const own = entries.filter((entry) => entry.distribution === name);
    const modules = own.flatMap(({ path }) => (isTestPath(path) ? [] : withParents(moduleOf(path) ?? '')));
    for (const path of stubPaths(own)) {
      const module = moduleOf(path) ?? '';
      const below = modules.filter((one) => one.startsWith(`${module}.`));
      texts.set(
        path,
        stubText(
          owner,
          below.map((one) => one.slice(module.length + 1)),
        ),
      );
    }
  }
  return texts;
}

/** A folder without an `__init__` can be imported, too: `a.b.c` → `a.b.c`, `a.b`, `a`. */
function withParents(module: string): readonly string[] {
  const parts = module.split('.');
  return parts.map((_, index) => parts.slice(0, index + 1).join('.'));
}

/**
 * Python (3.9 and newer) of a module whose submodules import, and whose other names raise an ImportError. Names that begin with two underscores
 * raise an AttributeError: Python and its tools ask every module for some of them.
 * @param below its submodules, relative to it
 */
function stubText(
  { name, version }: Pick<Distribution, 'name' | 'version'>,
  below: readonly string[],
): string {
  const words = [...new Set(below)].sort().join(' ');
  return `"""${name} ${version} was left out by "lambda-slim build --stub ${name}": its modules import, and nothing is in them."""
import sys as _sys
from importlib import import_module as _import
from importlib.machinery import ModuleSpec as _Spec

__version__ = ${JSON.stringify(version)}
_below = frozenset([__name__ + "." + _word for _word in ${JSON.stringify(words)}.split()])


def _attribute(module, name):
    if module + "." + name in _below:
        return _import(module + "." + name)
    text = "module '%s' has no attribute '%s'" % (module, name)
    if name.startswith("__"):
        raise AttributeError(text)
    raise ImportError(text + ": ${name} was left out (lambda-slim build --stub ${name})", name=module)


def __getattr__(name):
    return _attribute(__name__, name)


class _Finder:
    def find_spec(self, name, path=None, target=None):
        return _Spec(name, self, is_package=True) if name in _below else None

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        module.__getattr__ = lambda name: _attribute(module.__name__, name)


_sys.meta_path.append(_Finder())
`;
}

/**
 * The files that stay as stubs, so that every top-level name still imports: each outermost `__init__.py`, and
 * single modules that lie in no package. An extension module cannot be empty and goes.
 * @param entries those of one distribution
 */
export function stubPaths(entries: readonly Entry[]): ReadonlySet<string> {
  const sources = entries.filter((entry) => entry.kind === 'python' && suffixOf(entry.path) === 'py');
  const packages = new Set(
    sources.filter(({ path }) => path.endsWith('/__init__.py')).map(({ path }) => folderOf(path)),
  );
  const stubs = sources.filter(({ path }) => {
    const folder = folderOf(path);
    const parents = path.endsWith('/__init__.py') ? ancestors(folder) : [folder, ...ancestors(folder)];
    return parents.every((parent) => !packages.has(parent)) && !isTestPath(path);
  });
  return new Set(stubs.map(({ path }) => path));
}

function folderOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

function ancestors(folder: string): readonly string[] {
  const parents: string[] = [];
  for (let at = folderOf(folder); at !== ''; at = folderOf(at)) parents.push(at);
  return parents;
}
