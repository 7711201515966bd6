import { randomUUID } from 'node:crypto';
import { lstat, mkdir, mkdtemp, readdir, readlink, rm, symlink, writeFile, chmod } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { fileURLToPath } from 'node:url';
import { Cache } from '../../src/io/cache.js';
import { run } from '../program.js';
import type { PackedFile, StagedFile } from '../../src/model.js';

/** A fresh folder that goes when the test file is done. */
export function scratch(): () => Promise<string> {
  const made: string[] = [];
  afterAll(async () => {
    for (const folder of made) {
      await chmod(folder, 0o755).catch(() => {});
      await rm(folder, { recursive: true, force: true });
    }
  });
  return async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slim test ü '));
    made.push(folder);
    return folder;
  };
}

export async function openCache(folder: string): Promise<Cache> {
  return Cache.open(folder, true);
}

/** What a tree holds: bytes, an executable (`[bytes]`), or a link (`-> target`). */
export type Tree = Readonly<Record<string, string | Buffer | readonly [string] | { readonly link: string }>>;

/** Write a tree and stage it; a path's first segment is its distribution. */
export async function stage(root: string, tree: Tree): Promise<StagedFile[]> {
  const files: StagedFile[] = [];
  for (const [name, content] of Object.entries(tree)) {
    const source = path.join(root, name);
    await mkdir(path.dirname(source), { recursive: true });
    const common = {
      path: name,
      place: 'python',
      distribution: name.split('/')[0] ?? null,
      origin: 'tree',
    } as const;
    if (typeof content === 'object' && 'link' in content) {
      await symlink(content.link, source);
      files.push({ ...common, source: '', bytes: 0, mode: 0o755, link: content.link });
      continue;
    }
    const executable = Array.isArray(content);
    const bytes = Buffer.isBuffer(content)
      ? content
      : Buffer.from(executable ? content[0] : (content as string));
    await writeFile(source, bytes);
    files.push({ ...common, source, bytes: bytes.length, mode: executable ? 0o755 : 0o644 });
  }
  return files;
}

/** A packed file that exists only as numbers, for plans. */
export function packed(name: string, facts: Partial<PackedFile> & { readonly bytes: number }): PackedFile {
  return {
    path: name,
    place: 'python',
    source: `/tree/${name}`,
    mode: 0o644,
    distribution: name.split('/')[0] ?? null,
    origin: 'tree',
    sha256: randomUUID(),
    crc32: 0,
    packedBytes: facts.bytes,
    method: 'store',
    packedSource: `/tree/${name}`,
    packedOffset: 0,
    ...facts,
  };
}

/** Every file below a folder: `path mode [-> target]`, sorted. */
export async function listTree(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const rows = entries
    .filter((entry) => !entry.isDirectory())
    .map(async (entry) => {
      const full = path.join(entry.parentPath, entry.name);
      const name = path.relative(root, full);
      if (entry.isSymbolicLink()) return `${name} -> ${await readlink(full)}`;
      return `${name} ${((await lstat(full)).mode & 0o777).toString(8)}`;
    });
  return (await Promise.all(rows)).sort();
}

/** A member of a tar archive, as Python's tarfile reads it. */
export interface TarEntry {
  readonly path: string;
  /** `0`: file, `2`: symbolic link. */
  readonly type: string;
  readonly link: string;
  readonly bytes: number;
  readonly mode: number;
  /** `uid:gid` */
  readonly owner: string;
  /** Seconds. */
  readonly time: number;
  /** Where its bytes begin in the archive. */
  readonly at: number;
  /** Of its bytes (hex); null for a link. */
  readonly sha256: string | null;
}

/** Every member of an archive (plain or gzip), in order. */
export async function readTar(file: string): Promise<readonly TarEntry[]> {
  const script = fileURLToPath(new URL('../setup/tar.py', import.meta.url));
  const result = await run('python3', [script, file]);
  if (!result.ok) throw new Error(result.stderr);
  return JSON.parse(result.stdout) as TarEntry[];
}
