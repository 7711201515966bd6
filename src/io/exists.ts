/** What is at a path, as a yes or no. What cannot be looked at is not there. */
import { lstat, stat } from 'node:fs/promises';

/** Links are followed: one that leads nowhere is not there. */
export async function exists(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null)) !== null;
}

/** Whether something has the name already; also a link that leads nowhere. */
export async function isTaken(place: string): Promise<boolean> {
  return (await lstat(place).catch(() => null)) !== null;
}

/** A folder, or a link to one. */
export async function isFolder(place: string): Promise<boolean> {
  return (await stat(place).catch(() => null))?.isDirectory() === true;
}
