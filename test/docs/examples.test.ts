/** What documents, help and examples show: command lines whose options exist, files that the program reads. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { commands } from '../../src/commands/table.js';
import { commonOptions } from '../../src/options/common.js';
import { settle } from '../../src/options/config.js';
import { environmentName, type OptionRow } from '../../src/options/row.js';
import { allOptions } from '../../src/options/table.js';
import { parseRecipes } from '../../src/recipes/load.js';
import { allBlocks, documents, prose, read, type Block } from './documents.js';

const everything = documents.map(read).join('\n');

describe('command lines', () => {
  const rows = allOptions();
  const byFlag = (some: readonly OptionRow[]): ReadonlyMap<string, OptionRow> =>
    new Map(
      some.flatMap((row) =>
        [`--${row.name}`, ...(row.short ? [`-${row.short}`] : [])].map((flag) => [flag, row]),
      ),
    );
  const known = byFlag(rows);
  /** Options of others that the prose speaks of. */
  /** Options of requirements files, which are pip's, and of programs that the text calls. */
  const foreign = [
    ...['--index-url', '--extra-index-url', '--find-links', '--no-index', '--pre', '--trusted-host'],
    ...['--all-releases', '--only-final', '--no-require-hashes'],
    ...['--hash', '--require-hashes', '--config-settings', '--no-binary', '--only-binary'],
    ...['--prefer-binary', '--use-feature'],
    ...['--zstd', '--testPathPatterns', '--force-reinstall'],
  ];
  const own = new Set(['--help', '--version', '-h', '-V']);
  const names = commands.map(({ name }) => name);
  /** Command lines with our name, without their comments; a continued line is one. */
  const lines = [everything, read('src/cli.ts')].flatMap((text) =>
    [...text.replace(/\\\n\s*/g, '').matchAll(/(?:^|[`"$]|npx |&& )\s*(lambda-slim [a-z-]+\b[^`\n]*)/gm)].map(
      ([, line = '']) => line.replace(/\s+#.*$|["]$/, '').trim(),
    ),
  );
  const typed = [...new Set(lines)].filter((line) => names.includes(line.split(' ')[1] ?? ''));

  test('there are some', () => {
    expect(typed.length).toBeGreaterThan(40);
  });

  test.each(typed)('%s', (line) => {
    const words = line.match(/"[^"]*"|\S+/g) ?? [];
    const options = commands.find(({ name }) => name === words[1])?.options ?? [];
    for (const [index, word] of words.entries()) {
      if (!word.startsWith('-') || word === '-' || own.has(word)) continue;
      const row = byFlag([...options, ...commonOptions]).get(word);
      expect({ word, known: row !== undefined }).toEqual({ word, known: true });
      const value = words[index + 1];
      // `--models` alone takes the module along; what it can be besides is a table.
      if (row?.type !== 'flag' && row?.type !== 'models')
        expect(value).toEqual(expect.stringMatching(/^-$|^[^-]/));
      // A placeholder such as X.Y stands for any value.
      if (row?.choices && value !== row.value) expect(row.choices).toContain(value);
    }
  });

  test('every command that is named exists', () => {
    const named = [...everything.matchAll(/`(?:npx )?lambda-slim ([a-z][\w-]*)/g)].map(([, name]) => name);
    expect(named.filter((name) => !names.includes(name ?? ''))).toEqual([]);
  });

  test.each(documents)('every option that %s names exists', (document) => {
    const named = [...prose(read(document)).matchAll(/`(--[a-z][\w-]*)/g)].map(([, flag = '']) => flag);
    expect(named.filter((flag) => !known.has(flag) && !foreign.includes(flag) && !own.has(flag))).toEqual([]);
  });

  test('every variable that a document names exists', () => {
    const variables = [...everything.matchAll(/LAMBDA_SLIM_[A-Z0-9_]*[A-Z0-9]/g)].map(([name]) => name);
    const inLambda = ['lambda_slim_boot', 'lambda_slim_models'].flatMap((module) => {
      const folder = path.join('templates', module);
      const python = readdirSync(folder).filter((name) => name.endsWith('.py'));
      return python.flatMap((name) => [
        ...read(path.join(folder, name)).matchAll(/"(LAMBDA_SLIM_\w+)"( \+)?/g),
      ]);
    });
    // Of some only the beginning is written there: the rest is a model's name, or what is bounded.
    const begun = inLambda.filter(([, , plus]) => plus !== undefined).map(([, name = '']) => name);
    const all = new Set([...rows.map(environmentName), ...inLambda.map(([, name]) => name)]);
    const exists = (name: string): boolean =>
      all.has(name) || begun.some((start) => name.startsWith(start) && name !== start);
    expect(variables.filter((name) => !exists(name))).toEqual([]);
  });
});

