/**
 * What a build needs comes from where the project takes it. `builder` is a build backend on two indexes: as 9.0 on what stands for
 * the public one, as 0.1 on the private one, and writes into the wheel which of them built it.
 */
import { beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Cache } from '../../../src/io/cache.js';
import { run } from '../../../src/io/run.js';
import type { BuildRequest } from '../../../src/model.js';
import { never } from '../../never.js';
import { environment, failure, hostTools, project, quickTool, resolved } from '../helper.js';

const folder = await mkdtemp(path.join(tmpdir(), 'slim-builders-'));
const publicIndex = pathToFileURL(path.join(folder, 'public')).href;
const privateIndex = pathToFileURL(path.join(folder, 'private')).href;

const make = `
import io, os, sys, tarfile, zipfile
backend = '''
import os, zipfile
def get_requires_for_build_wheel(config_settings=None):
    return open("more.txt").read().split() if os.path.exists("more.txt") else []
def build_wheel(folder, *rest):
    info = "NAME-1.dist-info"
    name = open("name.txt").read()
    files = {name + ".py": "BY = 'INDEX'", info + "/METADATA": "Metadata-Version: 2.1\\\\nName: NAME\\\\nVersion: 1\\\\n",
             info + "/WHEEL": "Wheel-Version: 1.0\\\\nRoot-Is-Purelib: true\\\\nTag: py3-none-any\\\\n"}
    with zipfile.ZipFile(os.path.join(folder, name + "-1-py3-none-any.whl"), "w") as archive:
        for place, text in files.items(): archive.writestr(place.replace("NAME", name), text.replace("NAME", name))
        archive.writestr(info.replace("NAME", name) + "/RECORD", "".join(place.replace("NAME", name) + ",,\\\\n" for place in files) + info.replace("NAME", name) + "/RECORD,,\\\\n")
    return name + "-1-py3-none-any.whl"
'''
def at(index, name):
    place = os.path.join(sys.argv[1], index, name)
    os.makedirs(place, exist_ok=True)
    return place
def page(place, file):
    with open(os.path.join(place, "index.html"), "a") as page: page.write(f'<a href="{file}">{file}</a>\\n')
def builder(index, version):
    place, file, info = at(index, "builder"), f"builder-{version}-py3-none-any.whl", f"builder-{version}.dist-info"
    files = {"builder.py": backend.replace("INDEX", index), f"{info}/METADATA": f"Metadata-Version: 2.1\\nName: builder\\nVersion: {version}\\n",
             f"{info}/WHEEL": "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"}
    with zipfile.ZipFile(os.path.join(place, file), "w") as archive:
        for inner, text in files.items(): archive.writestr(inner, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{inner},,\\n" for inner in files) + f"{info}/RECORD,,\\n")
    page(place, file)
builder("public", "9.0")
builder("private", "0.1")
place = at("public", "alone")
project = '[build-system]\\nrequires = ["builder"]\\nbuild-backend = "builder"\\n[project]\\nname = "alone"\\nversion = "1"\\n'
with tarfile.open(os.path.join(place, "alone-1.tar.gz"), "w:gz") as archive:
    for inner, text in {"pyproject.toml": project, "name.txt": "alone", "PKG-INFO": "Metadata-Version: 2.1\\nName: alone\\nVersion: 1\\n"}.items():
        facts = tarfile.TarInfo("alone-1/" + inner)
        facts.size = len(text)
        archive.addfile(facts, io.BytesIO(text.encode()))
page(place, "alone-1.tar.gz")
`;

beforeAll(async () => {
  const made = await run('python3', ['-c', make, folder], { signal: never });
  if (!made.ok) throw new Error(made.stderr);
});

const seen = { ...environment, UV_NO_CONFIG: undefined };
const indexes = { UV_DEFAULT_INDEX: publicIndex, PIP_INDEX_URL: publicIndex };

const fresh = async (): Promise<Cache> => Cache.open(await mkdtemp(path.join(tmpdir(), 'slim-cache-')), true);

