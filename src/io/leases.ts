/**
 * Who uses which entries of a cache folder, so that nothing in use is taken away.
 *
 * Each process has a folder below `work` with `lease.json` (who it is) and `uses` (an entry's id a line). It notes an entry
 * before it looks at it, and waits while `pruning` is there. Who prunes makes `pruning` first, then reads the notes, and only
 * moves what nobody noted. Whichever comes second sees the other, so neither needs a lock for the whole of its work.
 */
import { appendFileSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import path from 'node:path';
import { kill, pid } from 'node:process';
import { setTimeout as wait } from 'node:timers/promises';
import { removal } from './removal.js';

/** A lease of another machine, or one whose number another program may have by now, counts for this long. */
const longestBuildMs = 24 * 60 * 60 * 1000;
/** Moving entries aside takes milliseconds: who still prunes after this has died. */
const longestPruneMs = 60_000;
/** A lease is written right after its folder is made. */
const longestUnnamedMs = 60_000;

const leaseName = 'lease.json';

interface Who {
  readonly pid: number;
  readonly host: string;
}

const me = (): string => JSON.stringify({ pid, host: hostname() } satisfies Who);

/** Make a folder of this process below `work`, with its lease. */
export async function openLease(work: string): Promise<void> {
  await mkdir(work, { recursive: true });
  await writeFile(path.join(work, leaseName), me());
}

/**
 * Remove the folder of this process. The lease goes last: by it the next run knows that what could not be removed is nobody's.
 */
export async function closeLease(work: string): Promise<void> {
  const names = await readdir(work).catch(() => []);
  const others = names.filter((name) => name !== leaseName);
  await Promise.all(others.map((name) => rm(path.join(work, name), removal)));
  await rm(work, removal);
}

/**
 * Note that this process uses an entry, and wait until nobody prunes.
 * @param id `kind/key`
 */
export async function noteUse(root: string, work: string, id: string): Promise<void> {
  appendFileSync(path.join(work, 'uses'), `${id}\n`);
  while (await isPruned(root)) await wait(20);
}

async function isPruned(root: string): Promise<boolean> {
  const file = path.join(root, 'pruning');
  const facts = await stat(file).catch(() => null);
  if (facts === null) return false;
  if (await isAlive(file, longestPruneMs)) return true;
  await rm(file, { force: true });
  return false;
}

/** Run a short piece of work while every other process waits before it looks at an entry it has not noted yet. */
export async function whilePruning<T>(root: string, work: () => Promise<T>): Promise<T> {
  const file = path.join(root, 'pruning');
  for (;;) {
    try {
      await writeFile(file, me(), { flag: 'wx' });
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      if (await isPruned(root)) await wait(20);
    }
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

export interface Leases {
  /** Ids (`kind/key`) that running processes noted. */
  readonly used: ReadonlySet<string>;
  /** Folders below `work` of running processes. */
  readonly alive: readonly string[];
  /** Folders below `work` that a process left when it was killed. */
  readonly dead: readonly string[];
}

/** Read all leases of a cache. */
export async function readLeases(root: string): Promise<Leases> {
  const used = new Set<string>();
  const alive: string[] = [];
  const dead: string[] = [];
  for (const name of await readdir(path.join(root, 'work')).catch(() => [])) {
    const work = path.join(root, 'work', name);
    if (!(await isAlive(path.join(work, leaseName), longestBuildMs, work))) {
      dead.push(work);
      continue;
    }
    alive.push(work);
    const text = await readFile(path.join(work, 'uses'), 'utf8').catch(() => '');
    for (const id of text.split('\n')) if (id !== '') used.add(id);
  }
  return { used, alive, dead };
}

/** @param folder without a readable lease its age alone counts, and soon: another process may be about to write one */
async function isAlive(lease: string, longestMs: number, folder = lease): Promise<boolean> {
  const [text, facts] = await Promise.all([
    readFile(lease, 'utf8').catch(() => ''),
    stat(folder).catch(() => null),
  ]);
  if (facts === null) return false;
  const age = Date.now() - facts.mtimeMs;
  if (age > longestMs) return false;
  let who: Partial<Who>;
  try {
    who = JSON.parse(text) as Partial<Who>;
  } catch {
    return age <= longestUnnamedMs;
  }
  return who.host !== hostname() || typeof who.pid !== 'number' || runs(who.pid);
}

/** Whether a process of this machine runs. */
export function runs(number: number): boolean {
  try {
    kill(number, 0);
    return true;
  } catch (error) {
    // EPERM: it runs, and is somebody else's.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
