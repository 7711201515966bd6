/** What PDM and Pipenv say about where names come from, in their rarer forms: read as they mean it, or refused by name. */
import { describe, expect, test } from '@jest/globals';
import { takenElsewhere } from '../../../src/resolve/inputs/elsewhere.js';
import { readPyproject } from '../../../src/resolve/inputs/pyproject.js';
import { pipfileSettings } from '../../../src/resolve/inputs/tool-settings.js';
import { parseToml } from '../../../src/resolve/inputs/toml.js';
import { markerEnvironment } from '../../../src/python/marker-environment.js';

const context = {
  folder: '/project',
  markers: markerEnvironment({ python: '3.13', architecture: 'x86_64' }),
};
const nobody = { extras: [], groups: [] };
const head = '[project]\nname = "app"\ndependencies = ["toolz"]\n';
const pdm = (text: string) => readPyproject(`${head}${text}`, 'pyproject.toml', nobody, context).settings[0];

const source = (name: string, more = ''): string =>
  `[[tool.pdm.source]]\nname = "${name}"\nurl = "https://${name}.example/simple"\n${more}`;

describe('PDM', () => {
  test.each<readonly [what: string, text: string, names: readonly string[]]>([
    ['all at once: the private one first', source('pypi') + source('corp'), ['corp', 'pypi']],
    [
      'in their order',
      `${source('pypi')}${source('corp')}[tool.pdm.resolution]\nrespect-source-order = true\n`,
      ['pypi', 'corp'],
    ],
    [
      'in their order, PyPI not listed',
      `${source('corp')}[tool.pdm.resolution]\nrespect-source-order = true\n`,
      ['corp'],
    ],
  ])('%s', (_, text, names) => {
    expect(pdm(text)?.indexes.map((one) => one.name)).toEqual(names);
  });

  test.each([
    ['[tool.pdm.resolution]\nallow-prereleases = true\n', true],
    ['[tool.pdm]\nallow_prereleases = true\n', true],
    ['[tool.pdm.resolution]\nallow-prereleases = false\n', false],
    [source('corp'), false],
  ])('pre-releases: %j', (text, pre) => {
    expect(pdm(text)?.pre).toBe(pre);
  });

  test('a source of links is refused, in a local project, too', () => {
    const text = source('wheels', 'type = "find_links"\n');
    const message =
      'pyproject.toml has a source of links ("wheels", type = "find_links"), which only PDM asks in its turn.';
    expect(() => pdm(text)).toThrow(message);
    const texts = { pyproject: `${head}${text}`, pipfile: '', workspace: null };
    const project = { label: 'libs/x/pyproject.toml', extras: [], folder: '/project/libs/x' };
    expect(() => takenElsewhere(texts, project, context, (address) => address)).toThrow(`libs/x/${message}`);
  });
});

describe('Pipenv', () => {
  const corp = '[[source]]\nname = "corp"\nurl = "https://corp.example/simple"\n';
  const git = (more: string): string => `{ git = "https://h.example/r.git"${more} }`;

  test.each<readonly [entry: string, url: string | null]>([
    ['"*"', null],
    ['"==1.0"', null],
    ['{ version = "*", extras = ["fast"] }', null],
    ['{ path = "../toolz", editable = true, extras = ["fast"] }', 'file:///toolz'],
    ['{ path = "." }', 'file:///project'],
    ['{ file = "./dist/toolz-1-py3-none-any.whl" }', 'file:///project/dist/toolz-1-py3-none-any.whl'],
    ['{ file = "https://h.example/toolz-1.tar.gz" }', 'https://h.example/toolz-1.tar.gz'],
    [git(''), 'git+https://h.example/r.git'],
    [git(', ref = "v1"'), 'git+https://h.example/r.git@v1'],
    [
      git(', ref = "v1", subdirectory = "py", editable = true'),
      'git+https://h.example/r.git@v1#subdirectory=py',
    ],
    ['{ git = "git@h.example:o/r.git" }', 'git+ssh://git@h.example/o/r.git'],
    ['{ git = "git+ssh://git@h.example/o/r.git", ref = "main" }', 'git+ssh://git@h.example/o/r.git@main'],
    ['{ index = "corp", version = "*" }', 'https://corp.example/simple'],
    // Each of a marker's variables is a key, and `markers` has a whole one.
    [`{ path = "../toolz", sys_platform = "== 'win32'" }`, null],
    [`{ path = "../toolz", sys_platform = "== 'linux'" }`, 'file:///toolz'],
    [`{ path = "../toolz", markers = "sys_platform == 'darwin'" }`, null],
    [`{ path = "../toolz", python_version = "< '3.9'", markers = "sys_platform == 'linux'" }`, null],
    ['{ hg = "https://h.example/r", ref = "default" }', 'refused: a repository that is not git'],
    ['{ svn = "https://h.example/r" }', 'refused: a repository that is not git'],
    ['{ index = "gone", version = "*" }', 'refused: the index "gone", which no [[source]] describes'],
  ])('%s', (entry, url) => {
    const settings = pipfileSettings(parseToml(`${corp}[packages]\ntoolz = ${entry}\n`, 'Pipfile'), context);
    const [found] = settings.sources.get('toolz') ?? [];
    const { kind = null } = found?.source ?? {};
    const place =
      found === undefined
        ? null
        : found.source.kind === 'direct'
          ? found.source.url
          : found.source.kind === 'index'
            ? found.source.index.url
            : `refused: ${found.source.because}`;
    expect([place, kind === null]).toEqual([url, url === null]);
  });
});
