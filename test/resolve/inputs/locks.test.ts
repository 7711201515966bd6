import { describe, expect, test } from '@jest/globals';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { SlimError } from '../../../src/errors.js';
import type { BuildRequest } from '../../../src/model.js';
import type { CollectedInputs } from '../../../src/resolve/inputs/input-lines.js';
import { collectInputs } from '../../../src/resolve/inputs/inputs.js';
import { lockedSets, refuseUnknownSets } from '../../../src/resolve/inputs/lock-sets.js';
import { parsePylock, pylockText } from '../../../src/resolve/inputs/pylock.js';
import { topLevelNames } from '../../../src/resolve/inputs/pyproject.js';
import { contextFor, environment, fixtures, listing, project, requestFor } from '../helper.js';

const programs = path.join(fixtures, 'programs', 'locks');
const withPrograms = { ...environment, PATH: `${programs}:${environment['PATH'] ?? ''}` };

const pyproject = `[project]
name = "app"
dependencies = ["six==1.17.0", "member"]
[dependency-groups]
test = ["iniconfig"]
`;
const files = {
  'pyproject.toml': pyproject,
  Pipfile: '[packages]\nsix = "==1.17.0"\n',
  'member/pyproject.toml': '[project]\nname = "member"\nversion = "1"\n',
};
const uvLock = `version = 1
[[package]]
name = "app"
source = { virtual = "." }
[package.metadata]
requires-dist = [{ name = "member", editable = "member" }, { name = "six", specifier = "==1.17.0" }]
`;

async function collect(
  lock: string,
  changes: Partial<BuildRequest> = {},
  extra: Record<string, string> = {},
  text = '',
): Promise<{ inputs: CollectedInputs; lines: string; folder: string; before: string[] }> {
  const folder = await project({ ...files, [lock]: text });
  const before = await listing(folder);
  const inputs = await collectInputs(
    requestFor(folder, changes),
    await contextFor({ environment: { ...withPrograms, ...extra } }),
  );
  return { inputs, lines: await readFile(inputs.files[0]!, 'utf8'), folder, before };
}

describe('locks through their own tools', () => {
  test.each([
    ['poetry.lock', 'poetry.lock (poetry export)', ['member', 'six']],
    ['pdm.lock', 'pdm.lock (pdm export)', ['member', 'six']],
    ['Pipfile.lock', 'Pipfile.lock (pipenv requirements)', ['six']],
    ['uv.lock', 'uv.lock (uv export)', ['member', 'six']],
  ])('%s', async (lock, source, requested) => {
    const text = lock === 'uv.lock' ? uvLock : '';
    const { inputs, lines, folder, before } = await collect(lock, {}, {}, text);
    expect(inputs).toMatchObject({ source, requested });
    expect(lines).toMatch(/^six==1\.17\.0.*--hash=sha256:4721f391/m);
    expect(await listing(folder)).toEqual(before);
  });

  test.each(['poetry.lock', 'uv.lock'])(
    '%s: a workspace member is copied and built from there',
    async (lock) => {
      const { inputs, lines } = await collect(lock, {}, {}, uvLock);
      expect(inputs.projects).toMatchObject([{ name: 'member' }]);
      expect(lines).toMatch(/^member @ file:\/\/.*\/projects\/0/m);
    },
  );

  test('groups only when asked for', async () => {
    expect((await collect('poetry.lock')).lines).not.toMatch(/iniconfig/);
    const { lines, inputs } = await collect('poetry.lock', { groups: ['test'] });
    expect(lines).toMatch(/^iniconfig==2/m);
    expect(inputs.requested).toContain('iniconfig');
  });

  test.each(['poetry.lock', 'pdm.lock', 'Pipfile.lock', 'uv.lock'])(
    'a stale %s: the message of its tool',
    async (lock) => {
      await expect(collect(lock, {}, { FAKE_STALE: '1' })).rejects.toMatchObject({
        code: 'lock-export-failed',
        message: `${lock} does not match the project any more.`,
      });
    },
  );

  test('a stale uv.lock is noticed without a Python that fits, by the names', async () => {
    const error: unknown = await collect('uv.lock', {}, {}, uvLock.replace('"six"', '"seven"')).catch(
      (one: unknown) => one,
    );
    expect((error as SlimError).details).toEqual(['only in one of pyproject.toml and uv.lock: seven, six']);
  });

  test.each([
    ['https://corp/simple', { name: 'corp', url: 'https://corp/simple' }],
    ['https://pypi.org/simple', undefined],
  ])('the first index of all has the login of its name: %s', async (url, index) => {
    const text = `[[package]]\nname = "six"\nversion = "1.17.0"\n[package.source]\ntype = "legacy"\nurl = "${url}"\nreference = "corp"\n`;
    const login = { POETRY_HTTP_BASIC_CORP_USERNAME: 'me', POETRY_HTTP_BASIC_CORP_PASSWORD: 'geheim-4711' };
    const { inputs } = await collect('poetry.lock', {}, { ...login, FAKE_INDEX: url }, text);
    const six = inputs.lines.find((line) => 'text' in line && line.text.startsWith('six=='));
    expect(six && 'index' in six ? six.index : undefined).toEqual(index);
    expect(inputs.uv.environment['UV_INDEX_CORP_PASSWORD']).toBe(index && 'geheim-4711');
    // Names without an index of their own still come from there.
    expect(inputs.options).toEqual(index ? [`--index-url ${url}`] : []);
  });

  test('without the tool: what to install', async () => {
    await expect(collect('pdm.lock', {}, { PATH: '/nowhere' })).rejects.toMatchObject({
      code: 'lock-tool-missing',
      message: 'pdm.lock needs pdm, which is not on PATH.',
    });
    await expect(collect('poetry.lock', {}, { FAKE_NO_PLUGIN: '1' })).rejects.toMatchObject({
      code: 'lock-tool-missing',
      message: 'poetry.lock needs the plugin poetry-plugin-export.',
    });
  });
});

