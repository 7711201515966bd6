/** The same input gives the same bytes, whoever builds it, where and when; and what did not change is not made again. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { appendFile, chmod, chown, copyFile, cp, mkdir, readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { PythonVersion } from '../../src/model.js';
import {
  build,
  environment,
  extract,
  inCi,
  pythonFor,
  remove,
  repository,
  start,
  temporary,
  type Built,
  type BuildSettings,
} from './helper-build.js';

jest.setTimeout(900_000);

/** Nobody: on every Linux, and owner of nothing. */
const nobody = { uid: 65534, gid: 65534 };
const isRoot = process.getuid?.() === 0;

const version: PythonVersion = (await pythonFor('3.13')) === null ? '3.12' : '3.13';
const python = await pythonFor(version);

const runnable = python === null && !inCi ? describe.skip : describe;

runnable(`one input, several builds (${python === null ? 'no CPython 3.13 or 3.12 here' : version})`, () => {
  let root: string;
  let settings: BuildSettings;
  let interpreter: string;

  /** A place to build in: a copy of the app, a home and a cache of its own. */
  async function place(name: string): Promise<string> {
    const folder = path.join(root, name);
    await cp(path.join(repository, 'fixtures/apps/summary'), path.join(folder, 'app'), { recursive: true });
    await mkdir(path.join(folder, 'home'));
    return folder;
  }

  async function buildIn(
    folder: string,
    env: Readonly<Record<string, string>>,
    more: BuildSettings = {},
  ): Promise<Built> {
    const args = ['-r', 'requirements.txt', '--python', version, '--interpreter', interpreter];
    const built = await build(path.join(folder, 'app'), [...args, '--code', 'src', '--format', 'layer'], {
      ...settings,
      ...more,
      cache: path.join(folder, 'cache'),
      env: { ...settings.env, HOME: path.join(folder, 'home'), ...env },
    });
    if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    return built;
  }

  let first: Built;
  let firstFolder: string;

  beforeAll(async () => {
    if (python === null) throw new Error('no CPython 3.13 or 3.12 for x86_64 here');
    root = await temporary('same');
    await chmod(root, 0o755);
    settings = await installation(path.join(root, 'lambda-slim'));
    const seen = !isRoot || (await start(python, ['-V'], nobody).catch(() => null))?.code === 0;
    const copied = seen ? null : await start(python, [setup('prefix.py'), path.join(root, 'python')]);
    if (copied !== null && copied.code !== 0) throw new Error(copied.stderr);
    interpreter = copied === null ? python : copied.stdout.trim();
    firstFolder = await place('one');
    first = await buildIn(firstFolder, { TZ: 'UTC', LC_ALL: 'C' }, { umask: '022' });
  });

  afterAll(() => remove(root));

  test('the build makes a layer and a function, with bytecode, proven', () => {
    const { artifacts, bytecode, proof } = first.manifest;
    expect(artifacts.map(({ file }) => file)).toEqual(['function.zip', 'layer.zip']);
    expect(bytecode.files).toBeGreaterThan(100);
    expect(proof.state).toBe('proven');
  });

  test('the sha256 in the report is that of the file', async () => {
    for (const { file, sha256, sha256Base64 } of first.manifest.artifacts) {
      const bytes = await readFile(path.join(first.out, file));
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256);
      expect(createHash('sha256').update(bytes).digest('base64')).toBe(sha256Base64);
    }
  });

  test('no path, user or host of this machine is in the archives', async () => {
    const { tree } = await extract(interpreter, first, path.join(root, 'opt'));
    const found = await start('grep', ['-rlaF', '-e', root, '-e', repository, tree]);
    expect(found).toMatchObject({ code: 1, stdout: '' });
  });

  const others: readonly (readonly [string, string, Readonly<Record<string, string>>, BuildSettings])[] = [
    [
      'another folder, time zone, umask, locale, home and cache',
      'zweiter Ördner',
      { TZ: 'Asia/Kolkata', LC_ALL: 'tr_TR.UTF-8', LANG: 'tr_TR.UTF-8', PYTHONHASHSEED: '7' },
      { umask: '077' },
    ],
    ...(isRoot
      ? ([
          [
            'another user',
            'three',
            { TZ: 'America/St_Johns', LC_ALL: 'de_DE.UTF-8', USER: 'nobody', LOGNAME: 'nobody' },
            { umask: '002', ...nobody },
          ],
        ] as const)
      : []),
  ];

  test.each(others)('%s: the same bytes', async (_what, name, env, more) => {
    const folder = await place(name);
    if (more.uid !== undefined) await give(folder, nobody);
    const built = await buildIn(folder, env, more);
    const { manifest } = built;
    expect(manifest.unchanged).toBe(false);
    expect(manifest.decisions).toEqual(first.manifest.decisions);
    expect(manifest.sizes).toEqual(first.manifest.sizes);
    expect(manifest.artifacts).toEqual(first.manifest.artifacts);
    expect(manifest.stamp).toBe(first.manifest.stamp);
    for (const { file } of manifest.artifacts) {
      const [one, other] = await Promise.all([first, built].map(({ out }) => readFile(path.join(out, file))));
      expect(one?.equals(other ?? Buffer.alloc(0))).toBe(true);
    }
  });

  if (!isRoot) test.skip('another user: only root can start a program as somebody else', () => {});

  test('a rebuild without change says so and touches nothing', async () => {
    const before = await statesIn(first.out);
    const again = await buildIn(firstFolder, { TZ: 'UTC', LC_ALL: 'C' });
    expect(again.manifest.unchanged).toBe(true);
    expect(again.manifest.artifacts).toEqual(first.manifest.artifacts);
    expect(await statesIn(first.out)).toEqual(before);
  });

  test('a change of the handler changes the function alone', async () => {
    await appendFile(path.join(firstFolder, 'app/src/texts.py'), '\n\nfarewell = "Tschüß"\n');
    const { manifest } = await buildIn(firstFolder, { TZ: 'UTC', LC_ALL: 'C' });
    expect(manifest.unchanged).toBe(false);
    const digests = new Map(first.manifest.artifacts.map(({ file, sha256 }) => [file, sha256]));
    const changed = manifest.artifacts.filter(({ file, sha256 }) => digests.get(file) !== sha256);
    expect(changed.map(({ file }) => file)).toEqual(['function.zip']);
    expect(manifest.artifacts).toHaveLength(first.manifest.artifacts.length);
  });
});

