import { expect, test, describe } from '@jest/globals';
import { buildOptions } from '../../src/options/build.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { decisionsOf, droppedBy, makeTree, planFor } from './tree.js';

const recipe = (given: Partial<Recipe>): Recipe => ({
  name: 'pkg',
  source: 'test',
  provedOn: '*',
  rules: [],
  ...given,
});

describe('naive rules break these; the base rules drop none of them', () => {
  test.each<[string, Record<string, string>]>([
    [
      'pandas, torch: testing/ folders',
      {
        'pandas/__init__.py': '',
        'pandas/testing.py': '',
        'pandas/_testing/__init__.py': '',
        'torch/testing/__init__.py': '',
        'torch/testing/_comparison.py': '',
      },
    ],
    [
      'numpy: _pytesttester.py',
      { 'numpy/__init__.py': 'from numpy._pytesttester import PytestTester', 'numpy/_pytesttester.py': '' },
    ],
    [
      'scipy.stats: _page_trend_test.py',
      {
        'scipy/stats/__init__.py': 'from ._page_trend_test import page_trend_test',
        'scipy/stats/_page_trend_test.py': '',
      },
    ],
    [
      'torch, botocore: vendored code',
      { 'botocore/vendored/six.py': '', 'torch/_vendor/packaging/version.py': '' },
    ],
    ['torch: bin/ below a package', { 'torch/__init__.py': '', 'torch/bin/torch_shm_manager': '' }],
    [
      'boto3: docs that are code',
      { 'botocore/docs/__init__.py': '', 'botocore/docs/docstring.py': '', 'botocore/docs/style.txt': '' },
    ],
    ['spacy: *.cfg', { 'spacy/default_config.cfg': '', 'spacy/__init__.py': '' }],
    ['jinja2: a file named tests.py', { 'jinja2/__init__.py': '', 'jinja2/tests.py': '' }],
    [
      'absl, pyparsing, scipy: testing modules',
      { 'absl/testing/absltest.py': '', 'pyparsing/testing.py': '', 'scipy/_lib/_testutils.py': '' },
    ],
    [
      'tensorflow: a module named test in its API',
      {
        'tensorflow/__init__.py': 'from tensorflow._api.v2 import test',
        'tensorflow/_api/v2/__init__.py': '',
        'tensorflow/_api/v2/test/__init__.py': '',
      },
    ],
    [
      'sklearn: descriptions loaded at run time',
      { 'sklearn/datasets/descr/iris.rst': '', 'sklearn/datasets/data/iris.csv': '' },
    ],
    ['a data set split named test', { 'corpus/data/test/0001.json': '', 'corpus/data/train/0001.json': '' }],
    ['a protein, a man page like data file', { 'bio/data/1abc.pdb': '', 'corpus/part.1.gz': '' }],
    ['path configuration', { 'distutils-precedence.pth': '' }],
    ['README that a template reads', { 'hub/templates/README.md': '' }],
  ])('%s', (_what, files) => {
    expect(droppedBy(planFor(makeTree(files)))).toEqual([]);
  });

  test('dist-info stays, except for what this machine wrote', () => {
    const tree = makeTree(
      {
        'tqdm/__init__.py': '',
        'tqdm-1.0.dist-info/direct_url.json': '',
        'tqdm-1.0.dist-info/entry_points.txt': '',
        'tqdm-1.0.dist-info/licenses/LICENSE': '',
      },
      { tqdm: {} },
    );
    expect(decisionsOf(planFor(tree), true)).toEqual({
      'tqdm/__init__.py': 'keep kept/default',
      'tqdm-1.0.dist-info/METADATA': 'keep law/metadata',
      'tqdm-1.0.dist-info/entry_points.txt': 'keep law/metadata',
      'tqdm-1.0.dist-info/licenses/LICENSE': 'keep law/metadata',
      'tqdm-1.0.dist-info/RECORD': 'rewrite law/record',
      'tqdm-1.0.dist-info/INSTALLER': 'drop law/machine-files',
      'tqdm-1.0.dist-info/direct_url.json': 'drop law/machine-files',
    });
  });
});

