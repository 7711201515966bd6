import { describe, expect, test } from '@jest/globals';
import { mkdir, readFile, stat, symlink } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { SlimError } from '../../../src/errors.js';
import type { BuildRequest } from '../../../src/model.js';
import type { CollectedInputs } from '../../../src/resolve/inputs/input-lines.js';
import { collectInputs } from '../../../src/resolve/inputs/inputs.js';
import { contextFor, environment, fixtures, listing, project, requestFor, wheels } from '../helper.js';

async function collect(
  folder: string,
  changes: Partial<BuildRequest> = {},
): Promise<CollectedInputs & { text: string; limits: string }> {
  const inputs = await collectInputs(requestFor(folder, changes), await contextFor());
  const limits = inputs.constraints[0] === undefined ? '' : await readFile(inputs.constraints[0], 'utf8');
  return { ...inputs, text: await readFile(inputs.files[0]!, 'utf8'), limits };
}

const lines = (text: string): string[] => text.trim().split('\n');

describe('requirements files', () => {
  test('nested twice, constraints beside the file, options, hashes, markers, extras, URLs', async () => {
    const inputs = await collect(path.join(fixtures, 'requirements', 'nested'));
    expect(lines(inputs.text)).toEqual([
      `--find-links ${pathToFileURL(path.join(fixtures, 'requirements', 'nested', 'links')).href}`,
      '--extra-index-url https://${USER_NAME}:${USER_TOKEN}@index.example/simple',
      '--pre',
      'numpy>=2 --hash=sha256:aa --hash=sha256:bb',
      'boto3[crt]>=1.35; python_version > "3.9"',
      'scipy',
      'pandas',
      'engine @ https://example.org/engine-1-py3-none-any.whl',
    ]);
    expect(lines(inputs.limits)).toEqual(['scipy<2', 'pandas<4']);
    expect(inputs.requested).toEqual(['boto3', 'engine', 'numpy', 'pandas', 'scipy']);
    expect(inputs).toMatchObject({ source: 'requirements.txt', locked: false, compiles: false });
    expect(inputs.localPaths).toEqual([path.join(fixtures, 'requirements', 'nested', 'links')]);
  });

  test('a link to a requirements file: what it names lies beside the link', async () => {
    const folder = await project({
      'real/requirements.in': '-r more.txt\n',
      'here/more.txt': 'from-beside-the-link\n',
      'real/more.txt': 'from-beside-the-target\n',
    });
    await symlink('../real/requirements.in', path.join(folder, 'here', 'requirements.txt'));
    const { requested } = await collect(folder, {
      requirements: [path.join(folder, 'here', 'requirements.txt')],
    });
    expect(requested).toEqual(['from-beside-the-link']);
  });

  test('nothing is fetched, looked for or built for a line that does not count on Lambda', async () => {
    const folder = await project({
      'requirements.txt': [
        "x @ git+https://nowhere.invalid/r.git ; sys_platform == 'win32'",
        "./gone ; python_version < '3'",
        "https://nowhere.invalid/x-1.tar.gz ; platform_machine == 'riscv64'",
        "six ; python_full_version < '3'",
        "idna ; sys_platform == 'linux'",
      ].join('\n'),
    });
    const { text } = await collect(folder);
    expect(lines(text)).toEqual(["six ; python_full_version < '3'", "idna ; sys_platform == 'linux'"]);
  });

  test('a cycle is an error', async () => {
    const folder = await project({
      'requirements.txt': '-r a/b.txt\n',
      'a/b.txt': 'x\n-r ../requirements.txt\n',
    });
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: 'Requirements files name each other: requirements.txt → b.txt → requirements.txt.',
    });
  });

  test('so is one of constraints, and the hint speaks of them', async () => {
    const folder = await project({ 'requirements.txt': 'x\n-c c.txt\n', 'c.txt': '-c c.txt\n' });
    await expect(collect(folder)).rejects.toMatchObject({
      message: 'Requirements files name each other: c.txt → c.txt.',
      hint: 'Remove one of these -r or -c lines.',
    });
  });

  test.each([
    ['PK\x03\x04\0\0', 'is a zip file, such as a wheel, and no text.'],
    ['\x7fELF\x02\0', 'is a program, and no text.'],
  ])('a file that is no text is told as that: %j', async (text, because) => {
    const folder = await project({ 'requirements.txt': text });
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: `${path.join(folder, 'requirements.txt')} ${because}`,
      hint: 'Name a requirements file. A wheel or a source archive is packed when its path stands on a line of one, e.g. "./name-1.0-py3-none-any.whl".',
    });
  });

  test.each([
    ['-r gone.txt\n', 'not-found', /gone\.txt cannot be read \(named by requirements\.txt, line 1\)/],
    ['\n./gone\n', 'not-found', /name \.\/gone, which is not there/],
    ['./plain-folder\n', 'bad-requirements', /without pyproject\.toml or setup\.py/],
    ['-r https://example.org/r.txt\n', 'bad-requirements', /line 1: a requirements file on the web/],
    [
      '--all-releases numpy\nnumpy\n',
      'bad-requirements',
      /line 1: --all-releases for a single package \(numpy\) is not read/,
    ],
    [
      'numpy\n--only-final=:none:,numpy\n',
      'bad-requirements',
      /line 2: --only-final for a single package \(numpy\)/,
    ],
  ])('%j: %s', async (text, code, message) => {
    const folder = await project({ 'requirements.txt': text, 'plain-folder/a.py': '' });
    const error = await collect(folder).then(
      () => null,
      (one: unknown) => one as SlimError,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });

  test.each([
    ['.\\libs\\x', 'with "/" in place of'],
    ['C:\\libs\\x', 'with "/" in place of'],
    ['~/libs/x', 'Only a shell knows "~"'],
    ['/home/somebody/x', 'a path of the machine on which the file was written'],
    ['./gone', 'Paths are relative'],
  ])('a place that is not there: %s', async (line, hint) => {
    const folder = await project({ 'requirements.txt': `${line}\n` });
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  test('an empty file is fine: only function code travels', async () => {
    const folder = await project({ 'requirements.txt': '# nothing yet\n' });
    expect(await collect(folder)).toMatchObject({ empty: true, requested: [] });
  });

  test.each([
    ['--pre\n', true],
    ['--all-releases :all:\n', true],
    ['--pre\n--only-final :all:\n', false],
    ['--all-releases :all:\n--all-releases :none:\n', false],
    ['--only-final :all:\n--all-releases=:all:\n', true],
    ['--no-require-hashes\n', false],
  ])('pre-releases: %j', async (text, pre) => {
    const folder = await project({ 'requirements.txt': `${text}numpy\n` });
    expect((await collect(folder)).options).toEqual(pre ? ['--pre'] : []);
  });

  test('--no-binary means that something must be compiled', async () => {
    const folder = await project({ 'requirements.txt': '--no-binary numpy\nnumpy\n' });
    expect(await collect(folder)).toMatchObject({ compiles: true });
  });

  test('the digest: variables count by value, folder names do not count', async () => {
    const text = `--index-url https://\${INDEX_TOKEN}@h/simple\n${wheels}/slim_plain-1.0-py3-none-any.whl\n-e ./engine\n`;
    const make = (version: string): Promise<string> =>
      project({
        'requirements.txt': text,
        'engine/pyproject.toml': `[project]\nname="e"\nversion="${version}"\n`,
      });
    const digest = async (folder: string, token: string): Promise<string> =>
      (
        await collectInputs(
          requestFor(folder),
          await contextFor({ environment: { ...environment, INDEX_TOKEN: token } }),
        )
      ).digest;
    const first = await digest(await make('1'), 'one');
    expect(await digest(await make('1'), 'one')).toBe(first);
    expect(await digest(await make('1'), 'two')).not.toBe(first);
    expect(await digest(await make('2'), 'one')).not.toBe(first);
  });
});

describe('local projects', () => {
  test('are copied without what building leaves behind, and the user’s folder stays as it is', async () => {
    const folder = await project({
      'requirements.txt': '-e ./my-engine\n',
      'my-engine/pyproject.toml': '[project]\nname = "My.Engine"\nversion = "1"\n',
      'my-engine/my_engine/__init__.py': '',
      'my-engine/build/lib/my_engine/__init__.py': '',
      'my-engine/my_engine.egg-info/PKG-INFO': '',
      'my-engine/.venv/big': '',
    });
    const before = await listing(folder);
    const { projects, requested, text, folder: work } = await collect(folder);
    expect(projects).toMatchObject([{ name: 'my-engine', written: './my-engine' }]);
    expect(await listing(projects[0]!.copy)).toEqual([
      'my_engine',
      path.join('my_engine', '__init__.py'),
      'pyproject.toml',
    ]);
    expect(requested).toEqual(['my-engine']);
    expect(text.trim()).toBe(`my-engine @ ${pathToFileURL(path.join(work, 'projects', '0')).href}`);
    expect(await listing(folder)).toEqual(before);
  });

  test('paths are relative to the project folder first, then to the file', async () => {
    const folder = await project({
      'deps/requirements.txt': `./both\n./beside\n`,
      'both/setup.py': '# in the project',
      'deps/both/setup.py': '# beside the file',
      'deps/beside/setup.py': '',
    });
    const { projects } = await collect(folder, {
      requirements: [path.join(folder, 'deps', 'requirements.txt')],
    });
    expect(await readFile(path.join(projects[0]!.copy, 'setup.py'), 'utf8')).toBe('# in the project');
    expect(projects).toHaveLength(2);
  });

  test('our own work folder is for the caller alone', async () => {
    const folder = await project({ 'requirements.txt': 'numpy\n' });
    const { folder: work } = await collect(folder);
    expect((await stat(work)).mode & 0o077).toBe(0);
  });
});

describe('detection', () => {
  test.each<[string[], string, string[]]>([
    [['requirements.txt', 'pyproject.toml'], 'requirements.txt', ['pyproject.toml']],
    [['pylock.toml', 'requirements.txt', 'pyproject.toml'], 'pylock.toml', ['requirements.txt']],
    [['pylock.toml', 'Pipfile.lock'], 'pylock.toml', ['Pipfile.lock']],
    [['pyproject.toml'], 'pyproject.toml', []],
  ])('%j: %s', async (names, source, others) => {
    const texts: Record<string, string> = {
      'requirements.txt': 'a\n',
      'pyproject.toml': '[project]\nname="app"\ndependencies=["b"]\n',
      'pylock.toml': 'lock-version = "1.0"\n[[packages]]\nname = "c"\nversion = "1"\n',
      'Pipfile.lock': '{}',
    };
    const folder = await project(Object.fromEntries(names.map((name) => [name, texts[name] ?? ''])));
    expect(await collect(folder)).toMatchObject({ source, others });
  });

  test('nothing there: what could be', async () => {
    const folder = await project({});
    await mkdir(path.join(folder, 'src'));
    await expect(collect(folder)).rejects.toMatchObject({ code: 'nothing-to-build' });
    await expect(collect(path.join(folder, 'gone'))).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each([
    [
      ['environment.yml', 'setup.py'],
      /^.* has no requirements, and environment\.yml is conda's file/,
      'pip list',
    ],
    [['setup.cfg'], /setup\.cfg is setuptools' own file/, 'Write "." on a line'],
    [['pixi.toml'], /pixi\.toml is pixi's file/, 'pixi run'],
    [['requirements-prod.txt', 'setup.py'], /has no requirements\.txt/, '-r requirements-prod.txt'],
    [['requirements.in'], /has no requirements\.txt/, '-r requirements.in'],
  ])('nothing there but %j', async (names, message, hint) => {
    const folder = await project(Object.fromEntries(names.map((name) => [name, ''])));
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'nothing-to-build',
      message: expect.stringMatching(message) as unknown,
      hint: expect.stringContaining(hint) as unknown,
    });
  });

  test('a line that names what is no requirements file', async () => {
    const folder = await project({
      'requirements.txt': 'six\n-r environment.yaml\n',
      'environment.yaml': '',
    });
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: "requirements.txt, line 2: environment.yaml is conda's file, which is not read.",
    });
  });
});

describe('pyproject.toml', () => {
  const text = `[project]
name = "my-app"
dependencies = ["numpy>=2", "Boto3 ; sys_platform == 'linux'"]
[project.optional-dependencies]
plots = ["matplotlib"]
all = ["my-app[plots]", "pandas"]
[dependency-groups]
test = ["pytest", { include-group = "base" }]
base = ["coverage"]
round = [{ include-group = "trip" }]
trip = [{ include-group = "round" }]
`;
  test.each<[string, Partial<BuildRequest>, string[]]>([
    ['dependencies only', {}, ['boto3', 'numpy']],
    [
      'an extra that names the project itself',
      { extras: ['all'] },
      ['boto3', 'matplotlib', 'numpy', 'pandas'],
    ],
    ['a group with an included one', { groups: ['Test'] }, ['boto3', 'coverage', 'numpy', 'pytest']],
  ])('%s', async (_name, changes, requested) => {
    expect((await collect(await project({ 'pyproject.toml': text }), changes)).requested).toEqual(requested);
  });

  test.each([
    ["uv's older form", '[tool.uv]\ndev-dependencies = ["coverage"]\n', ['boto3', 'coverage', 'numpy']],
    [
      'beside the standard one',
      '[dependency-groups]\nDev = ["pytest"]\n[tool.uv]\ndev-dependencies = ["coverage"]\n',
      ['boto3', 'coverage', 'numpy', 'pytest'],
    ],
    ["PDM's older form", '[tool.pdm.dev-dependencies]\ndev = ["coverage"]\n', ['boto3', 'coverage', 'numpy']],
  ])('a group: %s', async (_, groups, requested) => {
    const [head = ''] = text.split('[project.optional');
    const folder = await project({ 'pyproject.toml': head + groups });
    expect((await collect(folder, { groups: ['dev'] })).requested).toEqual(requested);
  });

  test.each<[string, Partial<BuildRequest>, RegExp]>([
    [text, { extras: ['gone'] }, /no extra "gone"/],
    [text, { groups: ['gone'] }, /no dependency group "gone"/],
    [text, { groups: ['round'] }, /include each other: round → trip → round/],
    ['[project]\nname="a"\ndynamic=["dependencies"]\n', {}, /dependencies are dynamic/],
    ['[tool.poetry.dependencies]\nnumpy="*"\n', {}, /for Poetry only/],
    [
      '[project]\nname="a"\ndependencies=["b"]\n[tool.poetry.group.ml.dependencies]\nnumpy="*"\n',
      { groups: ['ml'] },
      /lists the group "ml" for Poetry only/,
    ],
    ['[project\n', {}, /not valid TOML/],
    [
      '[project]\nname="a"\ndependencies=["b", "--index-url https://h.example/simple"]\n',
      {},
      /holds "--index-url https:.*, which is not a requirement/,
    ],
    [
      '[project]\nname="a"\ndependencies=["-r other.txt"]\n',
      {},
      /holds "-r other\.txt", which is not a requirement/,
    ],
    [
      '[project]\nname="a"\ndependencies=["./libs/b"]\n',
      {},
      /holds "\.\/libs\/b", which is not a requirement/,
    ],
    ['[project]\nname="a"\ndependencies=["b\\nc"]\n', {}, /holds "b\\nc", which is not a requirement/],
    ['[project]\nname="a"\ndependencies=[""]\n', {}, /holds "", which is not a requirement/],
    [
      '[project]\nname="a"\n[project.optional-dependencies]\nx=["# b"]\n',
      { extras: ['x'] },
      /the extra "x" holds "# b"/,
    ],
    ['[dependency-groups]\na=["-e ./b"]\n', { groups: ['a'] }, /the dependency group "a" holds "-e \.\/b"/],
    ['[project]\nname="a"\ndependencies="b"\n', {}, /\[project\] dependencies is not a list of requirements/],
    [
      '[project]\nname="a"\ndependencies=[{name="b"}]\n',
      {},
      /\[project\] dependencies is not a list of requirements/,
    ],
    [
      '[project]\nname="a"\n[project.optional-dependencies]\nx="b"\n',
      { extras: ['x'] },
      /the extra "x" is not a list/,
    ],
    ['[project]\nname="a"\ndynamic=["optional-dependencies"]\n', { extras: ['x'] }, /its extras are dynamic/],
    [
      '[dependency-groups]\na=["b", 3]\n',
      { groups: ['a'] },
      /the dependency group "a" holds 3, which is neither/,
    ],
    [
      '[dependency-groups]\na=[{set-phasers-to="stun"}]\n',
      { groups: ['a'] },
      /holds \{"set-phasers-to":"stun"\}/,
    ],
    [
      '[dependency-groups]\na=[{include-group="b", when="now"}]\nb=[]\n',
      { groups: ['a'] },
      /holds \{"include-group"/,
    ],
    [
      '[dependency-groups]\na-b=["x"]\nA_B=["y"]\n',
      { groups: ['a.b'] },
      /two dependency groups of the name "a-b"/,
    ],
    ['[dependency-groups]\na=["b=1"]\n', { groups: ['a'] }, /^pyproject\.toml: "b=1" is not a requirement/],
    [
      '[project]\nname="a"\ndependencies=["b"]\n[tool.uv.sources]\nb={workspace=true}\n',
      {},
      /a uv workspace that this folder is no member of/,
    ],
  ])('%#: an error that says so', async (broken, changes, message) => {
    const folder = await project({ 'pyproject.toml': broken });
    await expect(collect(folder, changes)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: expect.stringMatching(message) as unknown,
    });
  });

  test.each([
    [
      'setup.py',
      'setup(install_requires=["six"])',
      /no \[project\], and setup\.py says what the project needs/,
    ],
    ['setup.cfg', '[options]\ninstall_requires = six\n', /and setup\.cfg says/],
    ['setup.py', 'setup(setup_requires=["pbr"], pbr=True)', /and setup\.py says/],
  ])('for tools only, beside %s', async (name, setup, message) => {
    const folder = await project({ 'pyproject.toml': '[tool.black]\n', [name]: setup });
    await expect(collect(folder)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: expect.stringMatching(message) as unknown,
    });
    const standard = { 'pyproject.toml': '[project]\nname="a"\ndependencies=["b"]\n', [name]: setup };
    expect((await collect(await project(standard))).requested).toEqual(['b']);
  });

  test('tool.uv.sources: a path becomes a local project', async () => {
    const folder = await project({
      'pyproject.toml':
        '[project]\nname="a"\ndependencies=["b>1"]\n[tool.uv.sources]\nb={path="libs/b", editable=true}\n',
      'libs/b/pyproject.toml': '[project]\nname="b"\nversion="2"\n',
    });
    expect((await collect(folder)).projects).toMatchObject([{ name: 'b' }]);
  });
});
