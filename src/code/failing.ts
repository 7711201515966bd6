/** Which imports of the function's code lead to packages that do not import. Pure. */
import { onTheWay, ownModules, reachedImports } from './graph.js';
import type { CodeFacts, When } from './read.js';

export interface FailingImport {
  readonly path: string;
  readonly line: number;
  /** Dotted. */
  readonly module: string;
  /** What Python said. */
  readonly error: string;
}

/**
 * @param roots dotted names of the modules that Lambda imports → how surely
 * @param failed modules of packages → why they do not import
 * @returns one for each file and module, in the order of the files; none that may never happen
 */
export function failingImports(
  facts: CodeFacts,
  roots: ReadonlyMap<string, When>,
  failed: ReadonlyMap<string, string>,
): readonly FailingImport[] {
  // Where names alone are known, nobody knows when they are imported.
  if (failed.size === 0 || facts.because !== null) return [];
  const found = new Map<string, FailingImport>();
  const own = ownModules(facts.modules);
  for (const { from, when, module, names, line } of reachedImports(own, roots)) {
    if (when === 'weak' || when === 'perhaps' || from.vendored) continue;
    const way = [...onTheWay(module), ...names.map((name) => `${module}.${name}`)];
    // Of a package and a module in it the whole name tells more.
    const name = way.filter((one) => !own.has(one)).findLast((one) => failed.has(one));
    if (name === undefined) continue;
    const key = `${from.path}\0${name}`;
    const said = { path: from.path, line, module: name, error: failed.get(name) ?? '' };
    if (!found.has(key)) found.set(key, said);
  }
  return [...found.values()].sort((a, b) => (a.path === b.path ? a.line - b.line : a.path < b.path ? -1 : 1));
}
