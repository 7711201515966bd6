/** What could still go, with figures that the manifest has. */
import { expect, test } from '@jest/globals';
import { finding } from '../../../src/findings/findings.js';
import type { Manifest } from '../../../src/model.js';
import { pageData } from '../../../src/report/html/data.js';
import { possibleSavings } from '../../../src/report/html/possible.js';
import { recipes } from '../../../src/recipes/index.js';
import { exampleManifest } from '../example.js';
import { madeManifest, type Row } from './made.js';

const file = (path: string, bytes: number): Row => [path, 'keep', bytes, bytes];

function made(packages: Readonly<Record<string, readonly Row[]>>, change: Partial<Manifest> = {}): Manifest {
  const distributions = Object.keys(packages).map((name) => ({
    name,
    version: '1.0',
    neededBy: [],
    modules: [name],
  }));
  const bytecode = { files: 0, bytes: 0, policy: 'none' } as const;
  return madeManifest({ packages, change: { distributions, bytecode, findings: [], ...change } });
}

test('a package that no code imports, with what came for it', () => {
  const findings = [finding('code-not-imported', { distribution: 'plotly', bytes: 500, with: ['narwhals'] })];
  expect(possibleSavings(made({ plotly: [file('plotly/a.py', 400)] }, { findings }))).toMatchObject([
    { what: 'plotly, narwhals', bytes: 500, how: 'leave it out of your requirements' },
  ]);
});

test("the runtime's own packages, those that are there", () => {
  const packages = {
    boto3: [file('boto3/a.py', 30)],
    six: [file('six.py', 7)],
    idna: [file('idna/a.py', 9)],
  };
  expect(possibleSavings(made(packages))).toMatchObject([
    { what: 'boto3, six', bytes: 37, how: '--exclude-runtime' },
  ]);
});

test('an aggressive rule that would still take something, and what it loses', () => {
  const recipe = recipes.find(({ name }) => name === 'numba')!;
  const rule = recipe.rules.find(({ level, versions }) => level === 'aggressive' && versions === undefined)!;
  const path = rule.files[0]!.replace('**', 'deep/a.py').replaceAll('*', 'x');
  const packages = { numba: [file(path, 900), file('numba/__init__.py', 5)], other: [file(path, 1)] };
  expect(possibleSavings(made(packages))).toEqual([
    {
      what: `numba/${rule.name}`,
      bytes: 900,
      how: '--prune aggressive',
      price: `without ${rule.loses ?? ''}`,
    },
  ]);
});

test('bytecode, the most bytes first; nothing without bytes', () => {
  const bytecode = { files: 2, bytes: 40, policy: 'auto' } as const;
  const told = possibleSavings(made({ boto3: [file('boto3/a.py', 30)] }, { bytecode }));
  expect(told.map(({ what, bytes }) => [what, bytes])).toEqual([
    ['bytecode', 40],
    ['boto3', 30],
  ]);
  expect(possibleSavings(made({ idna: [file('idna/a.py', 9)] }))).toEqual([]);
});

test('what is around the build is on the page as it was given', () => {
  const around = { project: 'shop', verification: { missing: 'failed' }, difference: null } as const;
  expect(pageData(exampleManifest(), around)).toMatchObject(around);
  expect(pageData(exampleManifest())).toMatchObject({ project: null, verification: { missing: 'none' } });
});
