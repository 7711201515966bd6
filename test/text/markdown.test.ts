import { expect, test } from '@jest/globals';
import { markdownTable } from '../../src/text/markdown-table.js';
import { codeMarkdown, plainMarkdown } from '../../src/text/markdown.js';

test.each([
  ['line breaks', 'a\r\nb\n\n# c', 'a b # c'],
  ['a list and a fence', 'see:\n- one\n```\nx', 'see: - one \\`\\`\\` x'],
  ['emphasis', '*a* _b_ __c__', '\\*a\\* \\_b\\_ \\_\\_c\\_\\_'],
  ['names', 'LAMBDA_SLIM_PAYLOAD numpy/_core/x.py', 'LAMBDA_SLIM_PAYLOAD numpy/\\_core/x.py'],
  ['links', '[a](http://x) ![b](c)', '\\[a\\](http://x) !\\[b\\](c)'],
  ['HTML', '<img src=x> &lt; a & b', '\\<img src=x\\> \\&lt; a & b'],
  ['strokes and escapes', '~~a~~ \\*', '\\~\\~a\\~\\~ \\\\\\*'],
  ['nothing of the kind', 'Ask the team: 100 % (é).', 'Ask the team: 100 % (é).'],
])('%s', (_name, text, expected) => {
  expect(plainMarkdown(text)).toBe(expected);
});

test.each([
  ['a*b', '`a*b`'],
  ['a`b', '``a`b``'],
  ['``', '``` `` ```'],
  ['a\nb', '`a b`'],
  ['', ''],
])('%j as code', (text, expected) => {
  expect(codeMarkdown(text)).toBe(expected);
});

test('a cell is one line of a table, whatever it holds', () => {
  const table = markdownTable(['a', 'b'], [['x\n| y', plainMarkdown('p|q\\')]]);
  expect(table.split('\n')).toHaveLength(3);
  expect(table.split('\n')[2]).toBe('| x \\| y | p\\|q\\\\ |');
});
