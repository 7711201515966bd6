/** Rows of the option table that `init` alone has; `options.ts` puts them with the others. Pure. */
import type { OptionRow } from './row.js';

/** Options of `init` alone, in the order of `--help`. */
export const ownInitOptions = [
  {
    name: 'handler',
    key: 'initHandler',
    variable: 'LAMBDA_SLIM_INIT_HANDLER',
    type: 'text',
    value: 'MODULE.FUNCTION',
    pattern: { regex: /^[^\s.][^\s]*\.[^\s.]+$/, example: 'app.handler' },
    help: 'the handler of your code in function.zip. With layers an example function is written',
  },
] as const satisfies readonly OptionRow[];
