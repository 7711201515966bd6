/** Text that comes in parts: its lines, whatever their length. */
import { expect, test } from '@jest/globals';
import { inLines, longestLine } from '../../src/text/flood.js';

const linesOf = (parts: readonly string[], longest?: number): readonly string[] => {
  const lines: string[] = [];
  const take = inLines((line) => lines.push(line), longest);
  for (const part of [...parts, '']) take(part);
  return lines;
};

test.each<[string, readonly string[], readonly string[]]>([
  ['in one part', ['a\nb\n'], ['a', 'b']],
  ['in parts', ['a', 'b\nc', 'd'], ['ab', 'cd']],
  ['of Windows and of progress', ['a\r\nb\rc'], ['a', 'b', 'c']],
  ['empty', ['\n\n'], ['', '']],
])('lines %s', (_name, parts, lines) => {
  expect(linesOf(parts)).toEqual(lines);
});

test('a line without end is told in parts, and a message of megabytes whole where that is asked for', () => {
  const long = 'x'.repeat(3 * longestLine + 1);
  expect(linesOf([long]).map((line) => line.length)).toEqual([longestLine, longestLine, longestLine, 1]);
  const message = `{"data":"${'y'.repeat(8 << 20)}"}`;
  const parts = message.match(/[^]{1,65536}/g) ?? [];
  expect(linesOf([...parts, '\n{}\n'], 64 << 20)).toEqual([message, '{}']);
});
