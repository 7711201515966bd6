/** How long imports take, on a tree that is proved already. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import { runGroup } from './run.js';
import type { ProbeOptions } from './run.js';
import type { ProbeGroup, ProbeOutcome } from './model.js';

export interface Measured {
  /** Sum of the import times, each group in its own fresh process. */
  readonly ms: number;
  /** What did not import: none, on a proved tree. */
  readonly failed: readonly ProbeOutcome[];
}

/** Without the hooks of the proof, which cost time. Files are best in the page cache: run after the proof. */
export async function measureImports(
  groups: readonly ProbeGroup[],
  options: Omit<ProbeOptions, 'trace'>,
): Promise<Measured> {
  // Two at a time, each on a core of its own; more would share caches and memory and slow each other.
  const concurrency = Math.min(2, availableParallelism());
  const run = (group: ProbeGroup) => runGroup(group, { ...options, trace: false });
  const outcomes = (await pMap(groups, run, { concurrency })).flatMap((report) => report.outcomes);
  return {
    ms: Math.round(outcomes.reduce((sum, { ms }) => sum + ms, 0)),
    failed: outcomes.filter(({ error }) => error !== null),
  };
}
