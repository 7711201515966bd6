/**
 * How a prune proves itself (DESIGN, steps 2 and 4): what imported from the untouched tree imports from only what is kept,
 * each recipe's probe runs, and `importlib.metadata` answers for every distribution that is left. What is missing comes
 * back.
 */
import { copyFile, link, mkdir, readFile, realpath, symlink } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import pMap from 'p-map';
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import { cacheKey } from '../text/cache-key.js';
import type { Cache } from '../io/cache.js';
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';
import type { Inventory, Proof, PrunePlan, Resolution, Target } from '../model.js';
import type { Progress } from '../progress.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Compiled } from '../stage/choose.js';
import { baselineOf } from './baseline.js';
import { restoreToFixedPoint } from './fixed-point.js';
import type { FixedPoint, Lost } from './fixed-point.js';
import { distributionsLeft, proveGroups, recipeProbes } from './groups.js';
import { remember } from './memory.js';
import { measureImports } from './timing.js';
import { linkProvided } from './provided.js';
import { runGroup } from './run.js';
import { errorText } from './model.js';
import type { GroupReport, ProbeGroup, ProbeItem, Reports } from './model.js';
import { restage } from '../stage/stage.js';
import type { Staged, StageOptions } from '../stage/stage.js';
import { countText } from '../text/units.js';

export interface ProveOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly target: Pick<Target, 'python' | 'architecture'>;
  readonly interpreter: Interpreter | null;
  /** False: the user does not want it (`--no-proof`). */
  readonly wanted?: boolean;
  readonly recipes: readonly Recipe[];
  /** Modules that the function's own code imports, dotted; without those that are its own. */
  readonly handlerModules: readonly string[];
  readonly stage: StageOptions;
  /** Bytecode of the tree's files that is there already: imports need not compile these again. */
  readonly compiled?: readonly Compiled[];
  /** Milliseconds for one group of imports. */
  readonly timeout?: number;
}

export interface Proved {
  /** With what came back. */
  readonly staged: Staged;
  readonly proof: Proof;
  readonly findings: readonly Finding[];
  /** Files of the tree that imports and probes opened or loaded, in order: bytecode pays most for these. */
  readonly touched: readonly string[];
  /** The probes of the distributions that are left. */
  readonly probes: readonly { readonly recipe: string; readonly code: string }[];
  /** Absolute folder with links to what Lambda or another layer brings; null for nothing. */
  readonly provided: string | null;
  /** What import times are measured on: the modules of what was asked for. */
  readonly timed: readonly ProbeGroup[];
}

/** Milliseconds. Importing TensorFlow takes about ten seconds on a slow disk; what needs this long hangs. */
export const groupTimeout = 300_000;

/**
 * Prove what is staged, and bring back what turns out to be needed.
 * @param resolution its `key` names the tree in the cache; its `requested` distributions are timed
 * @param staged from `stage`, with `tree: true`
 * @throws the signal's reason when it is aborted
 */
