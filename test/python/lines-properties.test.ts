/** Formats that others write, with texts that a library makes up: what was written is read, and what is nonsense does no harm. */
import fc from 'fast-check';
import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../src/errors.js';
import { readLines, splitEditable, splitRequirement } from '../../src/python/lines.js';
import { counts, holds, parseDependency } from '../../src/python/markers.js';
import { parseMetadata, parseRecord, placeInTree, recordLine } from '../../src/python/metadata.js';
import { normalizeName } from '../../src/python/names.js';
import { heldAgainst, rewriteRecord } from '../../src/stage/record.js';

/** The same in every run. */
const options = { seed: 20261130, numRuns: 300 };
const anything = fc.string({ unit: 'binary', maxLength: 80 });
/** Made of what means something in a line. */
const confusing = fc.string({
  unit: fc.constantFrom(
    ...Array.from(' \t\r\n#;@[](){}<>=!~,"\'\\/.-_:$&%*ab19'),
    ' @ ',
    '://',
    '--hash=',
    '-r ',
    '-e ',
    ' and ',
    'python_version',
  ),
  maxLength: 40,
});

function always<Value>(one: fc.Arbitrary<Value>, rule: (value: Value) => void): void {
  fc.assert(
    fc.property(one, (value) => {
      rule(value);
    }),
    options,
  );
}

/** A sentence for whoever wrote it is an answer, too. */
function answers(ask: () => unknown): void {
  try {
    ask();
  } catch (error) {
    expect(error).toBeInstanceOf(SlimError);
  }
}

describe('RECORD', () => {
  const field = fc.oneof(anything, confusing).map((text) => text.toWellFormed().replace(/[\\\0]/g, ''));
  const row = fc.record({
    path: field.filter((text) => text !== ''),
    hash: field.map((text) => text.replace(/[\r\n]/g, '')),
    size: fc.nat().map(String),
  });
  test('what was written is read', () => {
    always(fc.array(row, { maxLength: 5 }), (rows) => {
      const text = rows.map((one) => `${recordLine(one)}\n`).join('');
      expect(parseRecord(text)).toEqual(rows);
    });
  });
  test('any text has rows, and no place of theirs leads out of the tree', () => {
    always(fc.oneof(anything, confusing), (text) => {
      for (const { path } of parseRecord(text)) {
        const place = placeInTree(path);
        if (place === null) continue;
        expect(place.split('/')).not.toContain('..');
        expect(place).not.toMatch(/^\/|^[A-Za-z]:/);
        expect(placeInTree(place)).toBe(place);
      }
      expect(heldAgainst(text, () => ({ sha256: null, bytes: 0 })).size).toBeLessThanOrEqual(
        parseRecord(text).length,
      );
    });
  });
  test('written anew it lists what travels, once, sorted', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,3}\/[a-z,"]{1,4}$/), { maxLength: 8 });
    always(fc.tuple(names, fc.nat()), ([paths, which]) => {
      const text = paths.map((path) => `${recordLine({ path, hash: '', size: '' })}\n`).join('');
      const kept = paths.filter((_, at) => ((which >> at) & 1) === 1);
      const travels = (name: string): boolean => kept.includes(name);
      const written = rewriteRecord(text, { record: 'x/RECORD', travels, changed: new Map(), added: [] });
      expect(parseRecord(written).map(({ path }) => path)).toEqual([...kept, 'x/RECORD'].sort());
    });
  });
});

describe('METADATA', () => {
  test('name, version and needs are those that were written', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,10}$/);
    always(
      fc.tuple(word, word, fc.array(word, { maxLength: 4 }), anything),
      ([name, version, needs, rest]) => {
        const lines = [
          `Name: ${name}`,
          `Version: ${version}`,
          ...needs.map((need) => `Requires-Dist: ${need}`),
        ];
        expect(parseMetadata(`${lines.join('\n')}\n\n${rest}`)).toEqual({ name, version, requires: needs });
      },
    );
  });
  test('any text is metadata or none', () => {
    always(fc.oneof(anything, confusing), (text) => {
      const found = parseMetadata(`Name: ${text}`);
      expect(found === null || found.name === found.name.trim()).toBe(true);
    });
  });
});

describe('a requirement', () => {
  const name = fc.stringMatching(/^[A-Za-z](?:[A-Za-z0-9._-]{0,8}[A-Za-z0-9])?$/);
  const version = fc.tuple(fc.nat(30), fc.nat(30)).map(([a, b]) => `${a}.${b}`);
  const specifier = fc
    .array(fc.tuple(fc.constantFrom('>=', '<', '==', '!=', '~='), version), { maxLength: 3 })
    .map((all) => all.map(([operator, number]) => `${operator}${number}`).join(','));
  test('is read as it was written', () => {
    always(fc.tuple(name, fc.array(name, { maxLength: 2 }), specifier), ([own, extras, range]) => {
      const brackets = extras.length === 0 ? '' : `[${extras.join(',')}]`;
      expect(parseDependency(`${own}${brackets} (${range}) ; python_version < "3.14"`)).toMatchObject({
        name: normalizeName(own),
        extras: extras.map(normalizeName),
      });
      const [line] = readLines(`${own}${brackets}${range} # why\n`);
      expect(line).toMatchObject({ kind: 'requirement' });
      expect(splitRequirement(`${own}${brackets}${range}`)).toMatchObject({ name: own });
    });
  });
  test('any line has an answer', () => {
    always(fc.oneof(anything, confusing), (text) => {
      answers(() => readLines(text, { HOME: '/home' }));
      answers(() => splitRequirement(text));
      answers(() => splitEditable(text));
      answers(() => parseDependency(text));
      answers(() => counts(text, { python_version: '3.13' }));
    });
  });
});

describe('a marker', () => {
  interface Made {
    readonly text: string;
    readonly value: boolean;
  }
  const environment = { python_version: '3.13', sys_platform: 'linux', platform_machine: 'x86_64' };
  const leaf = fc.oneof(
    fc
      .tuple(fc.constantFrom('<', '<=', '>', '>=', '==', '!='), fc.integer({ min: 8, max: 16 }))
      .map(([operator, minor]): Made => {
        const values = {
          '<': 13 < minor,
          '<=': 13 <= minor,
          '>': 13 > minor,
          '>=': 13 >= minor,
          '==': 13 === minor,
          '!=': 13 !== minor,
        };
        return { text: `python_version ${operator} "3.${minor}"`, value: values[operator] };
      }),
    fc
      .tuple(fc.constantFrom('==', '!='), fc.constantFrom('linux', 'win32'))
      .map(([operator, system]): Made => ({
        text: `sys_platform ${operator} '${system}'`,
        value: (system === 'linux') === (operator === '=='),
      })),
  );
  const { tree } = fc.letrec<{ tree: Made }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      leaf,
      fc
        .tuple(tie('tree'), fc.constantFrom('and', 'or'), tie('tree'))
        .map(([left, operator, right]): Made => ({
          text: `(${left.text}) ${operator} (${right.text})`,
          value: operator === 'and' ? left.value && right.value : left.value || right.value,
        })),
    ),
  }));
  test('of any depth holds as Python would say', () => {
    always(tree, ({ text, value }) => {
      const marker = parseDependency(`x ; ${text}`)?.marker ?? null;
      expect(marker).not.toBeNull();
      expect(holds(marker, environment, new Set())).toBe(value);
    });
  });
});
