/** Where the package's own Python and HTML files lie: `templates/`, one level above both `src/` and `dist/`. */
import { fileURLToPath } from 'node:url';

/** Absolute path of a file in `templates/`. */
export function templatePath(name: string): string {
  return fileURLToPath(new URL(`../../templates/${name}`, import.meta.url));
}
