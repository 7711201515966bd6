/** What works on the untouched tree. The tree does not change, so the answers are kept in the cache. */
import { readFile, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import pMap from 'p-map';
import { cacheKey } from '../io/cache.js';
import type { Cache } from '../io/cache.js';
import { templatePath } from '../io/templates.js';
import type { Progress } from '../progress.js';
import { runGroup } from './prove-run.js';
import type { ProbeOptions } from './prove-run.js';
import type { GroupReport, ProbeGroup, Reports } from './prove-types.js';

/** Carries an answer past the cache: on a machine that is less busy it would be another. */
class Unfinished extends Error {
  constructor(readonly report: GroupReport) {
    super('not kept');
  }
}

/** @param tree `Resolution.key` of the tree at `options.root` */
export async function baselineOf(
  groups: readonly ProbeGroup[],
  options: ProbeOptions,
  tree: string,
  { cache, progress }: { readonly cache: Cache; readonly progress: Progress },
): Promise<Reports> {
  const { version, description, command } = options.interpreter;
  const probe = await readFile(templatePath('probe.py'), 'utf8');
  const step = progress.start('import before pruning', groups.length);
  let fresh = 0;
  const rows = await pMap(
    groups,
    async (group): Promise<readonly [string, GroupReport]> => {
      const key = cacheKey({ tree, version, description, command, probe, group });
      const report = await kept(cache, key, async () => {
        step.note(group.name);
        fresh++;
        return runGroup(group, options);
      });
      step.advance(1);
      return [group.name, report];
    },
    { concurrency: Math.min(4, availableParallelism()) },
  );
  step.end(`${groups.length} groups`, { cached: fresh === 0 });
  return new Map(rows);
}

async function kept(cache: Cache, key: string, make: () => Promise<GroupReport>): Promise<GroupReport> {
  try {
    const entry = await cache.folder('baselines', key, async (folder) => {
      const report = await make();
      if (report.outcomes.some(({ error }) => error?.type === 'Timeout')) throw new Unfinished(report);
      await writeFile(path.join(folder, 'baseline.json'), JSON.stringify(report));
    });
    return JSON.parse(await readFile(path.join(entry.path, 'baseline.json'), 'utf8')) as GroupReport;
  } catch (error) {
    if (error instanceof Unfinished) return error.report;
    throw error;
  }
}
