/**
 * What `lock-oracles.test.ts` holds for what does not come from the public index: a repository, and an index with a login.
 * The locks name the test's own server, so the tools make them here. Needs `.test-tools/locks`.
 */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../program.js';
import { collectInputs } from '../../src/resolve/inputs/inputs.js';
import { contextFor, distributions, requestFor, resolved } from '../resolve/helper.js';
import { judged, lockTools, ours } from './lock-rows.js';

jest.setTimeout(600_000);

let server: Server;
const root = await mkdtemp(path.join(tmpdir(), 'slim-elsewhere-'));
let host = '';
const login = `Basic ${Buffer.from('me:geheim-4711').toString('base64')}`;
const environment = {
  ...lockTools,
  // Poetry keeps what an index has by the index's name; Pipenv makes no environment inside of one.
  POETRY_CACHE_DIR: path.join(root, 'poetry'),
  PIPENV_IGNORE_VIRTUALENVS: undefined,
  VIRTUAL_ENV: path.resolve('.test-tools/locks'),
  CORP_TOKEN: 'geheim-4711',
  UV_INDEX_CORP_USERNAME: 'me',
  UV_INDEX_CORP_PASSWORD: 'geheim-4711',
  POETRY_HTTP_BASIC_CORP_USERNAME: 'me',
  POETRY_HTTP_BASIC_CORP_PASSWORD: 'geheim-4711',
};

/** An index with one package, and a repository that is served as plain files. */
const make = `
import os, zipfile
os.makedirs("simple/corpx")
for python in ("3.10", "3.11", "3.12", "3.13", "3.14"):
    tag = "cp" + python.replace(".", "")
    with zipfile.ZipFile(f"simple/corpx/corpx-0.1-{tag}-none-any.whl", "w") as archive:
        for name, text in (("corpx.py", ""), ("corpx-0.1.dist-info/METADATA", "Metadata-Version: 2.1\\nName: corpx\\nVersion: 0.1\\n"),
                           ("corpx-0.1.dist-info/WHEEL", f"Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\nTag: {tag}-none-any\\n"), ("corpx-0.1.dist-info/RECORD", "")):
            archive.writestr(name, text)
    with open("simple/corpx/index.html", "a") as page: page.write(f'<a href="corpx-0.1-{tag}-none-any.whl">corpx-0.1-{tag}-none-any.whl</a>\\n')
`;

type Line = readonly [program: string, ...args: string[]];

async function must([program, ...args]: Line, cwd: string): Promise<string> {
  const result = await run(program, args, { cwd, env: environment, onlyEnv: true });
  expect([program, args, result.ok, result.ok ? '' : result.stderr + result.stdout]).toEqual([
    program,
    args,
    true,
    '',
  ]);
  return result.stdout;
}

