/** What a person types to run this program once more. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const self = fileURLToPath(import.meta.url);

/**
 * `npx lambda-slim` for a program that npx fetched, or that is installed in the project; one that is installed for all
 * projects is found by its name.
 * @param file of the program; default: this one
 */
export function ownCommand(cwd: string, file = self): string {
  const [project = '', ...inside] = file.split(`${path.sep}node_modules${path.sep}`);
  if (inside.length === 0) return 'lambda-slim';
  const isFetched = path.basename(path.dirname(project)) === '_npx';
  const isHere = cwd === project || cwd.startsWith(`${project}${path.sep}`);
  return isFetched || isHere ? 'npx lambda-slim' : 'lambda-slim';
}
