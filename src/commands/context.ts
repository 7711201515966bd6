/** What a command gets from the process, and nothing more. */
import type { Call } from '../api/call.js';
import type { Screen } from '../io/screen.js';
import type { Manners } from '../options/command-line.js';
import type { Printed } from '../text/terminal.js';

/** The signal is aborted by Ctrl-C; progress goes to the screen. */
export interface CommandContext extends Call {
  readonly screen: Screen;
  readonly manners: Manners;
  /** Columns for reports. */
  readonly width: number;
  /** Columns at which sentences break; `Infinity` when not a terminal. */
  readonly wrapAt: number;
  readonly colourful: boolean;
  /** Say on standard error what is no part of the result, once. */
  readonly note: (sentence: string) => void;
  /** Write to standard output. */
  readonly print: (text: Printed) => void;
  /** Write to standard error, beside a document on standard output. */
  readonly printBeside: (text: Printed) => void;
}
