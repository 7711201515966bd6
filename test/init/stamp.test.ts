import { describe, expect, test } from '@jest/globals';
import { hasStamp, isAsWritten, linesToChange, stamped } from '../../src/init/stamp.js';

const text = 'a: 1\n\n# why\nb:\n  - 2\n';
const written = stamped(text, 'lambda-slim init sam --update');

describe('a file of ours', () => {
  test('has its text, and one comment more', () => {
    expect(written.startsWith(text)).toBe(true);
    expect(written.slice(text.length)).toMatch(/^# .*lambda-slim init sam --update.*\n$/);
  });

  test.each<readonly [string, string, boolean, boolean]>([
    ['as it is', written, true, true],
    ['with the line ends of Windows', written.replaceAll('\n', '\r\n'), true, true],
    ['with a line more in it', written.replace('b:', 'c: 3\nb:'), true, false],
    ['with a letter changed', written.replace('a: 1', 'a: 2'), true, false],
    ['with a line behind it', `${written}c: 3\n`, true, false],
    ['with an empty line behind it', `${written}\n`, true, false],
    ['without its last line end', written.slice(0, -1), true, false],
    ['without the comment', text, false, false],
    ['with a comment of another text', text + stamped('x\n', 'y').slice(2), true, false],
    ['that is empty', '', false, false],
  ])('%s', (_what, given, ours, untouched) => {
    expect([hasStamp(given), isAsWritten(given)]).toEqual([ours, untouched]);
  });
});

test('what is to be changed: lines of this build that are not there, as often as they are wanted', () => {
  const wanted = 'a: 1\nx: 1\nx: 1\n\n# other words\nb:\n  - 3\n';
  const present = 'mine: 1\nx: 1\nb:  \na: 1\r\n  - 2\n';
  expect(linesToChange(present, wanted, '')).toEqual(['line 3: x: 1', 'line 7: - 3']);
  expect(linesToChange(present, wanted, 'x: 1\nb:\n  - 4\n')).toEqual(['line 7: - 3']);
  expect(linesToChange(wanted, wanted, '')).toEqual([]);
});
