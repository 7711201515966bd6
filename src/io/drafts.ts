/**
 * Folders that a run takes away when it ends. A run that was killed cannot, so their names tell whose they are, and the
 * next run removes those of the dead.
 */
import { createHash, randomUUID } from 'node:crypto';
import { lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { pid } from 'node:process';
import { runs } from './leases.js';

/** A process is only known to the machine, or the container, that it runs on. */
const machine = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);

/** For the end of a name. */
export const draftTag = (): string => `${machine}-${pid}-${randomUUID()}`;

/** Of what a run makes in the machine's temporary folder; the second for the short ones. */
export const temporaryPrefixes = { cache: 'lambda-slim-', proof: 'slim-' } as const;

/**
 * An empty folder of this run in the machine's temporary folder, nobody else's to read. Its path is short: a socket's name
 * may have 107 bytes at most.
 * @returns absolute, without links
 */
export async function shortFolder(): Promise<string> {
  const tag = `${machine}-${pid}-${randomUUID().slice(0, 8)}`;
  const folder = path.join(await realpath(tmpdir()), `${temporaryPrefixes.proof}${tag}`);
  await mkdir(folder, { mode: 0o700 });
  return folder;
}

/** Remove what killed runs left in the machine's temporary folder. Never throws. */
export async function sweepTemporary(): Promise<void> {
  for (const prefix of Object.values(temporaryPrefixes)) await sweepDrafts(tmpdir(), prefix);
}

const tagged = /^([0-9a-f]{8})-(\d+)-[0-9a-f]{8}(?:(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})?$/;
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