test('pylock.toml needs no tool', async () => {
  const text = `lock-version = "1.0"
created-by = "test"
default-groups = ["main"]
[[packages]]
name = "six"
version = "1.17.0"
index = "https://pypi.org/simple"
wheels = [{ name = "six-1.17.0-py2.py3-none-any.whl", url = "https://files.pythonhosted.org/six-1.17.0-py2.py3-none-any.whl", hashes = { sha256 = "4721" } }]
[[packages]]
name = "dev-only"
version = "1"
marker = "'dev' in dependency_groups"
wheels = [{ url = "https://files.pythonhosted.org/dev_only-1-py3-none-any.whl", hashes = { sha256 = "aa" } }]
[[packages]]
name = "mainly"
version = "1"
marker = "'main' in dependency_groups and python_version >= '3.10'"
wheels = [{ url = "https://elsewhere/mainly-1-py3-none-any.whl", hashes = { sha256 = "bb" } }]
`;
  const { lines, inputs } = await collect('pylock.toml', {}, {}, text);
  expect(lines.trim().split('\n')).toEqual([
    'six==1.17.0 --hash=sha256:4721',
    `mainly @ https://elsewhere/mainly-1-py3-none-any.whl ; python_version >= "3" and python_version >= '3.10' --hash=sha256:bb`,
  ]);
  expect(inputs.locked).toBe(true);
});

test('a name that comes from elsewhere on another system only', async () => {
  const entry = (index: string, marker: string, hash: string): string =>
    `[[packages]]\nname = "corpx"\nversion = "1"\nindex = "${index}"\nmarker = "${marker}"\nwheels = [{ url = "${index}/corpx-1-py3-none-any.whl", hashes = { sha256 = "${hash}" } }]\n`;
  const there = entry('https://corp/simple', "sys_platform == 'win32'", 'aa');
  const here = entry('https://pypi.org/simple', "sys_platform != 'win32'", 'bb');
  for (const text of [there + here, here + there]) {
    const { inputs } = await collect('pylock.toml', {}, {}, `lock-version = "1.0"\n${text}`);
    expect(inputs.lines).toHaveLength(1);
    expect(inputs.lines[0]).toMatchObject({ text: "corpx==1 ; sys_platform != 'win32' --hash=sha256:bb" });
    expect(inputs.lines[0]).not.toHaveProperty('index');
  }
});

