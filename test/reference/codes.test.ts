import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../src/errors.js';
import { errorExplanations, explanationOf, findingExplanations } from '../../src/reference/codes.js';

const all = [...findingExplanations, ...errorExplanations];

describe('every code is explained', () => {
  test.each(all)('$kind $code', ({ meaning, more }) => {
    expect(meaning).toMatch(/^[A-Z].*\.$/s);
    const sentences = more.match(/[.!?](?=\s[A-Z"]|$)/g) ?? [];
    expect(sentences.length).toBeGreaterThanOrEqual(1);
    expect(sentences.length).toBeLessThanOrEqual(4);
    expect(more).not.toContain(meaning);
    // It is printed in a terminal and in Markdown alike.
    expect(more).not.toMatch(/[`*<>|\n]/);
  });
});

describe('explanationOf', () => {
  test.each([
    ['no-wheel', 'no-wheel'],
    ['NO-WHEEL', 'no-wheel'],
    ['(no-wheel)', 'no-wheel'],
  ])('%s', (typed, code) => {
    expect(explanationOf(typed).code).toBe(code);
  });

  test.each([
    ['needs-newr-python', '"needs-newer-python"'],
    ['over-limits', '"over-limit"'],
    ['', '"lambda-slim explain" lists every code'],
  ])('%s is none', (typed, hint) => {
    const failure = (() => {
      try {
        return explanationOf(typed);
      } catch (error) {
        return error;
      }
    })();
    expect(failure).toBeInstanceOf(SlimError);
    expect(failure).toMatchObject({ code: 'not-found' });
    expect((failure as SlimError).hint).toContain(hint);
  });
});
