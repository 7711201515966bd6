/** The function's own code: what `--code FOLDER` puts into the package, and which modules it imports. */
import { createHash } from 'node:crypto';
import { readlink } from 'node:fs/promises';
import path from 'node:path';
import fastGlob from 'fast-glob';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import type { StagedFile } from '../model.js';

/** Never part of a function: version control, caches, environments, our own output. */
const never = [
  '**/.git/**',
  '**/.hg/**',
  '**/.svn/**',
  '**/__pycache__/**',
  '**/*.py[co]',
  '**/.venv/**',
  '**/venv/**',
  '**/node_modules/**',
  '**/.lambda-slim/**',
  '**/.pytest_cache/**',
  '**/.mypy_cache/**',
  '**/.ruff_cache/**',
  '**/.aws-sam/**',
  '**/.serverless/**',
  '**/cdk.out/**',
  '**/.terraform/**',
  '**/.DS_Store',
];

/**
 * @param folder absolute path of its folder
 * @param out the output folder, which is never packed into itself
 * @returns sorted by path; symbolic links stay links
 * @throws SlimError `nothing-to-build` when it holds no file
 */
export async function codeFiles(folder: string, out: string): Promise<readonly StagedFile[]> {
  const inside = path.relative(folder, out).split(path.sep).join('/');
  const ignore =
    inside.startsWith('..') || inside === '' ? never : [...never, `${fastGlob.escapePath(inside)}/**`];
  const found = await fastGlob('**', {
    cwd: folder,
    dot: true,
    stats: true,
    onlyFiles: false,
    followSymbolicLinks: false,
    ignore,
  });
  const files: StagedFile[] = [];
  for (const { path: name, stats } of found) {
    if (!stats || stats.isDirectory()) continue;
    const source = path.join(folder, name);
    const common = { path: name, place: 'function', distribution: null, origin: 'function' } as const;
    if (stats.isSymbolicLink()) {
      files.push({ ...common, source: '', bytes: 0, mode: 0o777, link: await readlink(source) });
    } else if (stats.isFile()) {
      files.push({ ...common, source, bytes: stats.size, mode: stats.mode & 0o111 ? 0o755 : 0o644 });
    }
  }
  if (files.length === 0) {
    throw new SlimError('nothing-to-build', `The folder of your code, ${folder}, holds no file to pack.`, {
      hint: "Name the folder that holds your function's code with --code.",
    });
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One digest over names, modes and contents: changes when the function's code does. */
export async function codeDigest(files: readonly StagedFile[]): Promise<string> {
  const hash = createHash('sha256');
  for (const file of files) {
    hash.update(`${file.path}\0${file.mode}\0${file.link ?? ''}\0`);
    if (file.link === undefined) hash.update(Buffer.from(await hashFile(file.source), 'hex'));
  }
  return hash.digest('hex');
}
