/** Where the cache lies unless it is told. The same places as env-paths', which asks the process and not the caller. */
import { homedir, platform } from 'node:os';
import path from 'node:path';
import type { Environment } from '../model.js';

/**
 * `lambda-slim` in the user's cache folder: `$XDG_CACHE_HOME` or `~/.cache`; on macOS `~/Library/Caches`; on Windows
 * `%LOCALAPPDATA%\lambda-slim\Cache`.
 * @param environment the caller's variables; without a home among them it is the one that the system knows
 * @returns absolute; it need not be there
 */
export function defaultCacheFolder(environment: Environment, system: string = platform()): string {
  const name = 'lambda-slim';
  const windows = system === 'win32';
  const home = set(environment[windows ? 'USERPROFILE' : 'HOME']) ?? homedir();
  if (system === 'darwin') return path.resolve(home, 'Library', 'Caches', name);
  if (windows)
    return path.resolve(
      set(environment['LOCALAPPDATA']) ?? path.join(home, 'AppData', 'Local'),
      name,
      'Cache',
    );
  return path.resolve(set(environment['XDG_CACHE_HOME']) ?? path.join(home, '.cache'), name);
}

/** An empty variable counts as none. */
const set = (value: string | undefined): string | undefined => (value === '' ? undefined : value);
