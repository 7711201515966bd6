/**
 * How a prune proves itself (DESIGN, steps 2 and 4): what imported from the untouched tree imports from only what is kept,
 * each recipe's probe runs, and `importlib.metadata` answers for every distribution that is left. What is missing comes
 * back.
 */
import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import { cacheKey } from '../text/cache-key.js';
import type { Cache } from '../io/cache.js';
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';
import type { Inventory, Proof, Resolution, Target } from '../model.js';
import type { Progress } from '../progress.js';
import type { Recipe } from '../recipes/recipe.js';
import type { Compiled } from '../stage/choose.js';
import { baselineOf } from './baseline.js';
import { restoreToFixedPoint } from './fixed-point.js';
import type { FixedPoint } from './fixed-point.js';
import { distributionsLeft, proveGroups, recipeProbes, requestedGroups, rulesOverVeto } from './groups.js';
import { tellLacking } from './lacking.js';
import { remember } from './memory.js';
import { measureImports } from './timing.js';
import { linkProvided } from './provided.js';
import { runGroup } from './run.js';
import type { ProbeOptions } from './run.js';
import type { GroupReport, ProbeGroup, Reports } from './model.js';
import { sharedBytecode, withoutStubs } from './shared-bytecode.js';
import { restage } from '../stage/stage.js';
import type { Staged, StageOptions } from '../stage/stage.js';
import { countText } from '../text/units.js';
import { findingsOf, judge, namesLacking, passed } from './verdict.js';

export interface ProveOptions {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  readonly target: Pick<Target, 'python' | 'architecture' | 'providedLibraries'>;
  readonly interpreter: Interpreter | null;
  /** What keeps the packages' code from this machine. Default: nothing does. */
  readonly confinedBy?: NonNullable<Proof['confinedBy']>;
  /** Why it sees libraries that Lambda lacks, as a clause; null: they are hidden. Default: nothing hides them. */
  readonly librariesSeen?: string | null;
  /** The same interpreter, seeing all of them; null where it does. */
  readonly seeingAll?: Interpreter | null;
  /** Those that are in sight because the interpreter needs them. */
  readonly ownLibraries?: readonly string[];
  /** Absolute folder with the untouched tree that is imported; default: the inventory's own, which must not be written. */
  readonly untouched?: string;
  /** False: the user does not want it (`--no-proof`). */
  readonly wanted?: boolean;
  readonly recipes: readonly Recipe[];
  /** The function's other layers, as they lie at /opt; null: it has none. */
  readonly layers?: MountedLayers | null;
  /** Variables of the function's settings. Default: none. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Modules that the function's own code imports, dotted; without those that are its own. */
  readonly codeModules: readonly string[];
  /** What it takes from these by name, e.g. `a.b.c` for `from a.b import c`. Default: nothing. */
  readonly codeNames?: readonly string[];
  /** Top-level modules of vendored folders that belong to no distribution. Default: none. */
  readonly vendored?: readonly string[];
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
  /** Of `codeNames`, those that the packages do not have. */
  readonly namesLacking: readonly string[];
  /** Files of the tree that imports and probes opened or loaded, in order: bytecode pays most for these. */
  readonly touched: readonly string[];
  /** The probes of the distributions that are left. */
  readonly probes: readonly { readonly recipe: string; readonly code: string }[];
  /** What lies around the kept files: what Lambda or another layer brings. */
  readonly around: Around;
  /** What import times are measured on: the modules of what was asked for. */
  readonly timed: readonly ProbeGroup[];
  /** Times them without bytecode; null when nothing was imported. Called right before those with it, so that both are of one moment. */
  readonly timePlain: (() => Promise<PlainTime>) | null;
}

