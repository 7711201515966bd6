/** Our strip on wheels as PyPI has them: every result is proven and the loader takes it. Needs the network and about 500 MB of disk. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { existsSync, readdirSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import path from 'node:path';
import { inspectFile, stripFile } from '../../src/io/elf-file.js';
import { run } from '../program.js';
import { wheelPlatforms } from '../../src/limits.js';
import type { Architecture } from '../../src/model.js';

jest.setTimeout(1_200_000);

const stack = ['numpy', 'scipy', 'scikit-learn', 'joblib', 'threadpoolctl', 'narwhals', 'cloudpickle'];

let work = '';
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'elf-real-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

interface Python {
  readonly command: string;
  /** e.g. `3.13`. */
  readonly version: string;
}

/** CPython 3.13 where there is one, else the machine's own. */
async function findPython(): Promise<Python> {
  const versions = path.join(homedir(), '.pyenv', 'versions');
  const installed = existsSync(versions)
    ? readdirSync(versions)
        .filter((name) => /^3\.13\.\d+$/.test(name))
        .map((name) => path.join(versions, name, 'bin', 'python'))
    : [];
  for (const command of ['python3.13', ...installed, 'python3']) {
    const code = 'import sys; print("%d.%d" % sys.version_info[:2])';
    const answer = await run(command, ['-c', code]);
    if (answer.ok) return { command, version: answer.stdout };
  }
  throw new Error('This test needs a Python.');
}

async function unpackWheels(
  names: readonly string[],
  version: string,
  architecture: Architecture,
  folder: string,
): Promise<void> {
  const wheels = path.join(work, `wheels-${architecture}`);
  const platforms = wheelPlatforms('2.34', architecture).flatMap((tag) => ['--platform', tag]);
  const download = await run('python3', [
    ...[
      '-m',
      'pip',
      'download',
      '--quiet',
      '--disable-pip-version-check',
      '--only-binary=:all:',
      '--no-deps',
    ],
    ...platforms,
    ...['--python-version', version, '--dest', wheels, ...names],
  ]);
  expect(download).toMatchObject({ ok: true });
  for (const wheel of await readdir(wheels)) {
    const unpacked = await run('python3', ['-m', 'zipfile', '-e', path.join(wheels, wheel), folder]);
    expect(unpacked).toMatchObject({ ok: true });
  }
}

interface Stripped {
  readonly path: string;
  readonly before: number;
  readonly after: number;
  readonly because: string | null;
}

/** Strip every ELF file of a tree in place of its copy; the tree itself stays. */
async function stripTree(tree: string, copy: string): Promise<readonly Stripped[]> {
  await cp(tree, copy, { recursive: true });
  const results: Stripped[] = [];
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const source = path.join(entry.parentPath, entry.name);
    if (!entry.isFile() || (await inspectFile(source)).format !== 'elf') continue;
    const relative = path.relative(tree, source);
    const before = (await stat(source)).size;
    const target = path.join(copy, relative);
    const result = await stripFile(source, `${target}.stripped`);
    if (result.stripped) await rename(`${target}.stripped`, target);
    results.push({
      path: relative.split(path.sep).join('/'),
      before,
      after: result.stripped ? result.bytes : before,
      because: result.stripped ? null : result.because,
    });
  }
  return results;
}

const total = (results: readonly Stripped[], key: 'before' | 'after'): number =>
  results.reduce((sum, result) => sum + result[key], 0);

const native = process.platform === 'linux' && process.arch === 'x64';

