/** Documents cannot drift: generated parts are up to date, links lead somewhere, examples use options that exist. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse as parseToml } from 'smol-toml';
import { parse as parseYaml } from 'yaml';
import { settle } from '../src/options/config.js';
import { generated } from '../src/reference/generated.js';
import { allOptions, checkOptions, diffOptions, verifyOptions } from '../src/options/table.js';
import { commonOptions } from '../src/options/common.js';
import { buildOptions } from '../src/options/build.js';
import { environmentName } from '../src/options/row.js';
import { type OptionRow } from '../src/options/row.js';
import { parseRecipes } from '../src/recipes/load.js';

const read = (file: string): string => readFileSync(file, 'utf8');
const readme = read('README.md');
const documents = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md'];

/** `npm run bench` writes it, in minutes; a fresh clone may not have it yet. */
const madeLater = ['BENCHMARKS.md'];

describe('what `npm run generate` writes is up to date', () => {
  test('the sections of the README', () => {
    expect(generated.readme(readme)).toBe(readme);
  });

  test.each([...generated.names])('the README has the section "%s"', (name) => {
    expect(readme).toContain(`<!-- generated: ${name} -->`);
  });

  test('the schema of the config file', () => {
    const file = read('templates/lambda-slim.schema.json');
    expect(JSON.parse(file)).toEqual(JSON.parse(generated.schema()));
  });

  test('a section that no table makes is an error', () => {
    expect(() => generated.readme('<!-- generated: nothing -->\n<!-- end -->')).toThrow('"nothing"');
  });
});

/** Fenced code is not prose: a `#` there is a comment, and brackets are no links. */
const prose = (text: string): string => text.replace(/^```[\s\S]*?^```/gm, '');

