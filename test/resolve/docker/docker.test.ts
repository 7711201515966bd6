// The whole resolver with a stand-in for the engine; test/real/docker.test.ts does it with a real one.
import { Secrets } from '../../../src/text/secrets.js';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import { Cache } from '../../../src/io/cache.js';
import { targetFor } from '../../../src/limits.js';
import type { BuildRequest } from '../../../src/model.js';
import { silent } from '../../../src/progress.js';
import { resolveWithDocker } from '../../../src/resolve/docker/docker.js';
import type { RequirementInputs } from '../../../src/resolve/resolver.js';
import { never } from '../../never.js';

const root = await mkdtemp(path.join(tmpdir(), 'lambda-slim-docker-'));
afterAll(async () => rm(root, { recursive: true, force: true }));

const programs = path.resolve('fixtures/programs/docker');
let counter = 0;

interface Call {
  readonly args: readonly string[];
  readonly seen: Readonly<Record<string, string>>;
}

/** Resolve with a fake engine; gives the result (or the error) and the engine's calls. */
async function resolve(
  answer: object,
  options: {
    cache?: string;
    environment?: Record<string, string>;
    locked?: boolean;
    empty?: boolean;
    offline?: boolean;
  } = {},
) {
  const here = path.join(root, String(counter++));
  const folder = path.join(here, 'inputs');
  const log = path.join(here, 'log');
  await mkdir(folder, { recursive: true });
  await writeFile(log, '');
  const file = path.join(folder, 'requirements.txt');
  await writeFile(file, 'tiny\n');
  const inputs: RequirementInputs = {
    source: 'requirements.txt',
    folder,
    files: [file],
    constraints: [],
    options: [],
    localPaths: [],
    claims: [],
    projects: [],
    localWheels: folder,
    requested: ['tiny'],
    empty: options.empty ?? false,
    locked: options.locked ?? false,
    compiles: false,
    pinned: [],
    digest: 'd',
  };
  const cache = await Cache.open(options.cache ?? path.join(here, 'cache'), true);
  const { offline = false } = options;
  const settings = {
    python: '3.13',
    image: null,
    containerEngine: null,
    torchBackend: 'cpu',
    offline,
  } as const;
  const request = settings as unknown as BuildRequest;
  const outcome = await resolveWithDocker(inputs, request, targetFor('3.13', 'x86_64'), {
    cache,
    progress: silent,
    secrets: new Secrets(),
    signal: never,
    environment: {
      PATH: `${programs}:${path.dirname(process.execPath)}:/usr/bin:/bin`,
      HOME: here,
      FAKE_DOCKER: JSON.stringify(answer),
      FAKE_DOCKER_LOG: log,
      ...options.environment,
    },
  }).then(
    (tree) => ({ tree, error: null }),
    (error: unknown) => ({
      tree: null,
      error: error as Error & { code: string; details: readonly string[] },
    }),
  );
  await cache.close();
  const calls = (await readFile(log, 'utf8')).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as Call); // prettier-ignore
  return { ...outcome, calls, names: calls.map((call) => call.args[0]), cache };
}

test('resolves, installs, and then only resolves', async () => {
  const cache = path.join(root, 'shared');
  const first = await resolve({}, { cache });
  expect(first.error).toBeNull();
  expect(first.names).toEqual(['info', 'image', 'run', 'run']);
  expect(first.tree?.resolverVersion).toBe(
    'docker 28.1.0, pip 25.0 in public.ecr.aws/sam/build-python3.13:latest-x86_64',
  );
  expect(await readdir(first.tree!.root)).toEqual(['tiny']);
  const second = await resolve({}, { cache });
  expect(second.names).toEqual(['info', 'image', 'run']);
  expect(second.tree?.root).toBe(first.tree?.root);
  const newer = await resolve({ version: '1.1' }, { cache });
  expect(newer.names).toEqual(['info', 'image', 'run', 'run']);
  expect(newer.tree?.key).not.toBe(first.tree?.key);
});

test('a lock is asked about once', async () => {
  const cache = path.join(root, 'locked');
  expect((await resolve({}, { cache, locked: true })).names).toEqual(['info', 'image', 'run', 'run']);
  const second = await resolve({}, { cache, locked: true });
  expect(second.names).toEqual(['info', 'image']);
  expect(second.tree?.resolverVersion).toContain('pip 25.0');
});

test('offline: a tree that is there is taken, pinned or not; no image is fetched, nothing runs', async () => {
  const cache = path.join(root, 'offline');
  const never = await resolve({}, { cache, offline: true });
  expect(never.error).toMatchObject({ code: 'not-in-cache' });
  expect(never.names).toEqual(['info', 'image']);
  await resolve({}, { cache });
  const second = await resolve({}, { cache, offline: true });
  expect(second.error).toBeNull();
  expect(second.names).toEqual(['info', 'image']);
  const gone = await resolve({ image: null }, { cache, offline: true });
  expect(gone.names).toEqual(['info', 'image']);
  expect(gone.error).toMatchObject({
    code: 'not-in-cache',
    message: expect.stringMatching(/^docker does not have the image public\.ecr\.aws/) as unknown,
  });
});

test('nothing to install needs no engine', async () => {
  const { tree, names } = await resolve({}, { empty: true });
  expect(names).toEqual([]);
  expect(await readdir(tree!.root)).toEqual([]);
});

test('secrets are in the environment of the client, on no command line, and in no file of the cache', async () => {
  const url = 'https://user:hunter22@index/simple';
  const result = await resolve(
    { seen: ['PIP_INDEX_URL'] },
    { environment: { PIP_INDEX_URL: url }, locked: true },
  );
  expect(result.error).toBeNull();
  const runs = result.calls.filter((call) => call.args[0] === 'run');
  expect(runs.map((call) => call.seen['PIP_INDEX_URL'])).toEqual([url, url]);
  expect(JSON.stringify(result.calls.map((call) => call.args))).not.toContain('hunter22');
  for (const name of await readdir(result.cache.root, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    expect(await readFile(path.join(name.parentPath, name.name), 'utf8')).not.toContain('hunter22');
  }
});

test('a failure is told without secrets and leaves no tree', async () => {
  const says = 'ERROR: Failed building wheel for tiny\nLooking in https://user:hunter22@index/simple';
  const { error, cache } = await resolve({ run: { code: 1, says } });
  expect(error).toMatchObject({
    code: 'container-failed',
    message: expect.stringContaining('tiny could not be built') as unknown,
  });
  expect(error?.details.join('\n')).toContain('https://****@index/simple');
  expect(await readdir(cache.root)).not.toContain('trees');
});

test('an image that cannot be had', async () => {
  const { error, names } = await resolve({ image: null });
  expect(names).toEqual(['info', 'image', 'pull', 'image']);
  expect(error).toMatchObject({ code: 'container-failed' });
  expect(error?.message).toContain('it is not there, or you may not read it');
});