describe('scikit-learn and what it needs, x86_64', () => {
  let results: readonly Stripped[] = [];
  let python: Python;
  const tree = (): string => path.join(work, 'tree');
  const copy = (): string => path.join(work, 'stripped');
  beforeAll(async () => {
    python = await findPython();
    await mkdir(tree());
    await unpackWheels(stack, python.version, 'x86_64', tree());
    results = await stripTree(tree(), copy());
  });

  test('every file is stripped, or has nothing to save', () => {
    const left = results.filter((one) => one.because !== null).map((one) => one.because);
    expect(left.filter((because) => because !== 'there is nothing to save')).toEqual([]);
    expect(results.length).toBeGreaterThan(150);
    expect(left.length).toBeLessThan(results.length / 10);
    expect(total(results, 'after')).toBeLessThan(total(results, 'before') * 0.96);
  });

  test('the libraries that binutils breaks are among them', () => {
    const names = results.filter((one) => one.because === null).map((one) => path.basename(one.path));
    expect(names).toContainEqual(expect.stringMatching(/^libscipy_openblas64_-.*\.so$/));
    expect(names).toContainEqual(expect.stringMatching(/^libgfortran-.*\.so\.5/));
  });

  test('the source tree was not touched', async () => {
    const sizes = await Promise.all(
      results.map(async (one) => (await stat(path.join(tree(), one.path))).size),
    );
    expect(sizes).toEqual(results.map((one) => one.before));
  });

  (native ? test : test.skip)('each one loads, in a process of its own', async () => {
    const code = `
import ctypes, os, sys
failed = []
for name in sys.stdin.read().split("\\n"):
    child = os.fork()
    if child == 0:
        try:
            ctypes.CDLL(os.path.join(sys.argv[1], name))
        except OSError as error:
            print(error, flush=True)
            os._exit(1)
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        failed.append(name)
print(failed)
`;
    const input = results.map((one) => one.path).join('\n');
    const answer = await run(python.command, ['-c', code, copy()], { input });
    expect(answer).toMatchObject({ ok: true, stdout: '[]' });
  });

  (native ? test : test.skip)('the stripped tree computes', async () => {
    const code = `
import sys
sys.path.insert(0, sys.argv[1])
import numpy, scipy.linalg, scipy.stats, sklearn
from sklearn.ensemble import RandomForestClassifier
matrix = numpy.random.default_rng(1).random((40, 40))
assert numpy.allclose(numpy.linalg.inv(matrix) @ matrix, numpy.eye(40))
assert numpy.allclose(scipy.linalg.lu_solve(scipy.linalg.lu_factor(matrix), matrix), numpy.eye(40))
labels = matrix[:, 0] > 0.5
assert (RandomForestClassifier(10, random_state=1).fit(matrix, labels).predict(matrix) == labels).mean() > 0.9
print([module.__file__.startswith(sys.argv[1]) for module in (numpy, scipy, sklearn)])
`;
    const answer = await run(python.command, ['-I', '-S', '-c', code, copy()]);
    expect(answer).toMatchObject({ stderr: '', stdout: '[True, True, True]' });
  });

  test('a second strip finds nothing', async () => {
    const again = await stripTree(copy(), path.join(work, 'again'));
    expect(again.map((one) => one.because)).toEqual(again.map(() => 'there is nothing to save'));
  });
});

test('numpy for arm64 is stripped and proven on any host', async () => {
  const tree = path.join(work, 'arm64');
  await mkdir(tree);
  await unpackWheels(['numpy'], '3.13', 'arm64', tree);
  const results = await stripTree(tree, path.join(work, 'arm64-stripped'));
  expect(results.length).toBeGreaterThan(10);
  const left = results.map((one) => one.because).filter((because) => because !== null);
  expect(left.filter((because) => because !== 'there is nothing to save')).toEqual([]);
  expect(total(results, 'after')).toBeLessThan(total(results, 'before'));
  const files = await Promise.all(
    results.map((one) => inspectFile(path.join(work, 'arm64-stripped', one.path))),
  );
  const facts = files.map((one) => one.elf);
  expect(new Set(facts.map((one) => one?.machine))).toEqual(new Set(['arm64']));
  const openblas = results.find((one) => one.path.includes('openblas'))!;
  const bytes = await readFile(path.join(work, 'arm64-stripped', openblas.path));
  expect(bytes.length).toBe(openblas.after);
});
