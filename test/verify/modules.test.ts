import { expect, test } from '@jest/globals';
import type { Manifest, OwnedDecision, Proof } from '../../src/model.js';
import { leftOutOf, promisedBy } from '../../src/verify/modules.js';
import { exampleManifest } from '../report/example.js';

const proof: Proof = {
  state: 'not-proven',
  interpreter: null,
  confinedBy: null,
  imported: [],
  failedBefore: [],
  probes: [],
  because: 'no CPython 3.13 was found',
  importMs: null,
};

const decisions = (
  ...rows: readonly (readonly [string, OwnedDecision['action'], string?])[]
): Manifest['decisions'] =>
  rows.map(([path, action, rule = 'x/y']) => ({
    path,
    action,
    rule,
    because: '',
    bytes: 1,
    kept: action === 'drop' ? 0 : 1,
    distribution: null,
  }));

const distributions = ['whole', 'gone', 'half', 'space.inner', 'empty'].map((module) => ({
  name: module,
  version: '1',
  neededBy: [],
  modules: [module],
}));

test('without a proof, modules whose own file travels', () => {
  const manifest = exampleManifest({
    proof,
    distributions,
    decisions: decisions(
      ['whole/__init__.py', 'keep'],
      ['gone/__init__.py', 'drop'],
      ['gone/left.py', 'keep'],
      ['half/sub.py', 'keep'],
      ['space/inner/__init__.py', 'keep'],
      ['empty/__init__.py', 'stub', 'option/--stub'],
    ),
    probes: [{ recipe: 'whole', code: '' }],
  });
  expect(promisedBy(manifest)).toEqual({
    modules: ['whole', 'half', 'space.inner'],
    probes: [{ recipe: 'whole', code: '' }],
    proven: false,
  });
});

test('after a proof, what it imported and ran', () => {
  const manifest = exampleManifest({
    proof: { ...proof, state: 'partly', imported: ['a', 'b', 'a'], probes: ['a'] },
    probes: [
      { recipe: 'a', code: '1' },
      { recipe: 'b', code: '2' },
    ],
  });
  expect(promisedBy(manifest)).toEqual({
    modules: ['a', 'b'],
    probes: [{ recipe: 'a', code: '1' }],
    proven: true,
  });
});

test('what is not tried, and why', () => {
  const manifest = exampleManifest({
    proof: {
      ...proof,
      ...{ state: 'partly', imported: ['whole'], probes: [] },
      failedBefore: [{ module: 'space', error: 'ImportError: no libx' }],
    },
    distributions,
    decisions: decisions(
      ['whole/__init__.py', 'keep'],
      ['gone/__init__.py', 'drop', 'base/tests'],
      ['empty/__init__.py', 'stub', 'option/--stub'],
    ),
    probes: [{ recipe: 'whole', code: '' }],
  });
  const left = leftOutOf(manifest, promisedBy(manifest));
  expect(left.map(({ kind, name, because }) => `${kind} ${name}: ${because}`)).toEqual(
    expect.arrayContaining([
      expect.stringMatching(/^module gone: left out by base\/tests: /),
      expect.stringMatching(/^module empty: left out by option\/--stub: /),
      'module space: it failed before pruning: ImportError: no libx',
      'probe whole: it did not run in the build',
    ]),
  );
  expect(left.some(({ name, kind }) => name === 'whole' && kind === 'module')).toBe(false);
});
