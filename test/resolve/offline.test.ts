/** `--offline` behind a network that counts: what was built once is built again, what was not is named, and nobody is asked. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Cache } from '../../src/io/cache.js';
import { hashFile } from '../../src/io/hash.js';
import { run } from '../program.js';
import type { BuildRequest, Resolution } from '../../src/model.js';
import { deadEnd, withoutNetwork } from '../../src/resolve/offline.js';
import type { SlimError } from '../../src/errors.js';
import { engine } from './engine.js';
import { distributions, environment, failure, hostTools, project, resolved, wheels } from './helper.js';

jest.setTimeout(120_000);

let server: Server;
let host = '';
let commit = '';
let digest = '';
/** Paths that somebody asked for. */
const asked: string[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-served-'));
  const source = path.join(folder, 'engine-3.0');
  await mkdir(source);
  await writeFile(path.join(source, 'pyproject.toml'), engine['pyproject.toml']);
  await writeFile(path.join(source, 'backend.py'), engine['backend.py']);
  await writeFile(path.join(source, 'PKG-INFO'), 'Metadata-Version: 2.1\nName: engine\nVersion: 3.0\n');
  const script = `
set -e
python3 -c 'import shutil; shutil.make_archive("engine-3.0", "gztar", ".", "engine-3.0")'
cp -r engine-3.0 work && cd work
git init --quiet --initial-branch main . && git config user.email a@b.c && git config user.name a
git add . && git commit --quiet -m one && git tag v1
cd .. && git clone --quiet --bare work repo.git && git -C repo.git update-server-info
git -C repo.git rev-parse HEAD && sha256sum engine-3.0.tar.gz | cut -d " " -f 1`;
  const made = await run('sh', ['-c', script], { cwd: folder });
  if (!made.ok) throw new Error(made.stderr);
  [commit = '', digest = ''] = made.stdout.split('\n').slice(-2);
  await cp(wheels, path.join(folder, 'wheels'), { recursive: true });
  server = createServer((request, response) => {
    const place = (request.url ?? '').replace(/\?.*$/, '');
    asked.push(place);
    const name = /^\/simple\/([^/]+)\/$/.exec(place)?.[1];
    void answer(name, place).then((bytes) =>
      bytes === null
        ? response.writeHead(404).end()
        : response
            .setHeader('content-type', place.endsWith('/') ? 'text/html' : 'application/octet-stream')
            .end(bytes),
    );
  });
  const answer = async (name: string | undefined, place: string): Promise<Buffer | string | null> => {
    if (name === undefined && place !== '/links/')
      return readFile(path.join(folder, place)).catch(() => null);
    const files = (await readdir(wheels)).filter(
      (file) => name === undefined || file.startsWith(`${name.replaceAll('-', '_')}-`),
    );
    const link = async (file: string): Promise<string> =>
      `<a href="/wheels/${file}#sha256=${await hashFile(path.join(wheels, file))}">${file}</a>`;
    return files.length === 0 ? null : (await Promise.all(files.map(link))).join('\n');
  };
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.close();
});

beforeEach(() => {
  asked.length = 0;
});

/** One build after the other over the same caches, each with its own requirements. */
async function builds(resolver: 'uv' | 'pip') {
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
  const own = {
    ...environment,
    UV_CACHE_DIR: path.join(cacheFolder, 'uv'),
    PIP_CACHE_DIR: path.join(cacheFolder, 'pip'),
    UV_HTTP_RETRIES: '0',
    PIP_RETRIES: '0',
  };
  const filled = (text: string): string =>
    text.replaceAll('HOST', host).replaceAll('COMMIT', commit).replaceAll('DIGEST', digest);
  const world = async () => ({ cache: await Cache.open(cacheFolder, true), environment: own });
  const folder = await project({});
  const write = (text: string): Promise<void> =>
    writeFile(path.join(folder, 'requirements.txt'), `${filled(text)}\n`);
  return {
    builds: async (text: string, more: Partial<BuildRequest> = {}): Promise<Resolution> => {
      await write(text);
      return resolved(folder, { resolver, ...more }, await world());
    },
    fails: async (text: string, more: Partial<BuildRequest> = {}): Promise<SlimError> => {
      await write(text);
      return failure(folder, { resolver, ...more }, await world());
    },
  };
}

const noIndex = '--no-index\n';
const index = '--index-url http://HOST/simple\n';

