/**
 * A name that the project takes from elsewhere is never taken from the public index. `toolz` is on both: as 9.0 on what
 * stands for the public one, as 0.1 on the private one, in a folder and in a repository.
 */
import { beforeAll, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run } from '../../program.js';
import { distributions, environment, project, resolved } from '../helper.js';

const folder = path.join(await mkdtemp(path.join(tmpdir(), 'slim-elsewhere-')), 'ïndexes');
export const publicIndex = pathToFileURL(path.join(folder, 'public')).href;
export const privateIndex = pathToFileURL(path.join(folder, 'private')).href;
export const source = path.join(folder, 'toolz');
export const wheelUrl = pathToFileURL(
  path.join(folder, 'private', 'toolz', 'toolz-0.1-py3-none-any.whl'),
).href;

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
wheel("private", "corp_a", "1.0", ["toolz"])
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
export const context = {
  environment: {
    ...environment,
    UV_DEFAULT_INDEX: publicIndex,
    PIP_INDEX_URL: publicIndex,
    UV_NO_CONFIG: undefined,
  },
};

export const uvIndex = `[[tool.uv.index]]\nname = "corp"\nurl = "${privateIndex}"\n`;
export const poetrySource = (priority: string): string =>
  `[[tool.poetry.source]]\nname = "corp"\nurl = "${privateIndex}"\npriority = "${priority}"\n`;
export const pdmSource = (rest = ''): string =>
  `[[tool.pdm.source]]\nname = "corp"\nurl = "${privateIndex}"\n${rest}`;

export interface Case {
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

export const pyproject = ({ asks = 'toolz', settings, rest = '' }: Case): string =>
  `[project]\nname = "app"\nversion = "1"\ndependencies = ["${asks}"]\n${rest}${settings}`;

export async function versions(one: Case, resolver: 'uv' | 'pip'): Promise<string[]> {
  const at = await project({ 'pyproject.toml': pyproject(one) });
  return distributions((await resolved(at, { resolver, ...one.changes }, context)).root);
}

/** The tests of what comes from a folder, a repository or a file, with one of the tools. */
export function fromElsewhere(resolver: 'uv' | 'pip'): void {
  test.each(direct)('$what', async (one) => {
    expect(await versions(one, resolver)).toContain('toolz-0.1');
  });
}
