/** Rows of the option table that `report` alone has; `table.ts` puts them with the others. Pure. */
import { baselineOption } from './check.js';
import type { OptionRow } from './row.js';

/** Options of `report` alone, in the order of `--help`. */
export const ownReportOptions = [
  {
    name: 'html',
    key: 'html',
    type: 'text',
    value: 'FILE',
    path: true,
    help: 'where the page goes. Default: report.html in the output folder',
  },
  baselineOption,
  {
    name: 'open',
    key: 'open',
    type: 'flag',
    inConfig: false,
    help: 'show the page in your browser',
  },
] as const satisfies readonly OptionRow[];
