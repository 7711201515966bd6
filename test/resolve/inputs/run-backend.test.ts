/** Building runs a package's own code: what it finds and reaches in a sandbox, and how a source says that it is built. */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readBuildSystem } from '../../../src/resolve/inputs/build-system.js';
import { runBackend } from '../../../src/resolve/inputs/run-backend.js';
import { findPip } from '../../../src/resolve/tools.js';
import { targetFor } from '../../../src/limits.js';
import { hostPython } from '../../cli/helper.js';
import { never } from '../../never.js';
import { environment, contextFor, wheels } from '../helper.js';

/** A backend in the source itself needs nothing, and tells what it could do. */
const backend = `
import os, socket, subprocess, sys, zipfile
said = []
def attempt(name, f):
    try:
        f()
        said.append(name)
    except BaseException:
        pass
def get_requires_for_build_wheel(config_settings=None):
    print("to standard output")
    return []
def attack():
    attempt("write home", lambda: open(HOME + "/.slim-attack", "w").close())
    attempt("write outside", lambda: open(OUTSIDE + "/attack", "w").close())
    attempt("read outside", lambda: open(OUTSIDE + "/secret").read())
    attempt("secret variable", lambda: os.environ["AWS_SECRET_ACCESS_KEY"])
    attempt("network", lambda: socket.create_connection(("127.0.0.1", PORT), 2))
    attempt("other processes", lambda: os.kill(PARENT, 0))
    if not CONTROL:
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(98765)"], start_new_session=True)
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    attack()
    name = "attack-1.0-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(wheel_directory, name), "w") as archive:
        archive.writestr("said.txt", "\\n".join(said))
    return name
`;

const plainBackend = `
import os, zipfile
def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    name = "attack-1.0-py3-none-any.whl"
    zipfile.ZipFile(os.path.join(wheel_directory, name), "w").close()
    return name
`;

async function source(outside: string, port: number, control: boolean): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-source-'));
  const values = {
    HOME: homedir(),
    OUTSIDE: outside,
    PORT: port,
    PARENT: process.pid,
    CONTROL: Number(control),
  };
  const head = Object.entries(values).map(([name, value]) => `${name} = ${JSON.stringify(value)}\n`);
  await writeFile(path.join(folder, 'backend.py'), head.join('') + backend);
  await writeFile(
    path.join(folder, 'pyproject.toml'),
    '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  );
  return folder;
}

async function built(
  confine: 'auto' | 'none',
  archive = false,
): Promise<{
  readonly said: readonly string[];
  readonly unconfined: readonly string[];
  readonly outside: string;
}> {
  const outside = await mkdtemp(path.join(homedir(), 'slim-outside-'));
  await writeFile(path.join(outside, 'secret'), 'x');
  const { createServer } = await import('node:net');
  const server = createServer((socket) => socket.destroy());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const unconfined: string[] = [];
  const world = await contextFor({
    environment: { ...environment, AWS_SECRET_ACCESS_KEY: 'not-to-be-seen' },
  });
  const work = await world.cache.workFolder('build');
  const made = await source(outside, port, confine === 'none');
  let place = path.join(work, 'source');
  if (archive) {
    place = path.join(work, 'attack-1.0.tar.gz');
    execFileSync('tar', ['czf', place, '-C', path.dirname(made), path.basename(made)]);
  } else execFileSync('cp', ['-r', made, place]);
  const out = path.join(work, 'wheel');
  const result = await runBackend(work, place, 'attack', out, {
    ...{
      builder: { name: 'pip', tool: { command: 'nowhere', first: [], version: '' } },
      uv: { build: '', buildEnvironment: {} },
      places: null,
    },
    ...{ target: targetFor(hostPython as '3.13', 'x86_64', null), context: world, indexes: [] },
    ...{ offline: false, confine, unconfined: (because) => unconfined.push(because), note: () => {} },
  });
  server.close();
  if (result?.ok !== true) throw new Error(result?.stderr ?? 'no Python');
  expect(await readdir(out)).toEqual(['attack-1.0-py3-none-any.whl']);
  const script = 'import sys, zipfile; print(zipfile.ZipFile(sys.argv[1]).read("said.txt").decode())';
  const said = execFileSync('python3', ['-c', script, path.join(out, 'attack-1.0-py3-none-any.whl')]);
  return { said: said.toString().trim().split('\n').filter(Boolean), unconfined, outside };
}

