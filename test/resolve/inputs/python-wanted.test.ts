import { describe, expect, test } from '@jest/globals';
import path from 'node:path';
import type { SlimError } from '../../../src/errors.js';
import { renderFinding } from '../../../src/findings/findings.js';
import type { BuildRequest } from '../../../src/model.js';
import { choosePython } from '../../../src/resolve/inputs/python-wanted.js';
import { project, requestFor } from '../helper.js';

type Files = Readonly<Record<string, string>>;

async function choose(files: Files, changes: Partial<BuildRequest> = {}): Promise<string> {
  const { python, findings } = await choosePython(
    requestFor(await project(files), { python: null, ...changes }),
  );
  return [python, ...findings.map((one) => renderFinding(one).sentence)].join('; ');
}

async function refusal(files: Files, changes: Partial<BuildRequest> = {}): Promise<string> {
  try {
    return `chose ${await choose(files, changes)}`;
  } catch (error) {
    const { code, message, hint } = error as SlimError;
    return [code, message, hint].join('\n');
  }
}

const requires = (range: string): string => `[project]\nname = "app"\nrequires-python = "${range}"\n`;
const poetry = (range: string): string => `[tool.poetry.dependencies]\npython = ${range}\n`;

describe('none was named', () => {
  test.each<[string, Files, string]>([
    ['nothing is said', { 'requirements.txt': '' }, '3.13'],
    ['the default may be', { 'pyproject.toml': requires('>=3.9') }, '3.13'],
    [
      'one only',
      { 'pyproject.toml': requires('==3.12.*') },
      '3.12; Built for Python 3.12: requires-python = "==3.12.*" in pyproject.toml.',
    ],
    [
      'the newest below',
      { 'pyproject.toml': requires('>=3.9,<3.12') },
      '3.11; Built for Python 3.11: requires-python = ">=3.9,<3.12" in pyproject.toml.',
    ],
    [
      'a lock',
      { 'pyproject.toml': '', 'uv.lock': 'version = 1\nrequires-python = "==3.12.*"\n' },
      '3.12; Built for Python 3.12: requires-python = "==3.12.*" in uv.lock.',
    ],
    ['Poetry, default', { 'pyproject.toml': poetry('"^3.12"'), 'poetry.lock': '' }, '3.13'],
    [
      'Poetry',
      { 'pyproject.toml': poetry('"~3.12"'), 'poetry.lock': '' },
      '3.12; Built for Python 3.12: python = "~3.12" in pyproject.toml.',
    ],
    [
      'Poetry, a table',
      { 'pyproject.toml': poetry('{ version = "~3.11" }'), 'poetry.lock': '' },
      '3.11; Built for Python 3.11: python = "~3.11" in pyproject.toml.',
    ],
    [
      'only poetry.lock',
      { 'poetry.lock': '[metadata]\npython-versions = "^3.14"\n' },
      '3.14; Built for Python 3.14: python-versions = "^3.14" in poetry.lock.',
    ],
    [
      'PDM',
      { 'pdm.lock': '[[metadata.targets]]\nrequires_python = "==3.12.*"\n' },
      '3.12; Built for Python 3.12: requires_python = "==3.12.*" in pdm.lock.',
    ],
    [
      'PEP 751',
      { 'pylock.toml': 'lock-version = "1.0"\nrequires-python = "<3.13"\n' },
      '3.12; Built for Python 3.12: requires-python = "<3.13" in pylock.toml.',
    ],
    [
      'Pipenv',
      { Pipfile: '[requires]\npython_version = "3.11"\n', 'Pipfile.lock': '{}' },
      '3.11; Built for Python 3.11: python_version = "3.11" in Pipfile.',
    ],
    [
      'Pipenv, patch release',
      { Pipfile: '[requires]\npython_full_version = "3.12.3"\n', 'Pipfile.lock': '{}' },
      '3.12; Built for Python 3.12: python_full_version = "3.12" in Pipfile.',
    ],
    [
      '.python-version',
      { 'requirements.txt': '', '.python-version': '# ours\n3.12.4\n' },
      '3.12; Built for Python 3.12: .python-version says 3.12.4.',
    ],
    [
      '.python-version of uv',
      { 'pyproject.toml': requires('>=3.10'), '.python-version': 'cpython@3.11\n' },
      '3.11; Built for Python 3.11: .python-version says cpython@3.11.',
    ],
    [
      '.python-version that the project does not take',
      { 'pyproject.toml': requires('>=3.14'), '.python-version': '3.11\n' },
      '3.14; Built for Python 3.14: requires-python = ">=3.14" in pyproject.toml.',
    ],
    ...(
      [
        ['3.12-dev', '3.12'],
        ['python3.12', '3.12'],
        ['cp312', '3.12'],
        ['cpython-3.11.9-linux-x86_64-gnu', '3.11'],
        ['>=3.10,<3.13', '3.12'],
        ['cpython>=3.10,<3.12', '3.11'],
        ['~=3.11.0', '3.11'],
      ] as const
    ).map(([line, python]): [string, Files, string] => [
      `.python-version: ${line}`,
      { 'requirements.txt': '', '.python-version': `system\n${line}\n3.9\n` },
      `${python}; Built for Python ${python}: .python-version says ${line}.`,
    ]),
    ...['pypy>=3.10', 'graalpy-24', '3.12t', '3.12+freethreaded', 'miniconda3-latest', 'three'].map(
      (line): [string, Files, string] => [
        `.python-version: ${line}`,
        { 'requirements.txt': '', '.python-version': `${line}\n` },
        '3.13',
      ],
    ),
    [
      '.python-version that takes the default',
      { 'requirements.txt': '', '.python-version': '>=3.10\n' },
      '3.13',
    ],
    [
      "Poetry's, narrower than the project's",
      { 'pyproject.toml': requires('>=3.10') + poetry('">=3.10,<3.13"') },
      '3.12; Built for Python 3.12: requires-python = ">=3.10" in pyproject.toml, python = ">=3.10,<3.13" in pyproject.toml.',
    ],
    [
      '.python-version of another Python',
      { 'requirements.txt': '', '.python-version': 'pypy3.10\n2.7\n' },
      '3.13',
    ],
    [
      'a pyproject.toml beside requirements',
      { 'requirements.txt': '', 'pyproject.toml': requires('<3.13') },
      '3.12; Built for Python 3.12: requires-python = "<3.13" in pyproject.toml.',
    ],
    ['what is no range says nothing', { 'pyproject.toml': requires('three') }, '3.13'],
  ])('%s', async (_, files, expected) => expect(await choose(files)).toBe(expected));

  test('.python-version of the repository', async () => {
    const top = await project({ 'fn/requirements.txt': '', '.python-version': '3.12\n', '.git/HEAD': '' });
    const folder = path.join(top, 'fn');
    const { python, findings } = await choosePython(requestFor(folder, { python: null }));
    expect([python, ...findings.map((one) => renderFinding(one).sentence)]).toEqual([
      '3.12',
      'Built for Python 3.12: ../.python-version says 3.12.',
    ]);
    const outside = await project({
      'fn/requirements.txt': '',
      'fn/.git/HEAD': '',
      '.python-version': '3.12\n',
    });
    expect(await choosePython(requestFor(path.join(outside, 'fn'), { python: null }))).toMatchObject({
      python: '3.13',
    });
  });

  test('Lambda has none of them', async () => {
    expect(await refusal({ 'pyproject.toml': requires('<3.8') })).toBe(
      [
        'bad-requirements',
        'Lambda has no Python that fits requires-python = "<3.8" in pyproject.toml.',
        'It has 3.9, 3.10, 3.11, 3.12, 3.13, 3.14: change what the project asks for, and lock again.',
      ].join('\n'),
    );
  });
});

