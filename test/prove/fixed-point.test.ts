import { describe, expect, test } from '@jest/globals';
import type { Decision, PrunePlan } from '../../src/model.js';
import { restoreToFixedPoint } from '../../src/prove/fixed-point.js';
import type { GroupReport, Missing, ProbeGroup, Reports } from '../../src/prove/model.js';
import { makeTree } from '../prune/tree.js';

const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n'];
const tree = makeTree(Object.fromEntries(names.map((name) => [`pkg/${name}.py`, ''])), { pkg: {} });
const plan: PrunePlan = {
  findings: [],
  decisions: tree.inventory.entries.map(({ path, bytes }): Decision =>
    path.endsWith('.py')
      ? { path, action: 'drop', rule: 'pkg/rule', because: '', bytes, kept: 0 }
      : { path, action: 'keep', rule: 'kept/default', because: '', bytes, kept: bytes },
  ),
};
const group: ProbeGroup = { name: 'pkg', distribution: 'pkg', items: [{ kind: 'module', name: 'pkg' }] };

function report(missing: readonly Missing[] | null, touched: readonly string[] = []): GroupReport {
  const error = missing === null ? null : { type: 'ImportError', message: 'gone', missing, frames: [] };
  return { outcomes: [{ item: { kind: 'module', name: 'pkg' }, ms: 1, error }], touched };
}

const works: Reports = new Map([['pkg', report(null)]]);

function keptIn(one: PrunePlan): readonly string[] {
  return one.decisions
    .filter(({ action, path }) => action === 'keep' && path.endsWith('.py'))
    .map(({ path }) => path);
}

/** Needs all of `needs`, and tells of the first that is not there. */
function needing(
  needs: readonly string[],
  tell: boolean,
): { rounds: () => number; runProbes: Parameters<typeof restoreToFixedPoint>[0]['runProbes'] } {
  let rounds = 0;
  return {
    rounds: () => rounds,
    runProbes: (current) => {
      rounds++;
      const kept = new Set(keptIn(current));
      const gone = needs.find((path) => !kept.has(path));
      const missing: Missing[] = gone !== undefined && tell ? [{ kind: 'file', name: gone }] : [];
      return Promise.resolve({
        plan: current,
        reports: new Map([['pkg', report(gone === undefined ? null : missing)]]),
      });
    },
  };
}

const input = {
  inventory: tree.inventory,
  plan,
  groups: [group],
  baseline: works,
  overVeto: new Set<string>(),
};

test('one file a round, and no more than that', async () => {
  const needs = ['pkg/a.py', 'pkg/b.py', 'pkg/c.py'];
  const { runProbes, rounds } = needing(needs, true);
  const settled = await restoreToFixedPoint({ ...input, runProbes });
  expect(keptIn(settled.plan)).toEqual(needs);
  expect(settled).toMatchObject({ lost: [], unfinished: [], restored: 3 });
  expect(rounds()).toBe(4);
});

test('after ten rounds the whole distribution comes back', async () => {
  const { runProbes, rounds } = needing(
    names.map((name) => `pkg/${name}.py`),
    true,
  );
  const settled = await restoreToFixedPoint({ ...input, runProbes });
  expect(settled).toMatchObject({ lost: [], restored: names.length });
  expect(rounds()).toBe(12);
});

test('what nothing brings back is lost, once', async () => {
  const { runProbes, rounds } = needing(['pkg/never.py'], true);
  const settled = await restoreToFixedPoint({ ...input, runProbes });
  expect(settled.lost.map(({ item }) => item.name)).toEqual(['pkg']);
  expect(rounds()).toBe(2);
});

test('what was touched before comes back without a round', async () => {
  const { runProbes, rounds } = needing(['pkg/a.py', 'pkg/b.py'], false);
  const baseline = new Map([['pkg', report(null, ['pkg/__pycache__/a.cpython-312.pyc', 'pkg/b.py'])]]);
  const settled = await restoreToFixedPoint({ ...input, baseline, runProbes });
  expect(keptIn(settled.plan)).toEqual(['pkg/a.py', 'pkg/b.py']);
  expect(settled.plan.decisions.find(({ path }) => path === 'pkg/a.py')).toMatchObject({
    rule: 'restored/import-proof',
    because: 'Importing pkg opens it.',
    kept: 100,
  });
  expect(rounds()).toBe(1);
});

test('what failed before is not tried', async () => {
  const { runProbes, rounds } = needing([], false);
  await restoreToFixedPoint({ ...input, baseline: new Map([['pkg', report([])]]), runProbes });
  expect(rounds()).toBe(0);
});