describe('the code of a package that is built', () => {
  test.each([false, true])(
    'finds nothing of the user, and reaches nothing (archive: %s)',
    async (archive) => {
      const { said, unconfined, outside } = await built('auto', archive);
      expect([said, unconfined]).toEqual([[], []]);
      expect(await readdir(outside)).toEqual(['secret']);
      expect(existsSync(path.join(homedir(), '.slim-attack'))).toBe(false);
      await expectNoProcess();
    },
  );

  test('without a sandbox it finds all of it, and that is told', async () => {
    const { said, unconfined, outside } = await built('none');
    await rm(path.join(homedir(), '.slim-attack'), { force: true });
    expect(said).toEqual([
      ...['write home', 'write outside', 'read outside', 'secret variable', 'network', 'other processes'],
    ]);
    expect(unconfined).toEqual(['--confine none was given']);
    expect(await readdir(outside)).toEqual(['attack', 'secret']);
  });
});

test('what a build is busy with is said again behind the words of what installed its needs', async () => {
  const world = await contextFor();
  const work = await world.cache.workFolder('build');
  const place = path.join(work, 'source');
  await mkdir(place);
  await writeFile(path.join(place, 'backend.py'), plainBackend);
  await writeFile(
    path.join(place, 'pyproject.toml'),
    '[build-system]\nrequires = ["slim-plain"]\nbuild-backend = "backend"\nbackend-path = ["."]\n',
  );
  const notes: string[] = [];
  const pip = await findPip(environment, never);
  if (pip === null) throw new Error('no pip');
  const result = await runBackend(work, place, 'attack==1.0', path.join(work, 'wheel'), {
    ...{ builder: { name: 'pip', tool: pip }, uv: { build: '', buildEnvironment: {} }, places: null },
    ...{ target: targetFor(hostPython as '3.13', 'x86_64', null), context: world },
    ...{ indexes: ['--no-index', `--find-links ${wheels}`], offline: false, confine: 'auto' },
    ...{ unconfined: () => {}, note: (text) => notes.push(text) },
  });
  expect(result?.stderr).toBe('');
  const building = 'building attack 1.0 from its source';
  expect(notes[0]).toBe(building);
  expect(notes.filter((one) => /slim-plain/.test(one)).length).toBeGreaterThan(0);
  expect(notes.at(-1)).toBe(building);
});

async function expectNoProcess(): Promise<void> {
  for (const id of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '');
    expect(line).not.toContain('98765');
  }
}

describe('how a source says that it is built', () => {
  const read = async (text: string | null): Promise<unknown> => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slim-system-'));
    await mkdir(path.join(folder, 'tools'));
    if (text !== null) await writeFile(path.join(folder, 'pyproject.toml'), text);
    const { backend: name, requires, paths } = await readBuildSystem(folder, 'x');
    return [name, requires, paths.map((one) => path.relative(folder, one))];
  };
  const legacy = 'setuptools.build_meta:__legacy__';

  test.each<readonly [string, string | null, unknown]>([
    ['no pyproject.toml', null, [legacy, ['setuptools>=40.8.0'], []]],
    ['no [build-system]', '[project]\nname = "x"\n', [legacy, ['setuptools>=40.8.0'], []]],
    ['requirements alone', '[build-system]\nrequires = ["cython"]\n', [legacy, ['cython'], []]],
    [
      'a backend in the source',
      '[build-system]\nrequires = ["a>=1; python_version > \'3\'"]\nbuild-backend = "b:c"\nbackend-path = ["tools"]\n',
      ['b:c', ["a>=1; python_version > '3'"], ['tools']],
    ],
  ])('%s', async (_name, text, expected) => {
    expect(await read(text)).toEqual(expected);
  });

  test.each([
    [
      'an option in place of a requirement',
      '[build-system]\nrequires = ["--index-url=http://x"]\n',
      /no requirement/,
    ],
    ['a second line', '[build-system]\nrequires = ["a\\n-r /etc/passwd"]\n', /no requirement/],
    ['a backend outside', '[build-system]\nrequires = []\nbackend-path = ["../.."]\n', /leads out of it/],
    ['no TOML', '[build-system', /not valid TOML/],
  ])('refused: %s', async (_name, text, words) => {
    await expect(read(text)).rejects.toMatchObject({
      code: 'bad-requirements',
      message: expect.stringMatching(words),
    });
  });
});
