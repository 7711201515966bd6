/** Which modules the function's own code imports, so that the proof tries them, too. */
import { readFile } from 'node:fs/promises';
import type { StagedFile } from '../model.js';
import { scanImports } from './imports.js';

/**
 * Absolute dotted names, sorted; the function's own modules are not among them.
 * @param files from `codeFiles`
 */
export async function codeImports(files: readonly StagedFile[]): Promise<readonly string[]> {
  const sources = files.filter((file) => file.link === undefined && file.path.endsWith('.py'));
  const own = new Set(sources.map((file) => (file.path.split('/', 1)[0] ?? '').replace(/\.py$/, '')));
  const names = new Set<string>();
  for (const file of sources) {
    for (const { module } of scanImports(await readFile(file.source, 'utf8'), file.path)) {
      if (module !== '' && !own.has(module.split('.', 1)[0] ?? '')) names.add(module);
    }
  }
  return [...names].sort();
}
