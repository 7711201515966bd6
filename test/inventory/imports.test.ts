import { expect, test, describe } from '@jest/globals';
import { scanImports, scanSource } from '../../src/inventory/imports.js';

/** `module` or `module: names`, as seen from `pkg/sub/mod.py` unless told otherwise. */
function seen(text: string, path = 'pkg/sub/mod.py'): readonly string[] {
  return scanImports(text, path).map(({ module, names }) =>
    names.length > 0 ? `${module}: ${names.join(' ')}` : module,
  );
}

describe('import statements', () => {
  test.each([
    ['import a', ['a']],
    ['import a.b as c, d', ['a.b', 'd']],
    ['import a . b as c', ['a.b']],
    ['import a, \\\n  b', ['a', 'b']],
    ['import a, \\\r\n  b\r\nimport c', ['a', 'b', 'c']],
    ['import a # import b', ['a']],
    ['import a; import b', ['a', 'b']],
    ['if x: import y', ['y']],
    ['if x: import y; z()', ['y']],
    ['try:\n\timport a\nexcept ImportError: from b import c', ['a', 'b: c']],
    ['from a import b', ['a: b']],
    ['from a.b import c as d, e', ['a.b: c e']],
    ['from a import (b,\n  c as d, # c\n  e,\n)\nimport f', ['a: b c e', 'f']],
    ['from a import b, \\\n  c', ['a: b c']],
    ['from a import *', ['a']],
    ['from a import(b)', ['a: b']],
    ['from \\\n a \\\n import b', ['a: b']],
    ['from . import x', ['pkg.sub: x']],
    ['from .import x', ['pkg.sub: x']],
    ['from.import x', ['pkg.sub: x']],
    ['from .a import x', ['pkg.sub.a: x']],
    ['from ..a import (b,\n c)', ['pkg.a: b c']],
    ['from .. import b', ['pkg: b']],
    ['from ... import b', []],
    ['from .... import b', []],
    ['from . a import b', ['pkg.sub.a: b']],
    ['from __future__ import annotations', ['__future__: annotations']],
    ['if TYPE_CHECKING:\n    from a import b', ['a: b']],
    ['from ünï.cödé import x', ['ünï.cödé: x']],
    ['import a.b.c.d', ['a.b.c.d']],
    ['class A:\n  def f(self):\n    import deep', ['deep']],
    ['', []],
  ])('%j', (text, expected) => {
    expect(seen(text)).toEqual(expected);
  });

  test('relative to a package', () => {
    expect(seen('from . import x\nfrom .y import z', 'pkg/__init__.py')).toEqual(['pkg: x', 'pkg.y: z']);
  });

  test('a relative import in a file at the root leads nowhere', () => {
    expect(seen('from . import x\nimport y', 'six.py')).toEqual(['y']);
  });
});

describe('what is no import', () => {
  test.each([
    ['"import a"'],
    ["'import a'"],
    ['"""\nimport a\n"""'],
    ["'''\nfrom a import b\n'''"],
    ['r"\\"; import a"'],
    ['"\\"" "import a"'],
    ['"""a \\""" import b"""'],
    ['"""\\\\"""\n# import a'],
    ['f"{x[\'import a\']}"'],
    ['# import a'],
    ['x = 1 # from a import b'],
    ['x = important'],
    ['reimport = 1'],
    ['import_ = 2'],
    ['raise ValueError from error'],
    ['yield from source'],
    ['x.from_import(1)'],
    ['from_ = 1'],
    ['def f():\n  """Doc.\n\n  >>> import a\n  """'],
  ])('%j', (text) => {
    expect(seen(text)).toEqual([]);
  });

  test('a string that is not closed ends with its line', () => {
    expect(seen("x = 'it\nimport a")).toEqual(['a']);
  });

  test('code goes on behind strings', () => {
    expect(seen('x = """import a"""; import b\ny = \'\'; import c')).toEqual(['b', 'c']);
  });
});

describe('constant calls', () => {
  test.each([
    ['importlib.import_module("a.b")', ['a.b']],
    ["import_module( 'a' )", ['a']],
    ['__import__("x")', ['x']],
    ['importlib.import_module(".c", __package__)', ['pkg.sub.c']],
    ['importlib.import_module(".c", package=__name__)', ['pkg.sub.c']],
    ['importlib.import_module("a" + b)', []],
    ['importlib.import_module(f"a.{b}")', []],
    ['__import__(name)', []],
  ])('%j', (text, expected) => {
    expect(seen(text)).toEqual(expected);
  });
});

test('file names in short strings are found, for suffixes that rules drop', () => {
  const text = 'open("src/driver.c")\nb = \'x.h\'\n"""\nlong.h\n"""\nc = "data.json"; d = "a b.h"';
  expect(scanSource(text, 'a.py').fileNames).toEqual(['driver.c', 'x.h']);
});

test.each<[string, readonly string[]]>([
  ['"docs/index.html"', ['docs/index.html']],
  ['here + "/docs/index.html"', ['docs/index.html']],
  ["Path('..', 'docs')", ['docs']],
  ['here / "docs" / "x.md"', ['docs']],
  ['os.path.join(\n  os.path.dirname(f(__file__)),\n  "examples",\n)', ['examples']],
  ['here.joinpath("doc")', ['doc']],
  ['files("pkg.docs")', ['pkg/docs']],
  ['f"docs/{name}.md"', ['docs']],
  ['glob("docs/*.md")', ['docs']],
  ['split="test"', []],
  ['"test"', []],
  ['f(x) or ("docs")', []],
  ['"docs.md"', []],
  ['"see docs/a b"', []],
  ['"https://docs/x"', []],
  ['"docstring/x"', []],
  ['# "docs/x"', []],
])('paths in %s', (text, expected) => {
  expect(scanSource(text, 'a.py').paths).toEqual(expected);
});

test('a long file: every statement is found, once', () => {
  const text =
    'def f(x):\n    """Docs and "more" docs."""\n    return {"a": x, \'b\': [1, 2]}  # why\n\nfrom a import b\n'.repeat(
      40_000,
    );
  expect(scanImports(text, 'a.py')).toHaveLength(40_000);
});