export interface PlainTime {
  readonly ms: number;
  /** An earlier build has measured it. */
  readonly remembered: boolean;
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
  const { interpreter, recipes, cache } = options;
  const left = distributionsLeft(inventory, staged.plan);
  const probes = recipeProbes(left, recipes);
  const because = whyNot(options, staged);
  if (interpreter === null || because !== null) {
    const findings = [finding('not-proven-here', { because: `${because ?? ''}.` })];
    const nothing = { namesLacking: [], touched: [], around: nothingAround, timed: [], timePlain: null };
    return { ...nothing, staged, proof: notProven(because), findings, probes };
  }
  const { codeModules, codeNames, vendored } = options;
  const groups = proveGroups(inventory, staged.plan, recipes, codeModules, codeNames, vendored);
  const bench = await benchOf(inventory, resolution.key, staged, interpreter, options);
  const root = options.untouched ?? inventory.root;
  const mounted = aroundOf(options.layers ?? null);
  const untouched = { ...bench.traced, ...mounted, root };
  const before = await baselineOf(groups, untouched, bench.identity, options);
  const { seeingAll = null, ownLibraries = [], target } = options;
  const baseline = await tellLacking(groups, before, {
    ...{ probe: untouched, seeingAll, ownLibraries, target, inventory },
  });
  const provided = await linkProvided({ ...inventory, root }, staged.plan, cache);
  const around: Around =
    provided === null
      ? mounted
      : { ...mounted, after: [...mounted.after, provided], behind: [...mounted.behind, root] };
  const { settled, current } = await bringBack(inventory, staged, groups, baseline, bench, around, options);
  const timed = requestedGroups(groups, resolution.requested, new Set(passed(settled.reports, 'module')));
  return {
    staged: current,
    proof: {
      ...judge(groups, baseline, settled),
      interpreter: interpreter.description,
      confinedBy: options.confinedBy ?? 'none',
      librariesSeen: options.librariesSeen === undefined ? 'nothing hides them' : options.librariesSeen,
      importMs: null,
    },
    findings: findingsOf(groups, baseline, settled),
    namesLacking: namesLacking(groups, baseline),
    touched: [...new Set([...settled.reports.values()].flatMap((report) => report.touched))],
    probes,
    around,
    timed,
    timePlain: () => timePlain(timed, current, bench, around, options),
  };
}

/** With what imports are tried, the same before and after pruning. */
interface Bench {
  readonly plain: Pick<ProbeOptions, 'interpreter' | 'environment' | 'timeout' | 'signal'>;
  readonly traced: Omit<ProbeOptions, 'root' | keyof Around>;
  /** All but the group and the kept files that an answer depends on. */
  readonly identity: Readonly<Record<string, unknown>>;
}

/** What lies around the kept files: what Lambda or another layer brings. */
export type Around = Required<Pick<ProbeOptions, 'after' | 'behind' | 'libraries'>>;

const nothingAround: Around = { after: [], behind: [], libraries: [] };

/** Layers that are mounted for imports. */
export interface MountedLayers {
  /** Absolute path of what Lambda has at /opt. */
  readonly folder: string;
  /** Absolute folders in it on sys.path, in its order. */
  readonly path: readonly string[];
  /** Absolute folders in it that the loader searches. */
  readonly libraries: readonly string[];
  /** Identifies what is in them. */
  readonly key: string;
}

function aroundOf(layers: MountedLayers | null): Around {
  if (layers === null) return nothingAround;
  return { after: layers.path, behind: [layers.folder], libraries: layers.libraries };
}

async function benchOf(
  inventory: Inventory,
  treeKey: string,
  staged: Staged,
  interpreter: Interpreter,
  options: ProveOptions,
): Promise<Bench> {
  const { cache, compiled = [], timeout = groupTimeout, signal, confinedBy = 'none', untouched } = options;
  const layers = options.layers?.key ?? null;
  const { environment = {} } = options;
  const plain = { interpreter, environment, timeout, signal };
  const hidden = options.librariesSeen === null;
  const seeds = withoutStubs(compiled, staged.plan);
  // Unconfined code could write into what is shared, and links lead into the cache: then every process compiles for itself.
  const shared = confinedBy === 'none' ? null : await cache.workFolder('prove');
  const pycache =
    shared === null
      ? null
      : await sharedBytecode(
          shared,
          untouched ?? inventory.root,
          staged.tree ?? '',
          seeds,
          interpreter.cacheTag,
        );
  const { version, description, command } = interpreter;
  const probe = await readFile(templatePath('probe.py'), 'utf8');
  return {
    plain,
    traced: {
      ...plain,
      trace: true,
      ...(pycache === null ? {} : { pycache: { folder: pycache, writable: seeds.length === 0 } }),
    },
    identity: {
      tree: treeKey,
      version,
      description,
      command,
      probe,
      confinedBy,
      hidden,
      layers,
      environment,
    },
  };
}

