/**
 * Unchecked-hash bytecode by the target's own Python version (DESIGN, "Bytecode is part of start-up"). Compiled once
 * for each
 * distribution and its sources, then taken from the cache.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { SlimError } from '../errors.js';
import type { Cache } from '../io/cache.js';
import { cacheKey } from '../text/cache-key.js';
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';
import type { StagedFile } from '../model.js';
import type { Progress } from '../progress.js';
import { worthCompiling } from './choose.js';
import type { Compiled } from './choose.js';
import { countText } from '../text/units.js';

/** Line ranges cost a third of the packed size and give only the caret marks in tracebacks. From 3.11. */
const flagsFor = (version: string): readonly string[] =>
  Number(version.split('.')[1]) >= 11 ? ['-X', 'no_debug_ranges'] : [];

export interface BytecodeOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly interpreter: Interpreter;
  readonly signal: AbortSignal;
  /** Files that imports opened: test modules are compiled only when they are among these. */
  readonly touched?: ReadonlySet<string>;
  /** Bytes of bytecode that could travel at most. What cannot have room is not compiled. Default: no bound. */
  readonly most?: number;
}

/**
 * Compile the staged Python files of the tree that can be imported. The function's own code is left alone: bytecode is
 * not checked against its source, so an edit in AWS's console would not count.
 * @returns in the order of `files`; files that are not valid Python of this version are missing
 * @throws SlimError `bytecode-failed`
 */
export async function compileAll(
  files: readonly StagedFile[],
  options: BytecodeOptions,
): Promise<readonly Compiled[]> {
  const sources = worthCompiling(
    files,
    options.touched ?? new Set(),
    options.most ?? Number.POSITIVE_INFINITY,
  );
  if (sources.length === 0) return [];
  const groups = new Map<string | null, StagedFile[]>();
  for (const file of sources) groups.set(file.distribution, [...(groups.get(file.distribution) ?? []), file]);
  const step = options.progress.start('compile bytecode', sources.length);
  const compiled: Compiled[] = [];
  let cached = true;
  for (const [distribution, group] of groups) {
    step.note(distribution ?? '');
    const made = await compileGroup(group, options);
    cached &&= made.cached;
    for (const file of group) {
      const target = made.bytes.get(file.path);
      if (target) compiled.push({ path: file.path, distribution, ...target });
    }
    step.advance(group.length);
  }
  step.end(countText(compiled.length, 'module'), { cached });
  return compiled;
}

/** The compiler's own text: another script's bytecode is another entry. */
async function script(): Promise<string> {
  return readFile(templatePath('compile_bytecode.py'), 'utf8');
}

/**
 * What is compiled already and still staged, with what was staged since.
 * @param before from `compileAll`
 */
export async function compileMore(
  before: readonly Compiled[],
  files: readonly StagedFile[],
  options: BytecodeOptions,
): Promise<readonly Compiled[]> {
  const staged = new Set(files.map((file) => file.path));
  const known = new Set(before.map((one) => one.path));
  const kept = before.filter((one) => staged.has(one.path));
  const fresh = files.filter((file) => !known.has(file.path));
  return [...kept, ...(await compileAll(fresh, options))];
}

interface Made {
  readonly cached: boolean;
  readonly bytes: ReadonlyMap<string, { readonly source: string; readonly bytes: number }>;
}

async function compileGroup(
  group: readonly StagedFile[],
  { cache, interpreter, signal }: BytecodeOptions,
): Promise<Made> {
  const flags = flagsFor(interpreter.version);
  const digests: [string, string][] = [];
  for (const file of group)
    digests.push([
      file.path,
      createHash('sha256')
        .update(await readFile(file.source))
        .digest('hex'),
    ]);
  // Patch releases share a magic number, but may compile a little differently.
  const { magic, version } = interpreter;
  const key = cacheKey({ script: await script(), magic, version, flags, digests });
  // Numbered: a path in the tree may be longer than a file name may be when flattened.
  const entry = await cache.folder('bytecode', key, async (folder) => {
    const jobs = group.map((file, index) => ({
      source: file.source,
      path: file.path,
      target: path.join(folder, `${index}.pyc`),
    }));
    await mkdir(folder, { recursive: true });
    const result = await interpreter.run(
      ['-s', '-S', '-X', 'utf8', ...flags, templatePath('compile_bytecode.py')],
      {
        input: JSON.stringify({ jobs, workers: Math.max(2, availableParallelism()) }),
        env: { PYTHONHASHSEED: '0' },
        signal,
        folders: [folder, ...new Set(group.map((file) => path.dirname(file.source)))],
        writable: [folder],
      },
    );
    if (!result.ok) {
      throw new SlimError('bytecode-failed', `${interpreter.description} could not compile bytecode.`, {
        hint: 'Build with --pyc none, or name another Python with --interpreter.',
        details: result.stderr.trim().split('\n').slice(-5),
      });
    }
  });
  const there = new Set(await readdir(entry.path));
  const bytes = new Map<string, { source: string; bytes: number }>();
  for (const [index, file] of group.entries()) {
    if (!there.has(`${index}.pyc`)) continue;
    const source = path.join(entry.path, `${index}.pyc`);
    bytes.set(file.path, { source, bytes: (await stat(source)).size });
  }
  return { cached: entry.cached, bytes };
}
