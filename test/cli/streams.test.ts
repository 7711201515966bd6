/** Who reads the two streams: nobody any more, nobody for now, a disk that is full. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { run } from '../program.js';
import { environment, folder, hostPython, program, smallTree, tree } from './helper.js';

const build = async (): Promise<readonly string[]> => [
  process.execPath,
  program,
  ...['build', '--from', await smallTree(), '--no-proof', '--pyc', 'none'],
];

/** Runs it in a shell; the exit code of the first program of the pipe. */
async function piped(line: readonly string[], behind: string): Promise<{ code: string; stderr: string }> {
  const script = `("$@"; echo "exit $?" >code) ${behind}`;
  const cwd = await folder();
  const { stderr } = await run('sh', ['-c', script, 'sh', ...line], { cwd, env: environment });
  const { stdout } = await run('cat', ['code'], { cwd });
  return { code: stdout, stderr };
}

test.each([
  ['standard output', '2>/dev/null | true'],
  ['standard error', '2>&1 >/dev/null | true'],
  ['both, after a line', '2>&1 | head -1'],
])('a reader of %s that has seen enough is no failure', async (_name, behind) => {
  const { code } = await piped([...(await build()), '--verbose'], behind);
  expect(code).toBe('exit 0');
});

// Linux's file that has no room.
(existsSync('/dev/full') ? describe : describe.skip)('a full disk', () => {
  test('behind standard output is told, as the result is lost', async () => {
    const { code, stderr } = await piped([...(await build()), '--quiet'], '>/dev/full');
    expect(stderr).toContain('Standard output cannot be written.');
    expect(stderr).toContain('(output-unwritable)');
    expect(code).toBe('exit 2');
  });
  test('behind standard error loses nothing', async () => {
    const { code } = await piped(await build(), '2>/dev/full >/dev/null');
    expect(code).toBe('exit 0');
  });
});

/** A terminal that nobody reads; prints the exit code and the milliseconds between SIGTERM and it. */
const unread = `
import os, pty, select, signal, sys, time
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
until = time.time() + 60
while time.time() < until and not os.path.exists("flooding"):
    time.sleep(0.05)
time.sleep(1)
began = time.time()
os.kill(pid, signal.SIGTERM)
while time.time() - began < 20:
    ended, status = os.waitpid(pid, os.WNOHANG)
    if ended:
        print(os.waitstatus_to_exitcode(status), int(1000 * (time.time() - began)))
        break
    time.sleep(0.02)
else:
    os.kill(pid, signal.SIGKILL)
    print("stuck")
`;

/** A tool that tells of its progress without end. */
async function flooder(): Promise<{ readonly bin: string; readonly cwd: string }> {
  const cwd = await folder({ 'requirements.txt': 'slim-plain\n' });
  const bin = await folder({
    uv: `#!/bin/sh
case "$1" in --version) echo "uv 0.13.8"; exit;; esac
: >"${cwd}/flooding"
exec yes "a line of progress that is long enough to fill what waits for a reader" >&2
`,
  });
  await chmod(path.join(bin, 'uv'), 0o755);
  return { bin, cwd };
}

test('a terminal that reads nothing holds no signal up', async () => {
  const { bin, cwd } = await flooder();
  const PATH = `${bin}:${environment['PATH'] ?? ''}`;
  const args = ['-c', unread, process.execPath, program, 'build', '--verbose'];
  const { stdout } = await run('python3', args, {
    cwd,
    env: { ...environment, PATH, NO_COLOR: '1' },
    onlyEnv: true,
  });
  const [code, ms] = stdout.split(' ').map(Number);
  expect({ said: stdout, code }).toEqual({ said: stdout, code: 130 });
  expect(ms).toBeLessThan(2000);
}, 90_000);

test('a pipe that nobody reads holds no signal up', async () => {
  const { bin, cwd } = await flooder();
  const child = spawn(process.execPath, [program, 'build', '--verbose'], {
    cwd,
    env: { ...environment, PATH: `${bin}:${environment['PATH'] ?? ''}` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = once(child, 'exit');
  while (!existsSync(path.join(cwd, 'flooding'))) await new Promise((resolve) => setTimeout(resolve, 50));
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const sent = performance.now();
  child.kill('SIGTERM');
  expect(await ended).toEqual([130, null]);
  expect(performance.now() - sent).toBeLessThan(2000);
}, 90_000);

test('a package that prints without end stops nothing', async () => {
  const from = await tree({ 'loud 1.0': { 'loud/__init__.py': 'print("x" * 30_000_000)\n' } });
  const line = [process.execPath, program, 'build', '--from', from, '--pyc', 'none', '--python', hostPython];
  const { code } = await piped(line, '2>/dev/null >/dev/null');
  expect(code).toBe('exit 0');
}, 90_000);
