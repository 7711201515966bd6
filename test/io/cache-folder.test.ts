/** Where the cache lies: by the variables that were given, as env-paths says it for those of the process. */
import { homedir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { defaultCacheFolder } from '../../src/io/cache-folder.js';

test.each<readonly [string, Readonly<Record<string, string>>, string]>([
  ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '/caches' }, '/caches/lambda-slim'],
  ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '' }, '/home/a/.cache/lambda-slim'],
  ['linux', { HOME: '', XDG_CACHE_HOME: '' }, path.join(homedir(), '.cache/lambda-slim')],
  ['linux', {}, path.join(homedir(), '.cache/lambda-slim')],
  ['freebsd', { HOME: '/home/a' }, '/home/a/.cache/lambda-slim'],
  ['darwin', { HOME: '/Users/a', XDG_CACHE_HOME: '/caches' }, '/Users/a/Library/Caches/lambda-slim'],
  ['win32', { LOCALAPPDATA: '/local', HOME: '/home/a' }, '/local/lambda-slim/Cache'],
  ['win32', { USERPROFILE: '/users/a', HOME: '/home/a' }, '/users/a/AppData/Local/lambda-slim/Cache'],
])('%s with %j', (system, environment, folder) => {
  expect(defaultCacheFolder(environment, system)).toBe(folder);
});
