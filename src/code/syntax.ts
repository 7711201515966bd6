/** Files of the function's code that are no Python of its version, and whether Lambda comes to them. Pure. */
import { dottedName, ownModules, reachedModules } from './graph.js';
import { isForDevelopers } from './handlers.js';
import type { CodeFacts, When } from './read.js';

export interface SyntaxFault {
  readonly path: string;
  readonly line: number;
  readonly text: string;
  /** False: nothing that Lambda calls is known to lead to it. */
  readonly sure: boolean;
}

/**
 * @param roots dotted names of the modules that Lambda imports → how surely
 * @param told whether somebody said which they are: else a file at the top, or any where none is known, may hold a handler that
 *   nobody could read
 */
export function syntaxFaults(
  facts: CodeFacts,
  roots: ReadonlyMap<string, When>,
  told: boolean,
): readonly SyntaxFault[] {
  const reached = reachedModules(ownModules(facts.modules), roots);
  return facts.modules.flatMap(({ path, error, vendored }) => {
    if (error === null || vendored) return [];
    const name = dottedName(path);
    const when = reached.get(name);
    const comes = (when === 'always' || when === 'lazy') && !isForDevelopers(path);
    const mayHold = !told && (!path.includes('/') || roots.has(name)) && !isForDevelopers(path);
    return [{ path, line: error.line, text: error.text, sure: comes || mayHold }];
  });
}
