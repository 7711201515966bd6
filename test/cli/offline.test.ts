/** The whole command line without a network: in a namespace of its own, where not even this machine's own servers answer. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../program.js';
import type { Manifest } from '../../src/model.js';
import { findUv } from '../../src/resolve/tools.js';
import { startIndex, type Started } from '../resolve/web-servers.js';
import { environment, program, wheels } from './helper.js';
import { never } from '../never.js';

jest.setTimeout(120_000);

/** Programs in front of one that is to have no network; the first that works here. */
const walls = [
  ['unshare', '-n'],
  ['unshare', '-rn'],
  ['bwrap', '--bind', '/', '/', '--dev', '/dev', '--unshare-net'],
];
async function wallHere(): Promise<readonly string[] | null> {
  for (const [command = '', ...args] of walls) {
    const made = await run(command, [...args, 'true']);
    if (made.ok) return [command, ...args];
  }
  return null;
}
const wall = await wallHere();
const uv = await findUv(process.env, never);
const tools = [['pip', ''] as const, ...(uv === null ? [] : [['uv', path.dirname(uv.command)] as const])];

let index: Started;
beforeAll(async () => {
  index = await startIndex(wheels, { login: null });
});
afterAll(() => index.stop());

const here = wall === null && process.env['CI'] !== 'true' ? describe.skip : describe;
here.each(tools)('without a network, with %s (needs unshare or bwrap)', (resolver, folder) => {
  let home: string;
  beforeAll(async () => {
    home = await mkdtemp(path.join(environment['HOME'] ?? '', 'offline-'));
  });

  async function build(
    requirements: string,
    options: readonly string[],
    network: boolean,
  ): Promise<{
    readonly code: number | null;
    readonly said: string;
    readonly answer: unknown;
    readonly bytes: string;
  }> {
    const cwd = path.join(home, requirements.replace(/\W+/g, '-'));
    await mkdir(cwd, { recursive: true });
    const text = `--index-url http://${index.host}/simple/\n${requirements}`;
    await writeFile(path.join(cwd, 'requirements.txt'), text);
    const line = [process.execPath, program, 'build', '--resolver', resolver, '--json', ...options];
    const [command = '', ...args] = [...(network ? [] : (wall ?? [])), ...line];
    const env = {
      ...environment,
      PATH: `${folder}:${environment['PATH'] ?? ''}`,
      LAMBDA_SLIM_CACHE_DIR: path.join(home, 'slim'),
      UV_CACHE_DIR: path.join(home, 'uv'),
      PIP_CACHE_DIR: path.join(home, 'pip'),
      UV_NO_CONFIG: '1',
    };
    const { exitCode: code, stdout, stderr } = await run(command, args, { cwd, env, onlyEnv: true });
    const answer = JSON.parse(stdout) as Partial<Manifest>;
    const { artifacts = [] } = answer;
    return { code, answer, said: stdout + stderr, bytes: artifacts.map(({ sha256 }) => sha256).join() };
  }

  const pinned = 'slim-plain==1.0\nslim-extra==1.0\n';

  test('what is pinned and was built once is built again, told so or not', async () => {
    const first = await build(pinned, [], true);
    expect(first).toMatchObject({ code: 0, bytes: expect.stringMatching(/^[0-9a-f]{64}/) });
    index.log.splice(0);
    expect(await build(pinned, ['--offline'], false)).toMatchObject({ code: 0, bytes: first.bytes });
    expect(await build(pinned, [], false)).toMatchObject({ code: 0, bytes: first.bytes });
    expect(await build(pinned, ['--offline'], true)).toMatchObject({ code: 0, bytes: first.bytes });
    expect(index.log).toEqual([]);
  });

  test('what is missing is named', async () => {
    expect((await build('slim-plain==1.0\n', ['--no-proof'], true)).code).toBe(0);
    const other = await build('slim-plain==1.0\nslim-modern==3.0\n', ['--offline'], false);
    expect(other.code).toBe(2);
    expect(other.answer).toMatchObject({
      error: {
        code: 'not-in-cache',
        // pip has no use for its own cache offline, and names the first package that is not installed already.
        message: `${resolver === 'uv' ? 'slim-modern' : 'slim-plain'} cannot be found in the cache.`,
        hint: expect.stringMatching(/^Build once without --offline/),
      },
    });
  });

  test('without --offline the index is named that cannot be reached', async () => {
    const asked = await build('slim-plain==1.0\nslim-modern==3.0\n', [], false);
    expect([asked.code, asked.said]).toEqual([2, expect.stringContaining(index.host)]);
    expect(asked.said).toContain('index-unreachable');
  });
});
