import { expect, test } from '@jest/globals';
import { interruptible, silent } from '../src/progress.js';

test('work stops where it reports its progress, but never in a note', () => {
  const controller = new AbortController();
  const progress = interruptible(silent, controller.signal);
  const step = progress.start('compress', 2);
  expect(() => step.advance(1)).not.toThrow();
  controller.abort();
  expect(() => step.advance(1)).toThrow('aborted');
  expect(() => progress.start('write')).toThrow('aborted');
  expect(() => step.note('a line of a tool')).not.toThrow();
  expect(() => step.end()).not.toThrow();
});
