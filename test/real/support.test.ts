/** What lambda-slim itself needs for a target, from the real index: it loads, works, and is there the second time. */
import { Secrets } from '../../src/text/secrets.js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { copyFile, lstat, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { zstdCompressSync } from 'node:zlib';
import { tooNew } from '../../src/elf/read.js';
import { Cache } from '../../src/io/cache.js';
import { inspectFile } from '../../src/io/elf-file.js';
import { templatePath } from '../../src/io/templates.js';
import { architectures, pythonVersions, targetFor } from '../../src/limits.js';
import type { StagedFile, Target } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import {
  runtimeBoto,
  runtimeClient,
  zstdExtension,
  type SupportContext,
} from '../../src/resolve/support/support.js';
import { findPip } from '../../src/resolve/tools.js';
import { environment, pythonFor, remove, repository, start, temporary } from './helper-build.js';
import { never } from '../never.js';

jest.setTimeout(300_000);

/** Bytes: none of them is larger, so that the plan knows what zstd costs. */
const largest = 1024 * 1024;
const frameBytes = 8 * 1024 * 1024;

let cacheFolder: string;
let work: string;
/** Two frames of a payload, and what is in them. */
let frames: readonly { readonly file: string; readonly sha256: string }[];

beforeAll(async () => {
  cacheFolder = await temporary('support-cache');
  work = await temporary('support');
  frames = await Promise.all([1, 2].map(makeFrame));
});

afterAll(async () => {
  await remove(cacheFolder);
  await remove(work);
});

async function makeFrame(seed: number): Promise<{ file: string; sha256: string }> {
  const content = Buffer.alloc(frameBytes);
  for (let at = 0, line = seed; at < frameBytes; line += seed)
    at += content.write(`${line} ${(line * 2654435761) % 2 ** 32}\n`, at, 'latin1');
  const file = path.join(work, `frame-${seed}.zst`);
  await writeFile(file, zstdCompressSync(content));
  return { file, sha256: createHash('sha256').update(content).digest('hex') };
}

async function contextFor(changes: Partial<SupportContext> = {}): Promise<SupportContext> {
  return {
    cache: await Cache.open(cacheFolder, true),
    progress: silent,
    secrets: new Secrets(),
    environment,
    signal: never,
    ...changes,
  };
}

const named = ({ python, architecture }: Target): string => `${python} ${architecture}`;
const old = pythonVersions.filter((python) => python !== '3.14');

describe.each(
  old
    .flatMap((python) => architectures.map((architecture) => targetFor(python, architecture)))
    .map((target) => [named(target), target] as const),
)('the zstd extension for %s', (_, target) => {
  let module: StagedFile;
  let licence: StagedFile;

  beforeAll(async () => {
    const [first, second, ...rest] = await zstdExtension(target, await contextFor());
    if (first === undefined || second === undefined || rest.length > 0)
      throw new Error('two files were expected');
    [licence, module] = [first, second];
  });

  test('a stripped module for the target below 1 MiB, and its licences', async () => {
    const suffix = `cpython-${target.python.replace('.', '')}-${target.architecture === 'arm64' ? 'aarch64' : 'x86_64'}-linux-gnu`;
    expect(module).toMatchObject({
      path: `lambda_slim_boot/_zstd.${suffix}.so`,
      place: 'python',
      origin: 'boot',
      mode: 0o755,
      distribution: null,
    });
    expect(module.bytes).toBeLessThan(largest);
    expect((await lstat(module.source)).size).toBe(module.bytes);
    expect(module.source).toContain('stripped');
    expect(licence).toMatchObject({
      path: 'lambda_slim_boot/LICENSE.zstd.txt',
      place: 'python',
      origin: 'boot',
    });
    const text = await readFile(licence.source, 'utf8');
    expect(Buffer.byteLength(text)).toBe(licence.bytes);
    expect(text).toMatch(/PYTHON SOFTWARE FOUNDATION LICENSE/);
    expect(text).toMatch(/For Zstandard software/);
  });

  test('asks for nothing that the target does not have', async () => {
    const { elf } = await inspectFile(module.source);
    if (elf === null) throw new Error('not an ELF file');
    expect(elf.machine).toBe(target.architecture);
    expect(elf.pythonModules).toEqual(['_zstd']);
    expect(tooNew(elf, { ...target.ceilings, GLIBC: '2.17' })).toEqual([]);
    expect(elf.needed.filter((name) => !target.providedLibraries.includes(name))).toEqual([]);
  });

  test('is fetched once: then neither tool nor network is needed', async () => {
    const again = await zstdExtension(target, await contextFor({ environment: { PATH: '' } }));
    expect(again).toEqual([licence, module]);
  });
});

