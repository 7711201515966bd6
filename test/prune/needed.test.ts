import { expect, test, describe } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { decisionsOf, droppedBy, makeTree, planFor } from './tree.js';

const recipe = (given: Partial<Recipe>): Recipe => ({
  name: 'pkg',
  source: 'test',
  provedOn: '*',
  rules: [],
  ...given,
});

describe('the veto', () => {
  test('what kept code imports comes back, with what that imports', () => {
    const tree = makeTree({
      'numpy/__init__.py': '',
      'numpy/testing/__init__.py': 'from numpy._core.tests._natype import pd_NA',
      'numpy/_core/__init__.py': '',
      'numpy/_core/tests/__init__.py': '',
      'numpy/_core/tests/_natype.py': 'from .helper import x',
      'numpy/_core/tests/helper.py': 'import numpy._core.tests.deeper',
      'numpy/_core/tests/deeper.py': '',
      'numpy/_core/tests/test_natype.py': 'import numpy._core.tests.unrelated',
      'numpy/_core/tests/unrelated.py': '',
    });
    const plan = planFor(tree);
    expect(droppedBy(plan)).toEqual(['numpy/_core/tests/test_natype.py', 'numpy/_core/tests/unrelated.py']);
    const back = plan.decisions.find(({ path }) => path.endsWith('_natype.py') && !path.includes('test_'));
    expect(back).toMatchObject({ action: 'keep', rule: 'veto/imported', kept: 100 });
    expect(back?.because).toBe('numpy/testing/__init__.py imports numpy._core.tests._natype.');
  });

  test('a package that imports its own tests lazily keeps what it imports', () => {
    const tree = makeTree({
      'h5py/__init__.py': 'def run():\n  from .tests import run_tests',
      'h5py/tests/__init__.py': '',
      'h5py/tests/test_a.py': '',
    });
    expect(droppedBy(planFor(tree))).toEqual(['h5py/tests/test_a.py']);
  });

  test('an extension module in a test folder comes back', () => {
    const tree = makeTree({
      'a/__init__.py': 'import a.tests._x',
      'a/tests/__init__.py': '',
      'a/tests/_x.cpython-312-x86_64-linux-gnu.so': { elf: { pythonModules: ['_x'] } },
    });
    expect(droppedBy(planFor(tree))).toEqual([]);
  });

  test("the function's own code has a veto too", () => {
    const tree = makeTree({
      'pkg/__init__.py': '',
      'pkg/tests/__init__.py': '',
      'pkg/tests/data.py': '',
      'pkg/tests/test_a.py': '',
    });
    const plan = planFor(tree, { codeImports: [{ module: 'pkg.tests', names: ['data'] }] });
    expect(droppedBy(plan)).toEqual(['pkg/tests/test_a.py']);
  });

  test('overVeto wins over it, a rule of the user too', () => {
    const tree = makeTree(
      { 'pkg/__init__.py': 'import pkg.gen, pkg.mine', 'pkg/gen.py': '', 'pkg/mine.py': '' },
      { pkg: {} },
    );
    const rules = [{ name: 'gen', files: ['pkg/gen.py'], because: 'Lazy.', overVeto: true }];
    const plan = planFor(tree, { recipes: [recipe({ rules })], drop: ['pkg/mine.py'] });
    expect(droppedBy(plan)).toEqual(['pkg/gen.py', 'pkg/mine.py']);
  });

  test('a source that kept code names stays', () => {
    const tree = makeTree({
      'triton/driver.py': 'compile("driver.c")',
      'triton/driver.c': '',
      'triton/other.c': '',
    });
    expect(droppedBy(planFor(tree))).toEqual(['triton/other.c']);
  });

  test.each<[string, string, readonly string[]]>([
    ['a path in it', 'Path(__file__).parent / "doc/openapi.yaml"', []],
    ['the folder behind a slash', 'Path(__file__).parent / "doc"', []],
    ['the folder in a join', 'os.path.join(os.path.dirname(os.path.abspath(__file__)), "doc")', []],
    ['its name as a module', 'importlib.resources.files("allauth.spec.doc")', []],
    ['a path up to a hole', 'open(f"{here}") or f"doc/{name}.md"', []],
    [
      'a document in another folder',
      '"docs/openapi.yaml"',
      ['allauth/spec/doc/a.md', 'allauth/spec/doc/openapi.yaml'],
    ],
    ['the word alone', 'Field(type="doc")', ['allauth/spec/doc/a.md', 'allauth/spec/doc/openapi.yaml']],
  ])('a folder of documents yields when kept code names %s', (_what, text, dropped) => {
    const tree = makeTree(
      { 'allauth/spec/schema.py': text, 'allauth/spec/doc/openapi.yaml': '', 'allauth/spec/doc/a.md': '' },
      { allauth: {} },
    );
    expect(droppedBy(planFor(tree))).toEqual(dropped);
  });

  test('examples yield when kept code names them, those of another package do not', () => {
    const tree = makeTree(
      {
        'a/__init__.py': 'join(here, "examples", "x.csv")',
        'a/examples/x.csv': '',
        'b/__init__.py': '',
        'b/examples/x.csv': '',
      },
      { a: {}, b: {} },
    );
    expect(droppedBy(planFor(tree, { prune: 'aggressive' }))).toEqual(['b/examples/x.csv']);
  });

  test('of a test suite only the data that is named comes back', () => {
    const tree = makeTree(
      {
        'pkg/util.py': 'path = "tests/data/a"\njoin(here, "tests")\nx = "pkg/tests/test_a.py"',
        'pkg/tests/test_a.py': '',
        'pkg/tests/data/a/x.fits': '',
        'pkg/tests/data/b.fits': '',
      },
      { pkg: {} },
    );
    expect(droppedBy(planFor(tree))).toEqual(['pkg/tests/data/b.fits', 'pkg/tests/test_a.py']);
  });

  test('lazy_loader reads the stub beside the module', () => {
    const tree = makeTree({
      'skimage/__init__.py': 'import lazy_loader as _lazy',
      'skimage/__init__.pyi': '',
      'skimage/other.pyi': '',
      'skimage/other.py': '',
    });
    expect(droppedBy(planFor(tree))).toEqual(['skimage/other.pyi']);
  });
});

