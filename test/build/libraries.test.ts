/** Which libraries that Python opens by name are told: those that nobody brings, and that are not done without. */
import { describe, expect, test } from '@jest/globals';
import { libraryFindings, type LibrarySurroundings } from '../../src/build/libraries.js';
import type { ProvedSlim } from '../../src/build/prove.js';
import type { CodeModule, When } from '../../src/code/read.js';
import { finding, type Finding } from '../../src/findings/findings.js';
import type { Entry, Proof } from '../../src/model.js';
import { exampleManifest } from '../report/example.js';

const module = (path: string, names: readonly string[], when: When): CodeModule => ({
  ...{
    path,
    error: null,
    imports: [],
    functions: [],
    names: [],
    bindable: [],
    open: false,
    pathChanges: false,
  },
  ...{ mentions: [], vendored: false, libraries: [{ names, line: 3, when }] },
});

const entry = (path: string): Entry => ({
  ...{ path, bytes: 1, mode: 0o644, kind: 'python', distribution: path.split('/')[0] ?? null },
});

interface Given {
  readonly opens: readonly CodeModule[];
  readonly own?: readonly CodeModule[];
  readonly beside?: readonly string[];
  readonly dropped?: readonly string[];
  readonly touched?: readonly string[];
  readonly proof?: Partial<Proof>;
  readonly told?: readonly Finding[];
}

function said(given: Given): readonly string[] {
  const { opens, own = [], beside = [], dropped = [], touched = [], proof = {}, told = [] } = given;
  const all = { librariesSeen: null, failedBefore: [], state: 'proven' as const, ...proof };
  const proved = { proof: { ...exampleManifest().proof, ...all }, findings: told };
  const slim = { openers: opens, proved, touched: new Set(touched) } as unknown as ProvedSlim;
  const around = {
    inventory: {
      root: '',
      distributions: [],
      entries: [...opens.map(({ path }) => path), ...beside].map(entry),
    },
    plan: { decisions: dropped.map((path) => ({ path, action: 'drop' })), findings: [] },
    functionFiles: [],
    ownCode: { facts: { modules: own, stdlib: [], because: null }, handlers: [], roots: new Map() },
    provided: ['libc.so.6', 'libm.so.6', 'libfromlayer.so.2'],
  } as unknown as LibrarySurroundings;
  return libraryFindings(slim, around).map(({ code, args }) => {
    const { distribution, libraries } = args as { distribution: string | null; libraries: readonly string[] };
    return `${code} ${distribution ?? 'own'} ${libraries.join(',')}`;
  });
}

const inCall = module('magic/loader.py', ['magic'], 'lazy');
const reached = ['magic/loader.py'];

describe('is told', () => {
  test.each<readonly [string, Given, readonly string[]]>([
    [
      'in a call of what was imported',
      { opens: [inCall], touched: reached },
      ['library-by-name magic libmagic'],
    ],
    ['in a call of what was not', { opens: [inCall] }, ['library-by-name-unsure magic libmagic']],
    [
      'under a condition',
      { opens: [module('a/b.py', ['libx.so.1'], 'perhaps')], touched: ['a/b.py'] },
      ['library-by-name-unsure a libx.so.1'],
    ],
    [
      'when its module is imported, and nothing was tried',
      { opens: [module('a/b.py', ['libx.so.1'], 'always')], proof: { state: 'not-proven' } },
      ['library-by-name a libx.so.1'],
    ],
    [
      'when its module failed for another reason',
      {
        opens: [module('a/b.py', ['libx.so.1'], 'always')],
        touched: ['a/b.py'],
        proof: { failedBefore: [{ module: 'a', error: 'no libx' }] },
      },
      ['library-by-name a libx.so.1'],
    ],
    [
      "when it was imported with this machine's libraries in sight",
      {
        opens: [module('a/b.py', ['libx.so.1'], 'always')],
        touched: ['a/b.py'],
        proof: { librariesSeen: 'in a container' },
      },
      ['library-by-name a libx.so.1'],
    ],
    [
      'what came with a file that was dropped',
      { opens: [inCall], touched: reached, beside: ['x/libmagic.so.1'], dropped: ['x/libmagic.so.1'] },
      ['library-by-name magic libmagic'],
    ],
    [
      'of the own code',
      { opens: [], own: [module('app.py', ['libx.so.1'], 'lazy')] },
      ['library-by-name own libx.so.1'],
    ],
    [
      'all of a distribution at once',
      {
        opens: [inCall, module('magic/more.py', ['liby.so'], 'lazy')],
        touched: [...reached, 'magic/more.py'],
      },
      ['library-by-name magic libmagic,liby.so'],
    ],
  ])('%s', (_name, given, expected) => {
    expect(said(given)).toEqual(expected);
  });
});

describe('nothing is said of', () => {
  test.each<readonly [string, Given]>([
    ["Lambda's own", { opens: [module('a.py', ['c'], 'always'), module('b.py', ['libm.so.6'], 'lazy')] }],
    ["a layer's", { opens: [module('a.py', ['fromlayer'], 'always')] }],
    ['what a package brings', { opens: [inCall], touched: reached, beside: ['x.libs/libmagic.so.1'] }],
    ['one of several that is there', { opens: [module('a.py', ['libx.so.9', 'libc.so.6'], 'always')] }],
    ['what the code does without', { opens: [module('a.py', ['x'], 'weak')] }],
    ['code for another system', { opens: [module('keyring/backends/macOS/api.py', ['Security'], 'always')] }],
    ['the driver of a GPU', { opens: [module('torch/a.py', ['libcuda.so.1'], 'lazy')] }],
    [
      'what was imported all the same, with nothing in sight',
      {
        opens: [module('a/b.py', ['libx.so.1'], 'always')],
        touched: ['a/b.py'],
      },
    ],
    [
      'what an import was told to lack',
      {
        opens: [inCall],
        touched: reached,
        told: [
          finding('import-lacks-library', { module: 'magic', libraries: ['libmagic.so.1'], error: 'x' }),
        ],
      },
    ],
  ])('%s', (_name, given) => {
    expect(said(given)).toEqual([]);
  });
});
