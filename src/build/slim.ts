/** Second stage of a build: what is in the tree, what of it travels, and the files that do. */
import { importedModules, importedNames } from '../code/read.js';
import { findMentions } from '../inventory/mentions.js';
import { readSources } from '../inventory/sources.js';
import { takeInventory } from '../inventory/walk.js';
import { firstPart, moduleOf } from '../python/modules.js';
import type { Beside, BuildRequest, Inventory, PrunePlan, StagedFile } from '../model.js';
import { refuseTooLarge, willNest } from '../pack/plan/plan.js';
import { unreservedLimit } from '../pack/plan/room.js';
import type { Progress } from '../progress.js';
import { dropOrphans, orphanCandidates } from '../prune/orphans.js';
import { planPrune } from '../prune/plan.js';
import { stubTexts } from '../prune/stub.js';
import { stage, type Staged, type StageOptions } from '../stage/stage.js';
import type { Leaving } from '../layers/leave.js';
import type { World } from '../world.js';
import { leavingTo, withLibraries } from './other-layers.js';
import type { Prepared } from './prepare.js';

export interface Slimmed {
  readonly inventory: Inventory;
  /** What is left to the function's other layers. */
  readonly leaving: Leaving;
  readonly staged: Staged;
  /** Modules of the tree that the function's own code imports, dotted. */
  readonly codeModules: readonly string[];
  /** What it takes from them and cannot do without, e.g. `a.b.c` for `from a.b import c`. */
  readonly codeNames: readonly string[];
  /** Kept Python files that may open a library by its name. */
  readonly openers: ReadonlySet<string>;
  /** How it was staged: what comes back is staged in the same way. */
  readonly stageOptions: StageOptions;
  /** Bytes that bytecode may take at most. */
  readonly roomForBytecode: number;
}

/** @throws SlimError `unusable-file`, `does-not-fit` when no plan can keep Lambda's limits, `cache-unwritable`; the signal's reason */
export async function slimDown(prepared: Prepared, world: World): Promise<Slimmed> {
  const { request, beside, recipes, functionFiles, ownCode, resolution, confined, layers } = prepared;
  const target = withLibraries(prepared.target, layers);
  const { cache, progress, signal } = world;
  const inventory = await takeInventory(resolution.root, progress);
  const sources = await readSources(inventory, progress);
  const proving = confined !== null;
  const imported = importedModules(ownCode.facts);
  const planWith = async (left: Leaving['left']): Promise<PrunePlan> => {
    const planned = planPrune(inventory, {
      ...request,
      target,
      requested: resolution.requested,
      recipes,
      proving,
      sources,
      left,
      patched: prepared.patched,
      codeImports: imported.map((module) => ({ module, names: [] })),
    });
    return proving ? await withoutOrphans(inventory, planned, progress) : planned;
  };
  const whole = await planWith(new Map());
  const leaving =
    layers.length === 0
      ? { left: new Map<string, string>(), copies: [] }
      : await leavingTo(layers, inventory, whole);
  const pruned = leaving.left.size === 0 ? whole : await planWith(leaving.left);
  const folder = await cache.workFolder('stage');
  const copy = confined?.confinement.by === 'none';
  const stubs = stubTexts(inventory, request.stub);
  const stageOptions = { cache, progress, folder, tree: proving, copy, stubs };
  const staged = await stage(inventory, pruned, stageOptions);
  const files = [...staged.files, ...functionFiles];
  const packRequest = { ...request, beside };
  refuseTooLarge(files, packRequest);
  signal.throwIfAborted();
  return {
    inventory,
    leaving,
    staged,
    codeModules: inTree(imported, inventory),
    codeNames: inTree(importedNames(ownCode.facts), inventory),
    openers: new Set([...sources].filter(([, facts]) => facts.opensLibraries).map(([name]) => name)),
    stageOptions,
    roomForBytecode: roomForBytecode(files, packRequest),
  };
}

/** What is not there at all is not the proof's to tell. */
function inTree(modules: readonly string[], { entries }: Inventory): readonly string[] {
  const tops = new Set(entries.map(({ path }) => firstPart(moduleOf(path) ?? '')));
  return modules.filter((name) => tops.has(firstPart(name)));
}

async function withoutOrphans(inventory: Inventory, plan: PrunePlan, progress: Progress): Promise<PrunePlan> {
  const candidates = orphanCandidates(inventory, plan);
  return dropOrphans(inventory, plan, candidates, await findMentions(inventory, plan, candidates, progress));
}

/** Bytes that bytecode may take at most: what does not travel need not be compiled. */
function roomForBytecode(
  files: readonly StagedFile[],
  request: BuildRequest & { readonly beside: Beside },
): number {
  if (request.pyc !== 'auto' || request.format === 'directory' || willNest(files, request)) {
    return Number.POSITIVE_INFINITY;
  }
  return unreservedLimit(request.beside) - files.reduce((sum, file) => sum + file.bytes, 0);
}