const library = (settings: string, requires = '"builder"', more: Readonly<Record<string, string>> = {}) => ({
  'libs/x/pyproject.toml': `[project]\nname = "x"\nversion = "1"\ndependencies = []\n${settings}[build-system]\nrequires = [${requires}]\nbuild-backend = "builder"\n`,
  'libs/x/name.txt': 'x',
  ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`libs/x/${name}`, text])),
});

/** Which index's builder made the module. */
async function builtBy(
  module: string,
  files: Readonly<Record<string, string>>,
  resolver: 'uv' | 'pip',
  changes: Partial<BuildRequest> = {},
): Promise<string> {
  const at = await project(files);
  const request = { resolver, confine: 'none', ...changes } as const;
  const world = { environment: { ...seen, ...indexes }, cache: await fresh() };
  const { root } = await resolved(at, request, world);
  return readFile(path.join(root, `${module}.py`), 'utf8');
}

async function refusal(files: Readonly<Record<string, string>>, resolver: 'uv' | 'pip'): Promise<string> {
  const at = await project({ 'requirements.txt': './libs/x\n', ...files });
  const world = { environment: { ...seen, ...indexes }, cache: await fresh() };
  const { code, message } = await failure(at, { resolver, confine: 'none' }, world);
  return `${code}: ${message}`;
}

const uvIndex = (more = ''): string => `[[tool.uv.index]]\nname = "corp"\nurl = "${privateIndex}"\n${more}`;
const poetrySource = (priority: string): string =>
  `[[tool.poetry.source]]\nname = "corp"\nurl = "${privateIndex}"\npriority = "${priority}"\n`;
const pdmSource = (more = '', name = 'corp'): string =>
  `[[tool.pdm.source]]\nname = "${name}"\nurl = "${privateIndex}"\n${more}`;
const pipfile = `[[source]]\nname = "corp"\nurl = "${privateIndex}"\n`;

interface Own {
  readonly what: string;
  readonly settings: string;
  readonly more: Readonly<Record<string, string>>;
}

/** Settings of a project that has its builder on an index of its own. */
const own: readonly Own[] = [
  { what: 'uv, an index', settings: uvIndex(), more: {} },
  { what: 'Poetry, primary', settings: poetrySource('primary'), more: {} },
  { what: 'Poetry, supplemental', settings: poetrySource('supplemental'), more: {} },
  { what: 'PDM, a source', settings: pdmSource(), more: {} },
  { what: 'PDM, in place of PyPI', settings: pdmSource('', 'pypi'), more: {} },
  { what: 'Pipenv', settings: '', more: { Pipfile: pipfile } },
];
/** A build takes seconds: a few of them stand for the others. */
const some = (...names: readonly string[]): readonly Own[] => own.filter(({ what }) => names.includes(what));

(hostTools.includes('uv') ? describe : describe.skip)('with uv', () => {
  test.each(some('uv, an index', 'Poetry, primary', 'Poetry, supplemental', 'Pipenv'))(
    '$what of a project that is named by its path',
    async ({ settings, more }) => {
      const files = { 'requirements.txt': './libs/x\n', ...library(settings, undefined, more) };
      expect(await builtBy('x', files, 'uv')).toBe("BY = 'private'");
    },
  );

  test('an index of the workspace', async () => {
    const files = {
      ...library(''),
      'requirements.txt': './libs/x\n',
      'pyproject.toml': `[tool.uv.workspace]\nmembers = ["libs/*"]\n${uvIndex()}`,
    };
    expect(await builtBy('x', files, 'uv')).toBe("BY = 'private'");
  });

  test.each(some('uv, an index', 'PDM, in place of PyPI'))(
    '$what of the project, for what is published as source',
    async ({ what, settings }) => {
      const files = {
        'pyproject.toml': `[project]\nname = "app"\nversion = "1"\ndependencies = ["alone"]\n${settings}`,
      };
      const closed = what !== 'uv, an index';
      // An index that takes the public one's place has to have what is asked for.
      if (closed)
        files['pyproject.toml'] = files['pyproject.toml'].replace(
          '"alone"',
          `"alone @ ${publicIndex}/alone/alone-1.tar.gz"`,
        );
      expect(await builtBy('alone', files, 'uv')).toBe("BY = 'private'");
    },
  );

  test.each(some('Poetry, primary', 'PDM, a source'))(
    '$what of the project beside a lock',
    async ({ settings }) => {
      // A lock has what its names need, but not what builds them.
      const files = {
        ...library(''),
        'pyproject.toml': `[project]\nname = "app"\nversion = "1"\ndependencies = ["x"]\n${settings}`,
        'pylock.toml':
          'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\nversion = "1"\ndirectory = { path = "libs/x" }\n',
      };
      expect(await builtBy('x', files, 'uv')).toBe("BY = 'private'");
    },
  );

  test("the locked project's own index", async () => {
    const files = {
      ...library(uvIndex()),
      'pylock.toml':
        'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\nversion = "1"\ndirectory = { path = "libs/x" }\n',
    };
    expect(await builtBy('x', files, 'uv')).toBe("BY = 'private'");
  });

  test("without any of its own, the build's", async () => {
    const files = { 'requirements.txt': './libs/x\n', ...library('') };
    expect(await builtBy('x', files, 'uv')).toBe("BY = 'public'");
    const corp = { ...files, 'requirements.txt': `--extra-index-url ${privateIndex}\n./libs/x\n` };
    expect(await builtBy('x', corp, 'uv')).toBe("BY = 'private'");
  });
});

