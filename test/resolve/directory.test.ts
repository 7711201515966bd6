import { describe, expect, test } from '@jest/globals';
import { targetFor } from '../../src/limits.js';
import { resolveDirectory } from '../../src/resolve/directory.js';
import { project } from './helper.js';

const requested = async (files: Readonly<Record<string, string>>): Promise<readonly string[]> =>
  (await resolveDirectory(await project(files), targetFor('3.13', 'x86_64'))).requested;

const metadata = (name: string, ...requires: readonly string[]): string =>
  [`Name: ${name}`, 'Version: 1.0', ...requires.map((one) => `Requires-Dist: ${one}`), ''].join('\n');

describe('an installed folder: what nobody needs counts as asked for', () => {
  test.each<[string, Readonly<Record<string, string>>, readonly string[]]>([
    [
      'on the target, not on others',
      {
        'a-1.0.dist-info/METADATA': metadata('A', 'b ; sys_platform == "win32"', 'c'),
        'b-1.0.dist-info/METADATA': metadata('b'),
        'c-1.0.dist-info/METADATA': metadata('c'),
      },
      ['a', 'b'],
    ],
    [
      'also of eggs',
      {
        'a.egg-info/PKG-INFO': metadata('a'),
        'a.egg-info/requires.txt': 'b\n',
        'b.egg-info': metadata('b'),
      },
      ['a'],
    ],
    [
      'whatever a description says',
      {
        'a-1.0.dist-info/METADATA': `${metadata('a')}\nRequires-Dist: b\n`,
        'b-1.0.dist-info/METADATA': metadata('b'),
      },
      ['a', 'b'],
    ],
    [
      'of those that need each other all',
      {
        'a-1.0.dist-info/METADATA': metadata('a', 'b'),
        'b-1.0.dist-info/METADATA': metadata('b', 'a'),
      },
      ['a', 'b'],
    ],
    ['without metadata nothing', { 'module.py': '' }, []],
  ])('%s', async (_name, files, expected) => {
    expect(await requested(files)).toEqual(expected);
  });
});