describe('what the base rules drop', () => {
  test.each<[string, string, Record<string, string>]>([
    ['pkg/tests/test_a.py', 'base/test-suites', {}],
    ['pkg/sub/tests/data/x.json', 'base/test-suites', { 'pkg/sub/tests/__init__.py': '' }],
    ['pkg/test/__init__.py', 'base/test-suites', {}],
    ['pkg/conftest.py', 'base/pytest', {}],
    ['pkg/__init__.pyi', 'base/typing', {}],
    ['pkg/include/a.hpp', 'base/headers', {}],
    ['pkg/_x.pyx', 'base/cython', {}],
    ['pkg/_x.pxd.tp', 'base/cython', {}],
    ['pkg/src/x.c', 'base/compiled-sources', {}],
    ['pkg/lib/libx.a', 'base/static-libraries', {}],
    ['pkg/meson.build', 'base/build-files', {}],
    ['pkg/share/cmake/x.txt', 'base/build-files', {}],
    ['pkg/docs/index.html', 'base/docs', {}],
    ['share/man/man1/x.1', 'base/docs', {}],
    ['pkg/demo.ipynb', 'base/notebooks', {}],
    ['bin/f2py', 'base/scripts', {}],
    ['bin/jp.py', 'base/scripts', {}],
    ['.lock', 'base/installer-leftovers', {}],
    ['~umpy/x.py', 'base/installer-leftovers', {}],
    ['pkg/static/app.js.map', 'base/source-maps', {}],
    ['pkg/__pycache__/a.cpython-312.pyc', 'bytecode/stale', {}],
    ['pkg/a.pyc', 'bytecode/stale', { 'pkg/a.py': '' }],
  ])('%s by %s', (path, rule, others) => {
    const plan = planFor(makeTree({ [path]: '', ...others }));
    expect(decisionsOf(plan)[path]).toBe(`drop ${rule}`);
  });

  test('bytecode without a source is the module itself', () => {
    expect(droppedBy(planFor(makeTree({ 'pkg/a.pyc': '' })))).toEqual([]);
  });
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
        args: { path: 'pkg/_x.abi3.so', library: 'liba.so.1', distribution: 'pkg' },
      },
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

describe('links', () => {
  test.each([
    ['to a file that stays', 'a.txt', 'keep kept/default'],
    ['to a folder that stays', '../pkg', 'keep kept/default'],
    ['to a file that goes', 'x.h', 'drop law/lost-link'],
    ['out of the tree', '/etc/passwd', 'drop law/lost-link'],
    ['to nothing', 'nothing', 'drop law/lost-link'],
  ])('%s', (_what, end, expected) => {
    const plan = planFor(makeTree({ 'pkg/a.txt': '', 'pkg/x.h': '', 'pkg/link': { linkTo: end } }));
    expect(decisionsOf(plan)['pkg/link']).toBe(expected);
  });
});

describe('options', () => {
  const files = { 'pkg/__init__.py': '', 'pkg/a.txt': '', 'pkg/tests/__init__.py': '', 'pkg/x.h': '' };

  test('--keep wins over all, --drop over recipes', () => {
    const plan = planFor(makeTree(files, { pkg: {} }), {
      keep: ['pkg/x.h', '**/INSTALLER'],
      drop: ['pkg/*.{h,txt}'],
    });
    expect(decisionsOf(plan, true)).toMatchObject({
      'pkg/x.h': 'keep option/--keep',
      'pkg/a.txt': 'drop option/--drop',
      'pkg/tests/__init__.py': 'drop base/test-suites',
      'pkg-1.0.dist-info/INSTALLER': 'keep option/--keep',
    });
  });

  test('what matches nothing is a finding', () => {
    const plan = planFor(makeTree(files, { pkg: {} }), {
      keep: ['no/**'],
      drop: ['none'],
      stub: ['nope'],
      exclude: ['nada'],
      services: ['s3'],
    });
    expect(plan.findings.map(({ args }) => args)).toEqual([
      { option: '--exclude', name: 'nada', meant: null },
      { option: '--keep', glob: 'no/**' },
      { option: '--drop', glob: 'none' },
      { option: '--stub', name: 'nope', meant: null },
      { option: '--service', name: 's3', meant: null },
    ]);
    const flags = buildOptions.map((row) => `--${row.name}`);
    for (const { args } of plan.findings) expect(flags).toContain((args as { option: string }).option);
  });

  test('--stub leaves empty files that import, and the metadata', () => {
    const tree = makeTree(
      {
        'big/__init__.py': 'import big.core',
        'big/core.py': '',
        'big/sub/__init__.py': '',
        'big/_x.abi3.so': { elf: { pythonModules: ['_x'] } },
        'one.py': '',
        'space/part/__init__.py': '',
        'space/part/x.py': '',
        'space/single.py': '',
      },
      { big: { owns: ['big', 'one', 'space'] } },
    );
    expect(decisionsOf(planFor(tree, { stub: ['Big'] }), true)).toEqual({
      'big/__init__.py': 'stub option/--stub',
      'big/core.py': 'drop option/--stub',
      'big/sub/__init__.py': 'drop option/--stub',
      'big/_x.abi3.so': 'drop option/--stub',
      'one.py': 'stub option/--stub',
      'space/part/__init__.py': 'stub option/--stub',
      'space/part/x.py': 'drop option/--stub',
      'space/single.py': 'stub option/--stub',
      'big-1.0.dist-info/METADATA': 'keep law/metadata',
      'big-1.0.dist-info/RECORD': 'rewrite law/record',
      'big-1.0.dist-info/INSTALLER': 'drop law/machine-files',
    });
  });
});

describe('recipes', () => {
  const rule = { name: 'extra', files: ['pkg/extra/**', 'other/**'], because: 'Not used.' };
  const tree = makeTree(
    { 'pkg/__init__.py': '', 'pkg/extra/a.txt': '', 'other/a.txt': '' },
    { pkg: { version: '2.1.0+cpu' }, other: {} },
  );

  test.each<
    [
      string,
      Partial<Recipe>,
      { proving?: boolean; prune?: 'safe' | 'aggressive'; exclude?: readonly string[] },
      boolean,
    ]
  >([
    ['applies to its package', { rules: [rule] }, {}, true],
    ['applies by another name', { name: 'x', alsoFor: ['pkg'], rules: [rule] }, {}, true],
    ['of another package does not', { name: 'x', rules: [rule] }, {}, false],
    ['of the right version', { rules: [{ ...rule, versions: '>=2,<2.2' }] }, {}, true],
    ['of another version', { rules: [{ ...rule, versions: '<2' }] }, {}, false],
    [
      'not proved on the version, but provable here',
      { provedOn: '<2', rules: [rule] },
      { proving: true },
      true,
    ],
    ['not proved on the version, nor here', { provedOn: '<2', rules: [rule] }, { proving: false }, false],
    ['proved on the version', { provedOn: '==2.1.0', rules: [rule] }, { proving: false }, true],
    [
      'aggressive, when safe was asked for',
      { rules: [{ ...rule, level: 'aggressive', loses: 'x' }] },
      {},
      false,
    ],
    [
      'aggressive, when asked for',
      { rules: [{ ...rule, level: 'aggressive', loses: 'x' }] },
      { prune: 'aggressive' },
      true,
    ],
    ['with an exception', { rules: [{ ...rule, except: ['**/a.txt'] }] }, {}, false],
    ['without another package that is there', { rules: [{ ...rule, without: ['other'] }] }, {}, false],
    ['without another package that is not there', { rules: [{ ...rule, without: ['absent'] }] }, {}, true],
    [
      'without another package that is excluded',
      { rules: [{ ...rule, without: ['other'] }] },
      { exclude: ['other'] },
      true,
    ],
    ['of another kind', { rules: [{ ...rule, kinds: ['elf'] }] }, {}, false],
  ])('%s', (_what, given, options, expected) => {
    const plan = planFor(tree, { recipes: [recipe(given)], ...options });
    expect(droppedBy(plan).filter((path) => path.startsWith('pkg/'))).toEqual(
      expected ? ['pkg/extra/a.txt'] : [],
    );
  });

  test('selectable: what is not named goes, once something is named', () => {
    const data = {
      'botocore/data/s3/x.json': '',
      'botocore/data/ec2/x.json': '',
      'botocore/data/endpoints.json': '',
      'botocore/data/sts/x.json': '',
    };
    const selectable = {
      option: 'services',
      files: 'botocore/data/{name}/**',
      always: ['sts'],
      because: 'Not asked for.',
    } as const;
    const recipes = [recipe({ name: 'botocore', selectable })];
    const tree = makeTree(data, { botocore: {} });
    expect(droppedBy(planFor(tree, { recipes }))).toEqual([]);
    expect(droppedBy(planFor(tree, { recipes, services: ['s3'] }))).toEqual(['botocore/data/ec2/x.json']);
  });
});
