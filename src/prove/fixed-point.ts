/**
 * The heart of the import proof: what worked before pruning must work after. Whatever fails names what is missing; that
 * comes back; again, until nothing fails or nothing is left to bring back. `runProbes` is passed in. Pure.
 */
import type { Decision, Inventory, PrunePlan } from '../model.js';
import { dropsOf, sourceOf } from './missing.js';
import { errorText } from './model.js';
import type { GroupReport, ProbeError, ProbeGroup, ProbeItem, Reports } from './model.js';
import { restore } from '../prune/restore.js';

export interface FixedPointInput {
  readonly inventory: Inventory;
  readonly plan: PrunePlan;
  readonly groups: readonly ProbeGroup[];
  /** From the untouched tree. */
  readonly baseline: Reports;
  /** Rules (`recipe/rule`) that drop what an import touches on purpose: only a failure brings that back. */
  readonly overVeto: ReadonlySet<string>;
  /** Stage the plan and try the groups on it. It may refine the plan (what stripping did). */
  readonly runProbes: (
    plan: PrunePlan,
    groups: readonly ProbeGroup[],
  ) => Promise<{ readonly plan: PrunePlan; readonly reports: Reports }>;
  /** Rounds that bring back exactly what is missing; then whole distributions come back. */
  readonly rounds?: number;
}

export interface Lost {
  readonly group: ProbeGroup;
  readonly item: ProbeItem;
  readonly error: ProbeError;
  /** The user's own option that took it away; null when a rule did. */
  readonly wish: Decision | null;
}

export interface FixedPoint {
  readonly plan: PrunePlan;
  /** What passed on the final plan, and what was touched there. */
  readonly reports: Reports;
  readonly lost: readonly Lost[];
  /** Ran out of time on the pruned tree. */
  readonly unfinished: readonly { readonly group: ProbeGroup; readonly item: ProbeItem }[];
  readonly restored: number;
}

const rule = 'restored/import-proof';

/** @returns a plan with which everything that passed in `baseline` passes, but for `lost` and `unfinished` */
export async function restoreToFixedPoint(input: FixedPointInput): Promise<FixedPoint> {
  const { inventory, baseline, rounds = 10 } = input;
  const goals = input.groups.map((group) => passedOnly(group, baseline.get(group.name))).filter(hasItems);
  const lost = new Map<string, Lost>();
  const unfinished = new Map<string, { group: ProbeGroup; item: ProbeItem }>();
  const reports = new Map<string, GroupReport>();
  const provedAt = new Map<string, number>();
  const broughtFor = new Map<string, Set<string>>();
  let version = 0;
  let plan = restoreTouched(input, goals);
  // Each round either brings a file back or gives an item up, so this ends; the bound is for what cannot be foreseen.
  for (let round = 1; round <= rounds * 3; round++) {
    const stale = goals.filter((group) => provedAt.get(group.name) !== version);
    const failing = stale.filter((group) => (provedAt.get(group.name) ?? 0) < 0);
    const pending = (failing.length > 0 ? failing : stale)
      .map((group) => without(group, lost, unfinished))
      .filter(hasItems);
    if (pending.length === 0) break;
    const answer = await input.runProbes(plan, pending);
    plan = answer.plan;
    const wanted = new Map<string, string>();
    const hopeless: Lost[] = [];
    const drops = dropsOf(inventory, plan);
    for (const group of pending) {
      const report = answer.reports.get(group.name) ?? { outcomes: [], touched: [] };
      reports.set(group.name, report);
      provedAt.set(group.name, version);
      for (const { item, error } of report.outcomes) {
        if (error === null) continue;
        const id = idOf(group, item);
        if (error.type === 'Timeout') {
          unfinished.set(id, { group, item });
          continue;
        }
        const find = round <= rounds ? drops.missing : drops.allOf;
        const { paths, wish } = find(error, group, baseline.get(group.name));
        provedAt.set(group.name, -1);
        if (paths.length === 0) hopeless.push({ group, item, error, wish });
        for (const path of paths) {
          broughtFor.set(path, (broughtFor.get(path) ?? new Set()).add(id));
          if (!wanted.has(path)) wanted.set(path, `${action(item)} fails without it: ${errorText(error)}`);
        }
      }
    }
    if (wanted.size === 0) {
      // Only now: what came back for another import might have helped this one.
      for (const one of hopeless) lost.set(idOf(one.group, one.item), one);
      for (const { group } of hopeless) provedAt.set(group.name, version);
      continue;
    }
    version++;
    plan = restoreEach(plan, inventory, wanted);
  }
  const left = goals.map((group) => without(group, lost, unfinished)).filter(hasItems);
  const end = await withoutInVain(input, { plan, reports }, inVain(broughtFor, lost), left);
  const restored = end.plan.decisions.filter((one) => one.rule === rule).length;
  return { ...end, lost: [...lost.values()], unfinished: [...unfinished.values()], restored };
}