beforeAll(async () => {
  await must(['python3', '-c', make], root);
  const repository = path.join(root, 'work');
  await mkdir(repository);
  await writeFile(
    path.join(repository, 'pyproject.toml'),
    '[project]\nname = "gitx"\nversion = "2.0"\n[build-system]\nrequires = ["setuptools>=61"]\nbuild-backend = "setuptools.build_meta"\n',
  );
  await writeFile(path.join(repository, 'gitx.py'), '');
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org'];
  for (const args of [
    ['init', '--quiet'],
    ['add', '.'],
    [...who, 'commit', '--quiet', '-m', 'x'],
    ['tag', 'v2'],
  ])
    await must(['git', ...args], repository);
  await must(['git', 'clone', '--quiet', '--bare', 'work', 'r.git'], root);
  await must(['git', '-C', 'r.git', 'update-server-info'], root);
  server = createServer((request, response) => {
    const name = decodeURIComponent((request.url ?? '').replace(/\?.*$/, ''));
    if (!name.startsWith('/r.git/') && request.headers.authorization !== login) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="corp"' }).end();
      return;
    }
    const file = path.join(root, name.endsWith('/') ? `${name}index.html` : name);
    readFile(file).then(
      (bytes) =>
        response
          .setHeader('content-type', file.endsWith('.html') ? 'text/html' : 'application/octet-stream')
          .end(bytes),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

const head = '[project]\nname = "app"\nversion = "1"\nrequires-python = ">=3.10,<3.14"\n';
const uvProject = `${head}dependencies = ["corpx", "gitx", "toolz==1.0.0"]
[tool.uv.sources]\ncorpx = { index = "corp" }\ngitx = { git = "http://HOST/r.git", tag = "v2" }
[[tool.uv.index]]\nname = "corp"\nurl = "http://HOST/simple"\nexplicit = true\n`;
const poetryProject = `${head}dependencies = ["corpx", "gitx", "toolz==1.0.0"]
[tool.poetry]\npackage-mode = false\n[tool.poetry.dependencies]\ncorpx = { source = "corp" }\ngitx = { git = "http://HOST/r.git", tag = "v2" }
[[tool.poetry.source]]\nname = "mirror"\nurl = "https://pypi.org/simple/"\npriority = "primary"
[[tool.poetry.source]]\nname = "corp"\nurl = "http://HOST/simple"\npriority = "explicit"\n`;
const pdmProject = `${head}dependencies = ["corpx", "gitx @ git+http://HOST/r.git@v2", "toolz==1.0.0"]
[tool.pdm]\ndistribution = false
[[tool.pdm.source]]\nname = "corp"\nurl = "http://me:\${CORP_TOKEN}@HOST/simple"\ninclude_packages = ["corp*"]\n`;
const pipfile = `[[source]]\nname = "pypi"\nurl = "https://pypi.org/simple"\nverify_ssl = true
[[source]]\nname = "corp"\nurl = "http://me:\${CORP_TOKEN}@HOST/simple"\nverify_ssl = false
[packages]\ncorpx = { version = "*", index = "corp" }\ngitx = { git = "http://HOST/r.git", ref = "v2" }\ntoolz = "==1.0.0"\n`;

interface Tool {
  readonly lock: string;
  readonly file: readonly [name: string, text: string];
  readonly make: Line;
  readonly export: Line;
  /** Makes a pylock.toml, too. */
  readonly pylock?: Line;
}
const pdmExport: Line = ['pdm', 'export', '--prod', '--format', 'pylock'];
const tools: readonly Tool[] = [
  {
    lock: 'uv.lock',
    file: ['pyproject.toml', uvProject],
    make: ['uv', 'lock'],
    export: ['uv', 'export', '--frozen', '--no-hashes', '--no-header', '--no-annotate', '--no-emit-project'],
    pylock: ['uv', 'export', '--format', 'pylock.toml', '--no-emit-project', '--output-file', 'pylock.toml'],
  },
  {
    lock: 'poetry.lock',
    file: ['pyproject.toml', poetryProject],
    make: ['poetry', 'lock'],
    export: ['poetry', 'export', '--without-hashes'],
  },
  {
    lock: 'pdm.lock',
    file: ['pyproject.toml', pdmProject],
    make: ['pdm', 'lock'],
    export: pdmExport,
    pylock: ['pdm', 'export', '--format', 'pylock', '--output', 'pylock.toml'],
  },
  {
    lock: 'Pipfile.lock',
    file: ['Pipfile', pipfile],
    make: ['pipenv', 'lock'],
    export: ['pipenv', 'requirements'],
  },
];

const target = { python: '3.13', architecture: 'x86_64' } as const;

/** @param said the export that judges it */
async function holds(folder: string, lock: string, said: string): Promise<void> {
  const request = { requirements: [path.join(folder, lock)], python: '3.13', resolver: 'uv' } as const;
  const inputs = await collectInputs(requestFor(folder, request), await contextFor({ environment }));
  const rows = ours(inputs, target, folder);
  // Here a pylock.toml is what PDM's export is.
  expect(rows).toEqual(await judged(said, lock === 'pylock.toml' ? 'pdm.lock' : lock, target, folder));
  expect(rows.map(([one]) => one)).toEqual(['corpx', 'gitx', 'toolz']);
  expect(rows[0]?.[2]).toBe(`index http://${host}/simple`);
  const { root: tree } = await resolved(folder, request, { environment });
  expect(await distributions(tree)).toEqual(['corpx-0.1', 'gitx-2.0', 'toolz-1.0.0']);
}

test.each(tools)('$make.0: $lock', async ({ lock, file: [name, text], make: lockIt, ...tool }) => {
  const folder = await mkdtemp(path.join(root, 'app-'));
  await writeFile(path.join(folder, name), text.replaceAll('HOST', host));
  await must(lockIt, folder);
  await holds(folder, lock, await must(tool.export, folder));
  if (tool.pylock === undefined) return;
  await must(tool.pylock, folder);
  await holds(folder, 'pylock.toml', await readFile(path.join(folder, 'pylock.toml'), 'utf8'));
});
