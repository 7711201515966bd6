/** A login that a tool would end too early is refused before any tool runs, and the refusal holds nothing of it. */
import { describe, expect, test } from '@jest/globals';
import type { SlimError } from '../../src/errors.js';
import { collectInputs } from '../../src/resolve/inputs/inputs.js';
import { hasCutLogin } from '../../src/text/logins.js';
import { contextFor, environment, project, requestFor } from './helper.js';

test.each([
  ['https://me:pa/ss@host.example/simple', true],
  ['https://me:pa?ss@host.example/simple', true],
  ['https://me:pa#ss@host.example/simple', true],
  ['https://me:pa/ss@nexus/simple', true],
  ['https://me:12/ss@host.example/simple', true],
  ['https://me:p@ss/w@host.example/simple', true],
  ['https://tok/en@host.example/simple', true],
  ['git+https://me:pa/ss@host.example/o/r.git@v1', true],
  ['x @ https://h.example/a.whl y @ http://me:pa/ss@h.example/b.whl', true],
  ['https://me:pa%2Fss@host.example/simple', false],
  ['https://me:p@ss@host.example/simple', false],
  ['https://host.example/simple', false],
  ['https://nexus:8081/simple', false],
  ['https://cdn.example/@scope/x.whl', false],
  ['https://nexus/@scope.example/x.whl', false],
  ['git+https://gitlab/o/r.git@release.next', false],
  ['git+https://gitlab:8443/o/r.git@release.next/x', false],
  ['git+https://github.com/o/r.git@feature/x', false],
  ['git+ssh://git@host.example/o/r.git@v1', false],
  ['file:///home/me@work.example/x.whl', false],
  ['s3://bucket/key@x.y/z', false],
])('%s: %s', (text, expected) => {
  expect(hasCutLogin(text)).toBe(expected);
});

const bad = 'http://me:x/Zq7-hidden@host.example/simple';

describe('is refused in', () => {
  const toml = (text: string) => ({
    'pyproject.toml': `[project]\nname = "p"\nversion = "1"\ndependencies = ["idna"]\n${text}`,
  });
  test.each<[string, Record<string, string>, Record<string, string>, readonly string[], string]>([
    ['an index', { 'requirements.txt': `--index-url ${bad}\nidna\n` }, {}, [], 'requirements.txt, line 1'],
    ['links', { 'requirements.txt': `idna\n-f ${bad}\n` }, {}, [], 'requirements.txt, line 2'],
    [
      'a wheel',
      { 'requirements.txt': `x @ ${bad}/x-1-py3-none-any.whl\n` },
      {},
      [],
      'requirements.txt, line 1',
    ],
    ['a repository', { 'requirements.txt': `x @ git+${bad}/x.git\n` }, {}, [], 'requirements.txt, line 1'],
    [
      'a constraint',
      { 'requirements.txt': 'idna\n-c c.txt\n', 'c.txt': `x @ ${bad}/x.zip` },
      {},
      [],
      'c.txt, line 1',
    ],
    ['a file that is named', { 'requirements.txt': `-r ${bad}/r.txt\n` }, {}, [], 'requirements.txt, line 1'],
    [
      'a variable',
      { 'requirements.txt': '-i http://me:${PW}@host.example/\nidna\n' },
      { PW: 'x/Zq7-hidden' },
      [],
      'requirements.txt, line 1',
    ],
    ["uv's index", toml(`[[tool.uv.index]]\nname = "i"\nurl = "${bad}"\n`), {}, [], 'pyproject.toml'],
    [
      "Poetry's source",
      toml(`[[tool.poetry.source]]\nname = "i"\nurl = "${bad}"\n`),
      {},
      [],
      'pyproject.toml',
    ],
    ["PDM's source", toml(`[[tool.pdm.source]]\nname = "i"\nurl = "${bad}"\n`), {}, [], 'pyproject.toml'],
    [
      'a lock',
      { 'poetry.lock': `# x\n[[package]]\nname = "a"\n[package.source]\nurl = "${bad}"\n` },
      {},
      [],
      'poetry.lock',
    ],
    ['an option', { 'requirements.txt': 'idna\n' }, {}, [bad], '--index'],
    ['PIP_INDEX_URL', { 'requirements.txt': 'idna\n' }, { PIP_INDEX_URL: bad }, [], 'PIP_INDEX_URL'],
    ['UV_INDEX', { 'requirements.txt': 'idna\n' }, { UV_INDEX: `own=${bad}` }, [], 'UV_INDEX'],
    ['a proxy', { 'requirements.txt': 'idna\n' }, { https_proxy: bad }, [], 'https_proxy'],
  ])('%s', async (_name, files, more, indexes, place) => {
    const folder = await project(files);
    const context = await contextFor({ environment: { ...environment, ...more, PATH: '/nowhere' } });
    const error = await collectInputs(requestFor(folder, { indexes: [...indexes] }), context).then(
      () => null,
      (one: unknown) => one as SlimError,
    );
    await context.cache.close();
    expect(error?.message).toContain(place);
    expect(error?.message).toMatch(/has a login that holds/);
    expect(JSON.stringify([error?.message, error?.hint, error?.details])).not.toMatch(/Zq7|host\.example/);
  });
});