const setup = (name: string): string => path.join(repository, 'test/setup', name);

/** What a user has after `npm install`, in a folder that everybody can read; with uv beside it. */
async function installation(folder: string): Promise<BuildSettings> {
  for (const part of ['bin', 'dist', 'templates', 'package.json']) {
    await cp(path.join(repository, part), path.join(folder, part), { recursive: true });
  }
  for (const name of await productionPackages()) {
    await cp(path.join(repository, name), path.join(folder, name), { recursive: true });
  }
  const tools = path.join(folder, 'tools');
  await mkdir(tools);
  await copyFile(process.execPath, path.join(tools, 'node'));
  const uv = (environment['PATH'] ?? '')
    .split(path.delimiter)
    .map((one) => path.join(one, 'uv'))
    .find((one) => existsSync(one));
  if (uv !== undefined) await copyFile(uv, path.join(tools, 'uv'));
  return {
    program: path.join(folder, 'bin/lambda-slim.js'),
    env: { ...environment, PATH: `${tools}:/usr/local/bin:/usr/bin:/bin` },
  };
}

/** Folders below the repository, e.g. `node_modules/chalk`, of what is installed with the product. */
async function productionPackages(): Promise<readonly string[]> {
  const lock = JSON.parse(await readFile(path.join(repository, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
  };
  return Object.entries(lock.packages)
    .filter(([name, { dev }]) => name !== '' && dev !== true && existsSync(path.join(repository, name)))
    .map(([name]) => name);
}

async function give(folder: string, { uid, gid }: typeof nobody): Promise<void> {
  await chown(folder, uid, gid);
  for (const entry of await readdir(folder, { recursive: true })) {
    await chown(path.join(folder, entry), uid, gid);
  }
}

/** Name → inode, size and time of change, of every file in the output folder. */
async function statesIn(folder: string): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(folder);
  const states = await Promise.all(
    names.sort().map(async (name) => {
      const { ino, size, mtimeMs, ctimeMs } = await stat(path.join(folder, name));
      return [name, [ino, size, mtimeMs, ctimeMs].join(' ')] as const;
    }),
  );
  return Object.fromEntries(states);
}
