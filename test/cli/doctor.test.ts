/** `lambda-slim doctor` on this machine, and on machines that lack something. */
import { chmod, mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import type { DoctorDocument } from '../../src/report/doctor-text.js';
import type { Part, PartId } from '../../src/doctor/examination.js';
import { cli, environment, folder, hostPython } from './helper.js';

/** A folder for PATH in which only these programs are, each a shell script. */
async function programs(scripts: Readonly<Record<string, string>>): Promise<string> {
  const place = path.join(await folder(), 'programs');
  await mkdir(place);
  for (const [name, text] of Object.entries(scripts)) {
    await writeFile(path.join(place, name), `#!/bin/sh\n${text}\n`);
    await chmod(path.join(place, name), 0o755);
  }
  return place;
}

async function look(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<{
  readonly code: number | null;
  readonly document: DoctorDocument;
  readonly part: (id: PartId) => Part;
}> {
  const { code, stdout } = await cli(['doctor', '--json', ...args], { cwd: await folder(), env });
  const document = JSON.parse(stdout) as DoctorDocument;
  const part = (id: PartId): Part => {
    const found = document.parts.find((one) => one.id === id);
    if (!found) throw new Error(`no ${id}`);
    return found;
  };
  return { code, document, part };
}

test('this machine has Node, pip and a Python, and says which', async () => {
  const { code, document, part } = await look(['--python', hostPython], {});
  expect(code).toBe(0);
  expect(document.target).toEqual({ python: hostPython, architecture: 'x86_64' });
  expect(part('node')).toMatchObject({
    health: 'works',
    found: process.versions.node,
    means: null,
    remedy: null,
  });
  expect(part('pip').found).toMatch(/^\d+\.[\d.]+, of \//);
  expect(part('python').found).toMatch(new RegExp(`^${hostPython.replace('.', '\\.')}\\.\\d+`));
  expect(document.findings).toEqual([]);
  // Whatever lacks says what comes of it.
  for (const one of document.parts.filter(({ health }) => health !== 'works'))
    expect(one.means).toMatch(/\.$/);
});

test('without uv, pip and engine no build works: exit 1, with the command that mends it', async () => {
  const PATH = await programs({});
  const { code, document, part } = await look([], { PATH });
  expect(code).toBe(1);
  expect(part('uv')).toMatchObject({ health: 'needed', found: 'not on PATH' });
  expect(part('pip').health).toBe('lacking');
  expect(part('container-engine').found).toBe('none of docker, podman, finch, nerdctl');
  expect(document.findings).toEqual([
    {
      code: 'machine-cannot-build',
      severity: 'error',
      sentence: expect.stringMatching(/^uv: Neither uv nor pip/),
      hint: expect.stringContaining('astral.sh/uv/install'),
    },
  ]);
});

test('one of the three is enough', async () => {
  const PATH = await programs({ uv: 'echo "uv 0.99.1"' });
  const { code, part } = await look([], { PATH });
  expect(code).toBe(0);
  expect(part('uv').found).toBe(`0.99.1, ${path.join(PATH, 'uv')}`);
  const docker = await programs({
    docker: `echo '{"ServerVersion":"99.1","Architecture":"x86_64","OSType":"linux","SecurityOptions":[]}'`,
  });
  const other = await look([], { PATH: docker });
  expect(other.code).toBe(0);
  expect(other.part('container-engine').found).toBe('docker 99.1');
});

test('an engine that is there and does not answer is told apart from none', async () => {
  const denied = await programs({
    uv: 'echo "uv 0.99.1"',
    docker: 'echo "permission denied while trying to connect to the docker API" >&2; exit 1',
  });
  const first = (await look([], { PATH: denied })).part('container-engine');
  expect(first.found).toContain('docker: permission denied');
  expect(first.remedy).toContain('usermod -aG docker');
  const stopped = await programs({
    uv: 'echo "uv 0.99.1"',
    podman: 'echo "Cannot connect to the Docker daemon. Is the docker daemon running?" >&2; exit 1',
  });
  const second = (await look([], { PATH: stopped })).part('container-engine');
  expect(second.remedy).toMatch(/^Start it: (?:sudo )?systemctl start podman$/);
});

test('credentials are found and never shown', async () => {
  const keys = { AWS_ACCESS_KEY_ID: 'AKIAVISIBLEKEY123456', AWS_SECRET_ACCESS_KEY: 'Zq7-secret-Zq7' };
  const { part, document } = await look([], { ...keys, AWS_REGION: 'eu-west-1' });
  expect(part('aws')).toMatchObject({ health: 'works', found: 'credentials (variables), eu-west-1' });
  expect(JSON.stringify(document)).not.toMatch(/AKIAVISIBLE|Zq7/);
  const without = (await look([], keys)).part('aws');
  expect(without).toMatchObject({ health: 'lacking', found: 'credentials (variables), no Region' });
  const config = path.join(await folder(), 'config');
  await writeFile(config, '[profile team]\nregion = ap-south-1\ncredential_process = /bin/false\n');
  const broken = (await look([], { AWS_CONFIG_FILE: config, AWS_PROFILE: 'team' })).part('aws');
  expect(broken).toMatchObject({ health: 'lacking', found: 'no credentials' });
});

test('another architecture is not promised a Python of this one', async () => {
  const { part } = await look(['--arch', process.arch === 'arm64' ? 'x86_64' : 'arm64'], {});
  expect(part('python').remedy).toMatch(/^Build on Linux on \w+, or with --resolver docker/);
});

test('a cache that cannot be written, and how it reads in words', async () => {
  const blocked = path.join(await folder({ file: '' }), 'file', 'cache');
  const { code, stdout } = await cli(['doctor', '--cache-dir', blocked], { env: environment });
  expect(code).toBe(0);
  expect(stdout).toMatch(/^lacking +Cache: .*cannot be written$/m);
  expect(stdout).toMatch(/^ {9}→ Name another folder with --cache-dir\.$/m);
  expect(stdout).toMatch(/^ok +Node: \d+/m);
  expect(stdout).toMatch(/\nBuilds work; \d+ things? could be better\.\n$/);
});
