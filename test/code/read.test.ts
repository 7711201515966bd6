import { describe, expect, test } from '@jest/globals';
import { importedModules, type CodeModule } from '../../src/code/read.js';
import { facts, interpreter } from './helper.js';

async function one(text: string, path = 'app.py'): Promise<CodeModule> {
  const { facts: read } = await facts({ [path]: text });
  const module = read.modules[0];
  if (module === undefined) throw new Error('nothing was read');
  return module;
}

test('there is a Python to read with', () => {
  expect(interpreter).not.toBeNull();
});

describe('when an import happens', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['plain', 'import a, b.c as d', ['a always 1', 'b.c always 1']],
    ['from', 'from a.b import (\n  c,\n  d as e,\n)', ['a.b[c,d] always 1']],
    ['in a function', 'def f():\n  import a', ['a lazy 2']],
    ['in an async function', 'async def f():\n  import a', ['a lazy 2']],
    ['in a method', 'class C:\n  import b\n  def f(self):\n    import a', ['b always 2', 'a lazy 4']],
    [
      'in a lambda of importlib',
      'import importlib\nf = importlib.import_module("a.b")',
      ['importlib always 1', 'a.b always 2'],
    ],
    ['__import__', '__import__("a")', ['a always 1']],
    [
      'try and except ImportError',
      'try:\n  import a\nexcept ImportError:\n  import b',
      ['a weak 2', 'b weak 4'],
    ],
    [
      'try and except in a tuple',
      'try:\n  import a\nexcept (ValueError, ModuleNotFoundError):\n  pass',
      ['a weak 2'],
    ],
    ['try and a bare except', 'try:\n  import a\nexcept:\n  a = None', ['a weak 2']],
    [
      'try and another error',
      'try:\n  import a\nexcept ValueError:\n  import b',
      ['a always 2', 'b perhaps 4'],
    ],
    ['try and finally', 'try:\n  import a\nfinally:\n  import b', ['a always 2', 'b always 4']],
    [
      'suppress',
      'import contextlib\nwith contextlib.suppress(ImportError):\n  import a',
      ['contextlib always 1', 'a weak 3'],
    ],
    ['another with', 'with open("x"):\n  import a', ['a always 2']],
    [
      'TYPE_CHECKING',
      'import typing\nif typing.TYPE_CHECKING:\n  import a\nelse:\n  import b',
      ['typing always 1', 'a weak 3', 'b always 5'],
    ],
    [
      'not TYPE_CHECKING',
      'from typing import TYPE_CHECKING\nif not TYPE_CHECKING:\n  import a',
      ['typing[TYPE_CHECKING] always 1', 'a always 3'],
    ],
    [
      'a newer version',
      'import sys\nif sys.version_info >= (3, 99):\n  import a\nelse:\n  import b',
      ['sys always 1', 'b always 5'],
    ],
    ['an older version', 'import sys\nif sys.version_info[:2] < (3, 0):\n  import a', ['sys always 1']],
    [
      'Windows',
      'import sys, os\nif sys.platform == "win32" or os.name == "nt":\n  import a',
      ['sys always 1', 'os always 1'],
    ],
    [
      'a platform that starts with linux',
      'import sys\nif sys.platform.startswith("linux"):\n  import a',
      ['sys always 1', 'a always 3'],
    ],
    [
      'platform.system()',
      'import platform\nif platform.system() == "Darwin":\n  import a',
      ['platform always 1'],
    ],
    ['as a program', 'if __name__ == "__main__":\n  import pytest', []],
    [
      'a condition',
      'import os\nif os.environ.get("X"):\n  import a\nelif 1:\n  import b',
      ['os always 1', 'a perhaps 3', 'b perhaps 5'],
    ],
    ['a loop', 'for x in y:\n  import a', ['a perhaps 2']],
    ['never', 'if False:\n  import a', []],
    [
      'an error that is told in other words',
      'try:\n  import a\nexcept ImportError as error:\n  raise RuntimeError("install a") from error',
      ['a always 2'],
    ],
    [
      'the same by leaving',
      'import sys\ntry:\n  import a\nexcept ImportError:\n  sys.exit("no a")',
      ['sys always 1', 'a always 3'],
    ],
    [
      'the same in a call',
      'def f():\n  try:\n    import a\n  except ImportError:\n    raise OSError',
      ['a perhaps 3'],
    ],
    [
      'TYPE_CHECKING by another name',
      'from typing import TYPE_CHECKING as TC\nif TC:\n  import a',
      ['typing[TYPE_CHECKING] always 1', 'a weak 3'],
    ],
    ['a constant that is off', 'MYPY = False\nif MYPY:\n  import a', ['a weak 3']],
    ['a constant that is on', 'FAST = True\nif FAST:\n  import a', ['a always 3']],
    [
      'a name that is bound again',
      'DEBUG = False\ndef f():\n  global DEBUG\n  DEBUG = True\nif DEBUG:\n  import a',
      ['a perhaps 6'],
    ],
    ['a parameter of that name', 'DEBUG = False\ndef f(DEBUG):\n  if DEBUG:\n    import a', ['a perhaps 4']],
    [
      'a version in a constant',
      'import sys\nPY2 = sys.version_info[0] == 2\nif PY2:\n  import a\nelse:\n  import b',
      ['sys always 1', 'a weak 4', 'b always 6'],
    ],
    ['a version as a number', 'import sys as s\nif s.hexversion < 0x3000000:\n  import a', ['sys always 1']],
    [
      'one of several systems',
      'import sys\nif sys.platform in ("win32", "cygwin"):\n  import a\nif "x" not in ("x",):\n  import b',
      ['sys always 1'],
    ],
    [
      'a system in small letters',
      'from platform import system\nif system().lower() == "windows":\n  import a',
      ['platform[system] always 1'],
    ],
    [
      'what was looked for',
      'from importlib.util import find_spec\nif find_spec("a"):\n  import a\nHAS_B = find_spec("b") is not None\nif HAS_B:\n  import b',
      ['importlib.util[find_spec] always 1', 'a weak 3', 'b weak 6'],
    ],
    [
      'a flag of an import',
      'try:\n  import a\n  HAS = True\nexcept ImportError:\n  HAS = False\nif HAS:\n  import a.b\nif not HAS:\n  import c',
      ['a weak 2', 'a.b weak 7', 'c perhaps 9'],
    ],
    [
      'a name in the place of a module',
      'try:\n  import a\nexcept ImportError:\n  a = None\nif a is None:\n  import b\nelse:\n  import a.c',
      ['a weak 2', 'b perhaps 6', 'a.c weak 8'],
    ],
    [
      'a constant’s module, by a name of importlib’s',
      'from importlib import import_module as load\nNAME = "a.b"\nload(NAME)\nload(NAME + "c")',
      ['importlib[import_module] always 1', 'a.b always 3'],
    ],
    ['weak in lazy', 'def f():\n  try:\n    import a\n  except ImportError: pass', ['a weak 3']],
    ['in a string or a comment', '"""\nimport a\n"""\n# import b\nx = "import c"', []],
  ])('%s', async (_name, text, expected) => {
    const { imports } = await one(text);
    const said = imports.map(
      ({ module, names, when, line }) =>
        `${module}${names.length === 0 ? '' : `[${names.join(',')}]`} ${when} ${line}`,
    );
    expect(said).toEqual(expected);
  });

  test.each<readonly [string, string, readonly string[]]>([
    ['one', 'try:\n  import a\nexcept ImportError:\n  import b', ['b a always']],
    [
      'three',
      'try:\n  import a\nexcept ImportError:\n  try:\n    import b\n  except ImportError:\n    from c import d',
      ['c a,b always'],
    ],
    ['in a call', 'def f():\n  try:\n    import a\n  except ImportError:\n    import b', ['b a lazy']],
    ['for a call', 'try:\n  import a\nexcept ImportError:\n  def f():\n    import b', ['b a lazy']],
    [
      'perhaps',
      'import os\ntry:\n  import a\nexcept ImportError:\n  if os.sep:\n    import b',
      ['b a perhaps'],
    ],
    [
      'for another error',
      'try:\n  import a\nexcept (ImportError):\n  pass\nexcept ValueError:\n  import b',
      [],
    ],
  ])('in whose place one stands: %s', async (_name, text, expected) => {
    const { imports } = await one(text);
    const said = imports.flatMap(({ module, unless, otherwise }) =>
      unless === undefined
        ? []
        : [
            `${module} ${unless
              .flat()
              .map((each) => each.module)
              .join(',')} ${otherwise ?? ''}`,
          ],
    );
    expect(said).toEqual(expected);
  });

  test('relative ones are absolute', async () => {
    const { imports } = await one(
      'from . import a\nfrom .b import c\nfrom ..d import e\nfrom .... import f',
      'p/q/m.py',
    );
    // What leads out of the folder is as it was written.
    expect(imports.map(({ module }) => module)).toEqual(['p.q', 'p.q.b', 'p.d', '....']);
  });

  test('what the standard library does not have is named, and what nobody should try is not tried', async () => {
    const text = [
      'from collections import OrderedDict, Nothing',
      'import os.path, os.nothing, xml.etree.nothing.deep, xml.parsers.expat.errors',
      'from concurrent import futures',
      'from logging import handlers, nothing',
      'from json import *',
      'from tkinter import nothing',
      'import this, antigravity',
      'from importlib import metadata',
    ];
    const { facts: found } = await facts({ 'app.py': text.join('\n') });
    expect(found.absent).toEqual([
      'collections.Nothing',
      'logging.nothing',
      'os.nothing',
      // Lambda's Python is built without it.
      'tkinter',
      'xml.etree.nothing',
    ]);
  });
});

