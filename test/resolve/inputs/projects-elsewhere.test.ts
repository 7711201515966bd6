/**
 * A name that the project takes from elsewhere is never taken from the public index. `toolz` is on both: as 9.0 on what
 * stands for the public one, as 0.1 on the private one, in a folder and in a repository.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../../src/io/run.js';
import { distributions, environment, failure, hostTools, project, resolved } from '../helper.js';

const folder = path.join(await mkdtemp(path.join(tmpdir(), 'slim-elsewhere-')), 'ïndexes');
const publicIndex = pathToFileURL(path.join(folder, 'public')).href;
const privateIndex = pathToFileURL(path.join(folder, 'private')).href;
const source = path.join(folder, 'toolz');
const wheelUrl = pathToFileURL(path.join(folder, 'private', 'toolz', 'toolz-0.1-py3-none-any.whl')).href;
const withUv = hostTools.includes('uv');

const make = `
import hashlib, os, sys, zipfile
def wheel(index, name, version, requires=()):
    folder = os.path.join(sys.argv[1], index, name.replace('_', '-'))
    os.makedirs(folder, exist_ok=True)
    file = f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: {version}\\n" + "".join(f"Requires-Dist: {one}\\n" for one in requires)
    files = {f"{name}.py": f"WHERE = '{index}'\\n", f"{info}/METADATA": metadata,
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    with zipfile.ZipFile(os.path.join(folder, file), "w") as zip:
        for path, text in files.items(): zip.writestr(path, text)
        zip.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in files) + f"{info}/RECORD,,\\n")
    digest = hashlib.sha256(open(os.path.join(folder, file), "rb").read()).hexdigest()
    with open(os.path.join(folder, "index.html"), "a") as page: page.write(f'<a href="{file}#sha256={digest}">{file}</a>\\n')
wheel("public", "toolz", "9.0")
wheel("public", "idna", "3.1")
wheel("public", "needs_toolz", "1.0", ["toolz"])
wheel("private", "toolz", "0.1")
`;

/** A build backend that needs nothing. */
const backend = `
import os, zipfile
def build_wheel(folder, *rest):
    info = "toolz-0.1.dist-info"
    files = {"toolz.py": "", f"{info}/METADATA": "Metadata-Version: 2.1\\nName: toolz\\nVersion: 0.1\\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    with zipfile.ZipFile(os.path.join(folder, "toolz-0.1-py3-none-any.whl"), "w") as zip:
        for path, text in files.items(): zip.writestr(path, text)
        zip.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in files) + f"{info}/RECORD,,\\n")
    return "toolz-0.1-py3-none-any.whl"
`;

beforeAll(async () => {
  await mkdir(source, { recursive: true });
  await writeFile(path.join(source, 'backend.py'), backend);
  await writeFile(
    path.join(source, 'pyproject.toml'),
    '[project]\nname = "toolz"\nversion = "0.1"\n[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  );
  await run('python3', ['-c', make, folder]);
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
    ['commit', '--quiet', '-m', 'x'],
  ]) {
    const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
    await run('git', [...who, ...args], { cwd: source });
  }
});

/** Both tools see only our indexes. */
const context = {
  environment: {
    ...environment,
    UV_DEFAULT_INDEX: publicIndex,
    PIP_INDEX_URL: publicIndex,
    UV_NO_CONFIG: undefined,
  },
};

const uvIndex = `[[tool.uv.index]]\nname = "corp"\nurl = "${privateIndex}"\n`;
const poetrySource = (priority: string): string =>
  `[[tool.poetry.source]]\nname = "corp"\nurl = "${privateIndex}"\npriority = "${priority}"\n`;
const pdmSource = (rest = ''): string =>
  `[[tool.pdm.source]]\nname = "corp"\nurl = "${privateIndex}"\n${rest}`;

interface Case {
  readonly what: string;
  readonly asks?: string;
  readonly settings: string;
  readonly rest?: string;
  readonly changes?: { readonly extras?: readonly string[]; readonly groups?: readonly string[] };
}

const direct: readonly Case[] = [
  { what: 'uv, path', settings: `[tool.uv.sources]\ntoolz = { path = "${source}" }\n` },
  {
    what: 'uv, another spelling',
    asks: 'Toolz>=0',
    settings: `[tool.uv.sources]\nTOOLZ = { path = "${source}" }\n`,
  },
  { what: 'uv, git', settings: `[tool.uv.sources]\ntoolz = { git = "file://${encodeURI(source)}" }\n` },
  { what: 'uv, url', settings: `[tool.uv.sources]\ntoolz = { url = "${wheelUrl}" }\n` },
  {
    what: 'uv, one of several by its marker',
    settings: `[tool.uv.sources]\ntoolz = [{ url = "https://nowhere.invalid/x.whl", marker = "sys_platform == 'win32'" }, { url = "${wheelUrl}", marker = "sys_platform == 'linux'" }]\n`,
  },
  {
    what: 'uv, for a group',
    asks: 'idna',
    rest: '[dependency-groups]\nml = ["toolz"]\n',
    settings: `[tool.uv.sources]\ntoolz = { url = "${wheelUrl}", group = "ml" }\n`,
    changes: { groups: ['ml'] },
  },
  {
    what: 'Poetry, path',
    settings: `[tool.poetry.dependencies]\ntoolz = { path = "${source}", develop = true }\n`,
  },
  {
    what: 'Poetry, git',
    settings: `[tool.poetry.dependencies]\ntoolz = { git = "file://${encodeURI(source)}" }\n`,
  },
  { what: 'Poetry, url', settings: `[tool.poetry.dependencies]\ntoolz = { url = "${wheelUrl}" }\n` },
  {
    what: 'Poetry, one of several',
    settings: `[tool.poetry.dependencies]\ntoolz = [{ version = "*", platform = "darwin" }, { path = "${source}", platform = "linux", python = "^3.9" }]\n`,
  },
  {
    what: 'Poetry, an extra, optional, spelled otherwise',
    asks: 'idna',
    rest: '[project.optional-dependencies]\nfast = ["ToolZ"]\n',
    settings: `[tool.poetry.dependencies]\nTOOLZ = { path = "${source}", optional = true }\n`,
    changes: { extras: ['fast'] },
  },
  {
    what: 'Poetry, a group',
    asks: 'idna',
    rest: '[dependency-groups]\nml = ["toolz"]\n',
    settings: `[tool.poetry.group.ml.dependencies]\ntoolz = { path = "${source}" }\n`,
    changes: { groups: ['ml'] },
  },
  { what: 'PDM, path', asks: `toolz @ ${pathToFileURL(source).href}`, settings: '[tool.pdm]\n' },
];