test('a group that passed is tried again after something came back for another', async () => {
  const other: ProbeGroup = { name: 'other', distribution: null, items: [{ kind: 'module', name: 'pkg' }] };
  const tried: string[][] = [];
  const { runProbes } = needing(['pkg/a.py'], true);
  await restoreToFixedPoint({
    ...input,
    groups: [group, other],
    baseline: new Map([...works, ['other', report(null)]]),
    runProbes: async (current, pending) => {
      tried.push(pending.map(({ name }) => name));
      const answer = await runProbes(current, pending);
      return { ...answer, reports: new Map([...answer.reports, ['other', report(null)]]) };
    },
  });
  expect(tried).toEqual([['pkg', 'other'], ['pkg'], ['other']]);
});

test('time that runs out is no reason to bring anything back', async () => {
  const timeout = {
    ...report([]),
    outcomes: [
      { item: group.items[0]!, ms: 0, error: { type: 'Timeout', message: '', missing: [], frames: [] } },
    ],
  };
  const settled = await restoreToFixedPoint({
    ...input,
    runProbes: (current) => Promise.resolve({ plan: current, reports: new Map([['pkg', timeout]]) }),
  });
  expect(settled).toMatchObject({ lost: [], restored: 0, unfinished: [{ item: { name: 'pkg' } }] });
});

describe('what an option took', () => {
  const taken = makeTree(
    {
      'pandas/__init__.py': '',
      'pandas/core.py': '',
      'num/a.py': '',
      'num/b.py': '',
      'mlflow/__init__.py': '',
    },
    { pandas: {}, num: {}, mlflow: {} },
  );
  const decide = ({ path, bytes }: { path: string; bytes: number }): Decision => {
    const row = { path, because: '', bytes };
    if (path === 'pandas/__init__.py') return { ...row, action: 'stub', rule: 'option/--stub', kept: 0 };
    if (path === 'pandas/core.py') return { ...row, action: 'drop', rule: 'option/--stub', kept: 0 };
    if (path.startsWith('num/')) return { ...row, action: 'drop', rule: 'num/rule', kept: 0 };
    return { ...row, action: 'keep', rule: 'kept/default', kept: bytes };
  };
  const stubbed: PrunePlan = { findings: [], decisions: taken.inventory.entries.map(decide) };
  const mlflow: ProbeGroup = {
    name: 'mlflow',
    distribution: 'mlflow',
    items: [{ kind: 'module', name: 'mlflow' }],
  };
  const other: ProbeGroup = { name: 'other', distribution: null, items: [{ kind: 'module', name: 'other' }] };
  const message = "module 'pandas' has no attribute 'DataFrame'";
  const failing: GroupReport = {
    outcomes: [
      {
        item: mlflow.items[0]!,
        ms: 1,
        error: { type: 'AttributeError', message, missing: [], frames: ['mlflow/__init__.py'] },
      },
    ],
    touched: [],
  };
  const ok = ({ items }: ProbeGroup, touched: readonly string[] = []): GroupReport => ({
    outcomes: items.map((item) => ({ item, ms: 1, error: null })),
    touched,
  });
  const touched = ['mlflow/__init__.py', 'num/a.py', 'pandas/__init__.py', 'pandas/core.py'];
  const settle = async (needsB: boolean): Promise<Awaited<ReturnType<typeof restoreToFixedPoint>>> =>
    restoreToFixedPoint({
      inventory: taken.inventory,
      plan: stubbed,
      groups: [mlflow, other],
      overVeto: new Set(['num/rule']),
      baseline: new Map([
        ['mlflow', ok(mlflow, touched)],
        ['other', ok(other, [])],
      ]),
      runProbes: (current, pending) => {
        const kept = keptIn(current);
        const gone: Missing[] =
          needsB && !kept.includes('num/b.py') ? [{ kind: 'file', name: 'num/b.py' }] : [];
        const error = { type: 'ImportError', message: 'gone', missing: gone, frames: [] };
        const broken: GroupReport = { outcomes: [{ item: other.items[0]!, ms: 1, error }], touched: [] };
        const answer = ({ name }: ProbeGroup): GroupReport =>
          name === 'mlflow' ? failing : gone.length > 0 ? broken : ok(other);
        return Promise.resolve({
          plan: current,
          reports: new Map(pending.map((one) => [one.name, answer(one)])),
        });
      },
    });

  test('is blamed for what is lost, and what came back in vain goes again', async () => {
    const settled = await settle(false);
    expect(settled.lost.map(({ wish }) => wish?.rule)).toEqual(['option/--stub']);
    expect(settled.lost[0]?.wish?.path).toBe('pandas/__init__.py');
    expect(settled.plan.decisions).toEqual(stubbed.decisions);
    expect(settled.restored).toBe(0);
  });

  test('what another import needs stays', async () => {
    const settled = await settle(true);
    expect(settled.lost.map(({ item }) => item.name)).toEqual(['mlflow']);
    expect(keptIn(settled.plan)).toEqual(['mlflow/__init__.py', 'num/b.py']);
  });
});