const present = await Promise.all(
  pythonVersions.map(async (python) => ({ python, program: await pythonFor(python) })),
);

test('a CPython before 3.14 is here', () => {
  expect(present.filter(({ python, program }) => python !== '3.14' && program !== null)).not.toEqual([]);
});

describe.each(present)('on CPython $python', ({ python, program }) => {
  if (program === null) {
    test.skip(`not run: there is no CPython ${python} for x86_64 here`, () => {});
    return;
  }
  const target = targetFor(python, 'x86_64');

  test('the bootstrap opens frames of Node’s zlib, on two threads that run beside each other', async () => {
    const folder = path.join(work, `boot-${python}`);
    await mkdir(path.join(folder, 'lambda_slim_boot'), { recursive: true });
    // Only the codec: the rest would look for a payload.
    await writeFile(path.join(folder, 'lambda_slim_boot/__init__.py'), '');
    for (const name of ['_codec.py', '_errors.py'])
      await copyFile(templatePath(`lambda_slim_boot/${name}`), path.join(folder, 'lambda_slim_boot', name));
    for (const file of await zstdExtension(target, await contextFor()))
      await copyFile(file.source, path.join(folder, file.path));
    const args = ['-I', '-S', '-B', path.join(repository, 'test/setup/open_frames.py'), folder];
    const ran = await start(program, [...args, ...frames.map(({ file }) => file)]);
    expect(ran.stderr).toBe('');
    const sums = frames.map(({ sha256 }) => sha256);
    expect(JSON.parse(ran.stdout)).toEqual({ alone: sums, threads: sums, beside: true });
  });

  test('the runtime client imports with its compiled part, and so does boto3', async () => {
    const context = await contextFor();
    const folders = [await runtimeClient(target, context), await runtimeBoto(target, context)];
    const code = `import sys; sys.path += ${JSON.stringify(folders)}
import awslambdaric.bootstrap, runtime_client, simplejson._speedups, snapshot_restore_py, boto3
boto3.client("s3", region_name="us-east-1")
print("imported")`;
    const ran = await start(program, ['-I', '-S', '-B', '-c', code]);
    expect(ran).toMatchObject({ code: 0, stdout: 'imported\n' });
  });
});

test('the client for Python 3.14 on arm64 is fetched too', async () => {
  const folder = await runtimeClient(targetFor('3.14', 'arm64'), await contextFor());
  const { elf } = await inspectFile(path.join(folder, 'runtime_client.cpython-314-aarch64-linux-gnu.so'));
  expect(elf).toMatchObject({ machine: 'arm64', pythonModules: ['runtime_client'] });
});

test('pip fetches the same bytes as uv', async () => {
  expect(await findPip(environment, never)).not.toBeNull();
  const folder = await temporary('support-pip');
  const target = targetFor('3.11', 'arm64');
  const byPip = await zstdExtension(target, {
    ...(await contextFor()),
    cache: await Cache.open(folder, true),
    resolver: 'pip',
  });
  const byUv = await zstdExtension(target, await contextFor({ resolver: 'uv' }));
  for (const [index, file] of byPip.entries())
    expect(await readFile(file.source)).toEqual(await readFile(byUv[index]?.source ?? ''));
  await remove(folder);
});

test('a cache that is thrown away will do', async () => {
  const cache = await Cache.open('', false);
  const files = await zstdExtension(targetFor('3.13', 'x86_64'), await contextFor({ cache }));
  expect(files.every(({ source }) => source.startsWith(cache.root))).toBe(true);
  await cache.close();
});
