/** A build runs package code: what that code changes, sees and leaves behind, with a sandbox and without. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { library, noLibrary, withLibrary } from '../machine-library.js';
import { run } from '../program.js';
import { cli, environment, fingerprint, folder, hostPython, manifestOf, tree } from './helper.js';

jest.setTimeout(120_000);

const build = ['build', '--python', hostPython, '--no-cache'];

/** Appends to its own data file at import, and hides that it could not. */
const quietWriter = `
import ctypes, os
here = os.path.dirname(__file__)
def attempt(write):
    try:
        write()
    except Exception:
        pass
def by_hand():
    with open(here + "/data.txt", "a") as file:
        file.write("more\\n")
attempt(by_hand)
attempt(lambda: os.system("echo more >> '" + here + "/data.txt' 2>/dev/null"))
def by_libc():
    libc = ctypes.CDLL(None)
    fd = libc.open((here + "/data.txt").encode(), os.O_WRONLY | os.O_APPEND)
    libc.write(fd, b"more", 4)
attempt(by_libc)
`;

const writer = async (): Promise<string> =>
  tree({ 'quiet 1.0': { 'quiet/__init__.py': quietWriter, 'quiet/data.txt': 'as installed\n' } });

async function digests(out: string): Promise<readonly string[]> {
  return (await manifestOf(out)).artifacts.map(({ sha256 }) => sha256);
}

describe('a package that writes into its own folder when it is imported', () => {
  test.each(['auto', 'none'])(
    '--confine %s: the folder stays as it was, and every build is the same',
    async (confine) => {
      const from = await writer();
      const before = await fingerprint(from);
      const found: (readonly string[])[] = [];
      for (let turn = 0; turn < 3; turn++) {
        const cwd = await folder();
        const { code, stderr } = await cli([...build, '--from', from, '--confine', confine], { cwd });
        expect({ code, stderr: code === 0 ? '' : stderr }).toEqual({ code: 0, stderr: '' });
        found.push(await digests(path.join(cwd, '.lambda-slim')));
      }
      expect(found).toEqual([found[0], found[0], found[0]]);
      expect(await fingerprint(from)).toBe(before);
    },
  );

  test('without a sandbox it is said, with the file that was changed', async () => {
    const cwd = await folder();
    await cli([...build, '--from', await writer(), '--confine', 'none'], { cwd });
    const { findings, proof } = await manifestOf(path.join(cwd, '.lambda-slim'));
    expect(proof.confinedBy).toBe('none');
    expect(findings).toContainEqual({ code: 'unconfined', args: { because: '--confine none was given' } });
    expect(findings).toContainEqual({ code: 'changes-itself', args: { paths: ['quiet/data.txt'] } });
  });

  test('in a sandbox nothing is said, as nothing happened', async () => {
    const cwd = await folder();
    await cli([...build, '--from', await writer(), '--confine', 'require'], { cwd });
    const { findings, proof } = await manifestOf(path.join(cwd, '.lambda-slim'));
    expect(['bubblewrap', 'namespaces']).toContain(proof.confinedBy);
    expect(findings.map(({ code }) => code).filter((code) => /confine|changes/.test(code))).toEqual([]);
  });
});

test('a package that leaves a daemon behind does not hold the build up', async () => {
  const daemon = `
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        time.sleep(90)
    os._exit(0)
`;
  for (const confine of ['auto', 'none']) {
    const from = await tree({ 'daemon 1.0': { 'daemon_pkg/__init__.py': daemon } });
    const cwd = await folder();
    const began = Date.now();
    const { code } = await cli([...build, '--from', from, '--confine', confine], { cwd });
    expect({ confine, code }).toEqual({ confine, code: 0 });
    expect(Date.now() - began).toBeLessThan(45_000);
  }
});