describe('what is no Python', () => {
  test.each<readonly [string, string, number, RegExp]>([
    ['grammar', 'x = 1\ndef f(:\n', 2, /invalid syntax/],
    ['what the compiler finds', 'x = 1\nreturn x\n', 2, /outside function/],
    ['indentation', 'def f():\nreturn 1\n', 2, /indented block/],
    ['Python 2', 'print "x"\n', 1, /print|syntax/],
    ['NUL', 'x = 1\0\n', 1, /null bytes/],
    ['an unknown encoding', '# coding: nope\nx = 1\n', 1, /encoding/],
  ])('%s', async (_name, text, line, words) => {
    const { error } = await one(text);
    expect(error?.text).toMatch(words);
    expect(error?.line).toBeGreaterThanOrEqual(Math.min(1, line));
    if (!/nope|\0/.test(text)) expect(error?.line).toBe(line);
  });

  test('deep nesting ends, with a reason', async () => {
    const { error } = await one(`x = ${'('.repeat(5000)}1${')'.repeat(5000)}`);
    expect(error).not.toBeNull();
  });

  test('other encodings are read as Python reads them', async () => {
    const { error, names } = await one('# -*- coding: utf-8 -*-\nwörter = "ä"\n');
    expect([error, names]).toEqual([null, ['wörter']]);
  });
});

