import { describe, expect, test } from '@jest/globals';
import { twins } from '../../src/code/twins.js';
import type { Bundle } from '../../src/model.js';

type Files = readonly (readonly [path: string, distribution: string | null])[];

function bundle(name: string, files: Files): Bundle {
  const made = files.map(([path, distribution]) => ({
    ...{ path, distribution, archivePath: path, place: distribution === null ? 'function' : 'python' },
  }));
  return { name, kind: 'function', files: made } as unknown as Bundle;
}

describe('in one folder', () => {
  test.each<readonly [string, string, string, readonly string[]]>([
    ['a package comes before a file', 'idna.py', 'idna/__init__.py', ['idna: idna/__init__.py wins']],
    ['an own package, too', 'six/__init__.py', 'six.py', ['six: six/__init__.py wins']],
    [
      'an extension module comes before a file',
      'fast.py',
      'fast.cpython-313-x86_64-linux-gnu.so',
      ['fast: fast.cpython-313-x86_64-linux-gnu.so wins'],
    ],
    ['a folder without __init__ hides nothing', 'numpy/notes.py', 'numpy/__init__.py', []],
    ['another name', 'app.py', 'idna/__init__.py', []],
    ['a name that begins alike', 'idna.py', 'idna.data.txt', []],
  ])('%s', (_name, own, theirs, expected) => {
    const found = twins([
      bundle('function.zip', [
        [own, null],
        [theirs, 'dist'],
      ]),
    ]);
    expect(found.map((one) => `${one.module}: ${one.ownWins ? one.path : one.other} wins`)).toEqual(expected);
  });
});

test('code comes before layers', () => {
  const found = twins([
    bundle('function.zip', [
      ['idna.py', null],
      ['app.py', null],
    ]),
    bundle('layer.zip', [['idna/__init__.py', 'idna']]),
  ]);
  expect(found).toEqual([
    { module: 'idna', path: 'idna.py', other: 'idna/__init__.py', distribution: 'idna', ownWins: true },
  ]);
});
