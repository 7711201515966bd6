import { expect, test, describe } from '@jest/globals';
import { SlimError } from '../../src/errors.js';
import base from '../../src/recipes/base.js';
import { mergeRecipes, parseRecipes } from '../../src/recipes/load.js';
import type { Recipe } from '../../src/recipes/recipe.js';

const rule = { name: 'x', files: ['a/**'], because: 'Not used.' };

test.each([
  ['r.json', JSON.stringify({ name: 'a', rules: [rule] })],
  ['r.json', JSON.stringify([{ name: 'a', rules: [rule] }])],
  [
    'r.yaml',
    'recipes:\n  - name: a\n    rules:\n      - name: x\n        files: ["a/**"]\n        because: Not used.\n',
  ],
  [
    'r.toml',
    '[[recipes]]\nname = "a"\n[[recipes.rules]]\nname = "x"\nfiles = ["a/**"]\nbecause = "Not used."\n',
  ],
])('%s: %s', (file, text) => {
  expect(parseRecipes(file, text)).toEqual([{ name: 'a', source: file, provedOn: '*', rules: [rule] }]);
});

test('a rule may name nothing but what supersedes what', () => {
  const given = { name: 'x', superseded: 'a/{version}/**', because: 'Old.' };
  const [recipe] = parseRecipes('r.json', JSON.stringify({ name: 'a', rules: [given] }));
  expect(recipe?.rules).toEqual([{ ...given, files: [] }]);
});

describe('refused', () => {
  test.each([
    ['{', 'r.json cannot be read: '],
    ['{"rules": []}', `it must have required property 'name'`],
    [
      '{"name": "a", "rules": [{"name": "x", "files": []}]}',
      `recipe "a" is not valid: rules.0 must have required property 'because'`,
    ],
    [
      '{"name": "a", "rules": [{"name": "x", "because": "y"}]}',
      `rules.0 must have required property 'files'`,
    ],
    [
      '{"name": "a", "rules": [{"name": "x", "superseded": "a/**", "because": "y"}]}',
      'rules.0.superseded must match pattern',
    ],
    ['{"name": "a", "rules": [], "probes": "x"}', 'it has an unknown key "probes"'],
    [
      '{"name": "a", "rules": [{"name": "x", "files": [], "because": "y", "level": "wild"}]}',
      'rules.0.level must be equal to one of the allowed values',
    ],
    [
      '{"name": "a", "rules": [{"name": "x", "files": [], "because": "y", "level": "aggressive"}]}',
      `required property 'loses'`,
    ],
  ])('%s', (text, sentence) => {
    const attempt = (): unknown => parseRecipes('r.json', text);
    expect(attempt).toThrow(SlimError);
    expect(attempt).toThrow(sentence);
  });
});

test("the user's rules come first and replace those of the same name", () => {
  const known: Recipe = {
    name: 'a',
    source: 's',
    provedOn: '>=1',
    rules: [rule, { ...rule, name: 'y' }],
    probe: 'import a',
  };
  const own = parseRecipes(
    'r.json',
    JSON.stringify([
      { name: 'a', rules: [{ ...rule, files: ['a/b'] }] },
      { name: 'b', rules: [] },
    ]),
  );
  const merged = mergeRecipes([known, base], own);
  expect(merged.map((one) => one.name)).toEqual(['b', 'a', 'base']);
  expect(merged[1]?.rules).toEqual([
    { ...rule, files: ['a/b'] },
    { ...rule, name: 'y' },
  ]);
  expect(merged[1]).toMatchObject({ provedOn: '>=1', probe: 'import a' });
});
