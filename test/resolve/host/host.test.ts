import { describe, expect, jest, test } from '@jest/globals';
import { chmod, copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { renderFinding } from '../../../src/findings/findings.js';
import { Cache } from '../../../src/io/cache.js';
import { silent, type Progress } from '../../../src/progress.js';
import {
  distributions,
  environment,
  failure,
  fixtures,
  hostTools,
  listing,
  offline,
  project,
  resolved,
  wheels,
} from '../helper.js';

// pip takes about a second for each of its steps.
jest.setTimeout(60_000);

/** An in-tree build backend: builds a wheel with nothing but the standard library, so that no network is needed. */
const backend = (tag: string): string => `
import zipfile, os
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    open("left-behind-by-the-build", "w").close()
    name = "my_engine-1.0-${tag}.whl"
    info = "my_engine-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        def add(path, text): archive.writestr(zipfile.ZipInfo(path, (1980, 1, 1, 0, 0, 0)), text)
        add("my_engine.py", "x = 1\\n")
        add(info + "/METADATA", "Metadata-Version: 2.1\\nName: my-engine\\nVersion: 1.0\\nProvides-Extra: more\\nRequires-Dist: slim-plain\\nRequires-Dist: slim-extra; extra == 'more'\\n")
        add(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: x\\nRoot-Is-Purelib: true\\nTag: ${tag}\\n")
        add(info + "/RECORD", "my_engine.py,,\\n" + info + "/METADATA,,\\n" + info + "/WHEEL,,\\n" + info + "/RECORD,,\\n")
    return name
`;
const engine = (tag = 'py3-none-any'): Record<string, string> => ({
  'engine/pyproject.toml':
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n[project]\nname = "my-engine"\nversion = "1.0"\n',
  'engine/backend.py': backend(tag),
  'engine/my_engine.py': 'x = 1\n',
});

const names = async (root: string): Promise<string[]> =>
  (await distributions(root)).map((one) => one.replace(/-.*/, ''));

describe.each(hostTools)('%s', (resolver) => {
  test('markers are judged for the target, in requirements and in wheels', async () => {
    const folder = await project({
      'requirements.txt': `${offline}slim-markers\nslim-mac; sys_platform == "darwin"\nslim-plain; platform_machine == "aarch64"\n`,
    });
    const arm = await resolved(folder, { resolver, python: '3.12', architecture: 'arm64' });
    expect(await names(arm.root)).toEqual([
      'slim_arm',
      'slim_linux',
      'slim_markers',
      'slim_new',
      'slim_plain',
    ]);
    expect(arm.requested).toEqual(['slim-markers', 'slim-plain']);
    const old = await resolved(folder, { resolver, python: '3.9', glibc: '2.28' });
    expect(await names(old.root)).toEqual(['slim_intel', 'slim_linux', 'slim_markers', 'slim_old']);
  });

  test('Requires-Python is compared with the target, not with the Python that runs the tool', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-requires\n` });
    const on = async (python: '3.12' | '3.13'): Promise<string[]> =>
      distributions((await resolved(folder, { resolver, python })).root);
    expect([await on('3.12'), await on('3.13')]).toEqual([['slim_requires-1.0'], ['slim_requires-2.0']]);
  });

  test('a local project is built in a copy; nothing is written into the project', async () => {
    const folder = await project({ 'requirements.txt': `${offline}-e ./engine[more]\n`, ...engine() });
    const before = await listing(folder);
    for (const name of ['engine', '.']) await chmod(path.join(folder, name), 0o555);
    const { root, requested } = await resolved(folder, { resolver });
    expect(await names(root)).toEqual(['my_engine', 'slim_extra', 'slim_plain']);
    expect(requested).toEqual(['my-engine']);
    expect(await listing(folder)).toEqual(before);
    for (const name of ['.', 'engine']) await chmod(path.join(folder, name), 0o755);
  });

  test('a local project with compiled parts is not built for this machine by accident', async () => {
    const folder = await project({
      'requirements.txt': `${offline}./engine\n`,
      ...engine('cp311-cp311-linux_x86_64'),
    });
    const error = await failure(folder, { resolver });
    expect(error.code).toBe('no-wheel');
    expect(error.message).toMatch(/"\.\/engine" has compiled parts/);
    expect(error.hint).toMatch(/--resolver docker/);
  });

  test('a wheel file by its path', async () => {
    const folder = await project({});
    const file = 'slim_plain-1.0-py3-none-any.whl';
    await copyFile(path.join(wheels, file), path.join(folder, file));
    await writeFile(path.join(folder, 'requirements.txt'), `--no-index\n./${file}\n`);
    expect(await distributions((await resolved(folder, { resolver })).root)).toEqual(['slim_plain-1.0']);
  });

  test('no wheel fits: what exists, what the runtime takes, what to do', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-modern>=2\n` });
    const error = await failure(folder, { resolver, python: '3.11' });
    expect(error.code).toBe('needs-newer-python');
    expect(error.message).toBe(
      'slim-modern>=2 cannot run on Python 3.11 on x86_64 with glibc 2.26: its wheel needs glibc 2.28, and the target has 2.26.',
    );
    expect(error.hint).toMatch(/--python 3\.12\): slim-modern 3\.0 has a wheel for it/);
    // The line excludes it.
    expect(error.hint).not.toMatch(/1\.0/);
    expect(error.details.join('\n')).toMatch(/has wheels for: cp311-cp311-manylinux_2_28_x86_64/);
    expect(error.details.join('\n')).toMatch(/takes: cp311-cp311, .*manylinux_2_26_x86_64 and older/);
    const mac = await failure(await project({ 'requirements.txt': `${offline}slim-mac\n` }), { resolver });
    expect(mac.code).toBe('no-wheel');
  });

  test.each([
    ['slim-plain==9\n', 'resolution-failed', /No version of slim-plain is ==9/],
    ['slim-gone\n', 'resolution-failed', /No index has a package called "slim-gone"/],
    ['slim-plain==1.0\nslim-plain==2.0\n', 'resolution-failed', /slim-plain|fits together/],
    [
      'slim-plain==1.0 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n',
      'hash-mismatch',
      /hash/,
    ],
    ['--no-binary slim-plain\nslim-plain\n', 'no-wheel', /ask for a package to be compiled/],
    ['slim-renamed\n', 'no-wheel', /slim_renamed-1\.0 was built for macosx_11_0_arm64/],
  ])('%j: %s', async (text, code, message) => {
    const error = await failure(await project({ 'requirements.txt': offline + text }), { resolver });
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint).not.toBe('');
  });

  test('no network: a clear sentence, without the password in the URL', async () => {
    const folder = await project({
      'requirements.txt': '--index-url http://me:hunter-22@127.0.0.1:9/simple\nslim-plain\n',
    });
    const error = await failure(
      folder,
      { resolver },
      { environment: { ...environment, PIP_RETRIES: '0', UV_HTTP_RETRIES: '0' } },
    );
    expect(error.code).toBe('index-unreachable');
    expect(error.message).toBe('The package index cannot be reached (127.0.0.1:9).');
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/hunter/);
  });

  test('CUDA builds of torch stop the build before they are downloaded, unless they are kept', async () => {
    const folder = await project({ 'requirements.txt': `${offline}torch\n` });
    const error = await failure(folder, { resolver });
    expect(error.code).toBe('resolution-failed');
    expect(error.message).toMatch(/^torch 9\.9\.0 brings 2 CUDA packages of .*which Lambda cannot use/);
    expect(error.hint).toMatch(/--torch-backend keep/);
    const kept = await resolved(folder, { resolver, torchBackend: 'keep' });
    expect(await names(kept.root)).toEqual(['nvidia_slim_cu99', 'torch', 'triton']);
    expect(kept.findings.map((one) => renderFinding(one).sentence)).toEqual([
      expect.stringMatching(/no GPU, but .* of CUDA packages were resolved \(nvidia-slim-cu99, triton\)/),
    ]);
  });

  test('Ctrl-C: interrupted, and no half-made tree', async () => {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const cache = await Cache.open(cacheFolder, true);
    const abort = new AbortController();
    const folder = await project({ 'requirements.txt': `${offline}slim-plain\n` });
    // Right when the tools begin their work, however fast this machine is.
    const progress: Progress = {
      start: (name) => ({ ...silent.start(name), note: () => setTimeout(() => abort.abort(), 5) }),
    };
    const error = await failure(folder, { resolver }, { cache, signal: abort.signal, progress });
    expect(error.code).toBe('interrupted');
    expect(await readdir(path.join(cacheFolder, 'v1'))).toEqual(['work']);
  });
});

