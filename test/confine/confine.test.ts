/** Package code that attacks: what it reaches in each confinement that this machine offers, and what is left of it. */
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { confine } from '../../src/confine/confine.js';
import { unshareCommand } from '../../src/confine/unshare.js';
import { Cache } from '../../src/io/cache.js';
import { findInterpreter, type Interpreter } from '../../src/io/interpreter.js';
import { run } from '../program.js';
import { targetFor } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import { library, noLibrary, withLibrary } from '../machine-library.js';
import { never } from '../never.js';

jest.setTimeout(120_000);

const inCi = process.env['CI'] === 'true';
const said = await run('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])']);
const interpreter = await findInterpreter(
  targetFor(said.stdout as PythonVersion, process.arch === 'arm64' ? 'arm64' : 'x86_64'),
  { environment: process.env, signal: never },
);

const work = await realpath(await mkdtemp(path.join(tmpdir(), 'slim-confine-')));
const tree = path.join(work, 'tree');
const temp = path.join(work, 'temp');
const secret = path.join(work, 'secret.txt');
let server: Server;
let port = 0;

beforeAll(async () => {
  await mkdir(path.join(tree, 'pkg'), { recursive: true });
  await mkdir(temp);
  await writeFile(path.join(tree, 'pkg/data.txt'), 'as it was\n');
  await writeFile(secret, 'a password\n');
  server = createServer((socket) => socket.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()));
  port = (server.address() as { port: number }).port;
});
afterAll(async () => {
  server.close();
  await rm(work, { recursive: true, force: true });
});

/** Without bubblewrap on PATH the kernel's namespaces are taken. */
const ways = [
  { by: 'bubblewrap', environment: process.env },
  { by: 'namespaces', environment: { ...process.env, PATH: path.join(work, 'nothing') } },
] as const;

async function confinedBy(by: string, environment: NodeJS.ProcessEnv): Promise<Interpreter | null> {
  if (interpreter === null) return null;
  const cache = await Cache.open(path.join(work, 'cache'), true);
  const found = await confine(interpreter, 'auto', { cache, environment, signal: never });
  return found.confinement.by === by ? found.interpreter : null;
}

/** Prints `reached: …` for what the code could do that it should not. */
const attacks: Readonly<Record<string, () => string>> = {
  'writes into its own folder': () =>
    `open(${JSON.stringify(path.join(tree, 'pkg/data.txt'))}, "a").write("more")`,
  'writes there by ctypes': () =>
    `import ctypes\nlibc = ctypes.CDLL(None)\nassert libc.open(${JSON.stringify(path.join(tree, 'pkg/data.txt'))}.encode(), 1) >= 0`,
  'writes there by a shell': () =>
    `import os\nassert os.system("echo more >> '${path.join(tree, 'pkg/data.txt')}' 2>/dev/null") == 0`,
  'makes a file beside it': () => `open(${JSON.stringify(path.join(tree, 'pkg/new.py'))}, "w")`,
  'changes its mode': () => `import os\nos.chmod(${JSON.stringify(path.join(tree, 'pkg/data.txt'))}, 0o777)`,
  'reads what was not shown to it': () => `open(${JSON.stringify(secret)}).read()`,
  'reads the password file of this machine': () =>
    'assert any(not line.startswith(("root:", "sbx_user")) for line in open("/etc/passwd"))',
  // A Python that is installed below it is seen, and nothing beside it.
  'sees more of the home folder than a Python in it': () => {
    const home = process.env['HOME'] ?? '/root';
    const below = (interpreter?.places ?? []).map((one) => path.relative(home, one).split('/')[0]);
    return `import os\nassert set(os.listdir(${JSON.stringify(home)})) - set(${JSON.stringify(below)})`;
  },
  'reads a variable of the caller': () => 'import os\nos.environ["LAMBDA_SLIM_TEST_TOKEN"]',
  'sees another process': () =>
    `import os\nassert os.path.exists("/proc/${process.pid}/cmdline") and b"node" in open("/proc/${process.pid}/cmdline", "rb").read()`,
  'reaches a server of this machine': () =>
    `import socket\nsocket.create_connection(("127.0.0.1", ${port}), timeout=2)`,
  'mounts something': () =>
    'import ctypes\nassert ctypes.CDLL(None).mount(b"tmpfs", b"/usr", b"tmpfs", 0, None) == 0',
};

