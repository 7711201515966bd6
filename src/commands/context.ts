/** What a command gets from the process, and nothing more. */
import type { Environment } from '../model.js';
import type { Screen } from '../io/screen.js';
import type { Manners } from '../options/command-line.js';

export interface CommandContext {
  /** Flags by option key, unparsed. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly cwd: string;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  readonly screen: Screen;
  readonly manners: Manners;
  /** lambda-slim's own version. */
  readonly version: string;
  /** Columns for reports. */
  readonly width: number;
  /** Columns at which sentences break; `Infinity` when not a terminal. */
  readonly wrapAt: number;
  readonly colourful: boolean;
  /** Write to standard output. */
  readonly print: (text: string) => void;
}
