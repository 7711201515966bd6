import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../../program.js';
import { engine } from '../engine.js';
import { distributions, environment, failure, hostTools, project, resolved } from '../helper.js';

jest.setTimeout(60_000);

let server: Server;
let port = 0;
let digest = '';
const asked: { path: string; login: string | undefined }[] = [];

beforeAll(async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-archives-'));
  for (const place of ['engine-3.0', 'mono-3.0/py']) {
    await mkdir(path.join(folder, place), { recursive: true });
    await writeFile(path.join(folder, place, 'pyproject.toml'), engine['pyproject.toml']);
    await writeFile(path.join(folder, place, 'backend.py'), engine['backend.py']);
    await writeFile(
      path.join(folder, place, 'PKG-INFO'),
      'Metadata-Version: 2.1\nName: engine\nVersion: 3.0\n',
    );
  }
  const code = `
import shutil, sys
for name in ("engine-3.0", "mono-3.0"):
    shutil.make_archive(name, "gztar", ".", name)
    shutil.make_archive(name, "zip", ".", name)
`;
  const made = await run('python3', ['-c', code], { cwd: folder });
  if (!made.ok) throw new Error(made.stderr);
  digest = createHash('sha256')
    .update(await readFile(path.join(folder, 'engine-3.0.tar.gz')))
    .digest('hex');
  server = createServer((request, response) => {
    asked.push({ path: request.url ?? '', login: request.headers.authorization });
    const name = (request.url ?? '').replace(/^\/|\?.*$/g, '');
    if (name === 'moved.tar.gz') {
      response.writeHead(302, { location: '/engine-3.0.tar.gz' }).end();
    } else if (name === 'zip/main') {
      response.setHeader('content-disposition', 'attachment; filename=engine-main.zip');
      void readFile(path.join(folder, 'engine-3.0.zip')).then((bytes) => response.end(bytes));
    } else if (name === 'page') {
      response.setHeader('content-type', 'text/html').end('<html>');
    } else {
      readFile(path.join(folder, name)).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});

afterAll(() => {
  server.close();
});

const requirements = (line: string): Promise<string> =>
  project({
    'requirements.txt': `--no-index\n${line.replaceAll('HOST', `127.0.0.1:${port}`).replaceAll('DIGEST', digest)}\n`,
  });

describe.each(hostTools.slice(-1))('a source archive by URL (%s)', (resolver) => {
  test.each([
    'http://HOST/engine-3.0.tar.gz',
    'engine @ http://HOST/engine-3.0.tar.gz ; python_version > "3"',
    'http://HOST/engine-3.0.zip',
    'http://HOST/moved.tar.gz',
    'http://HOST/zip/main',
    'http://HOST/engine-3.0.tar.gz#egg=engine',
    'http://HOST/engine-3.0.tar.gz#sha256=DIGEST',
    'http://HOST/engine-3.0.tar.gz --hash=sha256:DIGEST',
    'http://HOST/mono-3.0.tar.gz#subdirectory=py',
    'engine @ http://HOST/mono-3.0.zip#subdirectory=py',
  ])('%s', async (line) => {
    const { root, requested } = await resolved(await requirements(line), { resolver });
    expect(await distributions(root)).toEqual(['engine-3.0']);
    expect(requested).toEqual(['engine']);
  });
});

test('a name that only a build tells, in a folder', async () => {
  const [resolver] = hostTools.slice(-1);
  const at = await project({
    'requirements.txt': '--no-index\n./x\n',
    'x/backend.py': engine['backend.py'],
    'x/pyproject.toml': engine['pyproject.toml'].replace(/^name = .*$/m, 'dynamic = ["name"]'),
  });
  expect((await resolved(at, { resolver: resolver ?? 'pip' })).requested).toEqual(['engine']);
});

test('pip builds it, too', async () => {
  const { root } = await resolved(await requirements('http://HOST/engine-3.0.tar.gz'), { resolver: 'pip' });
  expect(await distributions(root)).toEqual(['engine-3.0']);
});

describe('what cannot be fetched', () => {
  test.each([
    ['http://HOST/gone-1.0.tar.gz', 'index-unreachable', /cannot be fetched: 127\.0\.0\.1:\d+ answers 404/],
    [
      'http://127.0.0.1:9/x-1.0.tar.gz',
      'index-unreachable',
      /cannot be fetched: 127\.0\.0\.1:9 does not answer/,
    ],
    ['http://HOST/page', 'bad-requirements', /neither a wheel nor a source archive/],
    [
      `http://HOST/engine-3.0.tar.gz --hash=sha256:${'0'.repeat(64)}`,
      'hash-mismatch',
      /does not have the hash/,
    ],
    ['http://HOST/mono-3.0.tar.gz#subdirectory=gone', 'bad-requirements', /has no folder gone/],
  ])('%s: %s', async (line, code, message) => {
    const error = await failure(await requirements(line));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
  });

  test('a login goes to the server and nowhere else', async () => {
    const folder = await requirements('engine @ http://me:${ENGINE_TOKEN}@HOST/gone.tar.gz');
    const error = await failure(folder, {}, { environment: { ...environment, ENGINE_TOKEN: 'hunter-22' } });
    expect(asked.at(-1)).toEqual({
      path: '/gone.tar.gz',
      login: `Basic ${Buffer.from('me:hunter-22').toString('base64')}`,
    });
    expect(JSON.stringify([error.message, error.details, error.hint])).not.toMatch(/hunter/);
  });
});
