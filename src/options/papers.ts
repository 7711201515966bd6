/** Options of the documents about a build. Pure. */
import type { OptionRow } from './row.js';

export const provenanceOption = {
  name: 'provenance',
  key: 'provenance',
  type: 'text',
  value: 'FILE',
  path: true,
  help: 'write a provenance statement (in-toto, SLSA 1.0) of inputs, tool and artifacts: the same build writes the same file, for your own tools to sign',
} as const satisfies OptionRow;
