/**
 * Folders that a run takes away when it ends. A run that was killed cannot, so their names tell whose they are, and the
 * next run removes those of the dead.
 */
import { createHash, randomUUID } from 'node:crypto';
import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { pid } from 'node:process';
import { runs } from './leases.js';

/** A process is only known to the machine, or the container, that it runs on. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** For the end of a name. */
export const draftTag = (): string => `${machine}-${pid}-${randomUUID()}`;

const tagged = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** Of a machine that we cannot ask: nothing runs as long. */
const longestRun = 24 * 60 * 60 * 1000;

/** Whether a name is that of a draft, of whichever run. */
export function isDraft(name: string, prefix: string): boolean {
  return name.startsWith(prefix) && tagged.test(name.slice(prefix.length));
}

/**
 * Remove what killed runs left in a folder. Never throws: it is only a courtesy.
 * @param prefix of the names, before the tag
 */
export async function sweepDrafts(folder: string, prefix: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    if (!isDraft(name, prefix)) continue;
    const full = path.join(folder, name);
    if (await isDead(full, name.slice(prefix.length))) {
      await rm(full, { recursive: true, force: true }).catch(() => {});
    }
  }
}

async function isDead(full: string, tag: string): Promise<boolean> {
  const [, home, process = ''] = tagged.exec(tag) ?? [];
  if (home === machine) return !runs(Number(process));
  const facts = await lstat(full).catch(() => null);
  return facts !== null && Date.now() - facts.mtimeMs > longestRun;
}
