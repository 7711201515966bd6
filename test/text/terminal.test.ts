/** What others wrote reaches a terminal, a log of a job and a document as what it is, and does nothing there. */
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { annotationLines } from '../../src/text/annotation.js';
import { jsonText } from '../../src/text/json.js';
import { codeMarkdown, plainMarkdown } from '../../src/text/markdown.js';
import { harmless, terminal, visible } from '../../src/text/terminal.js';

/** Letters that terminals, runners and readers of Markdown obey. */
const hostile = [
  ...[
    '\u001b',
    '\u0007',
    '\r',
    '\n',
    '\t',
    '\0',
    '\u007f',
    '\u009b',
    '\u202e',
    '\u2066',
    '\u200f',
    '\u061c',
    '\u2028',
  ],
  ...[
    '\u200b',
    '\ufeff',
    '\ud800',
    '\u{e0041}',
    '[31m',
    '[2J',
    ']0;x',
    '::',
    'error',
    '##[',
    'stop-commands',
    '%0A',
  ],
  ...[
    '`',
    '```',
    '|',
    '<img src=x>',
    '</details>',
    '@',
    'everyone',
    '*',
    '_',
    '[x](y)',
    '\\',
    '&amp;',
    '#',
    ' ',
    'a',
    'ü',
  ],
];
const texts = fc.array(fc.constantFrom(...hostile), { maxLength: 12 }).map((parts) => parts.join(''));

// eslint-disable-next-line no-control-regex
const obeyed = /[\0-\x08\x0b-\x1f\x7f-\x9f\p{Bidi_Control}\p{Cs}\u2028\u2029\ufeff\u200b]/u;
const command = /^\s*::|##\[/m;

describe('a terminal', () => {
  test.each([
    ['evil\u001b[31m', 'evil\\x1b[31m'],
    ['a\nb\r', 'a\\nb\\r'],
    ['\u202egnp.py', '\\u202egnp.py'],
    ['\u009b2J', '\\x9b2J'],
    ['\u{e0041}', '\\u{e0041}'],
    ['ü 日本 👩‍💻', 'ü 日本 👩‍💻'],
  ])('%j', (text, expected) => {
    expect(visible(text)).toBe(expected);
  });
  test('keeps our colours and lines, and obeys no others', () => {
    const text = terminal({ name: 'x\u001b[31m\n::error::y', rows: [{ key: '##[group]' }] }, (shown) =>
      ['\u001b[1mbold\u001b[22m', shown.name, ` ::${shown.rows[0]!.key}`].join('\n'),
    );
    expect(text).toBe('\u001b[1mbold\u001b[22m\nx\\x1b[31m\\n::error::y\n : :# #[group]');
  });
  test('nothing of any text', () => {
    fc.assert(
      fc.property(texts, texts, (one, other) => {
        const text = terminal({ one, list: [other] }, (shown) => `${shown.one}\n${shown.list.join('')}`);
        expect(text).not.toMatch(obeyed);
        expect(text).not.toMatch(command);
        expect(text.split('\n')).toHaveLength(2);
      }),
    );
  });
  test('whole texts, also when nobody looked at their parts', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = harmless(text);
        // eslint-disable-next-line no-control-regex
        expect(shown.replaceAll(/\u001b\[\d{1,2}m/g, '')).not.toMatch(obeyed);
        expect(shown).not.toMatch(command);
      }),
    );
  });
});

describe('JSON', () => {
  test('is the same data, and nothing that a terminal obeys', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const shown = jsonText({ [text]: [text] });
        expect(JSON.parse(shown)).toEqual({ [text]: [text] });
        expect(shown.replaceAll('\n', '')).not.toMatch(obeyed);
        expect(shown).not.toMatch(command);
      }),
    );
  });
});

describe('annotations', () => {
  test('each is one line, and one command', () => {
    fc.assert(
      fc.property(texts, texts, (title, text) => {
        const lines = annotationLines([{ level: 'error', title, lines: [text, 'hint'] }]).split('\n');
        expect(lines).toHaveLength(2);
        expect(lines[0]).toMatch(/^::error title=[^:,]*::.*%0Ahint$/);
        expect(lines[0]).not.toMatch(obeyed);
        expect(lines[0]).not.toMatch(/##\[/);
      }),
    );
  });
});

describe('Markdown', () => {
  test.each([
    ['1.0</details>@everyone', '1.0\\</details\\>@<!-- -->everyone'],
    ['a @ file:///x', 'a @ file:///x'],
    ['\u001b[2J', '\\\\x1b\\[2J'],
  ])('%j', (text, expected) => {
    expect(plainMarkdown(text)).toBe(expected);
  });
  test('no text starts a tag, calls anybody or ends its line', () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plain = plainMarkdown(text).replaceAll('@<!-- -->', '@ ');
        for (const shown of [plain, codeMarkdown(text)]) {
          expect(shown).not.toMatch(obeyed);
          expect(shown).not.toContain('\n');
        }
        expect(plain).not.toMatch(/(?<!\\)(?:\\\\)*[<`[]/);
        expect(plain).not.toMatch(/@\w/);
      }),
    );
  });
});
