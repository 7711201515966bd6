/** `--stub PKG`: the package can be imported but is empty; its metadata stays. Pure. */
import { suffixOf } from '../inventory/kind.js';
import { isTestPath } from '../inventory/kind.js';
import type { Entry } from '../model.js';

/**
 * The files that stay as empty files, so that every top-level name still imports: each outermost `__init__.py`, and
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
