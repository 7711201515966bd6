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
    [
      'ansible-core: plugins named test, found by name',
      {
        'ansible/plugins/test/__init__.py': '',
        'ansible/plugins/test/core.py': '',
        'ansible/plugins/test/abs.yml': '',
      },
    ],
    [
      'djangorestframework: documents that are templates and static files',
      {
        'rest_framework/templates/rest_framework/docs/index.html': '',
        'rest_framework/static/rest_framework/docs/js/api.js': '',
        'pkg/locale/docs/de.po': '',
        'pkg/data/docs/notes.txt': '',
      },
    ],
    [
      'sphinx-quickstart, nbconvert, wagtail, ansible: what they copy for their user',
      {
        'sphinx/templates/texinfo/Makefile': '',
        'nbconvert/templates/skeleton/Makefile': '',
        'wagtail/project_template/home/tests/test_home.py': '',
        'pkg/templates/extension/src/module.c': '',
        'pkg/templates/extension/.gitignore': '',
        'ansible/galaxy/data/default/collection/docs/.git_keep': '',
      },
    ],
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
    ['pkg/sub/tests/data/x.json', 'base/test-suites', { 'pkg/sub/tests/test_x.py': '' }],
    ['pkg/test/__init__.py', 'base/test-suites', { 'pkg/test/tests.py': '' }],
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
  const files = { 'pkg/__init__.py': '', 'pkg/a.txt': '', 'pkg/tests/test_a.py': '', 'pkg/x.h': '' };

  test('--keep wins over all, --drop over recipes', () => {
    const plan = planFor(makeTree(files, { pkg: {} }), {
      keep: ['pkg/x.h', '**/INSTALLER'],
      drop: ['pkg/*.{h,txt}'],
    });
    expect(decisionsOf(plan, true)).toMatchObject({
      'pkg/x.h': 'keep option/--keep',
      'pkg/a.txt': 'drop option/--drop',
      'pkg/tests/test_a.py': 'drop base/test-suites',
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
    const plan = planFor(tree, { recipes, services: ['s3'] });
    expect(droppedBy(plan)).toEqual(['botocore/data/ec2/x.json']);
    // It is the user's word, not the recipe's.
    expect(decisionsOf(plan)['botocore/data/ec2/x.json']).toBe('drop option/--service');
  });
});
