/** The function's own code: what `--code FOLDER` puts into the package. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import path from 'node:path';
import picomatch from 'picomatch';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import { isOutput } from '../io/output-folder.js';
import { walkTree } from '../io/tree.js';
import type { StagedFile } from '../model.js';
import { isSecret } from './secret-files.js';

/** Never part of a function: version control, caches, environments, our own output. */
const never = [
  '**/.git/**',
  '**/.hg/**',
  '**/.svn/**',
  '**/__pycache__/**',
  '**/*.py[co]',
  // Virtual environments are known by their pyvenv.cfg; these also without one.
  '**/.venv/**',
  '**/venv/**',
  '**/node_modules/**',
  '**/.lambda-slim/**',
  '**/.lambda-slim-*/**',
  '**/.pytest_cache/**',
  '**/.mypy_cache/**',
  '**/.ruff_cache/**',
  '**/.aws-sam/**',
  '**/.serverless/**',
  '**/cdk.out/**',
  '**/.terraform/**',
  '**/.DS_Store',
];

export interface CodeFiles {
  /** Sorted by path; symbolic links stay links. */
  readonly files: readonly StagedFile[];
  /** Paths of credentials and private keys, which stay behind; sorted. */
  readonly secrets: readonly string[];
}

/**
 * @param folder absolute path of its folder
 * @param out the output folder, which is never packed into itself
 * @param keep globs of files that travel although they hold secrets
 * @throws SlimError `nothing-to-build` when it holds no file, `unusable-file` when something in it is none
 */
export async function codeFiles(
  folder: string,
  out: string,
  keep: readonly string[] = [],
): Promise<CodeFiles> {
  const inside = path.relative(folder, out).split(path.sep).join('/');
  const isNever = picomatch([...never], { dot: true });
  const isOut = (name: string): boolean =>
    !inside.startsWith('..') && inside !== '' && name.startsWith(`${inside}/`);
  const found = await walkTree(
    folder,
    // What is in a folder tells whether the folder is one of those.
    (name) =>
      name.endsWith('/')
        ? isNever(`${name}x`) ||
          isOut(name) ||
          isOutput(path.join(folder, name)) ||
          existsSync(path.join(folder, name, 'pyvenv.cfg'))
        : isNever(name) || isOut(name),
  );
  const asked = picomatch([...keep], { dot: true });
  const files: StagedFile[] = [];
  const secrets: string[] = [];
  for (const { path: name, bytes, mode, link } of found) {
    const source = path.join(folder, name);
    const common = { path: name, place: 'function', distribution: null, origin: 'function', bytes } as const;
    if (link !== undefined) files.push({ ...common, source: '', mode: 0o777, link });
    else if (!asked(name) && (await isSecret(name, source))) secrets.push(name);
    else files.push({ ...common, source, mode });
  }
  if (files.length === 0) {
    throw new SlimError('nothing-to-build', `The folder of your code, ${folder}, holds no file to pack.`, {
      hint: "Name the folder that holds your function's code with --code.",
    });
  }
  return { files, secrets };
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
