import { Secrets } from '../../src/text/secrets.js';
import { mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SlimError } from '../../src/errors.js';
import { Cache } from '../../src/io/cache.js';
import { defaultPython, targetFor } from '../../src/limits.js';
import { run } from '../program.js';
import type { BuildRequest, Resolution } from '../../src/model.js';
import { silent, type Progress } from '../../src/progress.js';
import { resolve } from '../../src/resolve/index.js';
import type { World } from '../../src/world.js';
import { never } from '../never.js';
import { findUv } from '../../src/resolve/tools.js';

export const fixtures = fileURLToPath(new URL('../../fixtures/', import.meta.url));
export const wheels = path.join(fixtures, 'wheels');

/** Version managers put a slow script before the real interpreter. */
async function pythonFolder(): Promise<string> {
  const result = await run('python3', [
    '-c',
    'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)))',
  ]);
  return result.stdout;
}

/** The machine's own index settings must not change what a test sees. */
export const environment: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(PIP|UV)_(?!CACHE|CERT)/.test(name)),
  ),
  PATH: `${await pythonFolder()}:${process.env['PATH'] ?? ''}`,
  PIP_CONFIG_FILE: '/dev/null',
  UV_NO_CONFIG: '1',
};

/** pip always; uv where it is installed. */
export const hostTools: readonly ('pip' | 'uv')[] =
  (await findUv(environment, never)) === null ? ['pip'] : ['pip', 'uv'];

/** What holds for both runs in the fast tests with the quicker one; test/real/pip.test.ts runs all of it with pip. */
export const quickTool = hostTools.slice(-1);

/** A folder with these files (text by relative path). Its name holds a space and a letter beyond ASCII on purpose. */
export async function project(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = path.join(await mkdtemp(path.join(tmpdir(), 'slim-resolve-')), 'my prøject');
  await mkdir(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

export function requestFor(folder: string, changes: Partial<BuildRequest> = {}): BuildRequest {
  return {
    folder,
    requirements: [],
    package: null,
    python: '3.13',
    architecture: 'x86_64',
    glibc: null,
    out: path.join(folder, '.lambda-slim'),
    resolver: 'pip',
    from: null,
    indexes: [],
    models: null,
    layers: [],
    reserve: null,
    buildSources: true,
    offline: false,
    refresh: false,
    groups: [],
    extras: [],
    torchBackend: 'cpu',
    image: null,
    containerEngine: null,
    exclude: [],
    excludeRuntime: false,
    stub: [],
    provenance: null,
    patches: [],
    vendor: [],
    keep: [],
    drop: [],
    recipes: [],
    services: [],
    prune: 'safe',
    strategy: 'auto',
    codec: 'zstd',
    codecLevel: null,
    upload: null,
    pyc: 'auto',
    format: null,
    code: null,
    excludeCode: [],
    handler: null,
    provided: [],
    interpreter: null,
    confine: 'auto',
    environment: {},
    proof: true,
    ephemeralStorage: 512,
    cacheDir: '/nowhere',
    cacheLimit: 5e9,
    cache: true,
    plan: false,
    ...changes,
  };
}

/** One cache for a test file, so that what one test installed another finds. */
const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));

export async function contextFor(changes: Partial<World> = {}, progress: Progress = silent): Promise<World> {
  const secrets = new Secrets(changes.environment ?? environment);
  const cache = await Cache.open(cacheFolder, true);
  return { cache, progress, environment, signal: never, secrets, ...changes };
}

export async function resolved(
  folder: string,
  changes: Partial<BuildRequest> = {},
  context: Partial<World> = {},
): Promise<Resolution> {
  const request = requestFor(folder, changes);
  const whole = await contextFor(context);
  try {
    return await resolve(
      request,
      targetFor(request.python ?? defaultPython, request.architecture, request.glibc),
      whole,
    );
  } finally {
    await whole.cache.close();
  }
}

/** The error that a resolve ends with. */
export async function failure(
  folder: string,
  changes: Partial<BuildRequest> = {},
  context: Partial<World> = {},
): Promise<SlimError> {
  try {
    await resolved(folder, changes, context);
  } catch (error) {
    return error as SlimError;
  }
  throw new Error('it did not fail');
}

/** `name` or `name version` of each distribution in a tree, sorted. */
export async function distributions(root: string): Promise<string[]> {
  const names = await readdir(root);
  return names
    .filter((name) => name.endsWith('.dist-info'))
    .map((name) => name.replace('.dist-info', ''))
    .sort();
}

/** Every path below a folder, sorted. */
export async function listing(folder: string): Promise<string[]> {
  return (await readdir(folder, { recursive: true })).sort();
}

/** Option lines that keep a requirements file to the fixture wheels. */
export const offline = `--no-index\n--find-links ${wheels}\n`;
