import { expect, test } from '@jest/globals';
import { openedIn } from '../../src/verify/opened.js';

const line =
  '{"lambda-slim": {"digest": "ab", "bytes": 9, "packedBytes": 3, "ms": 12.5, "threads": 2, "source": "package"}}';

test.each([
  ['a line', [line], [12.5]],
  ['two payloads among other lines', ['hello', line, '', line], [12.5, 12.5]],
  ['with what a log puts before it', [`2026-11-21 INFO ${line}`], [12.5]],
  ['a line that was cut off', [line.slice(0, 40)], []],
  ['another document', ['{"lambda-slim": null}', '{"other": 1}'], []],
  ['nothing', [], []],
])('%s', (_name, log, expected) => {
  expect(openedIn(log).map(({ ms }) => ms)).toEqual(expected);
});
