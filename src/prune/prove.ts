/**
 * How a prune proves itself: what imported from the untouched tree imports from only what is kept, each recipe's probe runs,
 * and `importlib.metadata` answers for every distribution that is left.
 */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { finding, type Finding } from '../findings.js';
import { cacheKey, type Cache } from '../io/cache.js';
import type { Interpreter } from '../io/interpreter.js';
import type { Decision, Distribution, Inventory, Proof, PrunePlan, Resolution, Target } from '../model.js';
import type { Progress } from '../progress.js';
import type { Recipe } from '../recipes/recipe.js';
import { settle } from './fixed-point.js';
import { runProbes, type GroupAnswer, type ProbeAnswer, type ProbeGroup } from './probes.js';
import { restore } from './restore.js';
import { restage, type Staged, type StageOptions } from './stage.js';

export interface ProveOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly target: Target;
  readonly interpreter: Interpreter | null;
  readonly recipes: readonly Recipe[];
  /** Modules that the function's own code imports. */
  readonly handlerModules: readonly string[];
  readonly stage: StageOptions;
}

export interface Proved {
  readonly staged: Staged;
  readonly proof: Proof;
  readonly findings: readonly Finding[];
  /** Python files that imports and probes opened, sorted: bytecode pays most for them. */
  readonly touched: readonly string[];
  /** The probes of the distributions that are left. */
  readonly probes: readonly { readonly recipe: string; readonly code: string }[];
  /** What Lambda or another layer brings; null for nothing. */
  readonly provided: string | null;
}

/** Decisions that the user made; a proof reports what they break and does not undo them. */
const usersRules = ['option/', 'unneeded/'];

/**
 * Prove the staged tree, restoring what turns out to be needed.
 * @param staged from `stage`, with `tree`
 */
export async function prove(
  inventory: Inventory,
  resolution: Resolution,
  staged: Staged,
  options: ProveOptions,
): Promise<Proved> {
  const { interpreter, recipes, cache, progress } = options;
  const left = distributionsLeft(inventory, staged.plan);
  const probes = probesFor(left, recipes);
  const because = whyNot(options);
  if (interpreter === null || because !== null || staged.tree === null) {
    const reason = because ?? 'there is no tree to import from';
    return {
      staged,
      proof: {
        state: 'not-proven',
        interpreter: null,
        imported: [],
        failedBefore: [],
        probes: [],
        because: reason,
        importMs: null,
      },
      findings: [finding('not-proven-here', { because: reason })],
      touched: [],
      probes,
      provided: null,
    };
  }
  const groups = groupsFor(left, probes, options.handlerModules);
  const before = await baselineOf(inventory, resolution, groups, interpreter, options);
  const provided = await provide(inventory, staged.plan, cache);
  const overVeto = rulesOverVeto(recipes);
  const step = progress.start('prove');
  let current = staged;
  const settled = await settle(before, staged.plan, {
    run: async (plan) => {
      current = await restage(current, inventory, plan, options.stage);
      return runProbes(current.tree ?? '', groups, {
        interpreter,
        provided,
        home: await cache.workFolder('home'),
        signal: options.signal,
        advance: () => step.advance(1),
      });
    },
    restore: (plan, paths, reason) => restore(plan, inventory, paths, 'restored/import-proof', reason),
    mayReturn: (decision) =>
      !usersRules.some((rule) => decision.rule.startsWith(rule)) && !isLitter(decision),
    expectedUnused: (decision) => overVeto.has(decision.rule),
  });
  const answers = settled.answers.flatMap((group) => group.answers);
  const good = (kind: ProbeAnswer['kind']): readonly string[] =>
    answers.filter((one) => one.kind === kind && one.ok).map((one) => one.name);
  const failedBefore = before
    .flatMap((group) => group.answers)
    .filter((one) => one.kind === 'module' && !one.ok)
    .map((one) => ({ module: one.name, error: one.error ?? '' }));
  const failedProbes = answers.filter(
    (one) => one.kind === 'probe' && !one.ok && !settled.lost.includes(one),
  );
  const partly = settled.lost.length > 0 || failedBefore.length > 0 || failedProbes.length > 0;
  step.end(
    `${good('module').length} modules and ${good('probe').length} probes work from only what is kept${settled.rounds > 1 ? `, after ${settled.rounds} rounds` : ''}`,
  );
  return {
    staged: { ...current, plan: current.plan },
    proof: {
      state: partly ? 'partly' : 'proven',
      interpreter: interpreter.description,
      imported: good('module'),
      failedBefore,
      probes: good('probe'),
      because: partly ? reasonFor(settled.lost, failedBefore.length + failedProbes.length) : null,
      importMs: null,
    },
    findings: [
      ...settled.lost.map((one) => lostFinding(one)),
      ...failedBefore.map((one) => finding('import-failed-before', one)),
      ...failedProbes.map((one) => finding('probe-failed', { recipe: one.name, error: one.error ?? '' })),
    ],
    touched: [...new Set(settled.answers.flatMap((group) => group.touched))]
      .filter((name) => name.endsWith('.py'))
      .sort(),
    probes,
    provided,
  };
}

