/**
 * Local projects (`-e ./engine`, `git+https://…`): copied first, so that no build/, *.egg-info or lock appears in the
 * user's folders, then built into a wheel.
 */
import { createHash } from 'node:crypto';
import { chmod, cp, mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { cacheKey } from '../../text/cache-key.js';
import type { Target } from '../../model.js';
import { hashFile } from '../../io/hash.js';
import { normalizeName } from '../../python/names.js';
import { parseToml } from './toml.js';
import type { SourceProject } from '../resolver.js';
import type { World } from '../../world.js';
import { redact } from '../secrets.js';
import { findProgram, lastLines, runTool, type Tool } from '../tools.js';
import { fits, parseWheelName } from '../../python/wheels.js';

export type ProjectSource = { readonly git: string } | { readonly path: string };

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
 * @throws SlimError `not-found`, `bad-requirements` (neither project nor archive), `resolution-failed` (git)
 */
export async function copyProject(
  source: ProjectSource,
  name: string | null,
  written: string,
  options: { readonly into: string; readonly without: readonly string[]; readonly context: World },
): Promise<CopiedProject> {
  const { into, context } = options;
  await mkdir(path.dirname(into), { recursive: true });
  let copy = into;
  if ('git' in source) {
    copy = await cloneProject(source.git, into, written, context);
  } else if ((await stat(source.path)).isDirectory()) {
    await requireProject(source.path, written);
    await copyFolder(source.path, into, options.without);
  } else {
    await mkdir(into);
    copy = path.join(into, path.basename(source.path));
    await cp(source.path, copy);
  }
  const known = name === null ? await projectName(copy) : normalizeName(name);
  return { project: { name: known, written, copy }, digest: await digestOf(copy) };
}

async function requireProject(folder: string, written: string): Promise<void> {
  const names = await readdir(folder);
  if (names.includes('pyproject.toml') || names.includes('setup.py')) return;
  throw new SlimError('bad-requirements', `"${written}" is a folder without pyproject.toml or setup.py.`, {
    hint: 'Name a Python project, or put plain modules in with --handler FOLDER.',
  });
}

async function copyFolder(from: string, to: string, without: readonly string[]): Promise<void> {
  const withHistory = await readsHistory(from);
  await cp(from, to, {
    recursive: true,
    // Copies of read-only folders must be writable for the build.
    mode: 0,
    filter: async (source) => {
      const base = path.basename(source);
      if (source === from) return true;
      if (without.includes(source) || left.has(base) || base.endsWith('.egg-info')) return false;
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

async function cloneProject(url: string, into: string, written: string, context: World): Promise<string> {
  const git = await findProgram('git', context.environment);
  if (git === null) {
    throw new SlimError('no-resolver', `"${written}" needs git, which is not on PATH.`, {
      hint: 'Install git, or name a wheel of the package.',
    });
  }
  const fragment = new URLSearchParams(/#(.*)$/.exec(url)?.[1] ?? '');
  const bare = url.replace(/^git\+/, '').replace(/#.*$/, '');
  // The revision is what follows an @ in the path; one before the path belongs to the user name.
  const at = /^(.*\/[^@]*)@([^@]+)$/.exec(bare);
  const steps = [
    ['clone', '--quiet', at?.[1] ?? bare, into],
    ...(at ? [['-C', into, 'checkout', '--quiet', at[2] ?? 'HEAD']] : []),
    ['-C', into, 'submodule', '--quiet', 'update', '--init', '--recursive'],
  ];
  for (const args of steps) {
    const result = await runTool({ command: git, first: [] }, args, {
      environment: context.environment,
      signal: context.signal,
    });
    if (!result.ok) {
      throw new SlimError('resolution-failed', `git cannot get "${written}".`, {
        hint: 'Check the address, the revision, and that git may log in without asking.',
        details: lastLines(result, context.environment, 6),
      });
    }
  }
  return path.join(into, fragment.get('subdirectory') ?? '.');
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

async function digestOf(copy: string): Promise<string> {
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

/** What can build a wheel: uv, pip, or both (tried in this order). */
export interface Builder {
  readonly name: 'uv' | 'pip';
  readonly tool: Tool;
}

/**
 * Build a project's wheel, or take it from the cache (key: the project's files and the builder's version).
 * @returns absolute path of the wheel
 * @throws SlimError `no-wheel` when the wheel is compiled (it would be for this machine, not for Lambda) or does not fit
 */
export async function buildWheel(
  project: SourceProject,
  builders: readonly Builder[],
  target: Target,
  context: World,
  note: (text: string) => void,
): Promise<string> {
  const key = cacheKey({
    project: await digestOf(project.copy),
    builders: builders.map((one) => `${one.name} ${one.tool.version}`),
  });
  const entry = await context.cache.folder('wheels', key, (folder) =>
    buildInto(folder, project, builders, context, note),
  );
  const wheel = (await readdir(entry.path)).find((name) => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`no wheel in ${entry.path}`);
  const fit = fits(wheel, target);
  if (!fit.fits) {
    const compiled = !(parseWheelName(wheel)?.platforms.includes('any') ?? false);
    throw new SlimError(
      'no-wheel',
      compiled
        ? `"${project.written}" has compiled parts (${wheel}): built here, they are for this machine.`
        : `The wheel of "${project.written}" does not fit: ${fit.because}.`,
      {
        hint: compiled
          ? 'Have it compiled for Lambda in a container: --resolver docker.'
          : 'Correct the tags of its wheel, or build for another --python.',
      },
    );
  }
  return path.join(entry.path, wheel);
}

async function buildInto(
  folder: string,
  project: SourceProject,
  builders: readonly Builder[],
  context: World,
  note: (text: string) => void,
): Promise<void> {
  let details: string[] = [];
  // Builds leave things behind (build/, compiled modules): a container that takes over must not find them.
  const source = path.join(await context.cache.workFolder('build'), path.basename(project.copy));
  await cp(project.copy, source, { recursive: true });
  for (const { name, tool } of builders) {
    const args =
      name === 'uv'
        ? ['build', '--wheel', '--out-dir', folder, '--no-create-gitignore', source]
        : ['wheel', '--no-deps', '--ignore-requires-python', '--wheel-dir', folder, source];
    const result = await runTool(tool, args, {
      cwd: path.dirname(source),
      environment: context.environment,
      env: { PYTHONSAFEPATH: undefined },
      note,
      signal: context.signal,
    });
    if (result.ok && (await readdir(folder)).some((one) => one.endsWith('.whl'))) return;
    details = lastLines(result, context.environment);
  }
  throw new SlimError('resolution-failed', `"${redact(project.written)}" cannot be built into a wheel.`, {
    hint: 'Correct what the build says below; "pip wheel --no-deps ." in the project shows the same.',
    details,
  });
}
