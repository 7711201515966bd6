import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from '@jest/globals';
import { cacheFolder, cli, environment, folder, hostPython, program, tree, type Result } from './helper.js';

/** Send a signal as soon as `when` is true of standard error; the result, and the seconds that stopping took. */
async function interrupted(
  args: readonly string[],
  options: {
    readonly cwd: string;
    readonly env?: Readonly<Record<string, string>>;
    readonly signal?: NodeJS.Signals;
    readonly when: (stderr: string) => boolean;
  },
): Promise<Result & { readonly seconds: number }> {
  let sent = 0;
  const result = await cli(args, {
    ...options,
    watch: (stderr, child) => {
      if (sent > 0 || !options.when(stderr)) return;
      sent = performance.now();
      child.kill(options.signal ?? 'SIGINT');
    },
  });
  if (sent === 0) throw new Error(`There was nothing to interrupt: ${result.stderr}`);
  return { ...result, seconds: (performance.now() - sent) / 1000 };
}

/** Whether a process that this one started has been `sleep` for its script, whose folder its variables name. */
async function hasChild(parent: number, script: string): Promise<boolean> {
  const folder = path.dirname(script);
  for (const pid of (await readdir('/proc')).filter((one) => /^\d+$/.test(one))) {
    const read = (name: string): Promise<string> => readFile(`/proc/${pid}/${name}`, 'utf8').catch(() => '');
    if (!new RegExp(`^PPid:\\s${parent}$`, 'm').test(await read('status'))) continue;
    if ((await read('cmdline')).startsWith('sleep\0') && (await read('environ')).includes(folder))
      return true;
  }
  return false;
}

async function isRunning(pid: number): Promise<boolean> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      process.kill(pid, 0);
    } catch {
      return false;
    }
    // Whoever adopted it may need a moment to see that it ended.
    if (/^State:\sZ/m.test(await readFile(`/proc/${pid}/status`, 'utf8').catch(() => ''))) return false;
    await setTimeout(50);
  }
  return true;
}

test.each<readonly [NodeJS.Signals]>([['SIGINT'], ['SIGTERM']])(
  '%s while a tool resolves: the tool ends, too',
  async (signal) => {
    const cwd = await folder({ 'requirements.txt': 'slim-plain\n' });
    const bin = await folder({
      uv: `#!/bin/sh
case "$1" in --version) echo "uv 0.13.8"; exit;; esac
echo $$ > "$PID_FILE"
exec sleep 60
`,
    });
    await chmod(path.join(bin, 'uv'), 0o755);
    const pidFile = path.join(bin, 'pid');
    const { code, stderr, seconds } = await interrupted(['build'], {
      cwd,
      signal,
      env: { PATH: `${bin}:${environment['PATH'] ?? ''}`, PID_FILE: pidFile },
      when: (text) => text.includes('resolve requirements from requirements.txt …'),
    });
    expect(code).toBe(130);
    expect(stderr).toContain('✖ Interrupted: nothing was written.');
    expect(stderr).toContain('run the same command again');
    expect(seconds).toBeLessThan(5);
    expect(await isRunning(Number(await readFile(pidFile, 'utf8')))).toBe(false);
    expect(await readdir(cwd)).toEqual(['requirements.txt']);
  },
);

test('while Python imports: it ends, too', async () => {
  const pidFile = path.join(await folder(), 'pid');
  const from = await tree({
    'slow 1.0': { 'slow/__init__.py': 'import time\ntime.sleep(60)\n' },
  });
  const cwd = await folder();
  const { code, stdout, seconds } = await interrupted(
    ['build', '--from', from, '--python', hostPython, '--json'],
    { cwd, env: { PID_FILE: pidFile }, when: (text) => /^import before pruning .*…$/m.test(text) },
  );
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'interrupted' } });
  expect(seconds).toBeLessThan(5);
  expect(await readdir(cwd)).toEqual([]);
});

test('while it compresses and writes: nothing half-made stays', async () => {
  const from = await tree({ 'big 1.0': { 'big/__init__.py': '' } });
  await mkdir(path.join(from, 'big', 'data'));
  for (let part = 0; part < 6; part++) {
    await writeFile(path.join(from, 'big', 'data', `${part}.bin`), randomBytes(16 * 1024 * 1024));
  }
  const cwd = await folder();
  const { code, stderr } = await interrupted(['build', '--from', from, '--pyc', 'none', '--no-cache'], {
    cwd,
    when: (text) => /^scan imports: /m.test(text),
  });
  expect(code).toBe(130);
  expect(stderr).toContain('Nothing was kept');
  expect(await readdir(cwd)).toEqual([]);
  expect(await readdir(path.join(cacheFolder, 'lambda-slim', 'v1', 'work')).catch(() => [])).toEqual([]);
});

describe('while a program answers nothing, the command ends within two seconds', () => {
  const silent = '#!/bin/sh\nexec sleep 60\n';
  const here = environment['PATH'] ?? '';
  test.each<readonly [string, readonly string[]]>([
    ['bwrap', ['build', '--python', hostPython]],
    ['python3', ['build', '--python', hostPython, '--interpreter', 'python3']],
    ['uv', ['build', '--python', '3.9']],
    ['uv', ['doctor']],
    ['bwrap', ['doctor', '--python', hostPython]],
  ])('%s in %s', async (name, [command = '', ...rest]) => {
    const from = await tree({ 'plain 1.0': { 'plain.py': '' } });
    const bin = await folder({ [name]: silent });
    await chmod(path.join(bin, name), 0o755);
    const args = [command, ...(command === 'build' ? ['--from', from] : []), ...rest];
    const child = spawn(process.execPath, [program, ...args], {
      cwd: await folder(),
      env: { ...environment, PATH: `${bin}:${here}` },
      stdio: 'ignore',
    });
    const ended = once(child, 'exit');
    while (!(await hasChild(child.pid ?? 0, `${bin}/${name}`))) {
      if (child.exitCode !== null) throw new Error(`${name} was not started`);
      await setTimeout(20);
    }
    const sent = performance.now();
    child.kill('SIGTERM');
    expect(await ended).toEqual([130, null]);
    expect(performance.now() - sent).toBeLessThan(2000);
  });
});
