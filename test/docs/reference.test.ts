/** What `npm run generate` writes is up to date, and the pages and the tables of the program name the same things. */
import { readdirSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { commands } from '../../src/commands/table.js';
import { errorTexts } from '../../src/error-texts.js';
import { findingTexts } from '../../src/findings/findings.js';
import { commonOptions } from '../../src/options/common.js';
import { allOptions } from '../../src/options/table.js';
import type { OptionRow } from '../../src/options/row.js';
import { referencePages } from '../../src/reference/pages.js';
import { configSchema } from '../../src/reference/schema.js';
import { read } from './documents.js';

const made = referencePages(commands);

describe('up to date (if not: npm run generate)', () => {
  test('docs/reference has these pages and no other', () => {
    expect(readdirSync('docs/reference').sort()).toEqual(Object.keys(made).sort());
  });

  test.each(Object.keys(made))('docs/reference/%s', (name) => {
    expect(read(`docs/reference/${name}`)).toBe(made[name]);
  });

  test('the schema of the config file', () => {
    expect(JSON.parse(read('templates/lambda-slim.schema.json'))).toEqual(
      JSON.parse(JSON.stringify(configSchema())),
    );
  });
});

const headings = (page: string): readonly string[] =>
  [...read(`docs/reference/${page}`).matchAll(/^## (.+)$/gm)].map(([, title = '']) => title);

describe('the pages and the tables name the same', () => {
  test('findings', () => {
    expect([...headings('findings.md')].sort()).toEqual(Object.keys(findingTexts).sort());
  });

  test('errors', () => {
    expect(headings('errors.md')).toEqual(Object.keys(errorTexts).sort());
  });

  test('no code is both, as an anchor has one meaning', () => {
    expect(Object.keys(findingTexts).filter((code) => code in errorTexts)).toEqual([]);
  });

  test.each(commands)('options of $name', ({ name, options }) => {
    const page = read(`docs/reference/${name}.md`);
    const flags = [...page.matchAll(/^\| `(?:-\w, )?--([\w-]+)/gm)].map(([, flag = '']) => flag);
    const rows: readonly OptionRow[] = [...options, ...commonOptions];
    expect(flags.sort()).toEqual(rows.map((row) => row.name).sort());
  });

  test('keys of the config file', () => {
    const [, table = ''] = read('docs/reference/configuration.md').split('## Keys');
    const keys = [...table.matchAll(/^\| `(\w+)`/gm)].map(([, key = '']) => key);
    const rows = allOptions().filter((row) => row.inConfig !== false);
    expect(keys).toEqual(rows.map((row) => row.key));
  });

  test('every option belongs to a command', () => {
    const used = new Set(commands.flatMap(({ options }) => options.map(({ key }) => key)));
    const rows = [...commonOptions.map(({ key }) => key), ...used];
    expect(allOptions().filter(({ key }) => !rows.includes(key))).toEqual([]);
  });
});