// What both do in the same code runs with the quicker one.
describe.each(hostTools.slice(-1))('shared by the tools (%s)', (resolver) => {
  test('an unchanged decision installs nothing; a damaged tree is made again; no bytecode, no scripts of ours', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-plain\nslim-stable\n` });
    const first = await resolved(folder, { resolver });
    const made = (await stat(path.join(first.root, 'slim_plain', '__init__.py'))).ctimeMs;
    const second = await resolved(folder, { resolver });
    expect(second).toMatchObject({ root: first.root, key: first.key });
    expect((await stat(path.join(second.root, 'slim_plain', '__init__.py'))).ctimeMs).toBe(made);
    expect((await listing(first.root)).filter((name) => /__pycache__|\.lock$/.test(name))).toEqual([]);
    await rm(path.join(first.root, 'slim_plain', '__init__.py'));
    const third = await resolved(folder, { resolver });
    expect(await readFile(path.join(third.root, 'slim_plain', '__init__.py'), 'utf8')).toBe(
      "version = '2.0'\n",
    );
  });

  test('the key follows what is decided', async () => {
    const one = await resolved(await project({ 'requirements.txt': `${offline}slim-plain==1.0\n` }), {
      resolver,
    });
    const two = await resolved(await project({ 'requirements.txt': `${offline}slim-plain\n` }), { resolver });
    const limited = await resolved(
      await project({
        'requirements.txt': `${offline}slim-plain\n-c limits.txt\n`,
        'limits.txt': 'slim-plain<2\n',
      }),
      { resolver },
    );
    const arm = await resolved(await project({ 'requirements.txt': `${offline}slim-plain==1.0\n` }), {
      resolver,
      architecture: 'arm64',
    });
    expect(limited.key).toBe(one.key);
    expect(new Set([one.key, two.key, arm.key]).size).toBe(3);
  });

  test('an nvidia library without torch is left to the recipes', async () => {
    const folder = await project({ 'requirements.txt': `${offline}nvidia-slim-cu99\n` });
    expect(await names((await resolved(folder, { resolver })).root)).toEqual(['nvidia_slim_cu99']);
  });

  test('two at once', async () => {
    const folder = await project({ 'requirements.txt': `${offline}slim-plain\nslim-extra\n` });
    const [one, two] = await Promise.all([resolved(folder, { resolver }), resolved(folder, { resolver })]);
    expect(one.key).toBe(two.key);
    expect(await names(one.root)).toEqual(['slim_extra', 'slim_plain']);
  });

  test('nothing asked for: an empty tree', async () => {
    const folder = await project({ 'requirements.txt': '' });
    const { root, requested } = await resolved(folder, { resolver, handler: folder });
    expect(await readdir(root)).toEqual([]);
    expect(requested).toEqual([]);
  });

  test.each([
    ['# nothing yet\n', 'requirements.txt asks for no package: nothing to build.'],
    [
      `${offline}slim-plain ; sys_platform == "win32"\n`,
      'Every line of requirements.txt is left out by its marker: nothing to build.',
    ],
  ])('%j and no code: says so', async (text, message) => {
    const error = await failure(await project({ 'requirements.txt': text }), { resolver });
    expect(error).toMatchObject({ code: 'nothing-to-build', message });
  });

  test('no secret is stored in the cache', async () => {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const cache = await Cache.open(cacheFolder, true);
    const folder = await project({
      'requirements.txt': `${offline}--extra-index-url http://me:hunter-22@127.0.0.1:9/simple\nslim-plain==1.0 --hash=sha256:${await hashOf('slim_plain-1.0-py3-none-any.whl')}\n`,
    });
    await resolved(folder, { resolver }, { cache });
    const texts = await textsBelow(cacheFolder);
    expect(texts.length).toBeGreaterThan(3);
    expect(texts.join('\n')).not.toMatch(/hunter/);
  });
});

