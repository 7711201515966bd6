/** What was typed, and how a command shall speak. */
import type { Environment } from '../model.js';
import { readConfig, settle, type ConfigFile } from './config.js';
import { commonOptions } from './common.js';
import { environmentName, type OptionRow, type SettingsOf } from './row.js';

/** Where settings come from, besides the config file. */
export interface Given {
  /** Flags as commander parsed them, by option key. */
  readonly flags: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
  readonly cwd: string;
  /** What errors call the values that were given: `--python` (so by default), or, in the API, `The setting "python"`. */
  readonly spelling?: 'flags' | 'keys';
  /** False: none takes part, whether there is one or not. */
  readonly configFile?: boolean;
  /** Gets a sentence for each spelling of an earlier version. */
  readonly note?: (sentence: string) => void;
}

export interface CommandLine extends Given {
  /** The positional folder, as typed. */
  readonly folder: string;
}

/**
 * All that a command was told: the rows' settings and the common ones, and the config file that took part.
 * @param folder where the config file is looked for, unless `--config` names one, and where the output folder is; absolute
 * @throws SlimError `bad-option`, `bad-config`
 */
export async function readSettings<const Rows extends readonly OptionRow[]>(
  rows: Rows,
  sources: Given,
  folder = sources.cwd,
): Promise<{
  settings: SettingsOf<readonly [...Rows, ...typeof commonOptions]>;
  configFile: string | null;
  /** What stands in it; null: there is none. */
  config: ConfigFile | null;
}> {
  const { config: named } = settle(commonOptions, { ...sources, config: null });
  const config = sources.configFile === false ? null : await readConfig(folder, named ?? null);
  const settings = settle([...rows, ...commonOptions], { ...sources, config, folder });
  return { settings, configFile: config?.file ?? null, config };
}

/** Whether it was meant for this command alone: variables, the config file and the API's settings serve several. */
export function isTyped({ flags, spelling }: Given, key: string): boolean {
  return flags[key] !== undefined && spelling !== 'keys';
}

/** Whether a flag or a variable gave it, not the config file. */
export const isGiven = ({ flags, environment }: Given, row: OptionRow): boolean =>
  flags[row.key] !== undefined || (environment[environmentName(row)] ?? '') !== '';

/** How to speak. */
export interface Manners {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

/** What every command has: `--json`, `--quiet`, `--verbose`. */
export function readManners(sources: Given): Manners {
  const settings = settle(commonOptions, { ...sources, config: null });
  return { json: settings.json === true, quiet: settings.quiet === true, verbose: settings.verbose === true };
}
