/** The proof found that something is needed: put it back, with its reason. Pure. */
import type { Decision, Inventory, PrunePlan } from '../model.js';
import type { Drafts } from './draft.js';
import { lawFor } from './laws.js';
import { takeBackLibraries } from './needed.js';

/**
 * @param paths files that were dropped; others are left as they are
 * @param rule e.g. `restored/import-proof`
 * @returns a plan in which they are kept, with the libraries that they need. What the installer wrote about this machine stays
 *   out even when its whole distribution comes back.
 */
export function restore(
  plan: PrunePlan,
  inventory: Inventory,
  paths: Iterable<string>,
  rule: string,
  because: string,
): PrunePlan {
  const wanted = new Set(paths);
  const drafts: Drafts = new Map(
    plan.decisions.map((one) => [
      one.path,
      { action: one.action, rule: one.rule, because: one.because, by: ownerOf(one) },
    ]),
  );
  for (const { path, action } of plan.decisions) {
    if (!wanted.has(path) || action !== 'drop') continue;
    const law = lawFor(path);
    if (law && law.action !== 'keep') drafts.set(path, law);
    else drafts.set(path, { action: 'keep', rule, because, by: 'nobody' });
  }
  takeBackLibraries(inventory, drafts);
  const decisions = plan.decisions.map((one): Decision => {
    const draft = drafts.get(one.path);
    if (!draft || (draft.action === one.action && draft.rule === one.rule)) return one;
    const travels = draft.action !== 'drop';
    return {
      ...one,
      action: draft.action,
      rule: draft.rule,
      because: draft.because,
      kept: travels ? one.bytes : 0,
    };
  });
  return { ...plan, decisions };
}

/** What the user dropped is not taken back as a needed library. */
function ownerOf(decision: Decision): 'option' | 'recipe' {
  return decision.rule.startsWith('option/') || decision.rule.startsWith('unneeded/') ? 'option' : 'recipe';
}
