/** Real packages from the real index, by real tools. uv must be on PATH. */
import { describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../program.js';
import type { Architecture } from '../../src/model.js';
import { findPip, findUv } from '../../src/resolve/tools.js';
import {
  contextFor,
  distributions,
  environment,
  failure,
  listing,
  project,
  resolved,
} from '../resolve/helper.js';
import { never } from '../never.js';

jest.setTimeout(900_000);

const sklearn = 'numpy\nscikit-learn\npandas\nboto3\n';

test('uv is here', async () => {
  expect(await findUv(environment, never)).not.toBeNull();
});

describe.each<Architecture>(['x86_64', 'arm64'])('the scikit-learn set on 3.13 %s', (architecture) => {
  test('uv and pip install the same distributions', async () => {
    const folder = await project({ 'requirements.txt': sklearn });
    const byUv = await resolved(folder, { resolver: 'uv', architecture });
    const byPip = await resolved(folder, { resolver: 'pip', architecture });
    const names = await distributions(byUv.root);
    expect(names).toEqual(await distributions(byPip.root));
    expect(names.length).toBeGreaterThan(10);
    expect(byUv.requested).toEqual(['boto3', 'numpy', 'pandas', 'scikit-learn']);
    const machine = architecture === 'arm64' ? 'aarch64' : 'x86_64';
    const numpy = names.find((name) => name.startsWith('numpy-')) ?? '';
    expect(await readFile(path.join(byUv.root, `${numpy}.dist-info`, 'WHEEL'), 'utf8')).toMatch(
      new RegExp(`^Tag: cp313-cp313-manylinux_2_\\d+_${machine}`, 'm'),
    );
  });
});

test.each(['uv', 'pip'] as const)('numpy of today on 3.11: the error names 3.12 (%s)', async (resolver) => {
  const folder = await project({ 'requirements.txt': 'numpy>=2.3\n' });
  const error = await failure(folder, { resolver, python: '3.11' });
  expect(error.code).toBe('needs-newer-python');
  expect(error.message).toMatch(/^numpy>=2\.3 cannot run on Python 3\.11 on x86_64 with glibc 2\.26/);
  expect(error.hint).toMatch(/--python 3\.12/);
});

test('auto takes pip where uv has no platform for the glibc, and sees wheels up to it', async () => {
  const folder = await project({ 'requirements.txt': 'six\n' });
  expect((await resolved(folder, { resolver: 'auto', python: '3.11' })).resolver).toBe('pip');
  expect((await resolved(folder, { resolver: 'auto', python: '3.12' })).resolver).toBe('uv');
  const forced = await resolved(folder, { resolver: 'uv', python: '3.11' });
  expect(forced.findings.map((one) => one.code)).toEqual(['wheels-not-seen']);
});

test('source only, and it compiles something: no-wheel with the way out', async () => {
  const folder = await project({ 'requirements.txt': 'psutil==1.0\n' });
  const error = await failure(folder, { resolver: 'uv' });
  expect(error.code).toBe('no-wheel');
  expect(error.message).toMatch(/^psutil 1\.0\.0 is published as source only, and it /);
  expect(error.hint).toMatch(/--resolver docker/);
});

test.each([
  ['docopt==0.6.2', ['docopt 0.6.2']],
  ['feedparser==6.0.11', ['sgmllib3k 1.0.0']],
  ['strict-rfc3339==0.7', ['strict-rfc3339 0.7']],
  ['omegaconf==2.3.0', ['antlr4-python3-runtime 4.9.3']],
  ['jieba==0.42.1', ['jieba 0.42.1']],
  ['langdetect==1.0.9', ['langdetect 1.0.9']],
])('%s is built where it must be', async (requirement, built) => {
  const folder = await project({ 'requirements.txt': `${requirement}\n` });
  const { findings } = await resolved(folder, { resolver: 'uv' });
  expect(findings).toContainEqual({ code: 'built-from-source', args: { distributions: built } });
});

test('PGPy: the older version is taken with a word', async () => {
  const folder = await project({ 'requirements.txt': 'PGPy<0.7\n' });
  const { findings } = await resolved(folder, { resolver: 'uv' });
  expect(findings).toMatchObject([
    { code: 'older-version', args: { distribution: 'pgpy', version: '0.5.4', newest: '0.6.0' } },
  ]);
});

test('a real uv.lock: a group only when asked for, a member from the workspace, nothing written', async () => {
  const folder = await project({
    'pyproject.toml': `[project]
name = "app"
version = "1"
requires-python = ">=3.11"
dependencies = ["six==1.17.0", "member"]
[dependency-groups]
dev = ["iniconfig==2.0.0"]
[tool.uv.workspace]
members = ["member"]
[tool.uv.sources]
member = { workspace = true }
`,
    'member/pyproject.toml': `[project]
name = "member"
version = "2"
dependencies = ["idna==3.10"]
[build-system]
requires = ["uv_build"]
build-backend = "uv_build"
`,
    'member/src/member/__init__.py': '',
  });
  const pip = await findPip(environment, never);
  const locked = await run('uv', ['lock', '--python', pip?.command ?? 'python3'], {
    cwd: folder,
    env: environment,
  });
  expect(locked).toMatchObject({ ok: true });
  const before = await listing(folder);
  const { root, requested } = await resolved(folder, { resolver: 'uv' });
  expect(await distributions(root)).toEqual(['idna-3.10', 'member-2', 'six-1.17.0']);
  expect(requested).toEqual(['member', 'six']);
  const dev = await resolved(folder, { resolver: 'uv', groups: ['dev'] });
  expect(await distributions(dev.root)).toContain('iniconfig-2.0.0');
  expect(await listing(folder)).toEqual(before);
  const text = await readFile(path.join(folder, 'pyproject.toml'), 'utf8');
  await writeFile(
    path.join(folder, 'pyproject.toml'),
    text.replace('"six==1.17.0"', '"six==1.17.0", "attrs"'),
  );
  expect((await failure(folder, { resolver: 'uv' })).code).toBe('lock-export-failed');
});

test('a pylock.toml by uv, installed by uv and by pip', async () => {
  const folder = await project({ 'requirements.in': 'requests==2.32.3\n' });
  const made = await run(
    'uv',
    [
      'pip',
      'compile',
      '--universal',
      '--no-python-downloads',
      '--format',
      'pylock.toml',
      '-o',
      'pylock.toml',
      'requirements.in',
    ],
    { cwd: folder, env: environment },
  );
  expect(made).toMatchObject({ ok: true });
  const byUv = await resolved(folder, { resolver: 'uv' });
  const byPip = await resolved(folder, { resolver: 'pip' });
  expect(await distributions(byUv.root)).toEqual(await distributions(byPip.root));
  expect(await distributions(byUv.root)).toContain('requests-2.32.3');
});

test('git: cloned, and built from the clone', async () => {
  const origin = await mkdtemp(path.join(tmpdir(), 'slim-origin-'));
  await writeFile(
    path.join(origin, 'pyproject.toml'),
    '[project]\nname = "cloned"\nversion = "3"\n[build-system]\nrequires = ["uv_build"]\nbuild-backend = "uv_build"\n',
  );
  await run('mkdir', ['-p', path.join(origin, 'src', 'cloned')]);
  await writeFile(path.join(origin, 'src', 'cloned', '__init__.py'), '');
  const git = (...args: string[]): Promise<unknown> =>
    run('git', ['-C', origin, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
  await git('init', '-q');
  await git('add', '.');
  await git('commit', '-qm', 'one');
  await git('tag', 'v3');
  const folder = await project({ 'requirements.txt': `git+file://${origin}@v3#egg=cloned\n` });
  const { root, requested } = await resolved(folder, { resolver: 'uv' });
  expect(await distributions(root)).toEqual(['cloned-3']);
  expect(requested).toEqual(['cloned']);
});

test('today’s torch is a CUDA build: stopped before gigabytes, or the CPU build is taken', async () => {
  const folder = await project({ 'requirements.txt': 'torch\n' });
  const outcome = await resolved(folder, { resolver: 'uv' }).then(
    (one) => ({ resolved: one, error: null }),
    (error: unknown) => ({ resolved: null, error: error as { code: string; message: string } }),
  );
  if (outcome.resolved === null) {
    expect(outcome.error.code).toBe('resolution-failed');
    expect(outcome.error.message).toMatch(/brings \d+ CUDA packages of \d+\.\d MiB/);
  } else {
    expect(outcome.resolved.findings).toMatchObject([{ code: 'cuda-build', args: { resolved: 'cpu' } }]);
  }
});

// Only the machine's own configuration may know a place that has a CPU build.
const index = await run('python3', ['-m', 'pip', 'config', 'list']);
const torchTest = /find-links|extra-index-url/.test(index.stdout)
  ? test
  : (name: string): void => test.skip(`${name}: not run, pip is configured with no other place`, () => {});

torchTest('torch from where pip is configured to look', async () => {
  const context = await contextFor({ environment: process.env });
  const folder = await project({ 'requirements.txt': 'torch==2.13.0\n' });
  const { root } = await resolved(folder, { resolver: 'pip', python: '3.11', glibc: '2.34' }, context);
  const names = await distributions(root);
  expect(names).toContain('torch-2.13.0+cpu');
  expect(names.filter((name) => name.startsWith('nvidia'))).toEqual([]);
});