const byIndex: readonly Case[] = [
  {
    what: 'uv, explicit index',
    settings: `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n`,
  },
  {
    what: 'uv, index of a name',
    settings: `[tool.uv.sources]\nTool-Z = { index = "corp" }\ntoolz = { index = "corp" }\n${uvIndex}`,
  },
  { what: 'uv, first index', settings: uvIndex },
  { what: 'uv, extra-index-url', settings: `[tool.uv]\nextra-index-url = ["${privateIndex}"]\n` },
  {
    what: 'Poetry, source',
    settings: `[tool.poetry.dependencies]\ntoolz = { source = "corp" }\n${poetrySource('explicit')}`,
  },
  {
    what: 'Poetry, source, supplemental',
    settings: `[tool.poetry.dependencies]\ntoolz = { source = "corp" }\n${poetrySource('supplemental')}`,
  },
  { what: 'PDM, a source of its own', settings: pdmSource('include_packages = ["tool*"]\n') },
  { what: 'PDM, a source', settings: pdmSource() },
];

const pyproject = ({ asks = 'toolz', settings, rest = '' }: Case): string =>
  `[project]\nname = "app"\nversion = "1"\ndependencies = ["${asks}"]\n${rest}${settings}`;

async function versions(one: Case, resolver: 'uv' | 'pip'): Promise<string[]> {
  const at = await project({ 'pyproject.toml': pyproject(one) });
  return distributions((await resolved(at, { resolver, ...one.changes }, context)).root);
}

describe.each(hostTools)('from a folder, a repository or a file, with %s', (resolver) => {
  test.each(direct)('$what', async (one) => {
    expect(await versions(one, resolver)).toContain('toolz-0.1');
  });
});

(withUv ? describe : describe.skip)('from an index, with uv', () => {
  test.each(byIndex)('$what', async (one) => expect(await versions(one, 'uv')).toEqual(['toolz-0.1']));

  test('other names still come from the public one', async () => {
    const settings = `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n`;
    const at = await project({
      'pyproject.toml': `[project]\nname = "app"\ndependencies = ["toolz", "idna"]\n${settings}`,
    });
    const { root } = await resolved(at, { resolver: 'uv' }, context);
    expect(await distributions(root)).toEqual(['idna-3.1', 'toolz-0.1']);
  });

  test('PDM: what only another package asks for is refused', async () => {
    const error = await failureOf({
      what: '',
      asks: 'needs_toolz',
      settings: pdmSource('include_packages = ["toolz"]\n'),
    });
    expect(error).toBe(
      'resolution-failed: toolz is to come from the index "corp", and only another package asks for it.',
    );
  });
});

async function failureOf(one: Case, resolver: 'uv' | 'pip' = 'uv'): Promise<string> {
  const { code, message } = await failure(
    await project({ 'pyproject.toml': pyproject(one) }),
    { resolver, ...one.changes },
    context,
  );
  return `${code}: ${message}`;
}

describe('from an index, with pip: refused, never the public one', () => {
  test.each(byIndex)('$what', async (one) => {
    expect(await failureOf(one, 'pip')).toMatch(/^no-resolver: Only uv can resolve pyproject\.toml: /);
  });

  test.each([
    ['uv', `${uvIndex}default = true\n`],
    ['Poetry', poetrySource('primary')],
    ['PDM', pdmSource().replace('"corp"', '"pypi"')],
  ])('%s: one index in place of the public one is no question', async (_, settings) => {
    expect(await versions({ what: '', settings }, 'pip')).toEqual(['toolz-0.1']);
  });
});

test.each([
  [
    'uv',
    '[tool.uv.sources]\ntoolz = { index = "gone" }\n',
    /takes toolz from the index "gone", which no \[\[tool\.uv\.index\]\] describes/,
  ],
  [
    'Poetry',
    '[tool.poetry.dependencies]\ntoolz = { source = "gone" }\n',
    /which no \[\[tool\.poetry\.source\]\] describes/,
  ],
  [
    'uv, workspace',
    '[tool.uv.sources]\ntoolz = { workspace = true }\n',
    /a uv workspace that this folder is no member of/,
  ],
])('%s: a source that cannot be told is refused', async (_, settings, message) => {
  expect(await failureOf({ what: '', settings })).toMatch(message);
});

(withUv ? test : test.skip)('a source for one extra is none for another', async () => {
  const rest = '[project.optional-dependencies]\na = ["toolz"]\nb = ["toolz"]\n';
  const settings = `[tool.uv.sources]\ntoolz = { url = "${wheelUrl}", extra = "a" }\n`;
  const one = { what: '', asks: 'idna', rest, settings };
  expect(await versions({ ...one, changes: { extras: ['a'] } }, 'uv')).toContain('toolz-0.1');
  expect(await versions({ ...one, changes: { extras: ['b'] } }, 'uv')).toContain('toolz-9.0');
});
