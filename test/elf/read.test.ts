import { describe, expect, test } from '@jest/globals';
import { isMusl, readElf, tooNew } from '../../src/elf/read.js';
import { bufferSource } from '../../src/elf/source.js';
import { fixture, poke, strip } from './objects.js';

const read = (bytes: Uint8Array) => readElf(bufferSource(bytes));

describe('facts', () => {
  const common = { machine: 'x86_64', bits: 64, littleEndian: true, type: 'shared', interpreter: null };
  const library = {
    soname: 'libplain.so.1',
    needed: ['libc.so.6', 'ld-linux-x86-64.so.2'],
    searchPath: [],
    pythonModules: [],
  };
  test.each([
    ['plain.so', { ...common, ...library }],
    ['shared-page.so', { ...common, ...library, soname: null }],
    ['module-old-hash.so', { pythonModules: ['other', 'plain'] }],
    [
      'patched.so',
      {
        ...common,
        ...library,
        soname: 'libplain-0123abcd.so.1',
        searchPath: ['$ORIGIN/../a-rather-long-folder-name.libs'],
      },
    ],
    [
      'patched-needed.so',
      {
        needed: ['libdoes-not-exist-0123abcd.so.6', 'ld-linux-x86-64.so.2'],
        searchPath: ['$ORIGIN/../a-rather-long-folder-name.libs', '/somewhere/else'],
      },
    ],
    ['module.so', { soname: null, needed: [], pythonModules: ['other', 'plain'] }],
    ['program', { type: 'shared', interpreter: '/lib64/ld-linux-x86-64.so.2', needed: ['libc.so.6'] }],
    ['program-fixed', { type: 'executable', interpreter: '/lib64/ld-linux-x86-64.so.2' }],
    ['relocatable.o', { type: 'relocatable', needed: [], pythonModules: [] }],
  ])('%s', (name, expected) => {
    expect(read(fixture(name))).toMatchObject(expected);
  });

  test('version needs name the library', () => {
    expect(read(fixture('plain.so'))?.versionNeeds).toContainEqual({
      library: 'libc.so.6',
      version: 'GLIBC_2.2.5',
    });
  });

  test('the same without section headers', () => {
    const bytes = fixture('plain.so');
    poke(bytes, 0x28, 8, 0);
    poke(bytes, 0x3c, 4, 0);
    expect(read(bytes)).toEqual(read(fixture('plain.so')));
  });

  test.each([1, 2])('a 32-bit header, byte order %d', (order) => {
    const bytes = new Uint8Array(52);
    bytes.set([0x7f, 0x45, 0x4c, 0x46, 1, order, 1]);
    new DataView(bytes.buffer).setUint16(16, 3, order === 1);
    new DataView(bytes.buffer).setUint16(18, 40, order === 1);
    expect(read(bytes)).toMatchObject({
      bits: 32,
      littleEndian: order === 1,
      machine: 'machine-40',
      type: 'shared',
    });
  });
});

describe('damaged files are null', () => {
  test.each([0, 3, 16, 52, 63, 64, 200, 800])('cut after %d bytes', (length) => {
    expect(read(fixture('plain.so').subarray(0, length))).toBeNull();
  });
  test.each(['archive.a', 'make.sh'])('%s', (name) => {
    expect(read(fixture(name))).toBeNull();
  });
});

test('a stripped file tells the same', () => {
  expect(read(strip(fixture('module.so')))).toEqual(read(fixture('module.so')));
});

test.each([
  [{ needed: ['libc.musl-x86_64.so.1'], interpreter: null }, true],
  [{ needed: ['libz.so.1'], interpreter: '/lib/ld-musl-aarch64.so.1' }, true],
  [{ needed: ['libc.so.6'], interpreter: '/lib64/ld-linux-x86-64.so.2' }, false],
  [{ needed: [], interpreter: null }, false],
])('musl: %j', (facts, expected) => {
  expect(isMusl(facts)).toBe(expected);
});

describe('versions above the ceiling', () => {
  const ceilings = { GLIBC: '2.34', GLIBCXX: '3.4.29', CXXABI: '1.3.13' };
  test.each([
    ['libc.so.6', 'GLIBC_2.34', null],
    ['libc.so.6', 'GLIBC_2.4', null],
    ['libm.so.6', 'GLIBC_2.35', 'GLIBC_2.34'],
    ['libc.so.6', 'GLIBC_2.2.5', null],
    ['libc.so.6', 'GLIBC_PRIVATE', null],
    ['libc.so.6', 'GLIBC_ABI_DT_RELR', 'GLIBC_2.34'],
    ['libstdc++.so.6', 'GLIBCXX_3.4', null],
    ['libstdc++.so.6', 'GLIBCXX_3.4.9', null],
    ['libstdc++.so.6', 'GLIBCXX_3.4.30', 'GLIBCXX_3.4.29'],
    ['libstdc++-0123abcd.so.6', 'GLIBCXX_3.4.30', null],
    ['libstdc++.so.6', 'CXXABI_1.3', null],
    ['libstdc++.so.6', 'CXXABI_1.3.14', 'CXXABI_1.3.13'],
    ['libstdc++.so.6', 'CXXABI_FLOAT128', null],
    ['libgcc_s.so.1', 'GCC_14.0.0', null],
  ])('%s %s', (library, version, ceiling) => {
    const expected = ceiling === null ? [] : [{ library, version, ceiling }];
    expect(tooNew({ versionNeeds: [{ library, version }] }, ceilings)).toEqual(expected);
  });
  test('glibc 2.36 has DT_RELR', () => {
    const needs = { versionNeeds: [{ library: 'libc.so.6', version: 'GLIBC_ABI_DT_RELR' }] };
    expect(tooNew(needs, { ...ceilings, GLIBC: '2.36' })).toEqual([]);
  });
});
