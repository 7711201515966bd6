import { expect, test } from '@jest/globals';
import { scanSource } from '../../src/inventory/imports.js';
import base from '../../src/recipes/base.js';
import { folders } from '../../src/recipes/names.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { droppedBy, makeTree, planFor } from '../prune/tree.js';

/** What kept code cannot claim by a name: programs of other systems, and what installers and editors left behind. */
const unclaimed: ReadonlySet<string> = new Set([
  ...['scripts', 'windows-programs', 'installer-leftovers', 'root-programs', 'jupyter'],
]);
const { rules }: Recipe = base;
/** Every word that a glob of the rules holds, as a suffix, behind a suffix, and as a whole name. */
const samples = rules
  .filter(({ name }) => !unclaimed.has(name))
  .flatMap(({ files }) => files.flatMap((glob) => glob.match(/[\w.+]*\w[\w+]*/g) ?? []))
  .map((word) => word.replace(/^\./, ''))
  .flatMap((word) => [`x.${word}`, `x.c.${word}`, `x.js.${word}`, word, `.${word}`])
  // A hidden file named like a suffix is no file of that kind.
  .filter((name) => !/^\.[a-z0-9+]+$/.test(name) || name === '.coveragerc');
const dropped = [...new Set(samples)].filter(
  (name) => droppedBy(planFor(makeTree({ [`pkg/${name}`]: '', 'pkg/a.txt': '' }))).length > 0,
);

test('there are samples of every rule', () => {
  expect(dropped).toEqual(
    expect.arrayContaining(['x.h', 'x.h++', 'x.c.src', 'Makefile', 'x.ipynb', 'x.js.map']),
  );
  expect(dropped.length).toBeGreaterThan(35);
});

test.each(dropped)('what a rule knows by its name, kept code can claim by it: %s', (name) => {
  expect(scanSource(`open("${name}")`, 'pkg/a.py').fileNames).toEqual([name]);
  const tree = makeTree({ [`pkg/${name}`]: '', 'pkg/a.py': `open("data/${name}")` });
  expect(droppedBy(planFor(tree))).toEqual([]);
});

test('every folder that a rule names is one that the scan looks for', () => {
  const known: readonly string[] = Object.values(folders).flat();
  expect(known).toEqual(expect.arrayContaining(rules.flatMap((rule) => rule.folders?.named ?? [])));
  for (const name of known) expect(scanSource(`open("${name}/x")`, 'a.py').paths).toEqual([`${name}/x`]);
});
