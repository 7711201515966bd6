/** What of this machine's own system every sandbox shows: programs, libraries and a few devices; nothing of its user's. */
import { lstat, readlink } from 'node:fs/promises';
import { isTaken } from '../io/exists.js';
import type { Mount } from './mount.js';

/** Folders of programs and libraries on a merged and on an unmerged system. */
const systemFolders = ['/bin', '/sbin', '/lib', '/lib32', '/lib64', '/libx32'];
/** Of /etc: what programs of the system need to find their parts. */
export const systemSettings = ['/etc/ssl', '/etc/pki', '/etc/alternatives'];
const devices = ['null', 'zero', 'full', 'random', 'urandom', 'tty'];

/** A few devices, and the processes of the sandbox alone. */
export const deviceMounts: readonly Mount[] = [
  ...devices.map((name): Mount => ({ kind: 'device', target: `/dev/${name}` })),
  { kind: 'link', target: '/dev/fd', to: '/proc/self/fd' },
  { kind: 'link', target: '/dev/stdin', to: '/proc/self/fd/0' },
  { kind: 'link', target: '/dev/stdout', to: '/proc/self/fd/1' },
  { kind: 'link', target: '/dev/stderr', to: '/proc/self/fd/2' },
  { kind: 'processes', target: '/proc' },
];

export const bind = (source: string, target: string): Mount => ({ kind: 'bind', source, target });

export async function systemMounts(): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (const target of await existing(systemFolders)) {
    const facts = await lstat(target);
    mounts.push(
      facts.isSymbolicLink() ? { kind: 'link', target, to: await readlink(target) } : bind(target, target),
    );
  }
  return mounts;
}

export async function existing(files: readonly string[]): Promise<readonly string[]> {
  const there = await Promise.all(files.map(isTaken));
  return files.filter((_, index) => there[index]);
}

export const isWithin = (inner: string, folder: string): boolean =>
  inner === folder || inner.startsWith(`${folder}/`);
