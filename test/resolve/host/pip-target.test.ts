/** pip as `templates/pip_target.py` runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { platform, tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from '@jest/globals';
import { templatePath } from '../../../src/io/templates.js';

/** Starts pip as a run does, says its number, and does nothing more. */
const parent = `
import subprocess, sys, time
child = subprocess.Popen([sys.executable, *sys.argv[1:]])
print(child.pid, flush=True)
time.sleep(60)
`;

const isRunning = (pid: number): boolean => {
  try {
    return !/^State:\sZ/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

const onLinux = platform() === 'linux' ? test : test.skip;

onLinux('pip ends with a run that was killed, also while an index is silent', async () => {
  const index = createServer(() => {}).listen(0, '127.0.0.1');
  await once(index, 'listening');
  const asked = once(index, 'connection');
  const url = `http://127.0.0.1:${(index.address() as AddressInfo).port}/simple/`;
  const pip = [
    'download',
    '--isolated',
    '--no-deps',
    '--dest',
    tmpdir(),
    '--timeout',
    '60',
    '--retries',
    '0',
    '--index-url',
    url,
    'idna',
  ];
  const markers = JSON.stringify({ python_full_version: '3.13.0' });
  const run = spawn('python3', ['-c', parent, templatePath('pip_target.py'), markers, ...pip], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [said] = (await once(run.stdout, 'data')) as [Buffer];
    const pid = Number(said.toString());
    const [socket] = (await asked) as [{ destroy: () => void }];
    expect(isRunning(pid)).toBe(true);
    run.kill('SIGKILL');
    for (let waited = 0; isRunning(pid) && waited < 3000; waited += 50) await setTimeout(50);
    expect(isRunning(pid)).toBe(false);
    socket.destroy();
  } finally {
    run.kill('SIGKILL');
    index.close();
  }
});