describe('files that a document shows', () => {
  const fenced = (language: string): readonly Block[] =>
    allBlocks.filter((block) => block.language === language);
  const allRows = allOptions();
  const settled = (values: Record<string, unknown>, file: string): unknown =>
    settle(allRows, { flags: {}, environment: {}, config: { file, values }, cwd: '/project' });
  type Table = Record<string, unknown>;

  test.each(fenced('toml'))('configuration in TOML: $document %#', ({ text }) => {
    const document = parseToml(text) as { tool?: { 'lambda-slim': Table } };
    const values = document.tool?.['lambda-slim'] ?? document;
    expect(Object.keys(values).length).toBeGreaterThan(0);
    expect(() => settled(values, '/project/lambda-slim.toml')).not.toThrow();
  });

  const configs = fenced('json').filter(({ remark }) => !remark.startsWith('no configuration: '));

  test.each(configs)('configuration in JSON: $document %#', ({ text }) => {
    const document = JSON.parse(text) as { 'lambda-slim'?: Table };
    const values = document['lambda-slim'] ?? document;
    expect(Object.keys(values).length).toBeGreaterThan(0);
    expect(() => settled(values, '/project/lambda-slim.json')).not.toThrow();
  });

  const isStep = (text: string): boolean => /^ *-? *uses:/m.test(text);
  const isRecipe = (text: string): boolean => /^rules:/m.test(text);
  const recipes = fenced('yaml').filter(({ text }) => isRecipe(text));
  const steps = fenced('yaml').filter(({ text }) => isStep(text));
  const settings = fenced('yaml').filter(({ text }) => !isStep(text) && !isRecipe(text));

  test.each(recipes)('recipe: $document %#', ({ text }) => {
    expect(parseRecipes('recipe.yaml', text)).toHaveLength(1);
  });

  test.each(steps)('step of a workflow: $document %#', ({ text }) => {
    const { inputs } = parseYaml(read('action.yml')) as { inputs: Record<string, unknown> };
    for (const step of parseYaml(text) as { with: Record<string, string> }[])
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
  });

  test.each(settings)('configuration in YAML: $document %#', ({ text }) => {
    expect(() => settled(parseYaml(text) as Table, '/project/lambda-slim.yaml')).not.toThrow();
  });

  test('all kinds are shown', () => {
    const counts = [fenced('toml'), fenced('json'), recipes, steps, settings].map(({ length }) => length);
    expect(counts.filter((count) => count === 0)).toEqual([]);
  });
});

/** What dies stands first in the second cell of each row; the tests name it, too. */
test('every package in "What naive rules break" has a regression test', () => {
  const page = read('docs/concepts/naive-rules.md');
  const packages = [...page.matchAll(/^\|.*\|\s*`?([\w.-]+)`?[^|]*\|[^|]*\|$/gm)]
    .map(([, name = '']) => name)
    .filter((name) => !/^(?:-+|What)$/.test(name));
  const tests = ['test/prune/plan.test.ts', 'test/real/elf.test.ts', 'test/recipes/index.test.ts']
    .map(read)
    .join('\n');
  expect(packages.length).toBeGreaterThan(6);
  expect(packages.filter((name) => !tests.includes(name))).toEqual([]);
});

describe('package.json', () => {
  const { files, exports } = JSON.parse(read('package.json')) as {
    files: string[];
    exports: Record<string, string | Record<string, string>>;
  };
  const exported = Object.values(exports).flatMap((one) =>
    typeof one === 'string' ? [one] : Object.values(one),
  );

  test.each(files.filter((file) => file !== 'dist'))('publishes %s', (file) => {
    expect(existsSync(file)).toBe(true);
  });

  test.each(exported.filter((file) => !file.startsWith('./dist/')))('exports %s', (file) => {
    expect(existsSync(file)).toBe(true);
  });
});
