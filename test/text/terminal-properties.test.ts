/** The ways out hold for any text: a library makes texts up, and makes them small when one breaks a rule. */
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { annotationLines } from '../../src/text/annotation.js';
import { jsonText, parseJson } from '../../src/text/json.js';
import { markdownTable } from '../../src/text/markdown-table.js';
import { codeMarkdown, marked, plainMarkdown } from '../../src/text/markdown.js';
import { percentDecoded } from '../../src/text/percent.js';
import { runnerOutputs } from '../../src/text/runner-outputs.js';
import { Secrets } from '../../src/text/secrets.js';
import { quoted } from '../../src/text/shell.js';
import { harmless, visible } from '../../src/text/terminal.js';
import { wrap } from '../../src/text/wrap.js';
import { xml } from '../../src/text/xml.js';

/** The same texts in every run; a failure names its own seed and path. */
const options = { seed: 20261130, numRuns: 300 };
/** Any text, and such that is made of what means something somewhere. */
const hostile = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.string({
    unit: fc.constantFrom(...Array.from('\u001b\u0007\r\n\t\u202e\u2066\u0000:%#[]<>&"\'`*_|\\@/{}$ ab1é😀')),
    maxLength: 60,
  }),
);
// eslint-disable-next-line no-control-regex
const controls = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

function holds<Value>(
  one: fc.Arbitrary<Value>,
  rule: (value: Value) => void,
  numRuns = options.numRuns,
): void {
  fc.assert(
    fc.property(one, (value) => {
      rule(value);
    }),
    { ...options, numRuns },
  );
}

describe('whatever the text', () => {
  test('a terminal gets no control but our line breaks, and a runner no command', () => {
    holds(hostile, (text) => {
      expect(visible(text)).not.toMatch(/[\n]/);
      expect(visible(text)).not.toMatch(controls);
      expect(harmless(text)).not.toMatch(controls);
      expect(harmless(text)).not.toMatch(/^\s*::|##\[/m);
    });
  });
  test('JSON is one document with the same data, and shows no control', () => {
    holds(fc.array(fc.tuple(hostile, hostile), { maxLength: 4 }), (pairs) => {
      const value = pairs.map(([name, text]) => ({ [`k${name}`]: text }));
      const written = jsonText(value);
      expect(parseJson(written)).toEqual(JSON.parse(JSON.stringify(value)));
      expect(written).not.toMatch(controls);
      expect(written).not.toMatch(/^\s*::|##\[/m);
    });
  });
  test('Markdown stays on its line, and has no element, link, table or person of its own', () => {
    holds(hostile, (text) => {
      const plain = plainMarkdown(text);
      expect(plain.replaceAll('@<!-- -->', '')).not.toMatch(/(?<!\\)[<>*`[\]]/);
      expect(plain).not.toMatch(/[\r\n]|@[\p{L}\p{N}]/u);
      const rows = markdownTable(
        ['a', 'b'],
        [
          [plain, codeMarkdown(text)],
          [marked`x`, marked`y`],
        ],
      ).split('\n');
      expect(rows).toHaveLength(4);
      for (const row of rows) expect(row.match(/(?<!\\)\|/g)).toHaveLength(3);
    });
  });
  test('code in Markdown ends where it ends', () => {
    holds(hostile, (text) => {
      const code = codeMarkdown(text);
      if (code === '') return;
      const [fence = ''] = /^`+/.exec(code) ?? [];
      const inside = code.slice(fence.length, -fence.length);
      expect((inside.match(/`+/g) ?? []).map((one) => one.length)).not.toContain(fence.length);
    });
  });
  test('XML has the text as a text', () => {
    holds(hostile, (text) => {
      const [, inside = ''] = /^<a b="([^"<>]*)"\/>$/.exec(xml`<a b="${text}"/>`) ?? [];
      expect(inside.replace(/&(?:amp|lt|gt|quot|#10);/g, '')).not.toContain('&');
      expect(inside === '').toBe(text === '');
    });
  });
  test('an annotation is one line, and an output one of its step', () => {
    holds(fc.tuple(hostile, hostile), ([title, line]) => {
      expect(annotationLines([{ level: 'error', title, lines: [line, 'hint'] }])).toMatch(
        /^::error title=[^:,\r\n]*::[^\r\n]*\n$/,
      );
      expect(runnerOutputs({ a: line, b: 1 }).split(/\r\n|[\r\n]/)).toHaveLength(3);
    });
  });
  test('a percent-encoded text comes back', () => {
    holds(fc.string({ unit: 'grapheme' }), (text) => {
      expect(percentDecoded(encodeURIComponent(text))).toBe(text);
    });
  });
  test('a wrapped sentence has the same words in lines that are short enough', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 20 });
    holds(fc.tuple(words, fc.integer({ min: 20, max: 60 })), ([all, width]) => {
      const lines = wrap(all.join(' '), width, 2).split('\n');
      expect(lines.flatMap((line) => line.trim().split(' '))).toEqual(all);
      for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
    });
  });
  test('a shell reads the words that were quoted', async () => {
    const words = fc
      .array(
        fc.string({ unit: 'binary' }).map((one) => one.toWellFormed().replaceAll('\0', '')),
        { minLength: 40, maxLength: 40 },
      )
      .filter((all) => all.length > 0);
    for (const all of fc.sample(words, { ...options, numRuns: 5 })) {
      const line = `printf '%s\\0' ${all.map(quoted).join(' ')}; printf end`;
      const { stdout } = await run('sh', ['-c', line]);
      expect(stdout.split('\0')).toEqual([...all, 'end']);
    }
  });
});

describe('whatever the secret', () => {
  // Long enough to be hidden wherever it stands.
  const secret = fc.string({
    unit: fc.constantFrom(...Array.from('abcXYZ0189-_.~!$&\'()*+,;=%^"<>\\')),
    minLength: 14,
    maxLength: 30,
  });
  const base64 = (text: string): string => Buffer.from(text).toString('base64');
  test('no spelling of it is left in a text', () => {
    holds(fc.tuple(secret, fc.lorem()), ([password, around]) => {
      fc.pre(!/^[a-z]+$|^\*+$|\$\{/i.test(password) && !/[%@:/#?]/.test(password));
      const secrets = new Secrets();
      secrets.learnLogin('me', password);
      for (const spelled of [
        password,
        encodeURIComponent(password),
        JSON.stringify(password).slice(1, -1),
        base64(`me:${password}`),
      ]) {
        const safe = secrets.hide(`${around} ${spelled} ${around}`);
        expect(safe).not.toContain(spelled);
        expect(secrets.hide(safe)).toBe(safe);
        expect(secrets.hideIn({ [spelled]: [spelled] })).toEqual({ '****': ['****'] });
      }
    });
  });
  test('a login in an address is hidden without having been met', () => {
    holds(
      fc.tuple(fc.stringMatching(/^[a-z]{1,8}$/), fc.stringMatching(/^[A-Za-z0-9!$&'()*+,;=._~-]{4,20}$/)),
      ([user, password]) => {
        const text = `GET https://${user}:${password}@index.example/simple/ failed`;
        expect(new Secrets().hide(text)).not.toContain(`:${password}@`);
      },
    );
  });
  test('a text without any is as it was', () => {
    holds(fc.lorem({ mode: 'sentences' }), (text) => {
      const secrets = new Secrets({ PASSWORD: 'k7-Qq9-0pW-xyz' });
      expect(secrets.hide(text)).toBe(text);
    });
  });
});
