import { expect, test, describe } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import { recipes } from '../../src/recipes/index.js';
import type { Recipe } from '../../src/recipes/recipe.js';
import { decisionsOf, droppedBy, makeTree, planFor } from './tree.js';

const boto = makeTree(
  {
    'boto3/__init__.py': 'import botocore',
    'botocore/__init__.py': '',
    'urllib3/__init__.py': '',
    'dateutil/__init__.py': '',
    'six.py': '',
    'app/__init__.py': 'import six',
  },
  {
    Boto3: { requires: ['botocore'], owns: ['boto3'] },
    botocore: { requires: ['urllib3', 'python-dateutil'] },
    urllib3: {},
    'python-dateutil': { requires: ['six'], owns: ['dateutil'] },
    six: {},
    app: { requires: ['urllib3'] },
  },
);

describe('--exclude', () => {
  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [
      ['Boto3'],
      ['boto3', 'app'],
      ['boto3/__init__.py', 'botocore/__init__.py', 'dateutil/__init__.py', 'six.py'],
    ],
    [
      ['boto3[crt]'],
      ['boto3', 'app', 'six'],
      ['boto3/__init__.py', 'botocore/__init__.py', 'dateutil/__init__.py'],
    ],
    [['python_dateutil'], ['boto3', 'app'], ['dateutil/__init__.py', 'six.py']],
  ])('%j of %j', (exclude, requested, files) => {
    const dropped = droppedBy(planFor(boto, { exclude, requested })).filter(
      (path) => !path.includes('.dist-info/'),
    );
    expect(dropped).toEqual(files);
  });

  test('takes the metadata with it and gives each its reason', () => {
    const plan = planFor(boto, { exclude: ['boto3'], requested: ['boto3', 'app'] });
    expect(decisionsOf(plan, true)).toMatchObject({
      'Boto3-1.0.dist-info/METADATA': 'drop option/--exclude',
      'Boto3-1.0.dist-info/RECORD': 'drop option/--exclude',
      'botocore/__init__.py': 'drop unneeded/dependency',
      'urllib3-1.0.dist-info/METADATA': 'keep law/metadata',
    });
    const reason = plan.decisions.find(({ path }) => path === 'six.py')?.because;
    expect(reason).toBe('Only python-dateutil needs it, and that is left out.');
  });

  test('what is left and needs it is named', () => {
    const plan = planFor(boto, { exclude: ['urllib3'], requested: ['boto3', 'app'] });
    expect(plan.findings.map((one) => renderFinding(one).sentence)).toEqual([
      'urllib3 is excluded, but app, botocore needs it.',
    ]);
  });

  test('a file of two distributions stays with the other', () => {
    const tree = makeTree(
      { 'space/__init__.py': { sharedWith: ['b'], owner: 'a' }, 'space/a.py': '' },
      { a: { owns: ['space'] }, b: {} },
    );
    expect(droppedBy(planFor(tree, { exclude: ['a'] }))).not.toContain('space/__init__.py');
    expect(droppedBy(planFor(tree, { exclude: ['a', 'b'] }))).toContain('space/__init__.py');
  });
});

test('--exclude-runtime takes what Lambda has, by RECORD, and warns of nothing', () => {
  const plan = planFor(boto, { excludeRuntime: true, requested: ['boto3', 'app'] });
  expect(droppedBy(plan).filter((path) => path.endsWith('.py'))).toEqual([
    'boto3/__init__.py',
    'botocore/__init__.py',
    'dateutil/__init__.py',
    'six.py',
    'urllib3/__init__.py',
  ]);
  expect(plan.decisions.find(({ path }) => path === 'six.py')?.rule).toBe('option/--exclude-runtime');
  expect(plan.findings).toEqual([]);
});

describe('a recipe leaves distributions out', () => {
  const recipe: Recipe = {
    name: 'torch',
    source: 'test',
    provedOn: '>=2',
    rules: [],
    leaveOut: [
      { distribution: 'sympy', because: 'Only the compiler uses it.' },
      { distribution: 'nvidia-*', because: 'No GPU.' },
    ],
  };
  const files = {
    'torch/__init__.py': '',
    'sympy/__init__.py': '',
    'mpmath/__init__.py': '',
    'nvidia/__init__.py': '',
    'other/__init__.py': '',
  };
  const torch = { version: '2.1', requires: ['sympy', 'nvidia-nccl-cu12'] };
  const distributions = {
    torch,
    sympy: { requires: ['mpmath'] },
    mpmath: {},
    'nvidia-nccl-cu12': { owns: ['nvidia'] },
  };
  const gone = (
    more: Parameters<typeof makeTree>[1],
    options: Parameters<typeof planFor>[1],
  ): readonly string[] =>
    droppedBy(
      planFor(makeTree(files, { ...distributions, ...more }), {
        recipes: [recipe],
        requested: ['torch'],
        ...options,
      }),
    )
      .filter((path) => path.endsWith('.py'))
      .map((path) => path.replace('/__init__.py', ''));

  test.each<[string, Parameters<typeof makeTree>[1], Parameters<typeof planFor>[1], readonly string[]]>([
    ['with what only they need', {}, {}, ['mpmath', 'nvidia', 'sympy']],
    ['not what the user asked for', {}, { requested: ['torch', 'sympy'] }, ['nvidia']],
    [
      'not what another one needs',
      { other: { requires: ['sympy'] } },
      { requested: ['torch', 'other'] },
      ['nvidia'],
    ],
    ['not without proof', {}, { recipes: [{ ...recipe, provedOn: '<2' }], proving: false }, []],
    [
      'not without its package',
      { torch: { ...torch, owns: ['torch'], version: '2.1' } },
      { recipes: [{ ...recipe, name: 'jax' }] },
      [],
    ],
  ])('%s', (_what, more, options, expected) => expect(gone(more, options)).toEqual(expected));
});

test.each([
  [{ exclude: ['numpyy'] }, '--exclude numpyy names no package of this build. Did you mean numpy?'],
  [
    { exclude: ['Open_CV-python'] },
    '--exclude Open_CV-python names no package of this build. Did you mean opencv-python?',
  ],
  [{ stub: ['nunpy'] }, '--stub nunpy names no package of this build. Did you mean numpy?'],
  [{ stub: ['cv2'] }, '--stub cv2 names no package of this build. Packages are named as in requirements'],
  [
    { services: ['dynamdb'] },
    '--service dynamdb names no AWS service that botocore has here. Did you mean dynamodb?',
  ],
  [{ services: ['S3'] }, '--service S3 names no AWS service that botocore has here. Did you mean s3?'],
  [{ services: ['blockchain'] }, 'Services are named as in boto3.client("s3")'],
])('%j: what may have been meant', (options, words) => {
  const tree = makeTree(
    {
      'numpy/__init__.py': '',
      'cv2/__init__.py': '',
      'botocore/__init__.py': '',
      'botocore/data/s3/2006-03-01/service-2.json.gz': '',
      'botocore/data/dynamodb/2012-08-10/service-2.json.gz': '',
    },
    { numpy: {}, 'opencv-python': {}, botocore: {} },
  );
  const [found] = planFor(tree, { ...options, recipes })
    .findings.filter(({ code }) => code === 'name-matched-nothing')
    .map(renderFinding);
  expect(`${found?.sentence ?? ''} ${found?.hint ?? ''}`).toContain(words);
});
