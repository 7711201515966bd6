/** What we decide for the five stacks is what uv and pip decide when they are asked directly. Nothing is installed. */
import { describe, expect, jest, test } from '@jest/globals';
import { mkdtemp, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { targetFor } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import { run } from '../program.js';
import { pipTool } from '../../src/resolve/host/pip.js';
import type { HostTool } from '../../src/resolve/host/tool.js';
import { uvTool } from '../../src/resolve/host/uv.js';
import { collectInputs } from '../../src/resolve/inputs/inputs.js';
import { findPip, findUv } from '../../src/resolve/tools.js';
import { normalizeName } from '../../src/python/names.js';
import { hostPython } from '../cli/helper.js';
import { contextFor, fixtures, requestFor } from '../resolve/helper.js';
import { never } from '../never.js';

jest.setTimeout(600_000);

const stacks = ['sklearn', 'onnx', 'vision', 'torch', 'tensorflow'];
const target = targetFor('3.13', 'x86_64');
const uv = await findUv(process.env, never);
const pip = await findPip(process.env, never);
if (uv === null || pip === null) throw new Error('uv and pip are needed: run "bash test/setup/tools.sh"');

async function ours(host: HostTool, stack: string): Promise<readonly string[]> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-pins-'));
  const file = path.join(fixtures, 'stacks', `${stack}.txt`);
  const world = await contextFor({ environment: process.env });
  const inputs = await collectInputs(requestFor(folder, { requirements: [file] }), world);
  const { environment, secrets, signal } = world;
  const answer = await host.pin(inputs, {
    cpu: false,
    network: 'any',
    run: { cwd: folder, environment, secrets, signal },
  });
  if (!answer.ok) throw new Error(answer.result.stderr);
  return answer.pins.map(({ name, version }) => `${name}==${version}`).sort();
}

const file = (stack: string): string => path.join(fixtures, 'stacks', `${stack}.txt`);

async function uvAlone(stack: string): Promise<readonly string[]> {
  const args = ['--python-version', '3.13', '--python-platform', 'x86_64-manylinux_2_34'];
  const more = ['--only-binary', ':all:', '--no-header', '--no-annotate', '--quiet'];
  const answer = await run('uv', ['pip', 'compile', file(stack), ...args, ...more]);
  expect(answer).toMatchObject({ ok: true });
  return answer.stdout
    .split('\n')
    .filter((line) => /^[a-z]/i.test(line))
    .sort();
}

test.each(stacks)('uv: %s', async (stack) => {
  const found = await ours(uvTool(uv, target), stack);
  expect(found.length).toBeGreaterThan(3);
  expect(found).toEqual(await uvAlone(stack));
});

describe('pip', () => {
  test.each(stacks)('%s', async (stack) => {
    // Left alone, pip judges markers by the Python that runs it.
    const own = targetFor(hostPython as PythonVersion, 'x86_64');
    const report = path.join(await mkdtemp(path.join(tmpdir(), 'slim-pins-')), 'report.json');
    const args = [
      '--dry-run',
      '--ignore-installed',
      '--quiet',
      '--only-binary=:all:',
      '--target',
      path.dirname(report),
    ];
    const platforms = own.platforms.flatMap((platform) => ['--platform', platform]);
    const python = ['--python-version', own.python, '--implementation', 'cp'];
    const asked = ['--report', report, '--requirement', file(stack)];
    const [found, answer] = await Promise.all([
      ours(pipTool(pip, own), stack),
      run(pip.command, [...pip.first, 'install', ...args, ...platforms, ...python, ...asked]),
    ]);
    expect(answer).toMatchObject({ ok: true });
    const { install } = JSON.parse(await readFile(report, 'utf8')) as {
      readonly install: readonly { readonly metadata: { readonly name: string; readonly version: string } }[];
    };
    const wanted = install
      .map(({ metadata }) => `${normalizeName(metadata.name)}==${metadata.version}`)
      .sort();
    expect(found.length).toBeGreaterThan(3);
    expect(found).toEqual(wanted);
  });
});
