/** Rows of the option table that `init` alone has; `table.ts` puts them with the others. Pure. */
import type { OptionRow } from './row.js';

/** Options of `init` alone, in the order of `--help`. */
export const ownInitOptions = [
  {
    name: 'update',
    key: 'update',
    type: 'flag',
    inConfig: false,
    help: 'write the files again that an earlier init wrote and that nobody has changed, for the last build',
  },
] as const satisfies readonly OptionRow[];
