/**
 * What happens to every path, and why. An inventory and what its sources import go in, decisions come out.
 *
 * Order of precedence, the one place where it is written down. The first that speaks decides:
 *   1. `--keep GLOB`
 *   2. distributions that do not travel: `--exclude`, `--exclude-runtime`, a recipe's `leaveOut`, what only these needed
 *   3. the laws: metadata of what is left stays, RECORD is rewritten, the installer's own notes go
 *   4. `--stub PKG`
 *   5. files that `--patch` has changed are kept
 *   6. `--drop GLOB`
 *   7. a package's own recipe, then the rules for all packages (by level; by proof, see `rules.ts#applies`)
 *   8. bytecode that is there already: stale, since unpacking a zip does not restore times
 *   9. keep
 * Then 7 is taken back where something kept needs the file (`needed.ts`), to a fixed point. Pure.
 */
import path from 'node:path/posix';
import { finding } from '../findings/findings.js';
import type { Finding } from '../findings/findings.js';
import type { BuildRequest, Decision, Entry, Inventory, PrunePlan, Target } from '../model.js';
import type { Recipe } from '../recipes/recipe.js';
import { checkKept } from './kept.js';
import type { Draft, Drafts } from './draft.js';
import type { ImportedName, SourceFacts } from '../inventory/imports.js';
import { lawFor } from './laws.js';
import { leaveOut, noSuchName } from './leave-out.js';
import { takeBackImported, takeBackLibraries } from './needed.js';
import { globs, ruleMatcher, selector } from './rules.js';
import { stubPaths, stubWish } from './stub.js';

export interface PruneOptions extends Pick<
  BuildRequest,
  'exclude' | 'excludeRuntime' | 'stub' | 'keep' | 'drop' | 'services' | 'prune'
> {
  readonly target: Target;
  /** What the user asked for: names, with extras when known. Empty for an installed folder. */
  readonly requested: readonly string[];
  /** From `recipes/index.ts`, with the user's own (`mergeRecipes`). */
  readonly recipes: readonly Recipe[];
  /** True when an interpreter will prove the result. */
  readonly proving: boolean;
  /** What each Python file imports and names: `readSources`. */
  readonly sources: ReadonlyMap<string, SourceFacts>;
  /** Distributions that another layer of the function brings: normalized name → that layer. */
  readonly left?: ReadonlyMap<string, string>;
  /** By path: labels of the patches that have changed a file. */
  readonly patched?: ReadonlyMap<string, readonly string[]>;
  /** What the function's own code imports: it has a veto like kept code. */
  readonly codeImports?: readonly ImportedName[];
}

/** One decision for every entry, sorted by path, and what is wrong with what is kept. */
export function planPrune(inventory: Inventory, options: PruneOptions): PrunePlan {
  const left = leaveOut(inventory, options);
  const drafts = draftAll(inventory, options, left.distributions);
  takeBackImported(inventory, drafts, options.sources, options.codeImports);
  takeBackLibraries(inventory, drafts);
  dropLostLinks(inventory, drafts);
  const decisions = inventory.entries.map((entry) => toDecision(entry, drafts.get(entry.path) ?? kept));
  return {
    decisions,
    findings: [
      ...left.findings,
      ...unmatchedOptions(inventory, options),
      ...checkKept(inventory, decisions, options.target),
    ],
  };
}

const kept: Draft = { action: 'keep', rule: 'kept/default', because: 'No rule drops it.', by: 'nobody' };
const keptByUser: Draft = {
  action: 'keep',
  rule: 'option/--keep',
  because: '--keep names it.',
  by: 'option',
};
const droppedByUser: Draft = {
  action: 'drop',
  rule: 'option/--drop',
  because: '--drop names it.',
  by: 'option',
};
const emptied: Draft = {
  action: 'stub',
  rule: 'option/--stub',
  because: '--stub: it imports, and nothing is in it.',
  by: 'option',
};
const stubbed: Draft = {
  action: 'drop',
  rule: 'option/--stub',
  because: '--stub leaves what is in its package out.',
  by: 'option',
};
const patchedBy = (patches: readonly string[]): Draft => ({
  action: 'keep',
  rule: 'option/--patch',
  because: `It is patched by ${patches.join(', ')}.`,
  by: 'option',
});
const stale: Draft = {
  action: 'drop',
  rule: 'bytecode/stale',
  because:
    'Bytecode from an installer is checked against file times, which a zip does not carry; fresh bytecode is added by --pyc.',
  by: 'bytecode',
};