/** Paths that came back for nothing but what is lost. */
function inVain(
  broughtFor: ReadonlyMap<string, ReadonlySet<string>>,
  lost: ReadonlyMap<string, Lost>,
): ReadonlySet<string> {
  const rows = [...broughtFor].filter(([, ids]) => [...ids].every((id) => lost.has(id)));
  return new Set(rows.map(([path]) => path));
}

type End = Pick<FixedPoint, 'plan' | 'reports'>;

/** What came back only for what is lost all the same goes again, unless something in `groups` needs it. */
async function withoutInVain(
  { inventory, plan: first, runProbes }: FixedPointInput,
  end: End,
  paths: ReadonlySet<string>,
  groups: readonly ProbeGroup[],
): Promise<End> {
  if (paths.size === 0) return end;
  const before = new Map(first.decisions.map((one) => [one.path, one]));
  const goes = ({ path, rule: by }: Decision): boolean => paths.has(path) || by === 'needed/library';
  const decisions = end.plan.decisions.map((one) => (goes(one) ? (before.get(one.path) ?? one) : one));
  // Restoring nothing brings the libraries back that what is left needs.
  const leaner = restore({ ...end.plan, decisions }, inventory, [], rule, '');
  if (groups.length === 0) return { ...end, plan: leaner };
  const answer = await runProbes(leaner, groups);
  const outcomes = [...answer.reports.values()].flatMap((report) => report.outcomes);
  if (outcomes.some(({ error }) => error !== null)) return end;
  return { plan: answer.plan, reports: new Map([...end.reports, ...answer.reports]) };
}

/** Before anything is tried: what was opened on the untouched tree comes back, unless its rule is over the veto. */
function restoreTouched(input: FixedPointInput, goals: readonly ProbeGroup[]): PrunePlan {
  const drops = dropsOf(input.inventory, input.plan);
  const wanted = new Map<string, string>();
  for (const group of goals) {
    const touched = (input.baseline.get(group.name)?.touched ?? []).filter((path) => {
      // Python asks for the bytecode before it opens the source.
      const by = drops.restorable.get(sourceOf(path))?.rule ?? '';
      return !input.overVeto.has(by) && !by.endsWith('/leave-out') && by !== 'unneeded/dependency';
    });
    for (const path of drops.among(touched)) {
      if (!wanted.has(path)) wanted.set(path, `${groupAction(group)} opens it.`);
    }
  }
  return restoreEach(input.plan, input.inventory, wanted);
}

/** @param wanted path → because */
function restoreEach(plan: PrunePlan, inventory: Inventory, wanted: ReadonlyMap<string, string>): PrunePlan {
  const byReason = Map.groupBy(wanted, ([, because]) => because);
  let result = plan;
  for (const [because, rows] of byReason) {
    result = restore(
      result,
      inventory,
      rows.map(([path]) => path),
      rule,
      because,
    );
  }
  return result;
}

function action(item: ProbeItem): string {
  switch (item.kind) {
    case 'module':
    case 'name':
      return `Importing ${item.name}`;
    case 'probe':
      return `The probe of recipe ${item.name}`;
    case 'metadata':
      return `Asking for the version of ${item.name}`;
  }
}

function groupAction(group: ProbeGroup): string {
  const [first] = group.items;
  const names = group.items.map((item) => item.name).join(', ');
  if (!first || first.kind === 'module') return `Importing ${names}`;
  return first.kind === 'metadata' ? 'importlib.metadata' : action(first);
}

/** Only what worked before is promised. */
function passedOnly(group: ProbeGroup, before: GroupReport | undefined): ProbeGroup {
  const passed = new Set(
    before?.outcomes.filter(({ error }) => error === null).map(({ item }) => `${item.kind}\n${item.name}`),
  );
  return { ...group, items: group.items.filter((item) => passed.has(`${item.kind}\n${item.name}`)) };
}

function without(group: ProbeGroup, ...given: readonly ReadonlyMap<string, unknown>[]): ProbeGroup {
  const isGivenUp = (item: ProbeItem): boolean => given.some((map) => map.has(idOf(group, item)));
  return { ...group, items: group.items.filter((item) => !isGivenUp(item)) };
}

function idOf(group: ProbeGroup, item: ProbeItem): string {
  return `${group.name}\n${item.kind}\n${item.name}`;
}

function hasItems(group: ProbeGroup): boolean {
  return group.items.length > 0;
}
