/** Local libraries that take `toolz` from elsewhere, by each tool's own means. */
import { pathToFileURL } from 'node:url';
import {
  pdmSource,
  poetrySource,
  privateIndex,
  source,
  uvIndex,
  wheelUrl,
} from './projects-elsewhere-cases.js';

/** A backend that needs nothing, and writes the dependencies of [project] or of Poetry's table as they are in the file. */
const backend = `
import os, tomllib, zipfile
def lines(table):
    project = table.get("project", {})
    if "dependencies" in project: yield from ((one, "") for one in project["dependencies"])
    for extra, ones in project.get("optional-dependencies", {}).items(): yield from ((one, extra) for one in ones)
    if "dependencies" not in project:
        for name, entry in table.get("tool", {}).get("poetry", {}).get("dependencies", {}).items():
            if name == "python": continue
            entries = entry if isinstance(entry, list) else [entry]
            place = next((one["path"] for one in entries if isinstance(one, dict) and "path" in one), None)
            yield (name if place is None else f"{name} @ file://{os.path.abspath(place)}"), ""
    for one in open("needs.txt").read().split() if os.path.exists("needs.txt") else []: yield one, ""
def build_wheel(folder, *rest):
    table = tomllib.load(open("pyproject.toml", "rb"))
    name = (table.get("project") or table["tool"]["poetry"])["name"]
    info = f"{name}-1.dist-info"
    extras = table.get("project", {}).get("optional-dependencies", {})
    needs = [f"{one} ; extra == '{extra}'" if extra else one for one, extra in lines(table)]
    metadata = f"Metadata-Version: 2.1\\nName: {name}\\nVersion: 1\\n" + "".join(f"Provides-Extra: {one}\\n" for one in extras) + "".join(f"Requires-Dist: {one}\\n" for one in needs)
    files = {f"{name}.py": "", f"{info}/METADATA": metadata,
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    with zipfile.ZipFile(os.path.join(folder, f"{name}-1-py3-none-any.whl"), "w") as zip:
        for path, text in files.items(): zip.writestr(path, text)
        zip.writestr(f"{info}/RECORD", "".join(f"{path},,\\n" for path in files) + f"{info}/RECORD,,\\n")
    return f"{name}-1-py3-none-any.whl"
`;

export interface Library {
  readonly asks?: string;
  readonly settings?: string;
  /** Of [project], behind the dependencies. */
  readonly rest?: string;
  /** In place of [project]. */
  readonly head?: string;
  readonly files?: Readonly<Record<string, string>>;
}

export const library = (
  name: string,
  { asks = '"toolz"', settings = '', rest = '', head, files }: Library,
) => ({
  [`${name}/backend.py`]: backend,
  [`${name}/pyproject.toml`]: `${head ?? `[project]\nname = "${name.split('/').at(-1)}"\nversion = "1"\ndependencies = [${asks}]\n${rest}`}
${settings}
[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n`,
  ...Object.fromEntries(Object.entries(files ?? {}).map(([file, text]) => [`${name}/${file}`, text])),
});

export const poetryHead =
  '[tool.poetry]\nname = "x"\nversion = "1"\n[tool.poetry.dependencies]\npython = "^3.9"\n';
export const beside = library('libs/toolz', { asks: '' });

export const direct: readonly (readonly [what: string, library: Library, version?: string])[] = [
  ['uv, path', { settings: `[tool.uv.sources]\ntoolz = { path = "${source}" }\n` }],
  ['uv, path beside it', { settings: '[tool.uv.sources]\ntoolz = { path = "../toolz" }\n' }, 'toolz-1'],
  ['uv, git', { settings: `[tool.uv.sources]\ntoolz = { git = "file://${encodeURI(source)}" }\n` }],
  ['uv, url', { settings: `[tool.uv.sources]\nToolz = { url = "${wheelUrl}" }\n`, asks: '"TOOLZ>=0"' }],
  ['Poetry 1, path', { head: `${poetryHead}toolz = { path = "../toolz", develop = true }\n` }, 'toolz-1'],
  [
    'Poetry 1, one of several',
    {
      head: `${poetryHead}toolz = [{ version = "*", platform = "win32" }, { path = "../toolz", platform = "linux" }]\n`,
    },
    'toolz-1',
  ],
  ['Poetry 2, path', { settings: '[tool.poetry.dependencies]\ntoolz = { path = "../toolz" }\n' }, 'toolz-1'],
  [
    'Poetry 2, git',
    { settings: `[tool.poetry.dependencies]\ntoolz = { git = "file://${encodeURI(source)}" }\n` },
  ],
  ['Poetry 2, url', { settings: `[tool.poetry.dependencies]\ntoolz = { url = "${wheelUrl}" }\n` }],
  ['PDM, path', { asks: '"toolz @ file:///${PROJECT_ROOT}/../toolz"', settings: '[tool.pdm]\n' }, 'toolz-1'],
  ['hatch, path', { asks: '"toolz @ {root:parent:uri}/toolz"' }, 'toolz-1'],
  ['an address with a marker', { asks: `"toolz @ ${pathToFileURL(source).href} ; python_version > '3'"` }],
  ['git in the dependency', { asks: `"toolz @ git+file://${encodeURI(source)}"` }],
  [
    'Pipenv, path',
    { files: { Pipfile: '[packages]\ntoolz = { path = "../toolz", editable = true }\n' } },
    'toolz-1',
  ],
  ['Pipenv, file', { files: { Pipfile: `[packages]\ntoolz = { file = "${wheelUrl}" }\n` } }],
  [
    'Pipenv, git',
    { files: { Pipfile: `[packages]\ntoolz = { git = "file://${encodeURI(source)}", ref = "HEAD" }\n` } },
  ],
];

const twoSources = (priority = ''): string =>
  `${poetrySource('primary')}[[tool.poetry.source]]\nname = "second"\nurl = "${privateIndex}-2"\n${priority}`;

export const byIndex: readonly (readonly [what: string, library: Library])[] = [
  [
    'uv, explicit index',
    { settings: `[tool.uv.sources]\ntoolz = { index = "corp" }\n${uvIndex}explicit = true\n` },
  ],
  ['uv, first index', { settings: uvIndex }],
  ['uv, default index', { settings: `${uvIndex}default = true\n` }],
  ['uv, index-url', { settings: `[tool.uv]\nindex-url = "${privateIndex}"\n` }],
  [
    'Poetry 1, source',
    { head: `${poetryHead}toolz = { version = "*", source = "corp" }\n${poetrySource('explicit')}` },
  ],
  ['Poetry 2, primary', { settings: poetrySource('primary') }],
  ['Poetry 2, two primaries', { settings: twoSources() }],
  [
    'Poetry 2, supplemental',
    { settings: `[tool.poetry.dependencies]\ntoolz = { source = "corp" }\n${poetrySource('supplemental')}` },
  ],
  ['PDM, a source of its own', { settings: pdmSource('include_packages = ["tool*"]\n') }],
  ['PDM, a source', { settings: pdmSource() }],
  ['Pipenv, first source', { files: { Pipfile: `[[source]]\nname = "corp"\nurl = "${privateIndex}"\n` } }],
  [
    'Pipenv, index',
    {
      files: {
        Pipfile: `[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\n[[source]]\nname = "corp"\nurl = "${privateIndex}"\n[packages]\ntoolz = { index = "corp" }\n`,
      },
    },
  ],
];
