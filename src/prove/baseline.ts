/** What works on the untouched tree. The tree does not change, so the answers are kept in the cache. */
import { availableParallelism } from 'node:os';
import pMap from 'p-map';
import { cacheKey } from '../text/cache-key.js';
import type { Cache } from '../io/cache.js';
import type { Progress } from '../progress.js';
import { remember } from './memory.js';
import { runGroup } from './run.js';
import type { ProbeOptions } from './run.js';
import type { GroupReport, ProbeGroup, Reports } from './model.js';
import { countText } from '../text/units.js';

/** @param identity of the tree at `options.root`, the interpreter and the script: all but the group that an answer depends on */
export async function baselineOf(
  groups: readonly ProbeGroup[],
  options: ProbeOptions,
  identity: Readonly<Record<string, unknown>>,
  { cache, progress }: { readonly cache: Cache; readonly progress: Progress },
): Promise<Reports> {
  const step = progress.start('import before pruning', groups.length);
  let fresh = 0;
  const rows = await pMap(
    groups,
    async (group): Promise<readonly [string, GroupReport]> => {
      const key = cacheKey({ ...identity, kind: 'untouched', group });
      const ask = async (): Promise<GroupReport> => {
        step.note(group.name);
        fresh++;
        return runGroup(group, options);
      };
      const report = await remember(cache, key, ask, hasEnded);
      step.advance(1);
      return [group.name, report];
    },
    { concurrency: Math.min(4, availableParallelism()) },
  );
  step.end(countText(groups.length, 'group'), { cached: fresh === 0 });
  return new Map(rows);
}

/** Not kept: on a machine that is less busy, or has more memory left, it could be another. */
function hasEnded(report: GroupReport): boolean {
  return report.outcomes.every(({ error }) => error?.type !== 'Timeout' && error?.type !== 'Crash');
}