describe('pylock.toml whose files lie elsewhere, without an index (PDM)', () => {
  const at = (file: string): string => `https://host/pypi/simple/corpx/${file}`;
  const pdmPylock = `lock-version = "1.0"
[[packages]]
name = "corpx"
version = "0.1"
sdist = { url = "${at('corpx-0.1.tar.gz')}", hashes = { sha256 = "aa" } }
wheels = [{ url = "${at('corpx-0.1-cp312-none-any.whl')}", hashes = { sha256 = "bb" } }, { url = "${at('corpx-0.1-cp313-none-any.whl')}", hashes = { sha256 = "cc" } }]
`;
  const source = (name: string, rest: string): string => `[[tool.pdm.source]]\nname = "${name}"\n${rest}\n`;

  test.each([
    ['in the project', source('corp', 'url = "https://host/pypi/simple"'), 'https://host/pypi/simple'],
    [
      'with its login',
      source('corp', 'url = "https://host/pypi/simple"\nusername = "me"\npassword = "${CORP_TOKEN}"'),
      'https://me:${CORP_TOKEN}@host/pypi/simple',
    ],
    [
      'the nearer one',
      source('other', 'url = "https://host/other/simple"') + source('corp', 'url = "https://host/pypi/x"'),
      'https://host/pypi/x',
    ],
    [
      "uv's",
      '[[tool.uv.index]]\nname = "corp"\nurl = "https://host/pypi/simple/"\n',
      'https://host/pypi/simple/',
    ],
  ])('its index %s', async (_, settings, url) => {
    const folder = await project({ 'pylock.toml': pdmPylock, 'pyproject.toml': `${pyproject}${settings}` });
    const inputs = await collectInputs(requestFor(folder), await contextFor());
    expect(inputs.lines).toMatchObject([
      { text: 'corpx==0.1 --hash=sha256:bb --hash=sha256:cc --hash=sha256:aa', index: { name: 'corp', url } },
    ]);
  });

  // By its name it would be looked for on the public index.
  test.each([
    ['the wheel for the target', '', '3.13', `${at('corpx-0.1-cp313-none-any.whl')} --hash=sha256:cc`],
    [
      'of another server than all indexes',
      source('corp', 'url = "https://another/pypi/simple"'),
      '3.12',
      `${at('corpx-0.1-cp312-none-any.whl')} --hash=sha256:bb`,
    ],
  ] as const)('its address: %s', async (_, settings, python, address) => {
    const folder = await project({ 'pylock.toml': pdmPylock, 'pyproject.toml': `${pyproject}${settings}` });
    const inputs = await collectInputs(requestFor(folder, { python }), await contextFor());
    expect(inputs.lines).toMatchObject([{ text: `corpx @ ${address}` }]);
  });
});

const pdmLock = '[metadata]\ngroups = ["default", "fast"]\n';
const pipfileLock = '{"_meta": {}, "default": {}, "develop": {}, "ml": {}}';
const pylock = `lock-version = "1.0"
created-by = "test"
extras = ["fast"]
packages = [{ name = "x", version = "1", marker = "'ml' in dependency_groups" }]
`;

describe('a pylock.toml', () => {
  const lock = (text: string): string => `lock-version = "1.0"\ncreated-by = "t"\n${text}`;
  const six = '[[packages]]\nname = "six"\nversion = "1.17.0"\n';
  const environments = (...markers: string[]): string => `environments = ${JSON.stringify(markers)}\n`;

  test('for other environments is refused', async () => {
    const others = ["sys_platform == 'win32'", "platform_machine == 'riscv64'"];
    await expect(collect('pylock.toml', {}, {}, lock(environments(...others) + six))).rejects.toMatchObject({
      code: 'bad-requirements',
      message: `The lock was made for other environments than Python 3.13 on Linux, x86_64: ${others.join('; ')}.`,
    });
    const ours = environments("sys_platform == 'win32'", "sys_platform == 'linux'");
    expect((await collect('pylock.toml', {}, {}, lock(ours + six))).lines).toMatch(/^six==1/m);
  });

  test('with a project below its folder or archive', async () => {
    const folder = '[[packages]]\nname = "x"\n[packages.directory]\npath = "libs"\nsubdirectory = "x"\n';
    const at = await project({
      'pylock.toml': lock(folder),
      'libs/x/pyproject.toml': '[project]\nname = "x"\nversion = "1"\n',
    });
    const { projects } = await collectInputs(requestFor(at), await contextFor());
    expect(projects).toMatchObject([{ name: 'x' }]);
    const archive =
      '[[packages]]\nname = "x"\n[packages.archive]\nurl = "https://h.example/x.zip"\nsubdirectory = "py"\n';
    const request = requestFor('/nowhere');
    const { text } = pylockText(parsePylock(lock(archive), 'x'), request, '/nowhere');
    expect(text).toBe('x @ https://h.example/x.zip#subdirectory=py');
    const beside = archive.replace('url = "https://h.example/x.zip"', 'path = "./x y.zip"');
    expect(pylockText(parsePylock(lock(beside), 'x'), request, '/nowhere').text).toBe(
      'x @ file:///nowhere/x%20y.zip#subdirectory=py',
    );
  });
});

