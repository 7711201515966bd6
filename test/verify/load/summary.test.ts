/** What is told of many requests. */
import { expect, test } from '@jest/globals';
import type { Sample } from '../../../src/verify/load/model.js';
import { roomFor, summaryOf } from '../../../src/verify/load/summary.js';

const sample = (change: Partial<Sample>): Sample => ({
  ...{ cold: false, waitMs: 0, initMs: 0, ms: 10, error: null, event: null },
  ...change,
});

const around = { room: 4, environments: 2, machineCpus: 2, totalMs: 2000, peakMemory: 1, tmpBytes: 0 };
const failure = (errorType: string, errorMessage = ''): Sample['error'] => ({
  ...{ errorType, errorMessage, stackTrace: [] },
});

test('cold is the start and the answer, warm the answer, and neither has waiting in it', () => {
  const samples = [
    sample({ cold: true, initMs: 300, ms: 50, waitMs: 900 }),
    sample({ cold: true, initMs: 100, ms: 20 }),
    sample({ ms: 5, waitMs: 2000 }),
    sample({ ms: 7 }),
  ];
  const told = summaryOf({ requests: 4, concurrency: 4 }, samples, around);
  expect(told).toMatchObject({
    failed: 0,
    errors: [],
    requestsPerSecond: 2,
    cold: { count: 2, p50: 120, p95: 350, p99: 350 },
    init: { count: 2, p50: 100, p95: 300 },
    warm: { count: 2, p50: 5, p95: 7 },
    all: { count: 4, p50: 7, p95: 350 },
    waiting: null,
  });
});

test.each([
  [{ requests: 900, concurrency: 40 }, 6, 3],
  [{ requests: 900, concurrency: 6 }, 6, null],
  // Nobody waits when there are fewer requests than places.
  [{ requests: 3, concurrency: 40 }, 6, null],
])('%p with room for %p: waiting is told of %p', (wish, room, count) => {
  const samples = [sample({ waitMs: 1 }), sample({ waitMs: 2 }), sample({ waitMs: 3 })];
  expect(summaryOf(wish, samples, { ...around, room }).waiting?.count ?? null).toBe(count);
});

test('errors are counted by kind, the most frequent first, and their times are none of the function’s', () => {
  const samples = [
    sample({ error: failure('KeyError', "'a'"), event: 'one.json', ms: 1 }),
    sample({ error: failure('Sandbox.Timedout', 'late') }),
    sample({ error: failure('Sandbox.Timedout', 'later') }),
    sample({ ms: 40 }),
  ];
  const told = summaryOf({ requests: 4, concurrency: 1 }, samples, around);
  expect([told.failed, told.warm?.count, told.warm?.p50]).toEqual([3, 1, 40]);
  expect(told.errors).toEqual([
    { type: 'Sandbox.Timedout', count: 2, example: { event: null, message: 'late' } },
    { type: 'KeyError', count: 1, example: { event: 'one.json', message: "'a'" } },
  ]);
});

const MIB = 2 ** 20;

test.each([
  ['what is left by a quarter more than one needs', 1000 * MIB, 84 * MIB, 8],
  ['never none, as one has run', 10 * MIB, 500 * MIB, 1],
  ['also for what needs nothing', 200 * MIB, 0, 10],
])('room: %s', (_what, available, each, room) => {
  expect(roomFor(available, each)).toBe(room);
});
