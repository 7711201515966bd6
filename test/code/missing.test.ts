import { describe, expect, test } from '@jest/globals';
import { missingImports } from '../../src/code/missing.js';
import type { When } from '../../src/code/read.js';
import { facts } from './helper.js';

const tree = [
  'numpy/__init__.py',
  'numpy/linalg/__init__.py',
  'six.py',
  '_fast.cpython-313-x86_64-linux-gnu.so',
  'google/protobuf/__init__.py',
  'google/cloud/storage/__init__.py',
  'shared/of_theirs.py',
];

type Files = Readonly<Record<string, string>>;

async function missing(
  files: Files,
  roots: Readonly<Record<string, When>> = { app: 'always' },
  more: Partial<Record<'runtime' | 'declared' | 'notFound', readonly string[]>> = {},
): Promise<readonly string[]> {
  const { facts: read, paths } = await facts(files);
  const found = missingImports(read, new Map(Object.entries(roots)), {
    code: paths,
    tree,
    runtime: more.runtime ?? ['boto3'],
    declared: more.declared ?? [],
    notFound: more.notFound ?? [],
  });
  return found.map(({ path, line, module, sure }) => `${path}:${line} ${module}${sure ? '' : '?'}`);
}

describe('what nobody provides', () => {
  test.each<readonly [string, Files, readonly string[]]>([
    ['everything is there', { 'app.py': 'import os, numpy.linalg, six, boto3, _fast' }, []],
    ['a package', { 'app.py': 'import os\nimport yaml' }, ['app.py:2 yaml']],
    ['in a function', { 'app.py': 'def f():\n  from PIL import Image' }, ['app.py:2 PIL']],
    ['expected to fail', { 'app.py': 'try:\n  import yaml\nexcept ImportError: pass' }, []],
    [
      'a substitute that is not there, either',
      { 'app.py': 'try:\n  import yaml\nexcept ImportError:\n  import toml' },
      ['app.py:4 toml'],
    ],
    [
      'a substitute that is there',
      { 'app.py': 'try:\n  import yaml\nexcept ImportError:\n  import json' },
      [],
    ],
    [
      'a substitute that is not needed',
      { 'app.py': 'try:\n  import six\nexcept ImportError:\n  import toml' },
      [],
    ],
    [
      'the third of three',
      {
        'app.py':
          'try:\n  import yaml\nexcept ImportError:\n  try:\n    import six\n  except ImportError:\n    import toml',
      },
      [],
    ],
    [
      'a substitute for a name',
      {
        'app.py':
          'try:\n  from typing import Gone\nexcept ImportError:\n  from typing_extensions import Gone',
      },
      ['app.py:4 typing_extensions'],
    ],
    ['what only Windows has', { 'app.py': 'import msvcrt\nif 0:\n  import winsound' }, ['app.py:1 msvcrt']],
    ['what needs Tk', { 'app.py': 'from tkinter import Tk' }, ['app.py:1 tkinter']],
    ['under a condition', { 'app.py': 'import os\nif os.environ:\n  import yaml' }, ['app.py:3 yaml?']],
    [
      'with a changed sys.path',
      { 'app.py': 'import sys\nsys.path.append("x")\nimport yaml' },
      ['app.py:3 yaml?'],
    ],
    [
      'once a file and module',
      { 'app.py': 'import yaml\nimport yaml.nodes\ndef f():\n  import yaml' },
      ['app.py:1 yaml'],
    ],
    [
      'the surer of two',
      { 'app.py': 'import os\nif os.environ:\n  import yaml\nimport yaml' },
      ['app.py:4 yaml'],
    ],
    [
      'in a namespace',
      { 'app.py': 'from google.cloud import storage, vision' },
      ['app.py:1 google.cloud.vision'],
    ],
    ['below a namespace', { 'app.py': 'import google.cloud.vision.v1' }, ['app.py:1 google.cloud.vision']],
    ['what a package makes of itself is not judged', { 'app.py': 'import numpy.nope' }, []],
    [
      'relative, where Lambda has no package',
      { 'app.py': 'from . import a\nfrom .b import c' },
      ['app.py:1 .a', 'app.py:2 .b'],
    ],
    [
      'relative, and expected to fail',
      { 'app.py': 'try:\n  from . import a\nexcept ImportError:\n  import a', 'a.py': '' },
      [],
    ],
    [
      'relative, out of a package',
      {
        'app.py': 'import p.m',
        'p/__init__.py': 'from . import m',
        'p/m.py': 'from .. import q',
        'q.py': '',
      },
      ['p/m.py:1 ..q'],
    ],
    [
      'what the standard library has under another name',
      { 'app.py': 'from collections import Mapping, deque\nimport os.path, os.gone' },
      ['app.py:1 collections.Mapping', 'app.py:2 os.gone'],
    ],
    [
      'an own module in front of one of the standard library',
      { 'app.py': 'from calendar import gone', 'calendar.py': 'gone = 1' },
      [],
    ],
    [
      'the standard library of another version',
      { 'app.py': 'import nosuchstdlib' },
      ['app.py:1 nosuchstdlib'],
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await missing(files)).toEqual(expected);
  });

  test('what the proof did not find in a package', async () => {
    const files = {
      'app.py':
        'import numpy.nope.deep\nfrom numpy import gone, linalg, away\ntry:\n  import numpy.fine\nexcept ImportError: pass',
    };
    const notFound = ['numpy.nope', 'numpy.gone', 'numpy.away', 'numpy.fine'];
    expect(await missing(files, undefined, { notFound })).toEqual([
      'app.py:1 numpy.nope',
      'app.py:2 numpy.gone',
      'app.py:2 numpy.away',
    ]);
  });
});

