/** What another user must read: a function's process in a sandbox is not the caller, whose umask may close all that is written. */
import { chmod, lstat, readdir } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';

/** Whether everybody may read a file, or list a folder and go into it; links are judged by what they lead to. */
export function isReadable(facts: { readonly mode: number; isDirectory(): boolean }): boolean {
  const needed = facts.isDirectory() ? 0o005 : 0o004;
  return (facts.mode & needed) === needed;
}

/**
 * Let everybody read a file, or a folder with all that lies in it, that the caller owns. Programs may be run then, too.
 * Links are left alone. The folder itself comes last: when it is open, all in it is.
 * @throws the file system's error, e.g. `EPERM` for what somebody else owns
 */
export async function letOthersRead(place: string): Promise<void> {
  const facts = await lstat(place);
  if (facts.isSymbolicLink()) return;
  if (facts.isDirectory()) {
    const names = await readdir(place);
    await pMap(names, (name) => letOthersRead(path.join(place, name)), { concurrency: 8 });
  }
  const runs = facts.isDirectory() || (facts.mode & 0o100) !== 0;
  const mode = (facts.mode & 0o7777) | (runs ? 0o055 : 0o044);
  if (mode !== (facts.mode & 0o7777)) await chmod(place, mode);
}
