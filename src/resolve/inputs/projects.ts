/**
 * Local projects (`-e ./engine`, `git+https://…`): copied first, so that no build/, *.egg-info or lock appears in the
 * user's folders; build-wheel.ts makes wheels of them.
 */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { hashFile } from '../../io/hash.js';
import { normalizeName } from '../../python/names.js';
import { cloneProject } from './git.js';
import type { Asking } from './kept-source.js';
import { parseToml } from './toml.js';
import type { SourceProject } from '../resolver.js';
import type { World } from '../../world.js';
import { findProgram, lastLines, runTool } from '../tools.js';
import { isFolder } from '../../io/exists.js';

export type ProjectSource =
  /** With `git+`, variables filled in: may hold credentials. */
  | { readonly git: string }
  /** Absolute. `fragment`: what stands behind the `#` of an archive's URL. */
  | { readonly path: string; readonly fragment?: string };

export interface CopiedProject {
  readonly project: SourceProject;
  /** sha256 over its files. */
  readonly digest: string;
}

/** Never part of a build, and often huge. */
const left = new Set([
  '.venv',
  'venv',
  'node_modules',
  '__pycache__',
  '.tox',
  '.nox',
  '.mypy_cache',
  '.lambda-slim',
  '.pytest_cache',
  '.ruff_cache',
]);

/**
 * Copy a project (or clone it) into our own folder.
 * @param name as the requirement has it; else the project's own metadata is asked
 * @throws SlimError `no-resolver`, `bad-requirements` (neither project nor archive), `resolution-failed` (git),
 *   `hash-mismatch`, `not-in-cache` (offline)
 */
export async function copyProject(
  source: ProjectSource,
  name: string | null,
  written: string,
  options: {
    readonly into: string;
    readonly without: readonly string[];
    readonly context: World;
    readonly asking: Asking;
    /** `sha256:…`: the archive must have one of them. */
    readonly hashes?: readonly string[];
  },
): Promise<CopiedProject> {
  const { into, context, hashes = [] } = options;
  await mkdir(path.dirname(into), { recursive: true });
  let copy = into;
  if ('git' in source) {
    copy = await cloneProject(source.git, into, written, options.asking, context);
    // The address may hold a token, and builds and containers see this folder.
    if (!(await readsHistory(copy))) await rm(path.join(into, '.git'), { recursive: true, force: true });
  } else if ((await stat(source.path)).isDirectory()) {
    await requireProject(source.path, written);
    await copyFolder(source.path, into, options.without);
  } else {
    const fragment = new URLSearchParams(source.fragment ?? '');
    const digest = fragment.get('sha256');
    await requireHash(source.path, [...hashes, ...(digest === null ? [] : [`sha256:${digest}`])], written);
    await mkdir(into);
    copy = path.join(into, path.basename(source.path));
    await cp(source.path, copy);
    const inside = fragment.get('subdirectory');
    if (inside !== null) copy = await unpacked(copy, inside, written, context);
  }
  const known = name === null ? await projectName(copy) : normalizeName(name);
  return { project: { name: known, written, copy }, digest: await digestOf(copy) };
}

/** @throws SlimError `hash-mismatch` */
async function requireHash(file: string, hashes: readonly string[], written: string): Promise<void> {
  const wanted = hashes.filter((hash) => hash.startsWith('sha256:')).map((hash) => hash.toLowerCase());
  if (wanted.length === 0) return;
  const found = `sha256:${await hashFile(file)}`;
  if (wanted.includes(found)) return;
  throw new SlimError('hash-mismatch', `"${written}" does not have the hash that the requirements give.`, {
    hint: 'If the archive was made again, write the requirements anew with its hash; otherwise someone may have changed it.',
    details: [`expected ${wanted.join(' or ')}`, `got      ${found}`],
  });
}

