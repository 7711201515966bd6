/** Options that every command has. Pure. */
import type { OptionRow } from './row.js';

export const commonOptions = [
  {
    name: 'config',
    key: 'config',
    type: 'text',
    value: 'FILE',
    path: true,
    inConfig: false,
    help: 'config file. Default: lambda-slim.{json,yaml,toml}, package.json or pyproject.toml in the folder',
  },
  {
    name: 'json',
    key: 'json',
    type: 'flag',
    inConfig: false,
    help: 'one JSON document on standard output, also on failure',
  },
  { name: 'quiet', key: 'quiet', type: 'flag', inConfig: false, help: 'no progress, only the result' },
  { name: 'verbose', key: 'verbose', type: 'flag', inConfig: false, help: 'more detail' },
] as const satisfies readonly OptionRow[];
