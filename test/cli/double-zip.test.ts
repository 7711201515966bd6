/** Double zips over the command line: what is written, what is said, and that the bootstrap in them opens it. */
import { createHash } from 'node:crypto';
import { mkdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import type { Manifest, PayloadIndex } from '../../src/model.js';
import {
  cli,
  codesOf,
  entriesOf,
  environment,
  folder,
  hostPython,
  listing,
  manifestOf,
  tree,
  type Result,
} from './helper.js';

const data = Buffer.alloc(2_000_000, 'data of a large file, ');
/** alpha has a large file and needs beta. */
async function dependencies(): Promise<string> {
  return tree(
    {
      'alpha 1.0': {
        'alpha/__init__.py':
          'import beta, os\nwith open(os.path.join(os.path.dirname(__file__), "données.bin"), "rb") as file:\n    size = len(file.read()) + beta.value\n',
        'alpha/données.bin': data,
      },
      'beta 2.0': { 'beta/__init__.py': 'value = 1\n' },
    },
    { alpha: ['beta'] },
  );
}

interface Built extends Result {
  readonly out: string;
}

/** @param given wins over what is here */
async function build(given: readonly string[], from?: string): Promise<Built> {
  const cwd = await folder({
    'code/app.py': 'import alpha\ndef handler(event, context):\n    return alpha.size\n',
  });
  const tail = ['--from', from ?? (await dependencies()), '--out', 'out', '--quiet', ...given];
  const python = given.includes('--python') ? [] : ['--python', hostPython];
  const result = await cli(['build', '--strategy', 'double-zip', '--codec', 'gzip', ...python, ...tail], {
    cwd,
  });
  return { ...result, out: path.join(cwd, 'out') };
}

const python = async (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  run('python3', args, { env: { ...environment, ...env }, onlyEnv: true });

/** All zips of a build, unpacked as Lambda does. */
async function unpacked({ out }: Built): Promise<string> {
  const into = path.join(await folder(), 'unpacked');
  await mkdir(into);
  const zips = (await listing(out))
    .filter((name) => name.endsWith('.zip'))
    .map((name) => path.join(out, name));
  const script = fileURLToPath(new URL('../setup/archive.py', import.meta.url));
  const { ok, stderr } = await python([script, 'extract', into, ...zips]);
  expect({ ok, stderr }).toEqual({ ok: true, stderr: '' });
  return into;
}

async function indexIn(root: string): Promise<PayloadIndex & { readonly folder: string }> {
  const file = (await listing(root)).find((name) => name.endsWith('/index.json')) ?? '';
  const index = JSON.parse(await readFile(path.join(root, file), 'utf8')) as PayloadIndex;
  return { ...index, folder: path.join(root, path.dirname(file)) };
}

const sha256 = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

describe.each([
  ['layer', [], 'layer.zip', 'python/'],
  ['function', ['--format', 'function', '--code', 'code'], 'function.zip', ''],
])('a %s', (_name, args, zip, place) => {
  let built: Built;
  let root: string;
  beforeAll(async () => {
    built = await build(args);
    root = await unpacked(built);
  });

  test('holds the payload, its index and the bootstrap, and not what is nested', async () => {
    expect({ code: built.code, stderr: built.stderr }).toEqual({ code: 0, stderr: '' });
    const entries = await entriesOf(path.join(built.out, zip));
    const index = await indexIn(root);
    const payload = `${place}lambda_slim_payloads/${index.digest}`;
    expect(entries).toEqual(
      expect.arrayContaining([
        `${place}lambda_slim_boot.pth`,
        `${place}lambda_slim_boot.start`,
        `${place}lambda_slim_boot/__init__.py`,
        `${payload}/index.json`,
        `${payload}/payload.tar.gz`,
        `${place}beta/__init__.py`,
        'lambda-slim-wrapper',
      ]),
    );
    expect(entries).not.toContain(`${place}alpha/données.bin`);
    expect(index.files.map((file) => [file.path, file.bytes])).toEqual([
      ['python/alpha/données.bin', data.length],
    ]);
    const archive = await readFile(path.join(root, payload, 'payload.tar.gz'));
    expect(index.payload).toEqual({ file: 'payload.tar.gz', bytes: archive.length, sha256: sha256(archive) });
  });

  test('opens itself when it is imported from', async () => {
    const site = path.join(root, place);
    const tmp = await folder();
    const script =
      'import site, sys; site.addsitedir(sys.argv[1]); import alpha; print(alpha.size, alpha.__file__)';
    const { ok, stdout, stderr } = await python(['-S', '-c', script, site], { LAMBDA_SLIM_TMP: tmp });
    expect({ ok, stderr }).toEqual({ ok: true, stderr: '' });
    const { digest } = await indexIn(root);
    expect(stdout).toBe(
      `${data.length + 1} ${path.join(tmp, 'lambda-slim', digest, 'python/alpha/__init__.py')}`,
    );
  });

  test('tells in the manifest what is nested and why', async () => {
    const manifest = await manifestOf(built.out);
    const { digest, payload } = await indexIn(root);
    expect(manifest.plan).toMatchObject({
      strategy: 'double-zip',
      ephemeralBytes: data.length,
      nesting: {
        codec: 'gzip',
        level: 9,
        files: [{ path: 'alpha/données.bin', distribution: 'alpha', bytes: data.length, way: 'tree' }],
        payloadBytes: payload.bytes,
        ephemeralStorage: 512,
        digest,
        s3: null,
        because: '--strategy double-zip asks for it; it would also fit without.',
      },
    });
    expect(codesOf(manifest)).not.toContain('payload-in-s3');
  });

  test('tells it in the report', () => {
    for (const text of [
      'strategy double-zip',
      'opened into /tmp at start',
      /alpha\/données\.bin +1\.9 MiB +in a tree of links/,
      /payload [\d.]+ KiB \(gzip 9\) in the package · bootstrap [\d.]+ KiB · 1\.9 MiB of 512 MB in \/tmp\./,
    ]) {
      expect(built.stdout).toEqual(
        typeof text === 'string' ? expect.stringContaining(text) : expect.stringMatching(text),
      );
    }
  });
});

test('a module that resolves links to itself finds what is nested beside it', async () => {
  const source =
    'import os\nhere = os.path.dirname(os.path.realpath(__file__))\nsize = os.path.getsize(here + "/large.bin")\n';
  const files = { 'gamma/__init__.py': source, 'gamma/large.bin': data, 'gamma/plain.py': '' };
  const root = await unpacked(await build([], await tree({ 'gamma 1.0': files })));
  expect((await indexIn(root)).files.map((file) => file.path).sort()).toEqual([
    'python/gamma/__init__.py',
    'python/gamma/large.bin',
  ]);
  const script = 'import site, sys; site.addsitedir(sys.argv[1]); import gamma; print(gamma.size)';
  const env = { LAMBDA_SLIM_TMP: await folder() };
  const { stdout, stderr } = await python(['-S', '-c', script, path.join(root, 'python')], env);
  expect({ stdout, stderr }).toEqual({ stdout: String(data.length), stderr: '' });
});

test('zstd needs no extension where the runtime has it', async () => {
  const built = await build(['--codec', 'zstd', '--python', '3.14', '--level', '3', '--no-proof']);
  expect({ code: built.code, stderr: built.stderr }).toEqual({ code: 0, stderr: '' });
  const entries = await entriesOf(path.join(built.out, 'layer.zip'));
  expect(entries.filter((name) => /payload\.tar|_zstd/.test(name))).toEqual([
    expect.stringMatching(/\/payload\.tar\.zst$/),
  ]);
  const { plan } = await manifestOf(built.out);
  expect(plan.nesting).toMatchObject({ codec: 'zstd', level: 3 });
});

describe('a payload for a bucket', () => {
  let built: Built;
  let manifest: Manifest;
  beforeAll(async () => {
    built = await build(['--strategy', 's3']);
    manifest = await manifestOf(built.out);
  });

  test('lies beside the layer under its checksum, and the layer knows its name', async () => {
    expect(built.code).toBe(0);
    const [archive = '', ...rest] = await listing(built.out);
    expect(rest).toEqual(['lambda-slim.json', 'layer.zip']);
    expect(archive).toBe(`${sha256(await readFile(path.join(built.out, archive)))}.tar.gz`);
    const root = await unpacked(built);
    const index = await indexIn(root);
    expect(index.s3).toEqual({ bucket: null, key: archive, region: null });
    expect(await listing(index.folder)).toEqual(['index.json']);
    expect(manifest.plan.nesting?.s3).toEqual(index.s3);
    expect(manifest.artifacts.map((one) => [one.file, one.kind])).toEqual([
      ['layer.zip', 'layer'],
      [archive, 'payload'],
    ]);
  });

  test('has to be sent there, and the report says how', () => {
    expect(codesOf(manifest)).toContain('payload-in-s3');
    const key = manifest.plan.nesting?.s3?.key ?? '';
    for (const text of [
      'strategy s3',
      `The payload ${key} must lie in a bucket`,
      '--upload s3://BUCKET/PREFIX',
      `aws s3 cp out/${key} s3://BUCKET/${key}`,
      'LAMBDA_SLIM_PAYLOAD=s3://BUCKET',
    ]) {
      expect(built.stdout).toContain(text);
    }
  });

  test('is missed by name at the import', async () => {
    const root = await unpacked(built);
    const { ok, stderr } = await python(
      ['-S', '-c', 'import site, sys; site.addsitedir(sys.argv[1]); import alpha', path.join(root, 'python')],
      { LAMBDA_SLIM_TMP: await folder() },
    );
    expect(ok).toBe(false);
    expect(stderr).toMatch(/LambdaSlimError: .*LAMBDA_SLIM_PAYLOAD/);
    expect(stderr).not.toContain('No module named');
  });

  test('is told with its address, and not sent, under --plan', async () => {
    const { code, stdout, out } = await build([
      '--strategy',
      's3',
      '--plan',
      '--upload',
      's3://some-bucket/a/b',
      '--json',
    ]);
    expect(code).toBe(0);
    const { plan } = JSON.parse(stdout) as Manifest;
    const key = `a/b/${manifest.plan.nesting?.s3?.key ?? ''}`;
    expect(plan.nesting?.s3).toEqual({ bucket: 'some-bucket', key, region: null });
    expect(await listing(out)).toEqual([]);
  });

  test('goes from the output folder when the next build makes none', async () => {
    const from = await dependencies();
    const cwd = await folder();
    const args = [
      'build',
      '--from',
      from,
      '--python',
      hostPython,
      '--codec',
      'gzip',
      '--out',
      'out',
      '--quiet',
    ];
    await cli([...args, '--strategy', 's3'], { cwd });
    expect(await listing(path.join(cwd, 'out'))).toHaveLength(3);
    await cli([...args, '--strategy', 'layer'], { cwd });
    expect(await listing(path.join(cwd, 'out'))).toEqual(['lambda-slim.json', 'layer.zip']);
  });
});

describe('requests that contradict themselves', () => {
  test.each<readonly [string, readonly string[], string, string]>([
    ['a level that gzip has not', ['--level', '10'], 'gzip has levels 1 to 9', '--codec zstd'],
    ['a level that zstd has not', ['--codec', 'zstd', '--level', '23'], '--level', 'help'],
    ['an address that is none', ['--upload', 'my-bucket'], 's3://bucket/prefix', 'help'],
    ['a bucket that cannot be', ['--upload', 's3://My_Bucket/x'], '--upload', 'help'],
    ...['direct', 'layer', 'double-zip'].map((strategy): [string, string[], string, string] => [
      `a bucket for --strategy ${strategy}`,
      ['--strategy', strategy, '--upload', 's3://bucket/x'],
      `--strategy ${strategy} makes none`,
      '--strategy s3',
    ]),
    [
      'a bucket without a network',
      ['--upload', 's3://bucket/x', '--offline'],
      '--offline forbids',
      'one of the two',
    ],
    ['a folder for an image', ['--format', 'directory'], '--format directory contradict', 'one of the two'],
    ['an unknown codec', ['--codec', 'brotli'], '--codec', 'zstd'],
  ])('%s', async (_name, args, sentence, hint) => {
    const { code, stdout, stderr, out } = await build(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
    expect(await listing(out)).toEqual([]);
  });

  test('a payload of nothing', async () => {
    const { code, stderr } = await build([], await tree({ 'single 1.0': { 'single.py': 'x = 1\n' } }));
    expect(code).toBe(2);
    expect(stderr).toContain('There is nothing that a payload could hold.');
    expect(stderr).toContain('nothing-to-nest');
  });
});

test('--plan tells and writes nothing', async () => {
  const { code, stdout, out } = await build(['--plan']);
  expect(code).toBe(0);
  expect(stdout).toContain('strategy double-zip');
  expect(stdout).toMatch(/alpha\/données\.bin +1\.9 MiB +in a tree of links/);
  expect(stdout).toContain('Nothing was written (--plan).');
  expect(await listing(out)).toEqual([]);
});

test('the same bytes from another folder, with an empty cache', async () => {
  const artifacts = async (args: readonly string[]): Promise<unknown> => {
    const built = await build(args);
    expect(built.code).toBe(0);
    const { artifacts: made } = await manifestOf(built.out);
    const files = await Promise.all(
      made.map(async (one) => sha256(await readFile(path.join(built.out, one.file)))),
    );
    expect(files).toEqual(made.map((one) => one.sha256));
    return made;
  };
  expect(await artifacts(['--no-cache'])).toEqual(await artifacts([]));
});

test('why tells that a path is opened at start', async () => {
  const built = await build([]);
  const ask = async (asked: string, ...more: readonly string[]): Promise<Result> =>
    cli(['why', asked, '--out', built.out, ...more]);
  const nested = await ask('alpha/données.bin');
  expect(nested.stdout).toContain(
    '1 file of it, 1.9 MiB, travels in the payload and is opened into /tmp at start. --strategy double-zip asks for it',
  );
  expect((await ask('beta')).stdout).not.toContain('payload');
  expect(JSON.parse((await ask('alpha', '--json')).stdout)).toMatchObject({
    nested: { files: 1, bytes: data.length },
  });
});