/** Null when the proof can run here. */
function whyNot({ interpreter, target }: ProveOptions): string | null {
  if (interpreter === null) return `no CPython ${target.python} was found to import what is kept`;
  if (!interpreter.canImport)
    return `${interpreter.description} runs on another platform than Lambda's Linux on ${target.architecture}`;
  return null;
}

function reasonFor(lost: readonly ProbeAnswer[], before: number): string {
  if (lost.length > 0) return `${lost.length} of what worked before pruning fails now`;
  return `${before} ${before === 1 ? 'module or probe fails' : 'modules or probes fail'} even on the untouched tree`;
}

function lostFinding(one: ProbeAnswer): Finding {
  const error = one.error ?? '';
  return one.kind === 'probe'
    ? finding('probe-failed', { recipe: one.name, error })
    : finding('import-lost', { module: one.name, error });
}

/** Distributions of which something besides metadata, or all that there was, still travels. */
export function distributionsLeft(inventory: Inventory, plan: PrunePlan): readonly Distribution[] {
  const kept = new Set(plan.decisions.filter((one) => one.action !== 'drop').map((one) => one.path));
  const owners = new Set(
    inventory.entries.filter((entry) => kept.has(entry.path)).map((entry) => entry.distribution),
  );
  return inventory.distributions.filter((one) => owners.has(one.normalized));
}

function probesFor(
  left: readonly Distribution[],
  recipes: readonly Recipe[],
): readonly { readonly recipe: string; readonly code: string }[] {
  const names = new Set(left.map((one) => one.normalized));
  return recipes
    .filter(
      (recipe) =>
        recipe.probe !== undefined &&
        [recipe.name, ...(recipe.alsoFor ?? [])].some((name) => names.has(name)),
    )
    .map((recipe) => ({ recipe: recipe.name, code: recipe.probe ?? '' }));
}

/** One fresh interpreter for each distribution's modules, one for each probe, one for the function's imports, one for metadata. */
function groupsFor(
  left: readonly Distribution[],
  probes: readonly { readonly recipe: string; readonly code: string }[],
  handlerModules: readonly string[],
): readonly ProbeGroup[] {
  const empty = { modules: [], probes: [], metadata: [] };
  return [
    ...left
      .filter((one) => one.modules.length > 0)
      .map((one) => ({ ...empty, name: one.normalized, modules: one.modules })),
    ...probes.map((probe) => ({ ...empty, name: `probe ${probe.recipe}`, probes: [probe] })),
    ...(handlerModules.length > 0 ? [{ ...empty, name: 'the function', modules: handlerModules }] : []),
    { ...empty, name: 'metadata', metadata: left.map((one) => one.name) },
  ];
}

/** The untouched tree does not change, so its answers are kept. */
async function baselineOf(
  inventory: Inventory,
  resolution: Resolution,
  groups: readonly ProbeGroup[],
  interpreter: Interpreter,
  { cache, progress, signal }: ProveOptions,
): Promise<readonly GroupAnswer[]> {
  const step = progress.start('import before pruning', groups.length);
  const entry = await cache.folder(
    'baselines',
    cacheKey({ version: 1, tree: resolution.key, interpreter: interpreter.description, groups }),
    async (folder) => {
      const answers = await runProbes(inventory.root, groups, {
        interpreter,
        provided: null,
        home: await cache.workFolder('home'),
        signal,
        advance: () => step.advance(1),
      });
      signal.throwIfAborted();
      await writeFile(path.join(folder, 'answers.json'), JSON.stringify(answers));
    },
  );
  const answers = JSON.parse(
    await readFile(path.join(entry.path, 'answers.json'), 'utf8'),
  ) as readonly GroupAnswer[];
  step.end(`${groups.length} groups`, { cached: entry.cached });
  return answers;
}

/** What was left out because Lambda's runtime or another layer brings it, as links, to be searched after the tree. */
async function provide(inventory: Inventory, plan: PrunePlan, cache: Cache): Promise<string | null> {
  const elsewhere = plan.decisions.filter(
    ({ action, rule }) =>
      action === 'drop' && (rule.startsWith('option/--exclude') || rule.startsWith('unneeded/')),
  );
  if (elsewhere.length === 0) return null;
  const folder = await cache.workFolder('provided');
  const folders = new Set(elsewhere.map(({ path: name }) => path.posix.dirname(name)));
  for (const name of folders) await mkdir(path.join(folder, name), { recursive: true });
  for (const { path: name } of elsewhere)
    await symlink(path.join(inventory.root, name), path.join(folder, name));
  return folder;
}

/** Rules whose files kept code imports, in vain, by the recipe's word: the staged run decides about them. */
function rulesOverVeto(recipes: readonly Recipe[]): ReadonlySet<string> {
  return new Set(
    recipes.flatMap((recipe) => [
      ...recipe.rules.filter((rule) => rule.overVeto === true).map((rule) => `${recipe.name}/${rule.name}`),
      ...(recipe.leaveOut ? [`${recipe.name}/leave-out`] : []),
      ...(recipe.selectable ? [`${recipe.name}/${recipe.selectable.option}`] : []),
    ]),
  );
}

/** Stale bytecode and the installer's notes are opened by a run on the untouched tree, and needed by nobody. */
function isLitter(decision: Decision): boolean {
  return decision.rule.startsWith('bytecode/') || decision.rule.startsWith('law/');
}