/** A project that is not at the top of its archive: the archive is unpacked. */
async function unpacked(archive: string, inside: string, written: string, context: World): Promise<string> {
  const python =
    (await findProgram('python3', context.environment)) ?? (await findProgram('python', context.environment));
  const folder = `${archive}.unpacked`;
  const code = 'import shutil, sys; shutil.unpack_archive(sys.argv[1], sys.argv[2])';
  const result =
    python === null
      ? null
      : await runTool({ command: python, first: ['-I', '-c', code] }, [archive, folder], {
          environment: context.environment,
          secrets: context.secrets,
          signal: context.signal,
        });
  if (result?.ok !== true) {
    throw new SlimError('bad-requirements', `"${written}" cannot be unpacked.`, {
      hint: 'Check that the archive is whole, and that a Python is on PATH; or name the unpacked folder.',
      details: result === null ? [] : lastLines(result, context.secrets, 4),
    });
  }
  // Source archives hold one folder, and the URL's subdirectory is below it.
  const [top, ...others] = await readdir(folder);
  const root = others.length === 0 && top !== undefined ? path.join(folder, top) : folder;
  const project = path.resolve(root, inside);
  if (!project.startsWith(root + path.sep) || !(await isFolder(project))) {
    throw new SlimError('bad-requirements', `"${written}" has no folder ${inside}.`, {
      hint: 'Correct the subdirectory behind the "#".',
    });
  }
  await requireProject(project, written);
  return project;
}

async function requireProject(folder: string, written: string): Promise<void> {
  const names = await readdir(folder);
  if (names.includes('pyproject.toml') || names.includes('setup.py')) return;
  throw new SlimError('bad-requirements', `"${written}" is a folder without pyproject.toml or setup.py.`, {
    hint: 'Name a Python project, or put plain modules in with --code FOLDER.',
  });
}

/** Whether a file or folder of that name is no part of a project's sources. */
export const isNoSource = (name: string): boolean => left.has(name) || name.endsWith('.egg-info');

async function copyFolder(from: string, to: string, without: readonly string[]): Promise<void> {
  const withHistory = await readsHistory(from);
  await cp(from, to, {
    recursive: true,
    // Copies of read-only folders must be writable for the build.
    mode: 0,
    filter: async (source) => {
      const base = path.basename(source);
      if (source === from) return true;
      if (without.includes(source) || isNoSource(base)) return false;
      if (base === '.git') return withHistory;
      if (base === 'build' && path.dirname(source) === from) {
        const inside = await readdir(source).catch(() => []);
        return !inside.some((one) => one === 'lib' || one.startsWith('lib.') || one.startsWith('bdist.'));
      }
      return true;
    },
  });
  await makeWritable(to);
}

async function makeWritable(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) await makeWritable(full);
    else if (entry.isFile()) await chmod(full, 0o644 | ((await stat(full)).mode & 0o111));
  }
}

/** Build backends that take the version from git tags. */
async function readsHistory(folder: string): Promise<boolean> {
  const texts = await Promise.all(
    ['pyproject.toml', 'setup.py', 'setup.cfg'].map((name) =>
      readFile(path.join(folder, name), 'utf8').catch(() => ''),
    ),
  );
  return /setuptools[-_]scm|hatch-vcs|versioneer|versioningit|dynamic-versioning|\bpbr\b|pdm-backend/.test(
    texts.join('\n'),
  );
}

async function projectName(copy: string): Promise<string | null> {
  const sdist = /^(.+?)-\d[^-]*\.(tar\.\w+|zip|tgz)$/.exec(path.basename(copy))?.[1];
  if (sdist !== undefined) return normalizeName(sdist);
  const text = await readFile(path.join(copy, 'pyproject.toml'), 'utf8').catch(() => '');
  try {
    const table = parseToml(text, 'pyproject.toml') as {
      project?: { name?: unknown };
      tool?: { poetry?: { name?: unknown } };
    };
    const name = table.project?.name ?? table.tool?.poetry?.name;
    if (typeof name === 'string') return normalizeName(name);
  } catch {
    // The build will say what is wrong with it.
  }
  const setup = await readFile(path.join(copy, 'setup.cfg'), 'utf8').catch(() => '');
  const named = /^\[metadata\][^[]*?^name\s*=\s*(\S+)/ms.exec(setup)?.[1];
  return named === undefined ? null : normalizeName(named);
}

/** sha256 (hex) over a project's files, or of an archive. */
export async function digestOf(copy: string): Promise<string> {
  if ((await stat(copy)).isFile()) return hashFile(copy);
  const names = await readdir(copy, { recursive: true, withFileTypes: true });
  const files = names
    .filter((name) => name.isFile())
    .map((name) => path.join(name.parentPath, name.name))
    .filter((file) => !path.relative(copy, file).startsWith(`.git${path.sep}`))
    .sort();
  const hash = createHash('sha256');
  for (const file of files)
    hash
      .update(path.relative(copy, file))
      .update('\0')
      .update(await hashFile(file));
  return hash.digest('hex');
}
