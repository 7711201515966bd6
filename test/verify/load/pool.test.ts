/** Environments as Lambda keeps them, by environments that answer when a test says so. */
import { describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Lab } from '../../../src/verify/cold-start.js';
import { openPool, type LogEar, type Pool } from '../../../src/verify/load/pool.js';
import type { ExecutionEnvironment, Invocation, SandboxSpec } from '../../../src/verify/model.js';

const answer = (result: unknown): Invocation => ({ ok: true, result, error: null, ms: 1 });

interface Bench {
  readonly pool: Pool;
  /** Environments that are there now. */
  readonly alive: () => number;
  readonly specs: SandboxSpec[];
  readonly mostStarting: () => number;
  readonly abort: () => void;
}

/**
 * An event that is a number takes so many milliseconds; `dies` ends its environment; `no start` is told at the second.
 */
function bench(
  most: number,
  {
    startsAtOnce = 100,
    badStart = -1,
    startMs = 1,
    logged,
  }: { startsAtOnce?: number; badStart?: number; startMs?: number; logged?: LogEar } = {},
): Bench {
  const controller = new AbortController();
  const specs: SandboxSpec[] = [];
  let alive = 0;
  let starting = 0;
  let mostStarting = 0;
  const start = async (spec: SandboxSpec): Promise<ExecutionEnvironment> => {
    const number = specs.push(spec) - 1;
    alive++;
    mostStarting = Math.max(mostStarting, ++starting);
    let isOver = false;
    let stopped = false;
    await sleep(startMs);
    return {
      initialized: async () => {
        await sleep(startMs);
        starting--;
        const ok = number !== badStart;
        const error = { errorType: 'ImportError', errorMessage: 'no', stackTrace: [] };
        return { ok, ms: startMs, error: ok ? null : error };
      },
      invoke: async (event) => {
        if (event === 'dies') {
          isOver = true;
          const error = { errorType: 'Runtime.ExitError', errorMessage: 'gone', stackTrace: [] };
          return { ok: false, result: null, error, ms: 1 };
        }
        spec.onLogLine?.(`serving ${String(event)}`);
        await sleep(Number(event));
        return answer(number);
      },
      stop: async () => {
        await sleep(1);
        if (!stopped) alive--;
        stopped = true;
        return { peakMemory: 100 + number, tmpBytes: 5, memoryExceeded: false, exitCode: 0 };
      },
      over: () => isOver,
      measured: () => ({ peakMemory: 50, tmpBytes: 0 }),
      log: () => [],
    };
  };
  const { signal } = controller;
  const spec = { cpus: 2 } as SandboxSpec;
  const sandbox = { name: 'unshare', description: '', notChecked: [], start } as const;
  const lab: Lab = { sandbox, spec, signal, initWaitMs: 1000, timeoutMs: 1000 };
  const pool = openPool(lab, { most: () => most, startsAtOnce }, logged);
  return {
    pool,
    specs,
    alive: () => alive,
    mostStarting: () => mostStarting,
    abort: () => controller.abort(),
  };
}

const serveAll = ({ pool }: Bench, events: readonly unknown[]) =>
  Promise.all(events.map((event) => pool.serve(event)));

describe('an environment serves one request at a time', () => {
  test('as many are started as are busy at once, and then kept', async () => {
    const made = bench(40);
    const first = await serveAll(made, [20, 20, 20]);
    expect(first.map(({ init }) => init !== null)).toEqual([true, true, true]);
    expect(new Set(first.map(({ invocation }) => invocation.result)).size).toBe(3);
    const second = await serveAll(made, [5, 5]);
    expect(second.map(({ init }) => init)).toEqual([null, null]);
    expect(made.pool.started()).toBe(3);
    expect(await made.pool.close()).toEqual({ peakMemory: 102, tmpBytes: 5 });
    expect(made.alive()).toBe(0);
  });

  test('beyond the limit they wait, in their order, and the wait is measured', async () => {
    const made = bench(2);
    const order: number[] = [];
    const served = await Promise.all(
      [30, 30, 1, 1, 1].map(async (event, index) => {
        const one = await made.pool.serve(event);
        order.push(index);
        return one;
      }),
    );
    expect(made.pool.started()).toBe(2);
    expect(order.slice(2)).toEqual([2, 3, 4]);
    expect(served[4]!.waitMs).toBeGreaterThan(20);
    expect(served[0]!.waitMs).toBeLessThan(20);
    await made.pool.close();
  });

  test('one that a request ended is followed by a new one, also for who waits', async () => {
    const made = bench(1);
    const [died, next] = await serveAll(made, ['dies', 1]);
    expect(died!.invocation.error?.errorType).toBe('Runtime.ExitError');
    expect([next!.init !== null, next!.invocation.ok]).toEqual([true, true]);
    expect([made.pool.started(), made.alive()]).toEqual([2, 1]);
    await made.pool.close();
  });

  test('one that does not start is an answer, and its place is free again', async () => {
    const made = bench(1, { badStart: 0 });
    const [failed, next] = await serveAll(made, [1, 1]);
    expect(failed!.invocation).toMatchObject({ ok: false, error: { errorType: 'ImportError' } });
    expect(next!.invocation.ok).toBe(true);
    await made.pool.close();
    expect(made.alive()).toBe(0);
  });
});

test('they begin at different CPUs, and no more start at once than were allowed', async () => {
  const made = bench(5, { startsAtOnce: 2, startMs: 10 });
  await serveAll(made, [1, 1, 1, 1, 1]);
  expect(made.specs.map(({ firstCpu }) => firstCpu)).toEqual([0, 2, 4, 6, 8]);
  expect(made.mostStarting()).toBe(2);
  await made.pool.close();
});

test('who listens hears what a function writes as it comes, and which environment wrote it', async () => {
  const heard: unknown[] = [];
  const made = bench(2, { logged: (environment, line) => heard.push([environment, line]) });
  await serveAll(made, [20, 20]);
  await serveAll(made, [1]);
  expect(heard).toHaveLength(3);
  expect(heard.slice(0, 2).sort()).toEqual([
    [1, 'serving 20'],
    [2, 'serving 20'],
  ]);
  expect(heard[2]).toEqual([expect.any(Number), 'serving 1']);
  await made.pool.close();
});

test('stopped in the middle: who asks hears of it, those that were starting end, and nothing stays', async () => {
  const made = bench(3, { startMs: 20 });
  const asked = [1, 1, 1, 1].map((event) => made.pool.serve(event).catch((error: unknown) => error));
  await sleep(5);
  made.abort();
  await made.pool.close();
  expect(made.alive()).toBe(0);
  for (const one of (await Promise.all(asked.slice(0, 3))) as readonly Error[])
    expect(one.name).toBe('AbortError');
  await expect(made.pool.serve(1)).rejects.toThrow();
});