test('what is bound, and where more may be', async () => {
  const { facts: read } = await facts({
    'a.py': 'import sys\nx, (y, *z) = 1, (2, 3)\nfor i in (): pass\nsys.path.insert(0, "libs")\n',
    'b.py': 'from a import *\n',
    'c.py': 'globals()["x"] = 1\n',
  });
  expect(read.modules.map(({ path, open, pathChanges }) => [path, open, pathChanges])).toEqual([
    ['a.py', false, true],
    ['b.py', true, false],
    ['c.py', true, false],
  ]);
  expect(read.modules[0]?.names).toEqual(['i', 'sys', 'x', 'y', 'z']);
});

test('installed packages beside the code are known as such', async () => {
  const { facts: read } = await facts({
    'app.py': 'import six\n',
    'six.py': 'import nope\n',
    'six-1.0.dist-info/RECORD': 'six.py,,\nsix-1.0.dist-info/RECORD,,\n',
    'libs/dep/__init__.py': '',
    'libs/dep-1.0.dist-info/RECORD': 'dep/__init__.py,,\n',
  });
  expect(read.modules.filter(({ vendored }) => vendored).map(({ path }) => path)).toEqual([
    'libs/dep/__init__.py',
    'six.py',
  ]);
});

test('without a Python of the version the names are known, and nothing is sure', async () => {
  const { facts: read } = await facts(
    { 'app.py': 'import a\ntry:\n  import b\nexcept ImportError: pass\n' },
    false,
  );
  expect(read.because).toMatch(/^no CPython 3\.\d+ was found/);
  expect(importedModules(read)).toEqual(['a', 'b']);
  expect(read.modules[0]?.imports.every(({ when }) => when === 'perhaps')).toBe(true);
});

