/** What uv and pip both do as host resolvers. */
import { expect, test } from '@jest/globals';
import { chmod, copyFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
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
  listing,
  offline,
  project,
  resolved,
  wheels,
} from '../helper.js';

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

export const names = async (root: string): Promise<string[]> =>
  (await distributions(root)).map((one) => one.replace(/-.*/, ''));

/** The tests, with one of the tools. */
export function hostTool(resolver: 'uv' | 'pip'): void {
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
      /^slim_plain-1\.0-py3-none-any\.whl does not have a hash that the requirements allow\.$/,
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

  test('a password in a URL reaches the server and nothing else', async () => {
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
}

/** Text of every file below a folder. */
export async function textsBelow(folder: string): Promise<string[]> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    files.filter((one) => one.isFile()).map((one) => readFile(path.join(one.parentPath, one.name), 'utf8')),
  );
}