export async function prove(
  inventory: Inventory,
  resolution: Pick<Resolution, 'key' | 'requested'>,
  staged: Staged,
  options: ProveOptions,
): Promise<Proved> {
  const { interpreter, recipes, cache, signal, timeout = groupTimeout } = options;
  const left = distributionsLeft(inventory, staged.plan);
  const probes = recipeProbes(left, recipes);
  const because = whyNot(options, staged);
  if (interpreter === null || because !== null) {
    const findings = [finding('not-proven-here', { because: `${because ?? ''}.` })];
    return { staged, proof: notProven(because), findings, touched: [], probes, provided: null, timed: [] };
  }
  const groups = proveGroups(inventory, staged.plan, recipes, options.handlerModules);
  const run = { interpreter, timeout, signal };
  const traced = {
    ...run,
    trace: true,
    pycache: await sharedBytecode(
      await cache.workFolder('prove'),
      inventory.root,
      staged.tree ?? '',
      withoutStubs(options.compiled ?? [], staged.plan),
      interpreter.cacheTag,
    ),
  };
  const { version, description, command } = interpreter;
  const probe = await readFile(templatePath('probe.py'), 'utf8');
  const identity = { tree: resolution.key, version, description, command, probe };
  const baseline = await baselineOf(
    groups,
    { ...traced, root: inventory.root, after: [] },
    identity,
    options,
  );
  const provided = await linkProvided(inventory, staged.plan, cache);
  const after = provided === null ? [] : [provided];
  const behind = provided === null ? [] : [inventory.root];
  const step = options.progress.start('prove', groups.length);
  let current = staged;
  const settled = await restoreToFixedPoint({
    inventory,
    plan: staged.plan,
    groups,
    baseline,
    overVeto: rulesOverVeto(recipes),
    runProbes: async (plan, pending) => {
      if (plan !== current.plan) current = await restage(current, inventory, plan, options.stage);
      const root = current.tree ?? '';
      const kept = keptKey(current.plan);
      const reports = await pMap(
        pending,
        async (group): Promise<readonly [string, GroupReport]> => {
          const key = cacheKey({ ...identity, kind: 'kept', kept, group });
          const ask = async (): Promise<GroupReport> => {
            step.note(group.name);
            return runGroup(group, { ...traced, root, after, behind });
          };
          const report = await remember(cache, key, ask, hasPassed);
          step.advance(1);
          return [group.name, report];
        },
        { concurrency: Math.min(4, availableParallelism()) },
      );
      return { plan: current.plan, reports: new Map(reports) };
    },
  });
  if (settled.plan !== current.plan) current = await restage(current, inventory, settled.plan, options.stage);
  const imported = passed(settled.reports, 'module');
  step.end(
    `${countText(imported.length, 'module')} imported from what is kept, ${countText(settled.restored, 'file')} came back`,
  );
  const timed = requestedGroups(groups, resolution.requested, new Set(imported));
  const timing = options.progress.start('time imports');
  const plain = await remember(
    cache,
    cacheKey({ ...identity, kind: 'plain', kept: keptKey(current.plan), groups: timed }),
    async () => measureImports(timed, { ...run, root: current.tree ?? '', after, behind }),
    ({ failed }) => failed.length === 0,
  );
  timing.end(`${(plain.ms / 1000).toFixed(2)} s without bytecode`);
  return {
    staged: current,
    proof: {
      ...judge(groups, baseline, settled),
      interpreter: interpreter.description,
      importMs: { plain: plain.ms, compiled: null },
    },
    findings: findingsOf(groups, baseline, settled),
    touched: [...new Set([...settled.reports.values()].flatMap((report) => report.touched))],
    probes,
    provided,
    timed,
  };
}

/** Identifies what a plan keeps of its tree, down to the size of what was stripped. */
function keptKey(plan: PrunePlan): string {
  return cacheKey({
    decisions: plan.decisions.map(({ path: name, action, rule, kept }) => [name, action, rule, kept]),
  });
}

/** A failure is asked again: what comes back changes the plan, and a passing fault must not last. */
function hasPassed(report: GroupReport): boolean {
  return report.outcomes.every(({ error }) => error === null);
}

/**
 * A bytecode folder in which both trees are one: their sources are links to the same files, so each is compiled once for all
 * processes, before and after pruning.
 */
async function sharedBytecode(
  work: string,
  resolved: string,
  staged: string,
  compiled: readonly Compiled[],
  cacheTag: string,
): Promise<string> {
  const folder = path.join(work, 'pycache');
  const one = path.join(folder, await realpath(resolved));
  const other = path.join(folder, await realpath(staged));
  await mkdir(one, { recursive: true });
  await mkdir(path.dirname(other), { recursive: true });
  await symlink(one, other);
  for (const parent of new Set(compiled.map((file) => path.dirname(file.path)))) {
    await mkdir(path.join(one, parent), { recursive: true });
  }
  for (const file of compiled) {
    // A hard link, so that an image's interpreter, which sees this folder alone, finds it. Python replaces, never writes into it.
    const place = path.join(one, `${file.path.slice(0, -'.py'.length)}.${cacheTag}.pyc`);
    await link(file.source, place).catch(() => copyFile(file.source, place));
  }
  return folder;
}

/** A stub is another file than the one on the untouched tree, and unchecked bytecode would stand for both. */
function withoutStubs(compiled: readonly Compiled[], plan: PrunePlan): readonly Compiled[] {
  const stubs = new Set(plan.decisions.filter(({ action }) => action === 'stub').map((one) => one.path));
  return compiled.filter((one) => !stubs.has(one.path));
}

/** Null when the proof can run here; else a clause. */
function whyNot({ interpreter, target, wanted }: ProveOptions, staged: Staged): string | null {
  if (wanted === false) return '--no-proof was given';
  if (interpreter === null) return `no CPython ${target.python} was found on this machine`;
  if (!interpreter.canImport)
    return interpreter.because ?? `${interpreter.description} is for another platform`;
  return staged.tree === null ? 'there is no tree to import from' : null;
}

