import { describe, expect, test } from '@jest/globals';
import { targetFor } from '../../src/limits.js';
import type { Architecture, PythonVersion } from '../../src/model.js';
import { bestWheel, fits, fitsTagLines, neededGlibc, parseWheelName } from '../../src/python/wheels.js';

describe('wheel tags', () => {
  test.each<[tag: string, python: PythonVersion, architecture: Architecture, fits: boolean]>([
    ['py3-none-any', '3.12', 'x86_64', true],
    ['py2.py3-none-any', '3.12', 'x86_64', true],
    ['py2-none-any', '3.12', 'x86_64', false],
    ['py312-none-any', '3.12', 'x86_64', true],
    ['py313-none-any', '3.12', 'x86_64', false],
    ['cp312-cp312-manylinux_2_17_x86_64', '3.12', 'x86_64', true],
    ['cp312-cp312-manylinux_2_34_x86_64', '3.12', 'x86_64', true],
    ['cp312-cp312-manylinux_2_35_x86_64', '3.12', 'x86_64', false],
    ['cp312-cp312-manylinux_2_999_x86_64', '3.12', 'x86_64', false],
    ['cp311-cp311-manylinux_2_26_x86_64', '3.11', 'x86_64', true],
    ['cp311-cp311-manylinux_2_27_x86_64', '3.11', 'x86_64', false],
    ['cp311-cp311-manylinux_2_28_x86_64', '3.11', 'x86_64', false],
    ['cp39-abi3-manylinux_2_17_x86_64', '3.12', 'x86_64', true],
    ['cp313-abi3-manylinux_2_17_x86_64', '3.12', 'x86_64', false],
    ['cp312-abi3-manylinux_2_17_x86_64', '3.12', 'x86_64', true],
    ['cp310-none-any', '3.12', 'x86_64', false],
    ['cp312-none-manylinux2014_x86_64', '3.12', 'x86_64', true],
    ['cp313-cp313t-manylinux_2_28_x86_64', '3.13', 'x86_64', false],
    ['cp312-cp312d-manylinux_2_28_x86_64', '3.12', 'x86_64', false],
    ['pp310-pypy310_pp73-manylinux_2_17_x86_64', '3.12', 'x86_64', false],
    ['cp312-cp312-manylinux_2_5_x86_64.manylinux1_x86_64', '3.12', 'x86_64', true],
    ['cp312-cp312-manylinux_2_27_x86_64.manylinux_2_28_x86_64', '3.12', 'x86_64', true],
    ['cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64', '3.12', 'arm64', false],
    ['cp312-cp312-manylinux2014_aarch64', '3.12', 'arm64', true],
    ['cp312-cp312-manylinux1_aarch64', '3.12', 'arm64', false],
    ['cp312-cp312-manylinux_2_28_aarch64', '3.12', 'x86_64', false],
    ['cp312-cp312-musllinux_1_2_x86_64', '3.12', 'x86_64', false],
    ['cp312-cp312-macosx_11_0_arm64', '3.12', 'arm64', false],
    ['cp312-cp312-win_amd64', '3.12', 'x86_64', false],
    ['cp312-cp312-linux_x86_64', '3.12', 'x86_64', false],
    ['py3-none-manylinux1_x86_64', '3.12', 'x86_64', true],
  ])('%s on %s %s: %s', (tag, python, architecture, expected) => {
    expect(fits(`some_package-1.0-${tag}.whl`, targetFor(python, architecture)).fits).toBe(expected);
  });

  test.each([
    ['cp311-cp311-manylinux_2_28_x86_64', 'it needs glibc 2.28, and the target has 2.26'],
    ['cp310-cp310-manylinux_2_17_x86_64', 'it is for cp310-cp310, not for CPython 3.11'],
    ['cp311-cp311-musllinux_1_2_x86_64', 'it is for musl (Alpine), not glibc'],
    ['cp311-cp311-win_amd64', 'it is for win_amd64, not for Linux'],
    ['cp311-cp311-manylinux_2_17_aarch64', 'it is for manylinux_2_17_aarch64, not for x86_64'],
  ])('says why %s does not fit', (tag, because) => {
    expect(fits(`x-1-${tag}.whl`, targetFor('3.11', 'x86_64'))).toEqual({ fits: false, because });
  });

  test('a build number is not a tag', () => {
    expect(parseWheelName('x-1.0-2-py3-none-any.whl')).toMatchObject({ build: '2', pythons: ['py3'] });
    expect(parseWheelName('x-1.0.tar.gz')).toBeNull();
  });

  test('tags of a WHEEL file: one that fits is enough', () => {
    const target = targetFor('3.12', 'x86_64');
    expect(fitsTagLines(['cp312-cp312-macosx_11_0_arm64', 'py3-none-any'], target).fits).toBe(true);
    expect(fitsTagLines(['cp312-cp312-macosx_11_0_arm64'], target).fits).toBe(false);
  });

  test('the oldest glibc of a compressed set counts', () => {
    const platforms = ['manylinux_2_27_x86_64', 'manylinux_2_28_x86_64'];
    expect(neededGlibc(platforms, targetFor('3.12', 'x86_64'))).toBe('2.27');
    expect(neededGlibc(platforms, targetFor('3.12', 'arm64'))).toBeNull();
  });

  // The first one is taken; pip's own order.
  test.each([
    [['cp313-cp313-manylinux_2_17_x86_64', 'cp39-abi3-manylinux_2_34_x86_64', 'py3-none-any']],
    [['cp311-abi3-manylinux_2_17_x86_64', 'cp39-abi3-manylinux_2_17_x86_64', 'cp313-none-any']],
    [
      [
        'cp313-cp313-manylinux_2_28_x86_64',
        'cp313-cp313-manylinux_2_17_x86_64',
        'cp312-cp312-manylinux_2_34_x86_64',
      ],
    ],
    [['cp313-none-any', 'py3-none-any', 'cp313-cp313-win_amd64']],
    [['py3-none-manylinux_2_17_x86_64', 'py3-none-any', 'cp313-cp313-manylinux_2_17_aarch64']],
    [['py2.py3-none-any', 'cp312-none-any']],
  ])('of %j the first', (tags) => {
    const wheels = tags.map((tag) => ({ file: `x-1-${tag}.whl` }));
    const target = targetFor('3.13', 'x86_64');
    expect(bestWheel(wheels, target)?.file).toBe(wheels[0]?.file);
    expect(bestWheel(wheels.toReversed(), target)?.file).toBe(wheels[0]?.file);
    expect(bestWheel([{ file: 'x-1-cp312-cp312-win_amd64.whl' }], target)).toBeNull();
  });
});