describe.each(hostTools)('%s', (resolver) => {
  // Seconds for each step of pip: what both tools share is held with the quicker one.
  const slow = resolver !== hostTools.at(-1);
  const few = <Row>(rows: readonly Row[], count: number): Row[] => (slow ? rows.slice(-count) : [...rows]);

  test.each(
    few(
      [
        `${noIndex}http://HOST/engine-3.0.tar.gz`,
        `${noIndex}engine @ http://HOST/engine-3.0.tar.gz`,
        `${noIndex}http://HOST/engine-3.0.tar.gz --hash=sha256:DIGEST`,
        `${noIndex}engine @ git+http://HOST/repo.git`,
        `${noIndex}git+http://HOST/repo.git@v1#egg=engine`,
        `${noIndex}engine @ git+http://HOST/repo.git@COMMIT`,
        `${noIndex}slim-plain @ http://HOST/wheels/slim_plain-1.0-py3-none-any.whl`,
        `${noIndex}--find-links http://HOST/links/\nslim-plain`,
        `${index}slim-plain`,
        `${index}slim-plain==1.0`,
      ],
      4,
    ),
  )('built before, built again without asking: %s', async (text) => {
    const { builds: build, fails } = await builds(resolver);
    expect((await fails(text, { offline: true })).code).toBe('not-in-cache');
    expect(asked).toEqual([]);
    const first = await build(text);
    expect(asked.length).toBeGreaterThan(0);
    asked.length = 0;
    const second = await build(text, { offline: true });
    expect(asked).toEqual([]);
    expect(second.root).toBe(first.root);
  });

  test.each([
    [
      `${noIndex}http://HOST/engine-3.0.tar.gz`,
      /^"http:\/\/127.*\/engine-3\.0\.tar\.gz" is not in the cache/,
    ],
    [
      `${noIndex}x @ git+http://me:secret-7@HOST/repo.git`,
      /^"x @ git\+http:.*repo\.git" is not in the cache/,
    ],
    [
      `${noIndex}slim-plain @ http://HOST/wheels/slim_plain-1.0-py3-none-any.whl`,
      /^slim_plain-1\.0-py3-none-any\.whl cannot be found in the cache/,
    ],
    [`${noIndex}--find-links http://HOST/links/\nslim-plain`, /^(?:slim-plain|Not all)/],
    [`${index}slim-plain`, /^slim-plain cannot be found in the cache/],
    [`${index}slim-plain\nslim-extra`, /slim-(?:plain|extra).* cannot be found in the cache/],
  ])('never built: %s', async (text, message) => {
    const { fails } = await builds(resolver);
    const error = await fails(text, { offline: true });
    expect(error.code).toBe('not-in-cache');
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/^Build once without --offline/);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(
      /secret-7|127\.0\.0\.1:9\b/,
    );
    expect(asked).toEqual([]);
  });

  test.each(
    few(
      [
        `${noIndex}http://HOST/engine-3.0.tar.gz --hash=sha256:DIGEST`,
        `${noIndex}http://HOST/engine-3.0.tar.gz#sha256=DIGEST`,
        `${noIndex}engine @ git+http://HOST/repo.git@COMMIT`,
      ],
      1,
    ),
  )('what cannot change is fetched once, and anew with --refresh: %s', async (text) => {
    const { builds: build } = await builds(resolver);
    await build(text);
    asked.length = 0;
    await build(text);
    expect(asked).toEqual([]);
    await build(text, { refresh: true });
    expect(asked).not.toEqual([]);
  });

  test('a branch or an archive without a hash is looked at in each build', async () => {
    const { builds: build } = await builds(resolver);
    for (const text of [
      `${noIndex}http://HOST/engine-3.0.tar.gz`,
      `${noIndex}git+http://HOST/repo.git@main`,
    ]) {
      await build(text);
      asked.length = 0;
      await build(text);
      expect(asked).not.toEqual([]);
    }
  });

  test('CUDA builds: their sizes are not asked for', async () => {
    const { fails, builds: build } = await builds(resolver);
    const text = `--no-index\n--find-links ${wheels}\ntorch`;
    const error = await fails(text, { offline: true });
    expect(error).toMatchObject({ code: 'not-in-cache' });
    expect(error.message).toMatch(/^The CPU build of torch is not in the cache/);
    expect(await distributions((await build(text, { offline: true, torchBackend: 'keep' })).root)).toContain(
      'torch-9.9.0',
    );
  });
});

test('uv builds what it has in its own cache, also for other requirements', async () => {
  if (!hostTools.includes('uv')) return;
  const { builds: build } = await builds('uv');
  await build(`${index}slim-plain\nslim-extra`);
  asked.length = 0;
  const { root } = await build(`${index}slim-extra`, { offline: true });
  expect(await distributions(root)).toContain('slim_extra-1.0');
  expect(asked).toEqual([]);
});

test('what tools ask by themselves ends on this machine', async () => {
  const closed = withoutNetwork({ ...environment, NO_PROXY: '*', HTTPS_PROXY: 'http://proxy.example' });
  expect(closed).toMatchObject({ HTTPS_PROXY: deadEnd, https_proxy: deadEnd, NO_PROXY: '' });
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-closed-'));
  for (const [command, ...args] of [
    ['git', 'clone', `http://${host}/repo.git`, 'a'],
    ['git', 'clone', 'ssh://git@127.0.0.1/repo.git', 'b'],
    ['python3', '-c', `import urllib.request as r; r.urlopen("http://${host}/")`],
    ['python3', '-m', 'pip', 'download', '--retries=0', '--index-url', `http://${host}/simple`, 'slim-plain'],
  ] as const) {
    const result = await run(command, args, { cwd: folder, env: closed, onlyEnv: true });
    expect({ command, args, ok: result.ok }).toEqual({ command, args, ok: false });
  }
  expect(asked).toEqual([]);
});
