/** Where programs keep a user's settings, by the environment and the systems' customs. Pure. */
import path from 'node:path';
import type { Environment } from '../model.js';

/** Absolute; null when nobody says. */
export const homeFolder = (environment: Environment): string | null =>
  environment['HOME'] ?? environment['USERPROFILE'] ?? null;

/** Files of these names in the home folder; none when nobody says where that is. */
export function inHome(environment: Environment, ...names: readonly string[]): readonly string[] {
  const home = homeFolder(environment);
  return home === null ? [] : names.map((name) => path.join(home, name));
}

/** `$XDG_CONFIG_HOME`, else `~/.config`. */
export const configFolder = (environment: Environment): string | null =>
  environment['XDG_CONFIG_HOME'] ?? inHome(environment, '.config')[0] ?? null;

/** `$XDG_DATA_HOME`, else `~/.local/share`. */
export const dataFolder = (environment: Environment): string | null =>
  environment['XDG_DATA_HOME'] ?? inHome(environment, '.local/share')[0] ?? null;

/** Files of these names in it. */
export function inConfig(environment: Environment, ...names: readonly string[]): readonly string[] {
  const folder = configFolder(environment);
  return folder === null ? [] : names.map((name) => path.join(folder, name));
}

/** All folders of settings, as Windows, macOS and the others have them: the one that wins last. */
export function settingsFolders(environment: Environment): readonly string[] {
  const own = [
    environment['APPDATA'] ?? '',
    ...inHome(environment, 'Library/Application Support'),
    configFolder(environment) ?? '',
  ];
  return own.filter((one) => one !== '');
}
