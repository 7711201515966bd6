/** What users write in budgets and titles says what it says, and breaks nothing. */
import { expect, test } from '@jest/globals';
import { finding } from '../../src/findings/findings.js';
import { checkMarkdown } from '../../src/report/check-markdown.js';
import { checked } from '../check/made.js';

test("a budget's message and the title stay on their lines", () => {
  const message = 'Ask first:\n\n# the team\n| a | b |\n- [x](javascript:alert(1)) `code`';
  const overBudget = finding('over-budget', { what: 'unzipped', bytes: 3, max: 2, message, heaviest: [] });
  const markdown = checkMarkdown(checked({ findings: [overBudget] }), 'Size\n# of *it*');
  const lines = markdown.split('\n');
  expect(lines[0]).toBe('### Size # of \\*it\\*');
  expect(lines.filter((line) => line.startsWith('#'))).toEqual(['### Size # of \\*it\\*']);
  expect(lines.filter((line) => line.startsWith('- '))).toHaveLength(1);
  expect(markdown).toContain('Ask first: # the team | a | b | - \\[x\\](javascript:alert(1)) \\`code\\`');
});

test('names that hold backticks, bars and line breaks stay in their cells', () => {
  const verdict = {
    ...({ from: 'budget', unit: 'bytes', actual: 1, max: 2, left: 1, state: 'ok', message: null } as const),
    what: 'a`b|c\nd',
  };
  const row = checkMarkdown(checked({ verdicts: [verdict] }), 'T')
    .split('\n')
    .find((line) => line.includes('✅ `'));
  expect(row).toContain('``a`b\\|c d``');
});
