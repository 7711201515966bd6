import { expect, test, describe } from '@jest/globals';
import { dependencyGraph, requestedName, unneeded } from '../../src/inventory/dependencies.js';
import { holds, parseDependency, versionIn } from '../../src/python/markers.js';
import { markerEnvironment } from '../../src/python/marker-environment.js';
import type { Distribution } from '../../src/model.js';

const target = { python: '3.12', architecture: 'x86_64' } as const;

describe('markers, for the target', () => {
  const environment = markerEnvironment(target);
  test.each<[string, boolean]>([
    ['a', true],
    ['a>=1,<2', true],
    ['a>=1,', true],
    ['a (>=1.0) ; python_version >= "3.9"', true],
    ['a ; python_version < "3.9"', false],
    ['a ; python_version < "3.14" and sys_platform == "linux"', true],
    ['a ; sys_platform == "darwin" or platform_machine == "x86_64"', true],
    ['a ; platform_machine == "aarch64"', false],
    ['a ; platform_machine in "x86_64 aarch64"', true],
    ['a ; "linux" in sys_platform', true],
    ["a ; python_version not in '3.1, 3.2'", true],
    ['a ; python_version == "3.12.*"', true],
    ['a ; python_version ~= "3.8"', true],
    ['a ; python_full_version >= "3.13.0a1"', false],
    ['a ; platform_python_implementation != "PyPy"', true],
    ['a ; os_name == "nt"', false],
    ['a ; extra == "s3"', true],
    ['a ; extra == "S_3"', false],
    ['a ; extra == "other"', false],
    ['a @ https://x.org/a;b.whl ; extra == "other"', false],
    ['a @ https://x.org/a-1.whl', true],
    ['a ; this is not a marker', true],
    ['a ; python_version < "3.1844674407370955161514"', false],
  ])('%s', (line, expected) => {
    const parsed = parseDependency(line);
    expect(parsed?.name).toBe('a');
    expect(holds(parsed?.marker ?? null, environment, new Set(['s3']))).toBe(expected);
  });

  test.each([
    ['2.13.0+cpu', '==2.13.0', true],
    ['2.13.0+cpu', '>=2.13,<2.14', true],
    ['3.0rc1', '>=2', true],
    ['1.0', '*', true],
    ['1.0', '', true],
    ['not a version', '>=1', false],
  ])('%s lies in %s: %s', (version, range, expected) => expect(versionIn(version, range)).toBe(expected));

  test.each([
    ['Boto3', 'boto3'],
    ['boto3[crt]', 'boto3'],
    ['boto3~=1.0', 'boto3'],
    ['Python_DateUtil', 'python-dateutil'],
  ])('--exclude %s names %s', (written, name) => expect(requestedName(written)).toBe(name));
});

describe('the graph', () => {
  const of = (given: Record<string, readonly string[]>): readonly Distribution[] =>
    Object.entries(given).map(([name, requires]) => ({
      name,
      normalized: name,
      version: '1',
      folder: `${name}-1.dist-info`,
      requires,
      modules: [name],
    }));

  const boto = of({
    boto3: ['botocore', 's3transfer', 'crt ; extra == "crt"'],
    botocore: ['urllib3', 'jmespath', 'python-dateutil', 'crt ; extra == "crt"'],
    s3transfer: ['botocore', 'botocore[crt] ; extra == "crt"'],
    urllib3: [],
    jmespath: [],
    'python-dateutil': ['six'],
    six: [],
    requests: ['urllib3', 'idna'],
    idna: [],
    crt: [],
  });

  test('who needs whom', () => {
    const graph = dependencyGraph(boto, target, ['boto3', 'requests']);
    expect(graph.neededBy('urllib3')).toEqual(['botocore', 'requests']);
    expect(graph.needs('boto3')).toEqual(['botocore', 'crt', 's3transfer']);
  });

  test.each<[string, readonly string[], readonly string[], readonly string[]]>([
    [
      'what only it needs goes too',
      ['boto3', 'requests'],
      ['boto3'],
      ['botocore', 'crt', 'jmespath', 'python-dateutil', 's3transfer', 'six'],
    ],
    [
      'what somebody asked for stays',
      ['boto3', 'six', 'requests'],
      ['boto3'],
      ['botocore', 'crt', 'jmespath', 'python-dateutil', 's3transfer'],
    ],
    ['what others need stays', ['requests', 'boto3'], ['requests'], ['idna']],
    ['an extra that was asked for', ['boto3[crt]', 'requests'], ['requests'], ['idna']],
    [
      'an extra goes with it',
      ['boto3[crt]', 'requests'],
      ['boto3'],
      ['botocore', 'crt', 'jmespath', 'python-dateutil', 's3transfer', 'six'],
    ],
    ['an installed folder: what nobody needs counts as asked for', [], ['requests'], ['idna']],
    ['a middle one', ['boto3', 'requests'], ['botocore'], ['jmespath', 'python-dateutil', 'six']],
  ])('%s', (_what, requested, excluded, gone) => {
    const graph = dependencyGraph(boto, target, requested);
    expect([...graph.unneededWithout(new Set(excluded)).keys()]).toEqual(gone);
  });

  test('a circle does not hang', () => {
    const graph = dependencyGraph(of({ a: ['b'], b: ['a', 'c'], c: [] }), target, ['a']);
    expect([...graph.unneededWithout(new Set(['a'])).entries()]).toEqual([
      ['b', ['a']],
      ['c', ['b']],
    ]);
  });

  test('extras that extras ask for', () => {
    const graph = dependencyGraph(of({ a: ['a[x] ; extra == "all"', 'b ; extra == "x"'], b: [] }), target, [
      'a[all]',
    ]);
    expect(graph.needs('a')).toEqual(['a', 'b']);
  });
});

describe('what nobody needs', () => {
  const of = (rows: Readonly<Record<string, readonly string[]>>): readonly string[] =>
    unneeded(
      Object.entries(rows).map(([normalized, requires]) => ({ normalized, requires })),
      target,
    );

  test.each<[string, Readonly<Record<string, readonly string[]>>, readonly string[]]>([
    ['the top of a chain', { a: ['b'], b: ['c'], c: [] }, ['a']],
    ['what is only needed elsewhere', { a: ['b ; sys_platform == "win32"'], b: [] }, ['a', 'b']],
    ['what is only needed on another Python', { a: ['b ; python_version < "3.9"'], b: [] }, ['a', 'b']],
    ['what is only in an extra that nobody asks for', { a: ['b ; extra == "x"'], b: [] }, ['a', 'b']],
    ['what asks for its own extra', { a: ['a[x]', 'b ; extra == "x"'], b: [] }, ['a']],
    ['those that need each other', { a: ['b'], b: ['a', 'c'], c: [] }, ['a', 'b']],
    ['nothing of a circle below another', { a: ['b'], b: ['c'], c: ['b'] }, ['a']],
    ['one circle of two', { a: ['b'], b: ['a', 'c'], c: ['d'], d: ['c'] }, ['a', 'b']],
    ['nothing', {}, []],
  ])('%s', (_name, rows, expected) => {
    expect(of(rows)).toEqual(expected);
  });
});