describe('one was named', () => {
  test.each<[string, Files]>([
    ['it fits', { 'pyproject.toml': requires('==3.12.*') }],
    ['.python-version is a habit, no rule', { 'requirements.txt': '', '.python-version': '3.11\n' }],
    [
      'beside requirements it is none either',
      { 'requirements.txt': '', 'pyproject.toml': requires('<3.11') },
    ],
  ])('%s', async (_, files) => expect(await choose(files, { python: '3.12' })).toBe('3.12'));

  test('it disagrees', async () => {
    const files = { 'pyproject.toml': requires('>=3.11,<3.13'), 'uv.lock': 'version = 1\n' };
    expect(await refusal(files, { python: '3.13' })).toBe(
      [
        'bad-option',
        'Python 3.13 was asked for, but the project has requires-python = ">=3.11,<3.13" in pyproject.toml.',
        'Build with --python 3.12 or 3.11; or change it there, and lock again.',
      ].join('\n'),
    );
  });

  test('a named lock counts like a found one', async () => {
    const folder = await project({
      'locks/pylock.fn.toml': 'lock-version = "1.0"\nrequires-python = "==3.12.*"\n',
    });
    const requirements = [path.join(folder, 'locks', 'pylock.fn.toml')];
    await expect(choosePython(requestFor(folder, { python: '3.14', requirements }))).rejects.toMatchObject({
      code: 'bad-option',
      message:
        'Python 3.14 was asked for, but the project has requires-python = "==3.12.*" in pylock.fn.toml.',
    });
  });
});
