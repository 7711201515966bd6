/**
 * The heart of the proof, apart from processes and disks: what worked before must work on what is kept; what is missing is
 * put back; until nothing is. Every round restores at least one file or stops, so it ends.
 */
import type { Decision, PrunePlan } from '../model.js';
import type { GroupAnswer, Missing, ProbeAnswer } from './probes.js';

export interface Tries {
  /** Run every group on the tree of this plan. */
  readonly run: (plan: PrunePlan) => Promise<readonly GroupAnswer[]>;
  /** Put files back, with their reason. */
  readonly restore: (plan: PrunePlan, paths: readonly string[], because: string) => PrunePlan;
  /** May a file that this decision dropped come back? Not when the user dropped it. */
  readonly mayReturn: (decision: Decision) => boolean;
  /** Did the file get dropped although kept code imports it, because its recipe proves that this is fine? */
  readonly expectedUnused: (decision: Decision) => boolean;
}

export interface Settled {
  readonly plan: PrunePlan;
  /** The answers of the last round. */
  readonly answers: readonly GroupAnswer[];
  /** What worked before and does not now, and cannot be repaired. */
  readonly lost: readonly ProbeAnswer[];
  readonly rounds: number;
}

const mostRounds = 12;

/** @param baseline the same groups on the untouched tree */
export async function settle(
  baseline: readonly GroupAnswer[],
  start: PrunePlan,
  tries: Tries,
): Promise<Settled> {
  const worked = new Set(baseline.flatMap(({ answers }) => answers.filter(({ ok }) => ok).map(idOf)));
  let plan = restoreTouched(baseline, start, tries);
  for (let round = 1; ; round++) {
    const answers = await tries.run(plan);
    const failures = answers.flatMap((group) =>
      group.answers
        .filter((answer) => !answer.ok && worked.has(idOf(answer)))
        .map((answer) => ({ answer, group: group.group })),
    );
    let next = plan;
    for (const { answer, group } of round < mostRounds ? failures : []) {
      const paths = remedy(answer, group, next, baseline, tries);
      if (paths.length > 0) next = tries.restore(next, paths, reasonOf(answer));
    }
    if (next === plan) return { plan, answers, lost: failures.map(({ answer }) => answer), rounds: round };
    plan = next;
  }
}

function idOf(answer: ProbeAnswer): string {
  return `${answer.kind} ${answer.name}`;
}

const wordsFor: Readonly<Record<ProbeAnswer['kind'], (name: string) => string>> = {
  module: (name) => `import ${name}`,
  probe: (name) => `the probe of ${name}`,
  metadata: (name) => `importlib.metadata.version("${name}")`,
  dlopen: (name) => `loading ${name}`,
};

function reasonOf(answer: ProbeAnswer): string {
  return `Without it ${wordsFor[answer.kind](answer.name)} fails: ${answer.error ?? 'no reason given'}`;
}

/** What the untouched tree opened on import is needed; one round is spared for each such file. */
function restoreTouched(baseline: readonly GroupAnswer[], plan: PrunePlan, tries: Tries): PrunePlan {
  const dropped = droppedBy(plan, tries);
  let next = plan;
  for (const { group, touched } of baseline) {
    const paths = touched.filter((name) => {
      const decision = dropped.get(name);
      return decision !== undefined && !tries.expectedUnused(decision);
    });
    if (paths.length > 0) next = tries.restore(next, paths, `Importing ${group} or its probe opens it.`);
  }
  return next;
}

function droppedBy(plan: PrunePlan, tries: Tries): ReadonlyMap<string, Decision> {
  return new Map(
    plan.decisions
      .filter((one) => one.action === 'drop' && tries.mayReturn(one))
      .map((one) => [one.path, one]),
  );
}

/** Dropped files that may repair the failure, the most exact guess first. */
function remedy(
  answer: ProbeAnswer,
  group: string,
  plan: PrunePlan,
  baseline: readonly GroupAnswer[],
  tries: Tries,
): readonly string[] {
  const dropped = [...droppedBy(plan, tries).keys()];
  const exact = answer.missing ? dropped.filter(matcherFor(answer.missing)) : [];
  if (exact.length > 0) return exact;
  const opened = new Set(baseline.filter((one) => one.group === group).flatMap(({ touched }) => touched));
  const touched = dropped.filter((name) => opened.has(name));
  if (touched.length > 0) return touched;
  // Not even a hint: everything that lies where its opened files lie.
  const folders = new Set([...opened].map((name) => name.split('/')[0] ?? ''));
  return dropped.filter((name) => name.includes('/') && folders.has(name.split('/')[0] ?? ''));
}

function matcherFor(missing: Missing): (path: string) => boolean {
  if ('file' in missing) return (name) => name === missing.file || name.startsWith(`${missing.file}/`);
  if ('library' in missing) return (name) => name.slice(name.lastIndexOf('/') + 1) === missing.library;
  const stem = missing.module.replaceAll('.', '/');
  const direct = (name: string): boolean => {
    if (!name.startsWith(stem)) return false;
    const rest = name.slice(stem.length);
    return rest === '.py' || rest === '/__init__.py' || /^\.[^/]*\.?so$/.test(rest);
  };
  return direct;
}
