import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from '@jest/globals';
import type { Engine } from '../../src/container/engine.js';
import { findEngine, readEngine, requireEngine } from '../../src/container/engine.js';
import { never } from '../never.js';

const folder = await mkdtemp(path.join(tmpdir(), 'lambda-slim-engine-'));
afterAll(async () => rm(folder, { recursive: true, force: true }));

const programs = path.resolve('fixtures/programs/docker');
const nodeFolder = path.dirname(process.execPath);
const fake = (answer: object): Record<string, string> => ({
  PATH: `${programs}:${nodeFolder}:/usr/bin:/bin`.replace(
    ':/usr/bin',
    process.execPath.startsWith('/usr/bin') ? ':/usr/bin' : '',
  ),
  FAKE_DOCKER: JSON.stringify(answer),
  FAKE_DOCKER_LOG: path.join(folder, 'log'),
});
const nothing = { PATH: folder };

const rows: [name: string, info: object, expected: Partial<Engine> | null][] = [
  [
    'docker',
    { ServerVersion: '28.1', ClientInfo: {}, SecurityOptions: ['name=seccomp,profile=default'] },
    { family: 'docker', version: '28.1', rootless: false, remapped: false, selinux: false },
  ],
  [
    'rootless docker',
    { ServerVersion: '28.1', ClientInfo: {}, SecurityOptions: ['name=seccomp', 'name=rootless'] },
    { rootless: true },
  ],
  [
    'userns-remap',
    { ServerVersion: '28.1', ClientInfo: {}, SecurityOptions: ['name=userns'] },
    { remapped: true },
  ],
  [
    'selinux',
    { ServerVersion: '28.1', ClientInfo: {}, SecurityOptions: ['name=selinux'] },
    { selinux: true },
  ],
  [
    'nerdctl',
    { ServerVersion: '2.0', SecurityOptions: ['name=rootless'] },
    { family: 'nerdctl', rootless: true },
  ],
  [
    'podman',
    {
      host: { arch: 'amd64', security: { rootless: true, selinuxEnabled: true } },
      version: { Version: '5.0' },
    },
    { family: 'podman', version: '5.0', rootless: true, selinux: true, architecture: 'amd64' },
  ],
  ['a daemon that is down', { ServerVersion: '', ServerErrors: ['Cannot connect'], ClientInfo: {} }, null],
  ['something else', {}, null],
];
test.each(rows)('info of %s', (_name, info, expected) => {
  const engine = readEngine('docker', JSON.stringify(info));
  if (expected === null) expect(engine).toBeNull();
  else expect(engine).toMatchObject(expected);
});

test('the first that answers is taken', async () => {
  expect(await findEngine(fake({}), null, never)).toMatchObject({ command: 'docker', version: '28.1.0' });
  expect(await findEngine(nothing, null, never)).toBeNull();
});

test.each([
  [
    'nothing installed',
    nothing,
    null,
    'No container engine is installed: none of docker, podman, finch, nerdctl is on PATH.',
    'Install Docker',
  ],
  [
    'the wanted one is not installed',
    nothing,
    'podman',
    'The container engine podman is not installed: there is no such command.',
    'Install',
  ],
  [
    'no daemon',
    fake({ down: 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock.' }),
    'docker',
    'docker is installed, but its engine is not running.',
    'Start it',
  ],
  [
    'no permission',
    fake({ down: 'permission denied while trying to connect to the Docker daemon socket' }),
    'docker',
    'docker is installed, but you may not use its daemon.',
    'group "docker"',
  ],
])('%s', async (_name, environment, wanted, sentence, hint) => {
  await expect(requireEngine(environment, wanted, never)).rejects.toMatchObject({
    code: 'no-container-engine',
    message: sentence,
    hint: expect.stringContaining(hint),
  });
});
