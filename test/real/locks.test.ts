/** Locks made and exported by the tools that own them: what we install is what they export. Needs `.test-tools/locks`. */
import { expect, jest, test } from '@jest/globals';
import path from 'node:path';
import { run } from '../program.js';
import { collectInputs } from '../../src/resolve/inputs/inputs.js';
import {
  contextFor,
  distributions,
  environment,
  failure,
  project,
  requestFor,
  resolved,
} from '../resolve/helper.js';

jest.setTimeout(600_000);

const tools = path.resolve('.test-tools/locks/bin');
const context = {
  environment: { ...environment, PATH: `${tools}:${environment['PATH'] ?? ''}`, UV_NO_CONFIG: undefined },
};
const names = async (root: string): Promise<string[]> =>
  (await distributions(root)).map((one) => one.replace(/-[^-]*$/, ''));

const made = async (folder: string, program: string, args: readonly string[]): Promise<void> => {
  const result = await run(program, args, {
    cwd: folder,
    env: { ...context.environment, PDM_USE_VENV: '0' },
    onlyEnv: true,
  });
  expect([result.ok, result.ok ? '' : result.stderr]).toEqual([true, '']);
};

const backend = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n';
const library = (name: string, rest: string): Readonly<Record<string, string>> => ({
  [`${name}/pyproject.toml`]: `[project]\nname = "${name.split('/').at(-1) ?? ''}"\nversion = "0.3"\ndescription = "x"\nrequires-python = ">=3.11"\n${rest}${backend}`,
  [`${name}/${name.split('/').at(-1) ?? ''}.py`]: '"""x"""\n',
});
const asked = 'requires-python = ">=3.11,<4"\n';

test('a member of a uv workspace: its own set, with the members that it needs', async () => {
  const folder = await project({
    'pyproject.toml': '[tool.uv.workspace]\nmembers = ["packages/*"]\n',
    'packages/fn/pyproject.toml': `[project]\nname = "fn"\nversion = "1"\n${asked}dependencies = ["shared", "idna==3.10"]\n[tool.uv.sources]\nshared = { workspace = true }\n`,
    'packages/other/pyproject.toml': `[project]\nname = "other"\nversion = "1"\n${asked}dependencies = ["toolz"]\n`,
    ...library(
      'packages/shared',
      'dependencies = ["core"]\n[tool.uv.sources]\ncore = { workspace = true }\n',
    ),
    ...library('packages/core', 'dependencies = ["six"]\n'),
  });
  await made(folder, 'uv', ['lock']);
  const fn = path.join(folder, 'packages', 'fn');
  const set = ['core', 'idna', 'shared', 'six'];
  expect(await names((await resolved(fn, { resolver: 'uv' }, context)).root)).toEqual(set);
  expect(await names((await resolved(folder, { resolver: 'uv', package: 'Fn' }, context)).root)).toEqual(set);
  expect((await failure(folder, { resolver: 'uv' }, context)).hint).toMatch(
    /--package: core, fn, other, shared/,
  );
  expect((await failure(folder, { resolver: 'uv', package: 'gone' }, context)).code).toBe('bad-option');
});

test("uv's settings count once: overrides, constraints, no-binary", async () => {
  const settings =
    '[tool.uv]\nno-binary = true\nconstraint-dependencies = ["idna<3.11", "toolz<1.1"]\noverride-dependencies = ["six==1.16.0"]\n';
  const text = `[project]\nname = "app"\nversion = "1"\n${asked}dependencies = ["idna", "six>=1.17"]\n${settings}`;
  const unlocked = await project({ 'pyproject.toml': text });
  const locked = await project({ 'pyproject.toml': text });
  await made(locked, 'uv', ['lock']);
  for (const folder of [unlocked, locked]) {
    const { root, findings } = await resolved(folder, { resolver: 'uv' }, context);
    expect(await distributions(root)).toEqual(['idna-3.10', 'six-1.16.0']);
    expect(findings.map((one) => one.code)).toContain('wheel-in-place-of-source');
  }
});

test('a uv.lock for one Python, built for another: refused without a word of tampering', async () => {
  const folder = await project({
    'pyproject.toml':
      '[project]\nname = "app"\nversion = "1"\nrequires-python = "==3.11.*"\ndependencies = ["orjson"]\n',
  });
  await made(folder, 'uv', ['lock']);
  const error = await failure(folder, { resolver: 'uv', python: '3.13' }, context);
  expect(error.code).toBe('no-wheel');
  expect([error.message, error.hint].join(' ')).not.toMatch(/changed/);
  expect(error.hint).toMatch(/--python 3\.11/);
});

const projects: readonly [string, string, readonly string[], Readonly<Record<string, string>>][] = [
  [
    'poetry.lock',
    'poetry',
    ['lock', '--no-interaction'],
    {
      'services/fn/pyproject.toml': `[project]\nname = "fn"\nversion = "1"\n${asked}dependencies = ["idna==3.10", "Db"]\n[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\ndb = { path = "../../shared/db" }\n[tool.poetry.group.dev.dependencies]\niniconfig = "*"\n[[tool.poetry.source]]\nname = "mirror"\nurl = "https://pypi.org/simple/"\npriority = "primary"\n`,
    },
  ],
  [
    'pdm.lock',
    'pdm',
    ['lock'],
    {
      'services/fn/pyproject.toml': `[project]\nname = "fn"\nversion = "1"\n${asked}dependencies = ["idna==3.10", "Db @ file:///\${PROJECT_ROOT}/../../shared/db"]\n[dependency-groups]\ndev = ["iniconfig"]\n[tool.pdm]\ndistribution = false\n`,
    },
  ],
  [
    'Pipfile.lock',
    'pipenv',
    ['lock'],
    {
      'services/fn/Pipfile':
        '[[source]]\nurl = "https://pypi.org/simple"\nverify_ssl = true\nname = "pypi"\n[packages]\nidna = "==3.10"\ndb = {path = "../../shared/db"}\n[dev-packages]\niniconfig = "*"\n',
    },
  ],
];

/** What the tool itself exports, without its folders: `name==version`, sorted. */
async function exported(folder: string, program: string): Promise<string[]> {
  const args: Readonly<Record<string, readonly string[]>> = {
    poetry: ['export', '--without-hashes'],
    pdm: ['export', '--prod', '--no-hashes'],
    pipenv: ['requirements'],
  };
  const { stdout } = await run(path.join(tools, program), args[program] ?? [], {
    cwd: folder,
    env: { ...context.environment, PDM_USE_VENV: '0' },
    onlyEnv: true,
  });
  return [...stdout.matchAll(/^[A-Za-z0-9._-]+==[^\s;]+/gm)].map(([pin]) => pin).sort();
}

test.each(projects)(
  '%s: a path out of the project, and no group that was not asked for',
  async (_, program, args, files) => {
    const folder = await project({ ...files, ...library('shared/db', 'dependencies = ["six==1.17.0"]\n') });
    const fn = path.join(folder, 'services', 'fn');
    await made(fn, path.join(tools, program), args);
    const { root } = await resolved(fn, { resolver: 'uv' }, context);
    expect(await distributions(root)).toEqual(['db-0.3', 'idna-3.10', 'six-1.17.0']);
    const { lines, exact } = await collectInputs(requestFor(fn), await contextFor(context));
    const pins = lines.flatMap((line) => ('text' in line ? [line.text] : []));
    expect(exact).toBe(true);
    expect(pins.map((pin) => pin.split(/[ ;]/)[0]).sort()).toEqual(await exported(fn, program));
    expect(pins.filter((pin) => !pin.includes('--hash=sha256:'))).toEqual([]);
  },
);
