import { expect, test } from '@jest/globals';
import { wrap } from '../../src/text/wrap.js';

const red = (text: string): string => `\u001B[31m${text}\u001B[39m`;

test.each<readonly [string, string, number, number, string]>([
  ['fits', 'one two', 7, 2, 'one two'],
  ['breaks between words', 'one two three', 8, 2, 'one two\n  three'],
  ['later lines have less room', 'one two six', 5, 3, 'one\n   two\n   six'],
  ['a long word stays whole', 'a /very/long/path b', 6, 0, 'a\n/very/long/path\nb'],
  ['leading and double spaces stay', '  one  two', 80, 2, '  one  two'],
  ['no terminal', 'one two three', Number.POSITIVE_INFINITY, 2, 'one two three'],
  ['colours take no room', `${red('one')} two`, 7, 0, `${red('one')} two`],
  ['nothing', '', 10, 2, ''],
])('%s', (_name, text, width, indent, expected) => {
  expect(wrap(text, width, indent)).toBe(expected);
});
