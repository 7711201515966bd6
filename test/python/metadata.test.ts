import { expect, test, describe } from '@jest/globals';
import { kindOf } from '../../src/inventory/kind.js';
import {
  parseEggRequires,
  parseMetadata,
  parseRecord,
  placeInTree,
  recordLine,
} from '../../src/python/metadata.js';
import { normalizeName } from '../../src/python/names.js';
import { moduleOf, topModules } from '../../src/python/modules.js';
import { ownersOf } from '../../src/inventory/owners.js';

test.each([
  ['Boto3', 'boto3'],
  ['zope.interface', 'zope-interface'],
  ['ruamel__yaml-.x', 'ruamel-yaml-x'],
])('%s is %s', (name, expected) => expect(normalizeName(name)).toBe(expected));

describe('METADATA', () => {
  test('headers end at the first empty line; long ones continue', () => {
    const text =
      'Metadata-Version: 2.4\r\nName: scikit-learn\nVersion: 1.9.1\nRequires-Dist: numpy>=1.24\nRequires-Dist: joblib\n  >=1.3 ; extra == "x"\nLicense: A\n        B\n\nName: not-this\nRequires-Dist: nor-this';
    expect(parseMetadata(text)).toEqual({
      name: 'scikit-learn',
      version: '1.9.1',
      requires: ['numpy>=1.24', 'joblib >=1.3 ; extra == "x"'],
    });
  });

  test('without a name it is none', () => expect(parseMetadata('Version: 1\n')).toBeNull());

  test('requires.txt of an egg', () => {
    expect(
      parseEggRequires('numpy\n\n[test]\npytest>=3\n[:python_version<"3.8"]\ntyping\n[a:os_name=="nt"]\nb\n'),
    ).toEqual([
      'numpy',
      'pytest>=3 ; extra == "test"',
      'typing ; (python_version<"3.8")',
      'b ; (os_name=="nt") and extra == "a"',
    ]);
  });
});

describe('RECORD', () => {
  test.each([
    ['a.py,sha256=x,1', { path: 'a.py', hash: 'sha256=x', size: '1' }],
    ['"a,b.py",sha256=x,1', { path: 'a,b.py', hash: 'sha256=x', size: '1' }],
    ['"a""b.py",,', { path: 'a"b.py', hash: '', size: '' }],
    ['x.dist-info/RECORD,,', { path: 'x.dist-info/RECORD', hash: '', size: '' }],
    ['"new\nline.py",,', { path: 'new\nline.py', hash: '', size: '' }],
    ['a.py,"x\ny","""z,"', { path: 'a.py', hash: 'x\ny', size: '"z,' }],
  ])('%s', (line, row) => {
    expect(parseRecord(`${line}\r\n`)).toEqual([row]);
    expect(recordLine(row)).toBe(line);
  });

  test.each([
    ['numpy/__init__.py', 'numpy/__init__.py'],
    ['../../bin/f2py', 'bin/f2py'],
    ['x.egg-info/../x/a.py', 'x/a.py'],
    ['/usr/bin/f2py', null],
    ['../C:/x/y.py', null],
    ['C:/x', null],
    ['..', null],
  ])('%s lies at %s', (path, expected) => expect(placeInTree(path)).toBe(expected));
});

describe('modules', () => {
  test.each([
    ['a/b.py', 'a.b'],
    ['a/__init__.py', 'a'],
    ['six.py', 'six'],
    ['a/_x.cpython-312-x86_64-linux-gnu.so', 'a._x'],
    ['a/_x.abi3.so', 'a._x'],
    ['a/_x.so', 'a._x'],
    ['a/__init__.cpython-312-x86_64-linux-gnu.so', 'a'],
    ['a.libs/libx.so.1', null],
    ['a.libs/libx.so', null],
    ['my-script.py', null],
    ['a/x.pyi', null],
  ])('%s is %s', (path, expected) => expect(moduleOf(path)).toBe(expected));

  test.each([
    [['sklearn/__init__.py', 'sklearn/a/__init__.py', 'scikit_learn.libs/libgomp.so.1'], ['sklearn']],
    [
      ['yaml/__init__.py', '_yaml/__init__.py', '_cffi_backend.cpython-312-x86_64-linux-gnu.so'],
      ['_cffi_backend', '_yaml', 'yaml'],
    ],
    [
      ['google/protobuf/__init__.py', 'google/protobuf/x.py', 'google/_upb/_message.abi3.so'],
      ['google._upb._message', 'google.protobuf'],
    ],
    [['six.py', 'tests/__init__.py', 'docs/conf.py', 'bin/x.py'], ['six']],
    [['tests/__init__.py'], ['tests']],
    [[], []],
  ])('%j can be imported as %j', (paths, expected) => expect(topModules(paths)).toEqual(expected));
});

describe('owners', () => {
  const distributions = [
    {
      normalized: 'zope',
      folder: 'zope-1.dist-info',
      paths: ['space/zope/__init__.py', 'space/__init__.py', 'bin/z'],
    },
    {
      normalized: 'apple',
      folder: 'apple-1.dist-info',
      paths: ['space/apple.py', 'space/__init__.py', 'apple/x.py'],
    },
  ];
  test.each<[string, string | null, readonly string[]]>([
    ['apple/x.py', 'apple', []],
    ['apple/__pycache__/x.cpython-312.pyc', 'apple', []],
    ['space/zope/deep/er/y.txt', 'zope', []],
    ['space/__init__.py', 'apple', ['zope']],
    ['space/new.txt', null, []],
    ['zope-1.dist-info/INSTALLER', 'zope', []],
    ['bin/z', 'zope', []],
    ['bin/unknown', null, []],
    ['.lock', null, []],
  ])('%s belongs to %s', (path, distribution, sharedWith) => {
    const paths = [path, ...distributions.flatMap((one) => one.paths)];
    expect(ownersOf([...new Set(paths)], distributions).get(path)).toEqual({ distribution, sharedWith });
  });
});

describe('kinds', () => {
  const elf = new Uint8Array([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]);
  const machO = new Uint8Array([0xcf, 0xfa, 0xed, 0xfe, 0, 0, 0, 0]);
  test.each<[string, Uint8Array | null, string]>([
    ['a/x.py', null, 'python'],
    ['a/tests/test_x.py', null, 'python'],
    ['a/tests/x.json', null, 'test'],
    ['a.libs/libgfortran-1.so.5.0.0', elf, 'elf'],
    ['a/tests/libx.so', elf, 'elf'],
    ['a/x.so', machO, 'foreign'],
    ['a/x.pyi', null, 'typing'],
    ['a/py.typed', null, 'typing'],
    ['a/__pycache__/x.pyc', null, 'bytecode'],
    ['a-1.dist-info/METADATA', null, 'metadata'],
    ['a-1.dist-info/licenses/tests/x.h', null, 'metadata'],
    ['bin/f2py', new TextEncoder().encode('#!/usr/bin/python'), 'script'],
    ['bin/jp.py', null, 'script'],
    ['bin/ninja', elf, 'elf'],
    ['a/run', new TextEncoder().encode('#!/bin/sh\n'), 'script'],
    ['a/include/x.h', null, 'header'],
    ['a/docs/x.txt', null, 'doc'],
    ['a/data.csv', null, 'data'],
  ])('%s', (path, head, kind) => expect(kindOf(path, head).kind).toBe(kind));
});