describe.each(hostTools)('a password in a URL (%s)', (resolver) => {
  test('reaches the server and nothing else', async () => {
    const file = 'slim_plain-1.0-py3-none-any.whl';
    const seen: string[] = [];
    const server = createServer((request, response) => {
      seen.push(request.headers.authorization ?? '');
      if (request.headers.authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return;
      }
      void readFile(path.join(wheels, file)).then((bytes) => response.end(bytes));
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const cache = await Cache.open(cacheFolder, true);
    const folder = await project({
      'requirements.txt': `--no-index\nslim-plain @ http://me:\${PLAIN_TOKEN}@127.0.0.1:${port}/${file}\n`,
    });
    const notes: string[] = [];
    const note = (text: string): void => void notes.push(text);
    const progress = { start: () => ({ advance: () => {}, note, end: note }) };
    const context = { cache, progress, environment: { ...environment, PLAIN_TOKEN: 'hunter-22' } };
    const { root, key, requested } = await resolved(folder, { resolver }, context).finally(() =>
      server.close(),
    );
    expect(seen).toContain(`Basic ${Buffer.from('me:hunter-22').toString('base64')}`);
    expect(await distributions(root)).toEqual(['slim_plain-1.0']);
    expect(requested).toEqual(['slim-plain']);
    expect(JSON.stringify([key, notes, await textsBelow(cacheFolder)])).not.toMatch(/hunter/);
  });
});

/** Text of every file below a folder. */
async function textsBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(path.join(one.parentPath, one.name), 'utf8')),
  );
}

