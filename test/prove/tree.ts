/** Real little trees on disk, proved by whatever Python 3 this machine has. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { takeInventory } from '../../src/inventory/walk.js';
import { Cache } from '../../src/io/cache.js';
import { findInterpreter } from '../../src/io/interpreter.js';
import type { Interpreter } from '../../src/io/interpreter.js';
import { run } from '../program.js';
import { pythonVersions, targetFor } from '../../src/limits.js';
import type { Decision, Inventory, PrunePlan, PythonVersion } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { prove } from '../../src/prove/prove.js';
import type { Proved, ProveOptions } from '../../src/prove/prove.js';
import { stage } from '../../src/stage/stage.js';
import { never } from '../never.js';

const answer = await run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
const version = pythonVersions.find((one) => one === answer.stdout) as PythonVersion;
export const target = targetFor(version, process.arch === 'arm64' ? 'arm64' : 'x86_64');
const found = await findInterpreter(target, { environment: process.env, signal: never });
if (found === null) throw new Error('These tests need a Python that Lambda has, as python3.');
export const interpreter: Interpreter = found;

export interface Bench {
  readonly work: string;
  readonly root: string;
  readonly cache: Cache;
  readonly close: () => Promise<void>;
}

export async function openBench(): Promise<Bench> {
  const work = await mkdtemp(path.join(tmpdir(), 'slim prove-'));
  const root = path.join(work, 'tree');
  const cache = await Cache.open(path.join(work, 'cache'), true);
  await mkdir(root);
  return { work, root, cache, close: () => rm(work, { recursive: true, force: true }) };
}

/** Each distribution's files; metadata and RECORD are added. */
export async function writeTree(
  root: string,
  distributions: Readonly<Record<string, Readonly<Record<string, string>>>>,
): Promise<Inventory> {
  for (const [name, files] of Object.entries(distributions)) {
    const folder = `${name}-1.0.dist-info`;
    const all: Record<string, string> = {
      ...files,
      [`${folder}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n\n`,
    };
    all[`${folder}/RECORD`] = [...Object.keys(all), `${folder}/RECORD`].map((file) => `${file},,\n`).join('');
    for (const [file, text] of Object.entries(all)) {
      await mkdir(path.dirname(path.join(root, file)), { recursive: true });
      await writeFile(path.join(root, file), text);
    }
  }
  return takeInventory(root, silent);
}

/** Keeps all but what `rules` drops (path → rule). */
export function planOf(inventory: Inventory, rules: Readonly<Record<string, string>>): PrunePlan {
  const decide = ({ path: name, bytes }: { path: string; bytes: number }): Decision => {
    const rule = rules[name];
    const action = rule === undefined ? 'keep' : rule === 'stub' ? 'stub' : 'drop';
    const kept = action === 'keep' ? bytes : 0;
    return {
      path: name,
      action,
      rule: rule === 'stub' ? 'option/--stub' : (rule ?? 'kept/default'),
      because: 'test',
      bytes,
      kept,
    };
  };
  return { decisions: inventory.entries.map(decide), findings: [] };
}

export async function proveTree(
  bench: Bench,
  inventory: Inventory,
  plan: PrunePlan,
  options: Partial<ProveOptions> = {},
): Promise<Proved & { readonly because: Record<string, string> }> {
  const { cache, root } = bench;
  const folder = await cache.workFolder('stage');
  const stageOptions = { cache, progress: silent, folder, tree: true };
  const staged = await stage(inventory, plan, stageOptions);
  const { signal } = new AbortController();
  const proved = await prove(inventory, { key: root, requested: [] }, staged, {
    cache,
    progress: silent,
    signal,
    target,
    interpreter,
    recipes: [],
    codeModules: [],
    stage: stageOptions,
    ...options,
  });
  const restored = proved.staged.plan.decisions.filter((one) => one.rule === 'restored/import-proof');
  return { ...proved, because: Object.fromEntries(restored.map((one) => [one.path, one.because])) };
}
