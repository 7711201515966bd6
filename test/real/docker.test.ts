// A real engine, a real image, a real compiler. test/setup/docker.sh makes both.
import { Secrets } from '../../src/text/secrets.js';
import { createHash } from 'node:crypto';
import { cp, chmod, chown, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { run } from '../program.js';
import { targetFor } from '../../src/limits.js';
import type { BuildRequest, PythonVersion } from '../../src/model.js';
import type { Progress } from '../../src/progress.js';
import { silent } from '../../src/progress.js';
import { compileAll } from '../../src/stage/compile.js';
import { runGroup } from '../../src/prove/run.js';
import { resolveWithDocker } from '../../src/resolve/docker/docker.js';
import { imageInterpreter } from '../../src/resolve/docker/interpreter.js';
import { foreignPath } from '../../src/resolve/docker/owner.js';
import { resolve as resolveAny } from '../../src/resolve/index.js';
import type { RequirementInputs } from '../../src/resolve/resolver.js';
import { requestFor as requestForFolder } from '../resolve/helper.js';
import { never } from '../never.js';
import { containersOf, image, obstacle } from './helper-docker.js';

// Downloads and a compiler: minutes on a slow machine.
jest.setTimeout(600_000);

const sdistSource = path.resolve('fixtures/native-sdist');

const missing = await obstacle();
let root: string;

/** Inputs as `index.ts` prepares them: our own folder, and one project or source archive in it. */
async function inputsWith(
  name: string,
  form: 'archive' | 'folder',
  options: { marker?: string; lines?: readonly string[] } = {},
): Promise<RequirementInputs> {
  const folder = path.join(root, name);
  const projects = path.join(folder, 'projects');
  const source = path.join(projects, 'native_adder-1.2.3');
  await mkdir(projects, { recursive: true });
  await cp(sdistSource, source, { recursive: true });
  if (options.marker !== undefined) await writeFile(path.join(source, options.marker), '');
  let copy = source;
  if (form === 'archive') {
    await writeFile(
      path.join(source, 'PKG-INFO'),
      'Metadata-Version: 2.1\nName: native-adder\nVersion: 1.2.3\n',
    );
    copy = `${source}.tar.gz`;
    const made = await run('tar', ['-C', projects, '-czf', copy, '--force-local', 'native_adder-1.2.3']);
    if (!made.ok) throw new Error(made.stderr);
    await rm(source, { recursive: true });
  }
  const line = `native-adder @ ${pathToFileURL(copy).href}`;
  const file = path.join(folder, 'requirements.txt');
  await writeFile(file, [line, ...(options.lines ?? [])].map((one) => `${one}\n`).join(''));
  return {
    source: 'requirements.txt',
    folder,
    files: [file],
    constraints: [],
    options: [],
    localPaths: [],
    claims: [],
    projects: [{ name: 'native-adder', written: './engine', copy }],
    localWheels: folder,
    requested: ['native-adder'],
    empty: false,
    locked: false,
    compiles: false,
    pinned: [],
    digest: createHash('sha256').update(name).digest('hex'),
  };
}

function requestFor(python: PythonVersion = '3.11'): BuildRequest {
  const request = { python, architecture: 'x86_64', image, containerEngine: null, buildSources: true };
  return request as BuildRequest;
}

async function resolve(
  inputs: RequirementInputs,
  cache: Cache,
  options: {
    python?: PythonVersion;
    signal?: AbortSignal;
    environment?: Record<string, string>;
    progress?: Progress;
  } = {},
) {
  const python = options.python ?? '3.11';
  return resolveWithDocker(inputs, requestFor(python), targetFor(python, 'x86_64', '2.36'), {
    cache,
    progress: options.progress ?? silent,
    environment: { ...process.env, ...options.environment },
    secrets: new Secrets({ ...process.env, ...options.environment }),
    signal: options.signal ?? never,
  });
}

/** Import it where it is meant to run: in a container, from only the tree. */
async function importIn(tree: string): Promise<string> {
  const result = await run('docker', [
    ...['run', '--rm', '--network', 'none', '--mount', `type=bind,"source=${tree}",target=/tree,readonly`],
    ...['--env', 'PYTHONPATH=/tree', image, 'python3', '-B', '-c'],
    'import native_adder, six; print(native_adder.add(20, 22), six.__version__, native_adder.__file__)',
  ]);
  return result.ok ? result.stdout : result.stderr;
}

if (missing !== null && !process.env['CI']) {
  test.skip(`the tests of the Docker resolver could not run here: ${missing}`, () => {});
} else {
  describe('the Docker resolver, with a real engine', () => {
    let cache: Cache;
    beforeAll(async () => {
      // In CI an engine that is not there is a failure, not a reason to skip.
      expect(missing).toBeNull();
      root = await mkdtemp(path.join(tmpdir(), 'lambda-slim docker, ünï:test-'));
      cache = await Cache.open(path.join(root, 'cache'), true);
    });
    afterAll(async () => {
      await cache.close();
      await rm(root, { recursive: true, force: true });
    });

    test('compiles a source archive for the target, from a path with spaces, a comma and a colon', async () => {
      const inputs = await inputsWith('in, put ü', 'archive', { lines: ['six==1.17.0'] });
      const tree = await resolve(inputs, cache);
      expect((await readdir(path.join(tree.root, 'native_adder'))).sort()).toEqual([
        '__init__.py',
        '_add.cpython-311-x86_64-linux-gnu.so',
      ]);
      expect(await importIn(tree.root)).toBe('42 1.17.0 /tree/native_adder/__init__.py');
      expect(tree.resolverVersion).toMatch(/^docker \d+\.\d+.*, pip 23.*lambda-slim-test\/python:3\.11$/);

      const steps: [step: string, cached: boolean | undefined][] = [];
      const later = await Cache.open(path.join(root, 'cache'), true);
      const again = await resolve(inputs, later, {
        progress: {
          start: (name) => ({
            ...silent.start(name),
            end: (_, options) => steps.push([name, options?.cached]),
          }),
        },
      });
      await later.close();
      expect(again).toEqual(tree);
      expect(steps).toContainEqual([`install in ${image}`, true]);
    });

    test('auto takes the container when a requirement has no wheel and must be compiled', async () => {
      const inputs = await inputsWith('auto', 'archive');
      const request = requestForFolder(inputs.folder, {
        requirements: [...inputs.files],
        resolver: 'auto',
        python: '3.11',
        glibc: '2.36',
        image,
      });
      const target = targetFor('3.11', 'x86_64', '2.36');
      const found = await resolveAny(request, target, {
        cache,
        progress: silent,
        secrets: new Secrets(),
        environment: process.env,
        signal: never,
      });
      expect(found.resolver).toBe('docker');
      expect(found.requested).toEqual(['native-adder']);
      expect(await readdir(path.join(found.root, 'native_adder'))).toContain(
        '_add.cpython-311-x86_64-linux-gnu.so',
      );
    });

    test("the image's own Python imports the tree, without network, and makes its bytecode", async () => {
      const tree = await resolve(await inputsWith('proved', 'archive'), cache);
      const environment = { ...process.env };
      const target = targetFor('3.11', 'x86_64', '2.36');
      const python = await imageInterpreter(requestFor(), target, tree.root, {
        cache,
        progress: silent,
        secrets: new Secrets(),
        environment,
        signal: never,
      });
      expect(python?.description).toMatch(/^CPython 3\.11\.\d+ \(in lambda-slim-test\/python:3\.11\)$/);
      expect(python?.canImport).toBe(true);
      const report = await runGroup(
        {
          name: 'all',
          distribution: null,
          items: [
            { kind: 'module', name: 'native_adder' },
            {
              kind: 'probe',
              name: 'adds',
              code: 'import native_adder\nassert native_adder.add(20, 22) == 42',
            },
            {
              kind: 'probe',
              name: 'network',
              code: 'import urllib.request\nurllib.request.urlopen("https://example.com", timeout=5)',
            },
          ],
        },
        {
          interpreter: python!,
          root: tree.root,
          after: [],
          timeout: 60_000,
          trace: true,
          signal: never,
        },
      );
      expect(report.outcomes.map(({ item, error }) => [item.name, error === null])).toEqual([
        ['native_adder', true],
        ['adds', true],
        ['network', false],
      ]);
      expect(report.touched).toContain('native_adder/__init__.py');
      const source = path.join(tree.root, 'native_adder', '__init__.py');
      const staged = {
        path: 'native_adder/__init__.py',
        place: 'python',
        source,
        bytes: 0,
        mode: 0o644,
        distribution: null,
        origin: 'tree',
      } as const;
      const [compiled] = await compileAll([{ ...staged, bytes: (await stat(source)).size }], {
        cache,
        progress: silent,
        interpreter: python!,
        signal: new AbortController().signal,
      });
      expect((await readFile(compiled!.source)).subarray(0, 4).toString('hex')).toBe(python?.magic);
      expect(await containersOf(root)).toEqual([]);
    });

    test('the tree and the downloads belong to the caller', async () => {
      const before = {
        uid: process.geteuid?.() ?? 0,
        gid: process.getegid?.() ?? 0,
        groups: process.getgroups?.(),
      };
      // As root we can be somebody else; elsewhere the caller is somebody else already.
      const other = before.uid === 0 ? 65_534 : before.uid;
      const home = path.join(root, 'of another user');
      const inputs = await inputsWith('of another user/inputs', 'archive');
      await chmod(root, 0o755);
      if (before.uid === 0) {
        const socket = await stat('/var/run/docker.sock');
        for (const name of ['', ...(await readdir(home, { recursive: true }))]) {
          await chown(path.join(home, name), other, other);
        }
        process.setgroups?.([socket.gid]);
        process.setegid?.(other);
        process.seteuid?.(other);
      }
      try {
        const own = await Cache.open(path.join(home, 'cache'), true);
        const tree = await resolve(inputs, own, { environment: { HOME: home } });
        expect(await foreignPath(path.join(home, 'cache'), other)).toBeNull();
        expect((await stat(tree.root)).uid).toBe(other);
        expect(await readdir(tree.root)).toContain('native_adder');
        await own.close();
      } finally {
        if (before.uid === 0) {
          process.seteuid?.(before.uid);
          process.setegid?.(before.gid);
          process.setgroups?.(before.groups ?? []);
        }
      }
    });

    test('Ctrl-C in the middle of a build removes the container and leaves no entry', async () => {
      const inputs = await inputsWith('slow', 'folder', { marker: 'slow' });
      const own = await Cache.open(path.join(root, 'cache of slow'), true);
      const stop = new AbortController();
      const building = resolve(inputs, own, { signal: stop.signal });
      const ended = expect(building).rejects.toMatchObject({ code: 'interrupted' });
      const begun = path.join(inputs.projects[0]!.copy, 'begun');
      for (let i = 0; i < 600 && !(await stat(begun).catch(() => null)); i++) await sleep(200);
      expect(await containersOf(root)).not.toEqual([]);
      stop.abort();
      await ended;
      expect(await containersOf(root)).toEqual([]);
      await own.close();
      expect(await readdir(own.root)).not.toContain('trees');
      expect(await readdir(path.join(own.root, 'work'))).toEqual([]);
    });

    test('a build that fails names the requirement and shows its last lines', async () => {
      const inputs = await inputsWith('broken', 'folder', { marker: 'broken' });
      await expect(resolve(inputs, cache)).rejects.toMatchObject({
        code: 'container-failed',
        message: `native-adder could not be built in ${image}.`,
        details: expect.arrayContaining([expect.stringContaining('such.h: No such file')]),
      });
      expect(await containersOf(root)).toEqual([]);
    });

    test('an image with another Python is refused, naming both', async () => {
      const inputs = await inputsWith('wrong', 'archive');
      await expect(resolve(inputs, cache, { python: '3.12' })).rejects.toMatchObject({
        code: 'container-failed',
        message: `The image ${image} has CPython 3.11 on x86_64, but the target is CPython 3.12 on x86_64 with glibc.`,
      });
    });
  });
}