/** Import from what is kept, bring back what is missing, until nothing is. */
async function bringBack(
  inventory: Inventory,
  staged: Staged,
  groups: readonly ProbeGroup[],
  baseline: Reports,
  bench: Bench,
  around: Around,
  { cache, progress, recipes, stage }: ProveOptions,
): Promise<{ readonly settled: FixedPoint; readonly current: Staged }> {
  const step = progress.start('prove', groups.length);
  let current = staged;
  const probe = async (group: ProbeGroup, root: string, kept: string): Promise<GroupReport> => {
    const ask = async (): Promise<GroupReport> => {
      step.note(group.name);
      return runGroup(group, { ...bench.traced, ...around, root });
    };
    const report = await remember(
      cache,
      cacheKey({ ...bench.identity, kind: 'kept', kept, group }),
      ask,
      hasPassed,
    );
    step.advance(1);
    return report;
  };
  const settled = await restoreToFixedPoint({
    inventory,
    plan: staged.plan,
    groups,
    baseline,
    overVeto: rulesOverVeto(recipes),
    runProbes: async (plan, pending) => {
      if (plan !== current.plan) current = await restage(current, inventory, plan, stage);
      const root = current.tree ?? '';
      const kept = keptKey(current);
      const reports = await pMap(
        pending,
        async (group) => [group.name, await probe(group, root, kept)] as const,
        { concurrency: Math.min(4, availableParallelism()) },
      );
      return { plan: current.plan, reports: new Map(reports) };
    },
  });
  if (settled.plan !== current.plan) current = await restage(current, inventory, settled.plan, stage);
  const imported = passed(settled.reports, 'module').length;
  step.end(
    `${countText(imported, 'module')} imported from what is kept, ${countText(settled.restored, 'file')} came back`,
  );
  return { settled, current };
}

async function timePlain(
  timed: readonly ProbeGroup[],
  current: Staged,
  bench: Bench,
  around: Around,
  { cache, progress }: ProveOptions,
): Promise<PlainTime> {
  const step = progress.start('time imports');
  let remembered = true;
  const { ms } = await remember(
    cache,
    cacheKey({ ...bench.identity, kind: 'plain', kept: keptKey(current), groups: timed }),
    async () => {
      remembered = false;
      return measureImports(timed, { ...bench.plain, ...around, root: current.tree ?? '' });
    },
    ({ failed }) => failed.length === 0,
  );
  step.end(`${(ms / 1000).toFixed(2)} s without bytecode`, { cached: remembered });
  return { ms, remembered };
}

/** Identifies what is kept of a tree, down to the size of what was stripped and the content of stubs. */
function keptKey({ plan, changed }: Pick<Staged, 'plan' | 'changed'>): string {
  const stubs = plan.decisions.filter(({ action }) => action === 'stub');
  return cacheKey({
    stubs: stubs.map(({ path: name }) => [name, changed.get(name)?.sha256 ?? null]),
    decisions: plan.decisions.map(({ path: name, action, rule, kept }) => [name, action, rule, kept]),
  });
}

/** A failure is asked again: what comes back changes the plan, and a passing fault must not last. */
function hasPassed(report: GroupReport): boolean {
  return report.outcomes.every(({ error }) => error === null);
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
  return {
    state: 'not-proven',
    interpreter: null,
    confinedBy: null,
    librariesSeen: null,
    because,
    ...nothing,
  };
}
