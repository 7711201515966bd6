import { readdirSync } from 'node:fs';
import { expect, test, describe } from '@jest/globals';
import { validRange } from '@renovatebot/pep440';
import { normalizeName } from '../../src/python/names.js';
import { recipes } from '../../src/recipes/index.js';
import { parseRecipes } from '../../src/recipes/load.js';
import type { Recipe } from '../../src/recipes/recipe.js';

const files = readdirSync(new URL('../../src/recipes/', import.meta.url))
  .filter((name) => !['index.ts', 'load.ts', 'names.ts', 'recipe.ts'].includes(name))
  .map((name) => name.replace('.ts', ''));

test('every recipe file is in the index, sorted, with the base last', () => {
  const listed = recipes.map((recipe) => recipe.name);
  expect(listed).toHaveLength(files.length);
  expect(listed.at(-1)).toBe('base');
});

describe.each(recipes.map((recipe) => [recipe.name, recipe] as const))('%s', (name, recipe: Recipe) => {
  test('has the shape that user recipes must have', () => {
    expect(parseRecipes('x.json', JSON.stringify(recipe))).toHaveLength(1);
  });

  test('names are normalized, ranges are PEP 440, rules are told apart', () => {
    expect([name, ...(recipe.alsoFor ?? [])].filter((one) => one !== normalizeName(one))).toEqual([]);
    const ranges = [recipe.provedOn, ...recipe.rules.map((rule) => rule.versions ?? '*')];
    expect(ranges.filter((range) => range !== '*' && !validRange(range))).toEqual([]);
    expect(new Set(recipe.rules.map((rule) => rule.name)).size).toBe(recipe.rules.length);
  });
});