function anchors(text: string): ReadonlySet<string> {
  const headings = [...prose(text).matchAll(/^#{1,6} (.+)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
  const named = [...text.matchAll(/<a id="([^"]+)">/g)].map(([, id = '']) => id);
  return new Set([...headings, ...named]);
}

describe('links', () => {
  const links = documents.flatMap((document) =>
    [...prose(read(document)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = '']) => ({ document, target })),
  );
  const local = links.filter(({ target }) => !/^[a-z]+:/.test(target));

  test('there are some', () => {
    expect(local.length).toBeGreaterThan(5);
  });

  test.each(local)('$document → $target', ({ document, target }) => {
    const [file = '', anchor] = target.split('#');
    const place = file === '' ? document : path.join(path.dirname(document), file);
    expect(existsSync(place) || madeLater.includes(place)).toBe(true);
    if (anchor !== undefined) expect([...anchors(read(place))]).toContain(anchor);
  });

  test('no anchor is there twice', () => {
    const ids = [...readme.matchAll(/<a id="([^"]+)">/g)].map(([, id]) => id);
    expect(ids).toEqual([...new Set(ids)]);
  });
});

describe('examples', () => {
  const rows = allOptions();
  const byFlag = (some: readonly OptionRow[]): ReadonlyMap<string, OptionRow> =>
    new Map(
      some.flatMap((row) =>
        [`--${row.name}`, ...(row.short ? [`-${row.short}`] : [])].map((flag) => [flag, row]),
      ),
    );
  const known = byFlag(rows);
  const ofCommand: Readonly<Record<string, readonly OptionRow[]>> = {
    verify: verifyOptions,
    check: checkOptions,
    diff: diffOptions,
  };
  /** Options that stand in requirements files. */
  const linesOfPip = ['--index-url', '--extra-index-url', '--find-links'];
  const own = new Set(['--help', '--version', '-h', '-V']);
  /** Command lines with our name, without their comments; a continued line is one. */
  const lines = [readme, read('CONTRIBUTING.md'), read('src/cli.ts')].flatMap((text) =>
    [
      ...text
        .replace(/\\\n\s*/g, '')
        .matchAll(/(?:^|[`$]|npx )\s*(lambda-slim (?:build|why|verify|check|diff)\b[^`\n]*)/gm),
    ].map(([, line = '']) => line.replace(/\s+#.*$/, '').trim()),
  );

  test('there are some', () => {
    expect(lines.length).toBeGreaterThan(10);
  });

  test.each([...new Set(lines)])('%s', (line) => {
    const words = line.match(/"[^"]*"|\S+/g) ?? [];
    for (const [index, word] of words.entries()) {
      if (!word.startsWith('-') || own.has(word)) continue;
      const row = byFlag([...(ofCommand[words[1] ?? ''] ?? buildOptions), ...commonOptions]).get(word);
      expect({ word, known: row !== undefined }).toEqual({ word, known: true });
      const value = words[index + 1];
      if (row?.type !== 'flag') expect(value).toEqual(expect.stringMatching(/^[^-]/));
      // A placeholder such as X.Y stands for any value.
      if (row?.choices && value !== row.value) expect(row.choices).toContain(value);
    }
  });

  test('every option that the prose names exists', () => {
    const named = [...prose(readme).matchAll(/`(--[a-z][\w-]*)/g)].map(([, flag = '']) => flag);
    expect(named.filter((flag) => !known.has(flag) && !linesOfPip.includes(flag))).toEqual([]);
  });

  test('every variable that the README names exists', () => {
    const variables = [...readme.matchAll(/LAMBDA_SLIM_[A-Z_]*[A-Z]/g)].map(([name]) => name);
    const bootstrap = 'templates/lambda_slim_boot';
    const python = readdirSync(bootstrap).filter((name) => name.endsWith('.py'));
    const inLambda = python.flatMap((name) =>
      [...read(path.join(bootstrap, name)).matchAll(/environ\.get\("(LAMBDA_SLIM_\w+)"/g)].map(
        ([, variable = '']) => variable,
      ),
    );
    const known = new Set([...rows.map(environmentName), ...inLambda]);
    expect(variables.filter((name) => !known.has(name))).toEqual([]);
  });
});

describe('files that the README shows', () => {
  const fenced = (language: string): readonly string[] =>
    [...readme.matchAll(new RegExp('^```' + language + '\\n([\\s\\S]*?)^```', 'gm'))].map(
      ([, text = '']) => text,
    );

  test.each(fenced('toml'))('configuration %#', (text) => {
    const document = parseToml(text) as { tool?: { 'lambda-slim': Record<string, unknown> } };
    const values = document.tool?.['lambda-slim'] ?? document;
    expect(Object.keys(values).length).toBeGreaterThan(0);
    const config = { file: '/project/lambda-slim.toml', values };
    expect(() => settle(buildOptions, { flags: {}, environment: {}, config, cwd: '/project' })).not.toThrow();
  });

  const isStep = (text: string): boolean => /^ *-? *uses:/m.test(text);
  const recipes = fenced('yaml').filter((text) => !isStep(text));
  const steps = fenced('yaml').filter(isStep);

  test.each(recipes)('recipe %#', (text) => {
    expect(parseRecipes('recipe.yaml', text)).toHaveLength(1);
  });

  test.each(steps)('step of a workflow %#', (text) => {
    const { inputs } = parseYaml(read('action.yml')) as { inputs: Record<string, unknown> };
    for (const step of parseYaml(text) as { with: Record<string, string> }[])
      expect(Object.keys(inputs)).toEqual(expect.arrayContaining(Object.keys(step.with)));
  });

  test.each(fenced('json'))('configuration in JSON %#', (text) => {
    const config = { file: '/project/lambda-slim.json', values: JSON.parse(text) as Record<string, unknown> };
    const rows = [...buildOptions, ...checkOptions];
    expect(() => settle(rows, { flags: {}, environment: {}, config, cwd: '/project' })).not.toThrow();
  });

  test('all kinds are shown', () => {
    const counts = [fenced('toml'), recipes, steps, fenced('json')].map(({ length }) => length);
    expect(counts).toEqual([2, 1, 1, 1]);
  });
});

/** What dies stands first in the second cell of each row; the tests name it, too. */
test('every package in "What naive rules break" has a regression test', () => {
  const section = /## What naive rules break\n([\s\S]*?)\n## /.exec(readme)?.[1] ?? '';
  const packages = [...section.matchAll(/^\|.*\|\s*`?([\w.-]+)`?[^|]*\|[^|]*\|$/gm)]
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
    exports: Record<string, string>;
  };

  test.each(files.filter((file) => file !== 'dist'))('publishes %s', (file) => {
    expect(existsSync(file)).toBe(true);
  });

  test.each(Object.entries(exports))('exports %s from %s', (_name, file) => {
    expect(existsSync(file)).toBe(true);
  });
});
