import { describe, expect, test } from '@jest/globals';
import { applyChange, parseDiff, type FileChange } from '../../src/amend/diff.js';

const lines = (...rows: readonly string[]): string => rows.map((row) => `${row}\n`).join('');
const source = lines('import os', '', 'A = 1', 'B = 2', 'C = 3', '', 'def f():', '    return A');
const diff = lines(
  '--- a/pkg/x.py',
  '+++ b/pkg/x.py',
  '@@ -3,3 +3,3 @@',
  ' A = 1',
  '-B = 2',
  '+B = 20',
  ' C = 3',
);

function first(text: string): FileChange {
  const changes = parseDiff(text);
  const [change] = typeof changes === 'string' ? [] : changes;
  if (change === undefined) throw new Error(`no change: ${JSON.stringify(changes)}`);
  return change;
}

describe('parseDiff', () => {
  test.each<readonly [what: string, text: string, kind: FileChange['kind'], name: string]>([
    ['a/ and b/', diff, 'change', 'pkg/x.py'],
    ['no prefix', diff.replaceAll(/[ab]\/pkg/g, 'pkg'), 'change', 'pkg/x.py'],
    [
      'a time behind the name',
      diff.replace('b/pkg/x.py', 'b/pkg/x.py\t2026-01-01 10:00:00'),
      'change',
      'pkg/x.py',
    ],
    ['CRLF', diff.replaceAll('\n', '\r\n'), 'change', 'pkg/x.py'],
    ['a byte order mark', `\uFEFF${diff}`, 'change', 'pkg/x.py'],
    ['git', `diff --git a/pkg/x.py b/pkg/x.py\nindex 1..2 100644\n${diff}`, 'change', 'pkg/x.py'],
    ['a new file', '--- /dev/null\n+++ b/pkg/y.py\n@@ -0,0 +1 @@\n+D = 4\n', 'add', 'pkg/y.py'],
    ['a deleted file', '--- a/pkg/y.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-D = 4\n', 'delete', 'pkg/y.py'],
  ])('%s', (_, text, kind, name) => {
    expect(first(text)).toMatchObject({ kind, name });
  });

  test.each([
    ['', 'holds no change'],
    ['hello\nworld\n', 'holds no change'],
    ['--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@\n A\n', 'cannot be read as a unified diff'],
    ['diff --git a/x.py b/y.py\nsimilarity index 100%\nrename from x.py\nrename to y.py\n', 'renames a file'],
    ['diff --git a/x.so b/x.so\nindex 1..2\nBinary files a/x.so and b/x.so differ\n', 'changes a binary'],
  ])('%j: %s', (text, clause) => {
    expect(parseDiff(text)).toContain(clause);
  });
});

describe('applyChange', () => {
  test.each([
    ['where it says', source],
    ['lines further down', lines('# one', '# two') + source],
    ['in a file with CRLF', source.replaceAll('\n', '\r\n')],
  ])('%s', (_, text) => {
    expect(applyChange(text, first(diff))).toBe(text.replace('B = 2', 'B = 20'));
  });

  test('a new file, and one that goes', () => {
    expect(applyChange('', first('--- /dev/null\n+++ b/y.py\n@@ -0,0 +1,2 @@\n+D = 4\n+E = 5\n'))).toBe(
      'D = 4\nE = 5\n',
    );
    expect(applyChange('D = 4\n', first('--- a/y.py\n+++ /dev/null\n@@ -1 +0,0 @@\n-D = 4\n'))).toBe('');
  });

  test('what does not fit: the hunk, and the nearest lines', () => {
    expect(applyChange(source.replace('B = 2', 'B = 7'), first(diff))).toEqual({
      hunk: '@@ -3,3 +3,3 @@',
      nearest: ['line 4: the patch expects "B = 2", the file has "B = 7"'],
    });
  });

  test('the second hunk does not fit, and is the one that is named', () => {
    const two = `${diff}@@ -7,2 +7,2 @@\n def f():\n-    return B\n+    return C\n`;
    expect(applyChange(source, first(two))).toEqual({
      hunk: '@@ -7,2 +7,2 @@',
      nearest: ['line 8: the patch expects "    return B", the file has "    return A"'],
    });
  });

  test('a file that ends too early', () => {
    expect(applyChange('A = 1\n', first(diff))).toMatchObject({
      nearest: expect.arrayContaining([expect.stringContaining('the patch expects "B = 2"')]),
    });
  });
});
