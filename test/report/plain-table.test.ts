import { expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { plainTable } from '../../src/report/plain-table.js';
import { plainPaint } from '../../src/text/paint.js';

const rows = [
  ['numpy/linalg/_umath_linalg.so', '12.5 MiB', '9.0 MiB', 'of the package'],
  ['a.py', '1 byte', '1 byte', ''],
];
function draw(wrapAt: number): readonly string[] {
  const table = plainTable(['file', 'raw', 'kept', 'why'], plainPaint, {
    right: [1, 2],
    wrapAt,
    drop: [3, 1],
  });
  table.push(...rows);
  return table.toString().split('\n');
}

test('where nobody watches all columns are there', () => {
  expect(draw(Infinity)[1]).toMatch(
    /^numpy\/linalg\/_umath_linalg\.so {2}12\.5 MiB {2}9\.0 MiB {2}of the package/,
  );
});

test.each([
  [65, ['file', 'raw', 'kept', 'why']],
  [60, ['file', 'raw', 'kept']],
  [45, ['file', 'kept']],
  [30, ['file', 'kept']],
])('at %d columns there is room for %j', (columns, head) => {
  const lines = draw(columns);
  expect(lines.map((line) => stringWidth(line.trimEnd())).filter((width) => width > columns)).toEqual([]);
  expect(lines[0]?.trim().split(/\s+/)).toEqual(head);
  expect(lines.length).toBe(3);
  expect(lines[1]).toContain('9.0 MiB');
});

test('the end of a name stays', () => {
  expect(draw(30)[1]).toMatch(/^….*_umath_linalg\.so +9\.0 MiB/);
});

test('a table without rows is its head', () => {
  expect(plainTable(['file', 'size'], plainPaint, { wrapAt: 5 }).toString()).toMatch(/^file/);
});