describe('extras and groups are those of the lock, however they are spelled', () => {
  const pipfile = '{"_meta": {}, "default": {}, "develop": {}, "My-Docs": {}}';
  const own = '{"_meta": {}, "default": {}, "develop": {}, "dev": {}, "develop2": {}}';
  test.each([
    ['Pipfile.lock', pipfile, ['my_docs', 'My-Docs'], ['My-Docs']],
    ['Pipfile.lock', pipfile, ['dev', 'develop', 'dev-packages'], ['dev-packages']],
    ['Pipfile.lock', pipfile, ['default', 'packages'], ['packages']],
    ['Pipfile.lock', own, ['dev'], ['dev']],
    ['pdm.lock', '[metadata]\ngroups = ["default", "My.Docs"]\n', ['my-docs'], ['My.Docs']],
    ['pylock.toml', pylock, ['ML'], ['ml']],
    ['poetry.lock', '', ['Docs'], ['Docs']],
  ])('%s: %s %j', (lock, text, groups, found) => {
    expect(lockedSets(lock, text, { extras: [], groups })).toEqual({ extras: [], groups: found });
  });

  test('Pipenv is asked for the category by its own name', async () => {
    const { lines, inputs } = await collect('Pipfile.lock', { groups: ['my-docs'] }, {}, pipfile);
    expect(lines).toMatch(/^idna==3\.11/m);
    expect(inputs.exact).toBe(true);
  });

  test.each(['my-docs', 'My-Docs'])('a pylock.toml tests for %s', async (name) => {
    const text = `lock-version = "1.0"\ncreated-by = "t"\n[[packages]]\nname = "six"\nversion = "1.17.0"\nmarker = "'${name}' in dependency_groups or 'Fast.x' in extras"\n`;
    for (const changes of [{ groups: ['my_docs'] }, { groups: ['My-Docs'] }, { extras: ['fast-x'] }]) {
      expect((await collect('pylock.toml', changes, {}, text)).lines).toMatch(/^six==1\.17\.0/m);
    }
  });
});

describe("a Pipfile's install_search_all_sources", () => {
  const lock = JSON.stringify({
    _meta: {
      sources: [
        { name: 'corp', url: 'https://corp/simple' },
        { name: 'pypi', url: 'https://pypi.org/simple' },
      ],
    },
    default: { six: { index: 'corp', version: '==1.17.0' }, idna: { index: 'pypi', version: '==3.11' } },
  });
  const sources = '-i https://corp/simple\n--extra-index-url https://pypi.org/simple';
  const pins = `six==1.17.0 --hash=sha256:${'1'.repeat(64)}\nidna==3.11 --hash=sha256:${'2'.repeat(64)}`;
  const asked = async (pipfile: string, exported: string): Promise<CollectedInputs> => {
    const folder = await project({ Pipfile: pipfile, 'Pipfile.lock': lock });
    const variables = { ...withPrograms, FAKE_PIPENV: exported };
    return collectInputs(requestFor(folder), await contextFor({ environment: variables }));
  };

  test('lets each name come from any of the sources', async () => {
    const { lines, options, uv } = await asked(
      '[pipenv]\ninstall_search_all_sources = true\n',
      `${sources}\n${pins}`,
    );
    expect(lines.map((line) => 'text' in line && line.index)).toEqual([undefined, undefined]);
    expect(options).toEqual(['--index-url https://corp/simple', '--extra-index-url https://pypi.org/simple']);
    expect(uv.install).toContain('index-strategy = "unsafe-best-match"');
  });

  test('is not there: each name has its own', async () => {
    const { lines, uv } = await asked(
      '[pipenv]\nsort_pipfile = true\nallow_prereleases = true\n',
      `${sources}\n${pins}`,
    );
    expect(lines.map((line) => 'text' in line && line.index?.name)).toEqual(['corp', 'pypi']);
    expect(uv.install).not.toContain('unsafe');
  });

  test('is refused for a name without a hash', async () => {
    const bare = `${sources}\nsix==1.17.0`;
    await expect(asked('[pipenv]\ninstall_search_all_sources = true\n', bare)).rejects.toMatchObject({
      code: 'lock-export-failed',
      message: 'Pipfile.lock has no hash of six, and may take it from any source.',
    });
  });
});

