/** What was typed, and how a command shall speak. */
import type { Environment } from '../model.js';
import { settle } from './config.js';
import { commonOptions } from './common.js';

export interface CommandLine {
  /** The positional folder, as typed. */
  readonly folder: string;
  /** Flags as commander parsed them, by option key. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly cwd: string;
}

/** How to speak. */
export interface Manners {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What every command has: `--json`, `--quiet`, `--verbose`. */
export function readManners(
  flags: Readonly<Record<string, unknown>>,
  environment: Environment,
  cwd: string,
): Manners {
  const settings = settle(commonOptions, { flags, environment, config: null, cwd });
  return { json: settings.json === true, quiet: settings.quiet === true, verbose: settings.verbose === true };
}
