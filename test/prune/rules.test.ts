import { expect, test } from '@jest/globals';
import type { Rule } from '../../src/recipes/recipe.js';
import { droppedBy, makeTree, planFor } from './tree.js';

test('superseded: of each family the greatest version stays, whatever else it holds', () => {
  const data = {
    'pkg/data/ec2/2014-09-01/service.json': '',
    'pkg/data/ec2/2016-11-15/service.json': '',
    'pkg/data/ec2/2016-11-15/more/deep.json': '',
    'pkg/data/ec2/notes.txt': '',
    'pkg/data/sts/2011-06-15/service.json': '',
    'pkg/data/endpoints.json': '',
  };
  const older: Rule = {
    name: 'older',
    files: [],
    superseded: 'pkg/data/*/{version}/**',
    because: 'Old.',
  };
  const tree = makeTree(data, { pkg: {} });
  const dropped = (one: Rule) =>
    droppedBy(planFor(tree, { recipes: [{ name: 'pkg', source: 'test', provedOn: '*', rules: [one] }] }));
  expect(dropped(older)).toEqual(['pkg/data/ec2/2014-09-01/service.json']);
  expect(dropped({ ...older, except: ['**/2014-*/**'] })).toEqual([]);
});