describe.each(quickTool)('refused, with %s', (resolver) => {
  const elsewhere = 'libs/x/pyproject.toml needs builder for its build, and takes it from elsewhere.';
  test.each([
    [
      'uv, index',
      `[tool.uv.sources]\nbuilder = { index = "corp" }\n${uvIndex('explicit = true\n')}`,
      elsewhere,
    ],
    ['uv, path', '[tool.uv.sources]\nBuilder = { path = "../builder" }\n', elsewhere],
    [
      'Poetry, source',
      `[tool.poetry.dependencies]\nbuilder = { source = "corp" }\n${poetrySource('explicit')}`,
      elsewhere,
    ],
    ['PDM, include_packages', pdmSource('include_packages = ["build*"]\n'), elsewhere],
    [
      'PDM, exclude_packages',
      pdmSource('exclude_packages = ["builder"]\n'),
      'libs/x/pyproject.toml needs builder for its build, and keeps it from the index "corp".',
    ],
  ])('%s', async (_, settings, message) => {
    expect(await refusal(library(settings), resolver)).toBe(`bad-requirements: ${message}`);
    const lock = {
      'pylock.toml':
        'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\nversion = "1"\ndirectory = { path = "libs/x" }\n',
    };
    expect(await refusal({ ...library(settings), ...lock }, resolver)).toBe(`bad-requirements: ${message}`);
  });

  test('what only the build itself names', async () => {
    const settings = '[tool.uv.sources]\nsecond = { path = "../second" }\n';
    expect(await refusal(library(settings, undefined, { 'more.txt': 'Second>=1' }), resolver)).toBe(
      'bad-requirements: libs/x/pyproject.toml needs Second for its build, and takes it from elsewhere.',
    );
  });

  test('but not what does not count here', async () => {
    const settings = '[tool.uv.sources]\nsecond = { path = "../second" }\n';
    const requires = `"builder", "second; sys_platform == 'win32'"`;
    const files = { 'requirements.txt': './libs/x\n', ...library(settings, requires) };
    expect(await builtBy('x', files, resolver)).toBe("BY = 'public'");
  });
});

describe('with pip, which takes the highest version of all indexes', () => {
  const lock = {
    'pylock.toml':
      'lock-version = "1.0"\ncreated-by = "x"\n[[packages]]\nname = "x"\nversion = "1"\ndirectory = { path = "libs/x" }\n',
  };
  test.each(some('uv, an index', 'Poetry, primary', 'PDM, a source'))(
    '$what',
    async ({ what, settings, more }) => {
      const files = { ...library(settings, undefined, more), ...lock };
      const alone = what === 'Poetry, primary';
      if (alone) expect(await builtBy('x', files, 'pip')).toBe("BY = 'private'");
      else
        expect(await refusal(files, 'pip')).toBe(
          'no-resolver: Only uv can build the project of libs/x/pyproject.toml: its indexes are asked in turn.',
        );
    },
  );
});