describe('libraries', () => {
  const lib = (name: string): { elf: { soname: string } } => ({ elf: { soname: name } });

  test('a drop that a kept binary needs is taken back, with its own needs', () => {
    const tree = makeTree(
      {
        'pkg/_x.abi3.so': { elf: { pythonModules: ['_x'], needed: ['liba.so.1', 'libc.so.6'] } },
        'pkg.libs/liba.so.1': { elf: { soname: 'liba.so.1', needed: ['libb.so'] } },
        'pkg.libs/libb.so': lib('libb.so'),
        'pkg.libs/libc2.so': lib('libc2.so'),
      },
      { pkg: {} },
    );
    const rules = [{ name: 'libs', files: ['pkg.libs/**'], because: 'Not used.', overVeto: true }];
    const plan = planFor(tree, { recipes: [recipe({ rules })] });
    expect(decisionsOf(plan)).toMatchObject({
      'pkg.libs/liba.so.1': 'keep needed/library',
      'pkg.libs/libb.so': 'keep needed/library',
      'pkg.libs/libc2.so': 'drop pkg/libs',
    });
    expect(plan.findings).toEqual([]);
  });

  test("the user's drop stays a drop, and the missing library is a finding", () => {
    const tree = makeTree(
      {
        'pkg/_x.abi3.so': { elf: { pythonModules: ['_x'], needed: ['liba.so.1'] } },
        'pkg/liba.so.1': lib('liba.so.1'),
      },
      { pkg: {} },
    );
    const plan = planFor(tree, { drop: ['pkg/liba.so.1'] });
    expect(droppedBy(plan)).toEqual(['pkg/liba.so.1']);
    expect(plan.findings).toEqual([
      {
        code: 'library-missing',
        args: {
          path: 'pkg/_x.abi3.so',
          library: 'liba.so.1',
          distribution: 'pkg',
          taken: { option: '--drop', path: 'pkg/liba.so.1' },
        },
      },
    ]);
    expect(plan.findings.map((one) => renderFinding(one).sentence)).toEqual([
      expect.stringContaining('--drop took pkg/liba.so.1 away'),
    ]);
  });

  test('the file on the search path answers, not its namesake', () => {
    const needs = {
      elf: { pythonModules: ['_x'], needed: ['liba.so'], searchPath: ['$ORIGIN/../pkg.libs'] },
    };
    const tree = makeTree(
      { 'pkg/_x.abi3.so': needs, 'pkg.libs/liba.so': lib('liba.so'), 'other/liba.so': lib('liba.so') },
      { pkg: {}, other: {} },
    );
    const rules = [{ name: 'libs', files: ['pkg.libs/**'], because: 'Not used.' }];
    expect(droppedBy(planFor(tree, { recipes: [recipe({ rules })] }))).toEqual([]);
  });
});