async function hashOf(name: string): Promise<string> {
  const { hashFile } = await import('../../../src/io/hash.js');
  return hashFile(path.join(wheels, name));
}

describe('the choice', () => {
  const fake = (name: string): Record<string, string | undefined> => ({
    ...environment,
    PATH: path.join(fixtures, 'programs', name),
  });

  test.each([
    ['auto', 'nothing', 'Neither uv nor a Python with pip is on PATH.'],
    ['uv', 'nothing', 'uv is not on PATH.'],
    ['pip', 'old-pip', 'pip 21.3 is too old: 22.2 or later is needed, for its installation report.'],
    ['uv', 'old-uv', 'uv 0.4.1 is too old (or has no platform for this glibc): 0.7.0 or later is needed.'],
  ] as const)('%s with %s', async (resolver, programs, message) => {
    const error = await failure(
      await project({ 'requirements.txt': 'x\n' }),
      { resolver },
      { environment: fake(programs) },
    );
    expect(error).toMatchObject({ code: 'no-resolver', message });
  });
});

describe('directory', () => {
  test('is used as it is', async () => {
    const folder = await project({
      'a/__init__.py': '',
      'a-1.dist-info/METADATA': 'Name: a\nRequires-Dist: b\nRequires-Dist: c; extra == "x"\n',
      'b-1.dist-info/METADATA': 'Name: b\n',
      'c-1.dist-info/METADATA': 'Name: c\n',
    });
    const before = await listing(folder);
    const first = await resolved(folder, { resolver: 'directory', from: folder });
    expect(first).toMatchObject({ root: folder, resolver: 'directory', requested: ['a', 'c'] });
    expect((await resolved(folder, { resolver: 'directory', from: folder })).key).toBe(first.key);
    expect(await listing(folder)).toEqual(before);
    await writeFile(path.join(folder, 'a', 'more.py'), 'x');
    expect((await resolved(folder, { resolver: 'directory', from: folder })).key).not.toBe(first.key);
  });

  test('a virtual environment means its site-packages', async () => {
    const folder = await project({ 'pyvenv.cfg': '', 'lib/python3.13/site-packages/a.py': '' });
    const { root } = await resolved(folder, { resolver: 'directory', from: folder });
    expect(root).toBe(path.join(folder, 'lib', 'python3.13', 'site-packages'));
  });

  test.each([
    ['gone', 'not-found'],
    ['.', 'nothing-to-build'],
  ])('%s: %s', async (name, code) => {
    const folder = await project({});
    expect((await failure(folder, { resolver: 'directory', from: path.join(folder, name) })).code).toBe(code);
  });
});