describe('libraries that are opened by name', () => {
  test.each<readonly [string, string, readonly string[]]>([
    ['by ctypes', 'import ctypes\nx = ctypes.CDLL("libx.so.1")', ['libx.so.1 always 2']],
    ['in a function', 'def f():\n  return cdll.LoadLibrary("libx.so.1")', ['libx.so.1 lazy 2']],
    ['looked for', 'x = ctypes.util.find_library("magic")', ['magic always 1']],
    [
      'several of which one will do',
      'x = dlopen(ffi, "x-2", "libx.so.2", "libx.2.dylib")',
      ['libx.so.2 always 1'],
    ],
    ['in a list', 'x = dlopen(ffi, ("cairo",), ("libx.so.2", "libx.dylib"))', ['libx.so.2 always 1']],
    ['by cffi', 'x = ffi.dlopen("sqlite3")', ['sqlite3 always 1']],
    ['a method of what a call gives', 'x = loader().CDLL("libx.so.1")', ['libx.so.1 always 1']],
    ['one that may be missing', 'x = _dlopen(ffi, "libx.so.0", allow_fail=True)', []],
    ['a path', 'x = ctypes.CDLL("/usr/lib/libx.so.1"); y = ctypes.CDLL(f"{here}/liby.so")', []],
    ['of this process', 'x = ctypes.CDLL(None)', []],
    ['of another system', 'x = ctypes.CDLL("x.dll"); y = find_library("x.dylib")', []],
    ['tried', 'try:\n  x = CDLL("libx.so.1")\nexcept OSError:\n  x = None', ['libx.so.1 weak 2']],
    [
      'tried, in a function',
      'def f():\n  try:\n    return CDLL("libx.so.1")\n  except:\n    pass',
      ['libx.so.1 weak 3'],
    ],
    [
      'tried, only to say it in other words',
      'try:\n  x = CDLL("libx.so.1")\nexcept OSError as e:\n  raise ImportError("install x") from e',
      ['libx.so.1 always 2'],
    ],
    [
      'tried for something else',
      'try:\n  x = CDLL("libx.so.1")\nexcept KeyError:\n  pass',
      ['libx.so.1 always 2'],
    ],
    [
      'what stands in for it',
      'try:\n  import a\nexcept OSError:\n  x = CDLL("libx.so.1")',
      ['libx.so.1 perhaps 4'],
    ],
    [
      'on Windows',
      'import sys\nif sys.platform == "win32":\n  x = CDLL("libx.so.1")\nelse:\n  y = CDLL("liby.so")',
      ['liby.so always 5'],
    ],
    ['under a condition', 'if wanted:\n  x = CDLL("libx.so.1")', ['libx.so.1 perhaps 2']],
  ])('%s', async (_name, text, expected) => {
    const { libraries } = await one(text);
    expect(libraries.map(({ names, when, line }) => `${names.join('|')} ${when} ${line}`)).toEqual(expected);
  });
});