function draftAll(
  inventory: Inventory,
  options: PruneOptions,
  gone: ReadonlyMap<string, { readonly rule: string; readonly because: string }>,
): Drafts {
  const present = new Set(inventory.entries.map((entry) => entry.path));
  const isKept = globs(options.keep);
  const isDropped = globs(options.drop);
  const stubs = stubsOf(inventory, options.stub);
  const left = inventory.distributions.map((one) => one.normalized).filter((name) => !gone.has(name));
  const matchRule = ruleMatcher(inventory, options, new Set(left));
  const draft = (entry: Entry): Draft => {
    if (isKept(entry.path)) return keptByUser;
    const leaving = leavingOwner(entry, gone);
    if (leaving !== null) return leaving;
    const law = lawFor(entry.path);
    if (law) return law;
    const stub = entry.distribution === null ? undefined : stubs.get(entry.distribution);
    if (stub && !entry.sharedWith) return stub.has(entry.path) ? emptied : stubbed;
    const patches = options.patched?.get(entry.path);
    if (patches) return patchedBy(patches);
    if (isDropped(entry.path)) return droppedByUser;
    return matchRule(entry) ?? (isStale(entry, present) ? stale : kept);
  };
  return new Map(inventory.entries.map((entry) => [entry.path, draft(entry)]));
}

/** A file leaves when all its owners do. */
function leavingOwner(
  entry: Entry,
  gone: ReadonlyMap<string, { readonly rule: string; readonly because: string }>,
): Draft | null {
  if (entry.distribution === null) return null;
  const reason = gone.get(entry.distribution);
  if (!reason || (entry.sharedWith ?? []).some((owner) => !gone.has(owner))) return null;
  return { action: 'drop', ...reason, by: 'option' };
}

function stubsOf(inventory: Inventory, written: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    written
      .map((text) => stubWish(text).name)
      .map((name) => [name, stubPaths(inventory.entries.filter((entry) => entry.distribution === name))]),
  );
}

/** Bytecode beside no source is the module itself (sourceless packages) and stays. */
function isStale(entry: Entry, present: ReadonlySet<string>): boolean {
  if (entry.kind !== 'bytecode') return false;
  return (
    path.basename(path.dirname(entry.path)) === '__pycache__' || present.has(entry.path.replace(/c$|o$/, ''))
  );
}

/** A link to a file that does not travel, or out of the tree, leads nowhere in Lambda. */
function dropLostLinks(inventory: Inventory, drafts: Drafts): void {
  const folders = new Set<string>();
  for (const { path: file } of inventory.entries) {
    if (drafts.get(file)?.action === 'drop') continue;
    for (let at = path.dirname(file); at !== '.'; at = path.dirname(at)) folders.add(at);
  }
  const links = inventory.entries.filter((entry) => entry.link !== undefined);
  for (let changed = true; changed;) {
    changed = false;
    for (const entry of links) {
      const draft = drafts.get(entry.path);
      if (draft === undefined || draft.action === 'drop' || draft.by === 'option') continue;
      const end = path.join(path.dirname(entry.path), entry.link ?? '');
      const endAction = drafts.get(end)?.action;
      const leads =
        !path.isAbsolute(entry.link ?? '') &&
        (folders.has(end) || (endAction !== undefined && endAction !== 'drop'));
      if (leads) continue;
      drafts.set(entry.path, {
        action: 'drop',
        rule: 'law/lost-link',
        because: `It is a link to ${entry.link ?? ''}, which does not travel.`,
        by: 'law',
      });
      changed = true;
    }
  }
}

function toDecision(entry: Entry, draft: Draft): Decision {
  const { action, rule, because } = draft;
  const travels = action === 'keep' || action === 'strip' || action === 'rewrite';
  return { path: entry.path, action, rule, because, bytes: entry.bytes, kept: travels ? entry.bytes : 0 };
}

function unmatchedOptions(inventory: Inventory, options: PruneOptions): readonly Finding[] {
  const noFile = (glob: string): boolean => {
    const matches = globs([glob]);
    return !inventory.entries.some((entry) => matches(entry.path));
  };
  const installed = inventory.distributions.map((one) => one.normalized);
  const selectors =
    options.services.length === 0 ? [] : options.recipes.flatMap((one) => one.selectable ?? []);
  const selected = selectors
    .map(({ files }) => selector(files))
    .flatMap((select) => inventory.entries.map(({ path }) => select(path)))
    .filter((name) => name !== null);
  const services = [...new Set(selected)];
  return [
    ...options.keep.filter(noFile).map((glob) => finding('drop-matched-nothing', { option: '--keep', glob })),
    ...options.drop.filter(noFile).map((glob) => finding('drop-matched-nothing', { option: '--drop', glob })),
    ...options.stub
      .map(stubWish)
      .filter(({ name }) => !installed.includes(name))
      .map(({ written, name }) => noSuchName('--stub', written, name, installed)),
    ...options.services
      .filter((name) => !services.includes(name))
      .map((name) => noSuchName('--service', name, name.toLowerCase(), services)),
  ];
}