describe('the own code', () => {
  test.each<readonly [string, Files, readonly string[]]>([
    [
      'is followed',
      { 'app.py': 'import a.b', 'a/__init__.py': '', 'a/b.py': 'import yaml' },
      ['a/b.py:1 yaml'],
    ],
    [
      'packages on the way are imported, too',
      { 'app.py': 'import a.b', 'a/__init__.py': 'import yaml', 'a/b.py': '' },
      ['a/__init__.py:1 yaml'],
    ],
    ['names may be modules', { 'app.py': 'from a import b', 'a/b.py': 'import yaml' }, ['a/b.py:1 yaml']],
    [
      'relative',
      {
        'app.py': 'import a.b',
        'a/__init__.py': '',
        'a/b.py': 'from .c import x',
        'a/c.py': 'import yaml as x',
      },
      ['a/c.py:1 yaml'],
    ],
    [
      'what no handler reaches is not judged',
      { 'app.py': '', 'tests/test_app.py': 'import pytest', 'deploy.py': 'import aws_cdk' },
      [],
    ],
    [
      'as surely as the way to it',
      { 'app.py': 'import os\nif os.environ:\n  import dev', 'dev.py': 'import yaml' },
      ['dev.py:1 yaml?'],
    ],
    [
      'an expected failure on the way',
      { 'app.py': 'try:\n  import dev\nexcept ImportError: pass', 'dev.py': 'import yaml' },
      [],
    ],
    [
      'circles end',
      { 'app.py': 'import a', 'a.py': 'import b', 'b.py': 'import a, app, yaml' },
      ['b.py:1 yaml'],
    ],
    ['a file that is not there', { 'app.py': 'import a.c', 'a/b.py': '' }, ['app.py:1 a.c']],
    ['a name of a folder without __init__', { 'app.py': 'from a import c', 'a/b.py': '' }, ['app.py:1 a.c']],
    [
      'a module of a package that is not there',
      { 'app.py': 'import a.c', 'a/__init__.py': '' },
      ['app.py:1 a.c'],
    ],
    ['an attribute of a package', { 'app.py': 'from a import c', 'a/__init__.py': 'c = 1' }, []],
    [
      'a name that an own module does not define',
      { 'app.py': 'from a import b, c, __doc__', 'a.py': 'b = 1' },
      ['app.py:1 a.c'],
    ],
    [
      'a name of an own package',
      { 'app.py': 'from a import b, c, d', 'a/__init__.py': 'from .b import c', 'a/b.py': 'c = 1' },
      ['app.py:1 a.d'],
    ],
    [
      'a name that may be missing',
      { 'app.py': 'try:\n  from a import c\nexcept ImportError: pass', 'a.py': '' },
      [],
    ],
    ...[
      'with open("x") as c: pass',
      'if (c := 1): pass',
      'for _, c in []: pass',
      'try:\n  pass\nexcept OSError as c: pass',
      'def f():\n  global c\n  c = 1',
      'import x.y as c',
      'from os import *',
      'c: int',
      'globals()["c"] = 1',
      'import sys\nsys.modules[__name__] = object()',
      'def __getattr__(name): return 1',
      '[c for c in ()]',
    ].map((text): readonly [string, Files, readonly string[]] => [
      `a name that ${JSON.stringify(text)} may define`,
      {
        'app.py': 'try:\n  import x.y\nexcept ImportError: pass\nfrom a import c',
        'a.py': text.replace('import x.y as c', 'import os as c'),
      },
      [],
    ]),
    [
      'in a folder that Python does not search',
      { 'app.py': 'import helper', 'src/helper.py': '' },
      ['app.py:1 helper'],
    ],
    [
      'in a folder that the code adds to sys.path',
      { 'app.py': 'import sys\nsys.path.append("src")\nimport helper', 'src/helper.py': '' },
      [],
    ],
    [
      'hides what is installed',
      { 'app.py': 'import numpy.linalg', 'numpy.py': '' },
      ['app.py:1 numpy.linalg'],
    ],
    [
      'a folder of the same name hides no package',
      { 'app.py': 'import numpy.linalg', 'numpy/notes.py': '' },
      [],
    ],
    [
      'shares a namespace with what is installed',
      { 'app.py': 'import shared.of_theirs, shared.mine, shared.no', 'shared/mine.py': '' },
      ['app.py:1 shared.no'],
    ],
    ['an extension module', { 'app.py': 'import own', 'own.abi3.so': 'x' }, []],
    [
      'installed beside it is not judged',
      { 'app.py': 'import six2', 'six2.py': 'import nope', 'six2-1.dist-info/RECORD': 'six2.py,,\n' },
      [],
    ],
  ])('%s', async (_name, files, expected) => {
    expect(await missing(files)).toEqual(expected);
  });

  test('a root that nobody is sure of makes nothing sure', async () => {
    expect(await missing({ 'app.py': 'import yaml' }, { app: 'perhaps' })).toEqual(['app.py:1 yaml?']);
  });

  test('what the runtime has, or the user says is there', async () => {
    const files = { 'app.py': 'import boto3, mylayer' };
    expect(await missing(files, undefined, { declared: ['mylayer'] })).toEqual([]);
    expect(await missing(files, undefined, { runtime: [] })).toEqual(['app.py:1 boto3', 'app.py:1 mylayer']);
  });
});