function notProven(because: string | null): Proof {
  const nothing = { imported: [], failedBefore: [], probes: [], importMs: null };
  return { state: 'not-proven', interpreter: null, because, ...nothing };
}

/** Rules whose files kept code imports in vain, by the recipe's word: only a failure brings these back. */
function rulesOverVeto(recipes: readonly Recipe[]): ReadonlySet<string> {
  return new Set(
    recipes.flatMap((recipe) => [
      ...recipe.rules.filter((rule) => rule.overVeto === true).map((rule) => `${recipe.name}/${rule.name}`),
      ...(recipe.selectable ? [`${recipe.name}/${recipe.selectable.option}`] : []),
    ]),
  );
}

/** What the import times are measured on: the modules of what was asked for, of all when nothing was named. */
export function requestedGroups(
  groups: readonly ProbeGroup[],
  requested: readonly string[],
  imported: ReadonlySet<string>,
): readonly ProbeGroup[] {
  return groups
    .filter(
      ({ distribution, items }) => distribution !== null && items.every((item) => item.kind === 'module'),
    )
    .filter(({ name }) => requested.length === 0 || requested.includes(name))
    .map((group) => ({ ...group, items: group.items.filter((item) => imported.has(item.name)) }))
    .filter((group) => group.items.length > 0);
}

function passed(reports: Reports, kind: 'module' | 'probe'): readonly string[] {
  const outcomes = [...reports.values()].flatMap((report) => report.outcomes);
  return [
    ...new Set(
      outcomes.filter(({ item, error }) => error === null && item.kind === kind).map(({ item }) => item.name),
    ),
  ];
}

interface Before {
  readonly kind: ProbeItem['kind'];
  readonly name: string;
  readonly error: string;
}

function failedBefore(groups: readonly ProbeGroup[], baseline: Reports): readonly Before[] {
  return groups
    .flatMap(({ name }) => baseline.get(name)?.outcomes ?? [])
    .flatMap(({ item, error }) =>
      error === null ? [] : [{ kind: item.kind, name: item.name, error: errorText(error) }],
    );
}

function judge(
  groups: readonly ProbeGroup[],
  baseline: Reports,
  { reports, lost, unfinished }: FixedPoint,
): Omit<Proof, 'interpreter' | 'importMs'> {
  const before = failedBefore(groups, baseline);
  const reasons = [
    ...lost.map(({ item, error }) => `${item.name} fails: ${errorText(error)}`),
    ...unfinished.map(({ item }) => `${item.name} did not end in time`),
    ...(before.length > 0
      ? [`${before.map(({ name }) => name).join(', ')} did not work on the untouched tree either`]
      : []),
  ];
  return {
    state: reasons.length > 0 ? 'partly' : 'proven',
    imported: passed(reports, 'module'),
    failedBefore: before
      .filter(({ kind }) => kind === 'module')
      .map(({ name, error }) => ({ module: name, error })),
    probes: passed(reports, 'probe'),
    because: reasons.length > 0 ? reasons.join('; ') : null,
  };
}

function findingsOf(
  groups: readonly ProbeGroup[],
  baseline: Reports,
  settled: FixedPoint,
): readonly Finding[] {
  return [
    ...settled.lost.map(lostFinding),
    ...settled.unfinished.map(({ item }) =>
      finding('not-proven-here', { because: `${item.name} did not end in time on what is kept.` }),
    ),
    ...failedBefore(groups, baseline).map(({ kind, name, error }) =>
      kind === 'probe'
        ? finding('probe-failed-before', { recipe: name, error })
        : finding('import-failed-before', { module: kind === 'metadata' ? versionCall(name) : name, error }),
    ),
  ];
}

function lostFinding({ item, error, wish }: Lost): Finding {
  const text = errorText(error);
  const module = item.kind === 'metadata' ? versionCall(item.name) : item.name;
  if (wish !== null) {
    return finding('import-lost-by-option', {
      what: item.kind === 'probe' ? `the probe of recipe ${item.name}` : `import ${module}`,
      error: text,
      option: wish.rule.replace('option/', ''),
      path: wish.path,
    });
  }
  return item.kind === 'probe'
    ? finding('probe-failed', { recipe: item.name, error: text })
    : finding('import-lost', { module, error: text });
}

function versionCall(name: string): string {
  return `importlib.metadata.version("${name}")`;
}
