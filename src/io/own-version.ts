/** The version of lambda-slim itself, from its package.json, which lies above both `src/` and `dist/`. */
import { readFileSync } from 'node:fs';

export const version = (
  JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string }
).version;