test('a build is ended within two seconds, whatever the package does with SIGTERM', async () => {
  const stubborn = `
import signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
signal.signal(signal.SIGINT, signal.SIG_IGN)
time.sleep(90)
`;
  for (const confine of ['auto', 'none']) {
    const from = await tree({ 'stubborn 1.0': { 'stubborn/__init__.py': stubborn } });
    const cwd = await folder();
    let asked = 0;
    const { code } = await cli([...build, '--from', from, '--confine', confine], {
      cwd,
      watch: (stderr, child) => {
        if (asked > 0 || !/import before pruning/.test(stderr)) return;
        asked = Date.now();
        child.kill('SIGTERM');
      },
    });
    expect({ confine, code, asked: asked > 0 }).toEqual({ confine, code: 130, asked: true });
    expect(Date.now() - asked).toBeLessThan(4_000);
  }
});

test.each([
  ['of fifty megabytes', 'raise RuntimeError("x" * 50_000_000)\n'],
  [
    'that is no plain text',
    'class Text(str):\n    __getitem__ = lambda *given: 5\nclass Odd(Exception):\n    __str__ = lambda self: Text("boom")\nraise Odd\n',
  ],
])('an error %s is one that does not import', async (_name, code) => {
  const from = await tree({
    'odd 1.0': { 'odd/__init__.py': code },
    'other 1.0': { 'other/__init__.py': '' },
  });
  const cwd = await folder();
  await cli([...build, '--from', from, '--confine', 'require'], { cwd });
  const { proof } = await manifestOf(path.join(cwd, '.lambda-slim'));
  expect(proof.imported).toEqual(['other']);
});

test('what the caller has in its variables, its home and its network does not reach a package', async () => {
  const spy = `
import os, socket
seen = [name for name in os.environ if "TOKEN" in name or "AWS_SECRET" in name]
if os.path.exists(${JSON.stringify(path.join(process.cwd(), 'package.json'))}):
    seen.append("the project")
if seen:
    raise RuntimeError("seen: " + ", ".join(seen))
`;
  const from = await tree({ 'spy 1.0': { 'spy/__init__.py': spy } });
  const cwd = await folder();
  const env = { GITHUB_TOKEN: 'secret', AWS_SECRET_ACCESS_KEY: 'secret' };
  const { code } = await cli([...build, '--from', from, '--confine', 'require'], { cwd, env });
  const { proof } = await manifestOf(path.join(cwd, '.lambda-slim'));
  expect({ code, imported: proof.imported }).toEqual({ code: 0, imported: ['spy'] });
});

test('with the Python of a virtual environment, which an activated one puts on PATH', async () => {
  const cwd = await folder();
  const made = await run('python3', ['-m', 'venv', '--without-pip', 'env'], { cwd, env: environment });
  expect(made.ok).toBe(true);
  const from = await tree({ 'plain 1.0': { 'plain/__init__.py': '' } });
  const interpreter = path.join(cwd, 'env/bin/python3');
  const args = [...build, '--from', from, '--confine', 'require', '--pyc', 'none', '--quiet'];
  const { code, stderr } = await cli([...args, '--interpreter', interpreter], { cwd });
  expect([code, stderr]).toEqual([0, '']);
});

test('--help tells of it', async () => {
  const { stdout } = await cli(['build', '--help']);
  expect(stdout).toContain('--confine');
  expect(await readFile('docs/concepts/proof.md', 'utf8')).toContain('--confine');
});

describe('a package that opens a library of this machine that Lambda lacks', () => {
  withLibrary(`is not proven with it, and is told what it needs${noLibrary}`, async () => {
    const from = await tree({
      // As python-magic does: the error does not say what was looked for.
      'opener 1.0': {
        'opener/__init__.py': `import ctypes\ntry:\n    ctypes.CDLL("${library}")\nexcept OSError:\n    raise ImportError("failed to find it") from None\n`,
      },
      'other 1.0': { 'other/__init__.py': '' },
    });
    const cwd = await folder();
    const { code } = await cli([...build, '--from', from, '--confine', 'require'], { cwd });
    const { findings, proof } = await manifestOf(path.join(cwd, '.lambda-slim'));
    expect({ code, imported: proof.imported, hidden: proof.librariesSeen }).toEqual({
      code: 0,
      imported: ['other'],
      hidden: null,
    });
    expect(findings).toContainEqual({
      code: 'import-lacks-library',
      args: { module: 'opener', libraries: [library], error: 'ImportError: failed to find it' },
    });
  });
});