/** Command lines of running processes that hold a word. */
async function processesWith(word: string): Promise<readonly string[]> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    numbers.map((one) => readFile(`/proc/${one}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(word));
}

describe.each(ways)('$by', ({ by, environment }) => {
  let confined: Interpreter | null = null;
  beforeAll(async () => {
    confined = await confinedBy(by, environment);
  });

  async function attack(code: string, timeout = 30_000) {
    if (confined === null) return null;
    return confined.run(['-I', '-S', '-B', '-c', code], {
      env: { PATH: '/usr/bin:/bin', TMPDIR: temp, HOME: temp },
      cwd: temp,
      folders: [tree, temp],
      writable: [temp],
      timeout,
      signal: never,
    });
  }
  /** Said by name where there is no such sandbox; in CI there is. */
  const possible = (): boolean => {
    if (confined === null && inCi) throw new Error(`${by} does not work here`);
    return confined !== null;
  };

  test('ordinary code works, and may write into its own temporary folder', async () => {
    if (!possible()) return;
    const file = path.join(temp, `by-${by}`);
    const result = await attack(
      `open(${JSON.stringify(file)}, "w").write("x"); print(open(${JSON.stringify(path.join(tree, 'pkg/data.txt'))}).read())`,
    );
    expect(result).toMatchObject({ ok: true, stdout: 'as it was\n' });
    expect(existsSync(file)).toBe(true);
  });

  test.each(Object.entries(attacks))('code that %s does not get there', async (_name, code) => {
    if (!possible()) return;
    process.env['LAMBDA_SLIM_TEST_TOKEN'] = 'secret';
    const result = await attack(`${code()}\nprint("reached")`);
    delete process.env['LAMBDA_SLIM_TEST_TOKEN'];
    expect({ ok: result?.ok, reached: result?.stdout.includes('reached') }).toEqual({
      ok: false,
      reached: false,
    });
    expect(await readFile(path.join(tree, 'pkg/data.txt'), 'utf8')).toBe('as it was\n');
  });

  test('a daemon that left its group and its session ends with it, and is not waited for', async () => {
    if (!possible()) return;
    const beat = path.join(temp, `beat-${by}`);
    const began = Date.now();
    const result = await attack(
      `import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        while True:\n            open(${JSON.stringify(beat)}, "w").write(str(time.time())); time.sleep(0.05)\n    os._exit(0)\ntime.sleep(0.3)`,
    );
    expect(result?.ok).toBe(true);
    expect(Date.now() - began).toBeLessThan(15_000);
    const last = await readFile(beat, 'utf8');
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(await readFile(beat, 'utf8')).toBe(last);
  });

  withLibrary(
    `a library that Lambda lacks is out of sight, and in sight of what sees all${noLibrary}`,
    async () => {
      if (!possible() || interpreter === null) return;
      const cache = await Cache.open(path.join(work, 'cache'), true);
      const like = targetFor('3.13', process.arch === 'arm64' ? 'arm64' : 'x86_64');
      const found = await confine(interpreter, 'auto', { cache, environment, signal: never }, { like });
      expect(found.confinement).toEqual({ by, because: null, librariesSeen: null });
      const code = `import ctypes, ssl, sqlite3\nctypes.CDLL("libstdc++.so.6")\nctypes.CDLL("${library}")`;
      const opens = async (one: Interpreter | null) =>
        (await one?.run(['-I', '-S', '-c', code], { signal: never }))?.ok;
      expect([await opens(found.interpreter), await opens(found.seeingAll)]).toEqual([false, true]);
    },
  );

  test('a crash is told by its signal', async () => {
    if (!possible()) return;
    expect(await attack('import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)')).toMatchObject({
      ok: false,
      signal: 'SIGSEGV',
    });
  });

  test('whenever it is given up while it starts, nothing of it is left', async () => {
    if (!possible() || confined === null) return;
    const mark = `mark-${by}-${process.pid}`;
    for (let delay = 0; delay < 66; delay += 6) {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), delay);
      const code = `import time; time.sleep(60) # ${mark}`;
      const running = confined.run(['-I', '-S', '-c', code], { signal: controller.signal });
      await expect(running).rejects.toMatchObject({ code: 'interrupted' });
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await processesWith(mark)).toEqual([]);
  });

  test('what hangs is ended in time', async () => {
    if (!possible()) return;
    const result = await attack(
      'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(60)',
      1500,
    );
    expect(result).toMatchObject({ ok: false, timedOut: true });
  });
});

test('whoever is dead before the sandbox begins leaves none behind', async () => {
  if (interpreter === null) return;
  const plan = unshareCommand(interpreter, [{ kind: 'bind', source: '/', target: '/' }], '/', [
    '/bin/sleep',
    '3',
  ]);
  // Its output leads to nobody, and the parent that it has lives on.
  const code =
    'import json, os, subprocess, sys, time\nread, write = os.pipe()\nos.close(read)\nbegan = time.monotonic()\n' +
    'code = subprocess.run(json.loads(sys.argv[1]), stdout=write, stderr=subprocess.DEVNULL).returncode\n' +
    'print(code, time.monotonic() - began)';
  const { stdout } = await run('python3', ['-c', code, JSON.stringify(plan)]);
  const [exit, seconds] = stdout.split(' ').map(Number);
  expect(exit).toBe(137);
  expect(seconds).toBeLessThan(3);
});

describe('without a sandbox', () => {
  test('none is taken when it was said', async () => {
    if (interpreter === null) return;
    const cache = await Cache.open(path.join(work, 'cache'), true);
    const found = await confine(interpreter, 'none', { cache, environment: process.env, signal: never });
    expect(found.confinement).toEqual({
      by: 'none',
      because: '--confine none was given',
      librariesSeen: 'nothing confines the packages',
    });
    expect(found.interpreter).toBe(interpreter);
  });

  test('a program that stays in the pipes is not waited for', async () => {
    if (interpreter === null) return;
    const began = Date.now();
    const result = await interpreter.run(
      [
        '-I',
        '-S',
        '-c',
        'import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(8)\n    os._exit(0)\nprint("done")',
      ],
      { env: { PATH: '/usr/bin:/bin' }, signal: never },
    );
    expect(result).toMatchObject({ stdout: 'done', exitCode: 0 });
    expect(Date.now() - began).toBeLessThan(6_000);
  });

  test('an abort ends what ignores SIGTERM', async () => {
    if (interpreter === null) return;
    const controller = new AbortController();
    const began = Date.now();
    setTimeout(() => controller.abort(), 500);
    const code = 'import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(30)';
    const running = interpreter.run(['-I', '-S', '-c', code], {
      env: { PATH: '/usr/bin:/bin' },
      signal: controller.signal,
    });
    await expect(running).rejects.toMatchObject({ code: 'interrupted' });
    expect(Date.now() - began).toBeLessThan(3_500);
  });
});
