import { expect, test, describe } from '@jest/globals';
import type { FindingCode } from '../../src/findings/findings.js';
import { targetFor } from '../../src/limits.js';
import { recheck } from '../../src/prune/kept.js';
import { restore } from '../../src/prune/restore.js';
import type { FileSpec } from './tree.js';
import { makeTree, planFor } from './tree.js';

describe('binaries that are kept', () => {
  const glibc = (version: string, library = 'libc.so.6'): FileSpec => ({
    elf: { needed: ['libc.so.6'], versionNeeds: [{ library, version }] },
  });
  test.each<[string, Record<string, FileSpec>, readonly FindingCode[]]>([
    ['fits', { 'a/x.so': glibc('GLIBC_2.34') }, []],
    ['too new', { 'a/x.so': glibc('GLIBC_2.38') }, ['symbol-too-new']],
    ['too new C++', { 'a/x.so': glibc('GLIBCXX_3.4.32', 'libstdc++.so.6') }, ['symbol-too-new']],
    [
      'too new C++, but it brings its own',
      {
        'a/x.so': glibc('GLIBCXX_3.4.32', 'libstdc++.so.6'),
        'a/libstdc++.so.6': { elf: { soname: 'libstdc++.so.6' } },
      },
      [],
    ],
    ['other machine', { 'a/x.so': { elf: { machine: 'arm64' } } }, ['wrong-architecture']],
    ['32 bits', { 'a/x.so': { elf: { bits: 32 } } }, ['wrong-architecture']],
    ['musl', { 'a/x.so': { elf: { needed: ['libc.musl-x86_64.so.1'] } } }, ['musl-binary']],
    ['Mach-O', { 'a/x.so': { foreign: 'Mach-O' } }, ['foreign-binary']],
    ['a Windows launcher is dropped, so it does not count', { 'a/t64.exe': { foreign: 'PE' } }, []],
    [
      'missing library',
      { 'a/x.so': { elf: { needed: ['libGL.so.1', 'libgomp.so.1'] } } },
      ['library-missing', 'library-missing'],
    ],
    [
      'library by SONAME in another place',
      { 'a/x.so': { elf: { needed: ['libq.so.1'] } }, 'q/libq-1.2.so': { elf: { soname: 'libq.so.1' } } },
      [],
    ],
    [
      'an object file is never loaded',
      { 'a/tool.bin': { elf: { machine: 'machine-3', type: 'relocatable' } } },
      [],
    ],
  ])('%s', (_what, files, codes) => {
    expect(planFor(makeTree(files)).findings.map(({ code }) => code)).toEqual(codes);
  });

  test('the target is the one that was asked for', () => {
    const tree = makeTree({ 'a/x.so': glibc('GLIBC_2.27') });
    expect(planFor(tree, { target: targetFor('3.11', 'x86_64') }).findings).toEqual([
      {
        code: 'symbol-too-new',
        args: { path: 'a/x.so', version: 'GLIBC_2.27', ceiling: 'GLIBC_2.26', distribution: null },
      },
    ]);
  });
});

test('what came back or went later is checked anew', () => {
  const tree = makeTree({
    'a/x.h': '',
    'a/tests/test_x.py': '',
    'a/tests/x.so': { elf: { machine: 'arm64' } },
  });
  const plan = planFor(tree, { drop: ['nothing'] });
  expect(plan.findings.map(({ code }) => code)).toEqual(['drop-matched-nothing']);
  const restored = restore(plan, tree.inventory, ['a/tests/x.so'], 'restored/import-proof', 'Needed.');
  const target = targetFor('3.12', 'x86_64');
  const codes = recheck(tree.inventory, restored, target).findings.map(({ code }) => code);
  expect(codes).toEqual(['drop-matched-nothing', 'wrong-architecture']);
  expect(recheck(tree.inventory, plan, target)).toEqual(plan);
});

test('a distribution without RECORD is named, unless it is excluded', () => {
  const tree = makeTree({ 'egg/__init__.py': '' }, { egg: { record: false } });
  expect(planFor(tree).findings).toEqual([{ code: 'record-missing', args: { distribution: 'egg' } }]);
  expect(planFor(tree, { exclude: ['egg'] }).findings).toEqual([]);
});
