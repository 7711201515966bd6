/** Paths that are written down or shown. Pure. */
import path from 'node:path';

/** From one folder to a place, with forward slashes on every system; empty for the folder itself. */
export const relativePath = (from: string, to: string): string =>
  path.relative(from, to).replaceAll('\\', '/');