describe('what a lock does not hold is not left out without a word', () => {
  test.each([
    ['pdm.lock', pdmLock, { groups: ['ml'] }, 'has no extra or group "ml". It has: default, fast.'],
    ['pdm.lock', pdmLock, { extras: ['slow'] }, 'has no extra or group "slow". It has: default, fast.'],
    [
      'Pipfile.lock',
      pipfileLock,
      { groups: ['gone'] },
      'has no category "gone". It has: dev-packages, ml, packages.',
    ],
    ['Pipfile.lock', pipfileLock, { extras: ['fast'] }, 'has no extra "fast".'],
    ['pylock.toml', pylock, { extras: ['slow'] }, 'has no extra "slow". It has: fast.'],
    ['pylock.toml', pylock, { groups: ['gone'] }, 'has no group "gone". It has: ml.'],
  ])('%s: %j %j', async (lock, text, changes, message) => {
    await expect(collect(lock, changes, {}, text)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: `${lock} ${message}`,
    });
  });

  test.each([
    ['uv.lock', { groups: ['gone'] }, 'dependency group "gone". It has: test.'],
    ['uv.lock', { extras: ['gone'] }, 'extra "gone".'],
    ['poetry.lock', { groups: ['gone'] }, 'dependency group "gone". It has: test.'],
    ['poetry.lock', { extras: ['gone'] }, 'extra "gone".'],
  ])('%s: %j the project does not have', async (lock, changes, message) => {
    await expect(collect(lock, changes, {}, lock === 'uv.lock' ? uvLock : '')).rejects.toMatchObject({
      code: 'bad-requirements',
      message: `pyproject.toml has no ${message}`,
    });
  });

  test('groups of Poetry, new and old', () => {
    const table =
      '[tool.poetry.group.docs.dependencies]\nmkdocs = "*"\n[tool.poetry.dev-dependencies]\npytest = "*"\n';
    const groups = ['Docs', 'dev'];
    expect(() => {
      refuseUnknownSets('poetry.lock', table, { extras: [], groups });
    }).not.toThrow();
    expect(() => {
      refuseUnknownSets('uv.lock', table, { extras: [], groups });
    }).toThrow('has no dependency group');
  });

  test('a group that another one includes is asked for by name, too', () => {
    const text = `${pyproject}dev = [{ include-group = "test" }, "toolz", { include-group = "dev" }]\n`;
    expect(topLevelNames(text, [], ['Dev'])).toEqual(['iniconfig', 'member', 'six', 'toolz']);
  });

  test.each([
    ['pdm.lock', pdmLock, { extras: ['Fast'] }],
    ['Pipfile.lock', pipfileLock, { groups: ['dev', 'ml'] }],
    ['pylock.toml', pylock, { extras: ['fast'], groups: ['ml'] }],
    ['pylock.toml', pylock, { extras: ['Fast'], groups: ['ML'] }],
  ])('%s: what it holds is taken', async (lock, text, changes) => {
    expect((await collect(lock, changes, {}, text)).inputs.exact).toBe(true);
  });
});

test('what requirements files cannot have is refused, unless one names a project that has it', async () => {
  const text = `${pyproject}[project.optional-dependencies]\nall = ["toolz"]\n`;
  const folder = await project({
    'only.txt': 'numpy\n',
    'pyproject.toml': text,
    'all.txt': '-r pyproject.toml\n',
  });
  const read = async (
    changes: Partial<BuildRequest>,
    ...names: readonly string[]
  ): Promise<CollectedInputs> =>
    collectInputs(
      requestFor(folder, { ...changes, requirements: names.map((name) => path.join(folder, name)) }),
      await contextFor(),
    );
  const wanted = 'only.txt has no extras or groups, and --';
  await expect(read({ extras: ['all'] }, 'only.txt')).rejects.toThrow(`${wanted}extra asks for "all".`);
  await expect(read({ groups: ['test'] }, 'only.txt')).rejects.toThrow(`${wanted}group asks for "test".`);
  expect((await read({ extras: ['all'] }, 'only.txt', 'all.txt')).requested).toContain('toolz');
});
