import { expect, test } from '@jest/globals';
import { asEvents, type ProgressEvent } from '../../src/api/progress.js';

test('steps are told as data, each with its number', () => {
  const events: ProgressEvent[] = [];
  const progress = asEvents((event) => events.push(event));
  const first = progress.start('pack', 10);
  const second = progress.start('look');
  first.advance(4);
  first.advance(6);
  second.note('numpy');
  second.end('2 files', { cached: true });
  first.end();
  const [pack, look] = [
    { step: 1, name: 'pack' },
    { step: 2, name: 'look' },
  ];
  const ms: unknown = expect.any(Number);
  expect(events).toEqual([
    { type: 'start', ...pack, total: 10 },
    { type: 'start', ...look, total: null },
    { type: 'advance', ...pack, amount: 4, done: 4, total: 10 },
    { type: 'advance', ...pack, amount: 6, done: 10, total: 10 },
    { type: 'note', ...look, text: 'numpy' },
    { type: 'end', ...look, summary: '2 files', cached: true, ms },
    { type: 'end', ...pack, summary: null, cached: false, ms },
  ]);
  expect(progress.times).toEqual([
    { step: 'look', ms, cached: true },
    { step: 'pack', ms, cached: false },
  ]);
});
