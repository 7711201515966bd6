import { describe, expect, test } from '@jest/globals';
import { commands } from '../../src/commands/table.js';
import { cli, folder, smallTree } from './helper.js';

const from = await smallTree();

/** The Python and glibc that a plan was made for. */
async function planned(
  args: readonly string[],
  files: Readonly<Record<string, string>>,
  env: Readonly<Record<string, string>>,
): Promise<unknown> {
  const cwd = await folder(files);
  const result = await cli(['build', '--from', from, '--plan', '--json', '--quiet', ...args], { cwd, env });
  if (result.code !== 0) throw new Error(result.stdout);
  const { target } = JSON.parse(result.stdout) as { target: { python: string; glibc: string } };
  return `${target.python} ${target.glibc}`;
}

const file = { 'lambda-slim.yaml': 'python: "3.9"\nglibc: "2.17"\n' };

test.each<
  readonly [
    string,
    readonly string[],
    Readonly<Record<string, string>>,
    Readonly<Record<string, string>>,
    string,
  ]
>([
  ['the default', [], {}, {}, '3.13 2.34'],
  ['a file over the default', [], file, {}, '3.9 2.17'],
  ['the environment over a file', [], file, { LAMBDA_SLIM_PYTHON: '3.10' }, '3.10 2.17'],
  ['a flag over all', ['--python', '3.11'], file, { LAMBDA_SLIM_PYTHON: '3.10' }, '3.11 2.17'],
  ['an empty variable counts as none', [], file, { LAMBDA_SLIM_PYTHON: '' }, '3.9 2.17'],
  ['package.json', [], { 'package.json': '{"lambda-slim": {"python": "3.12"}}' }, {}, '3.12 2.34'],
  ['pyproject.toml', [], { 'pyproject.toml': '[tool.lambda-slim]\npython = "3.12"\n' }, {}, '3.12 2.34'],
  [
    '--config',
    ['--config', 'ci/slim.json'],
    { ...file, 'ci/slim.json': '{"python": "3.10"}' },
    {},
    '3.10 2.26',
  ],
])('%s', async (_name, args, files, env, expected) => {
  expect(await planned(args, files, env)).toBe(expected);
});

describe('refused', () => {
  test.each<
    readonly [
      string,
      readonly string[],
      Readonly<Record<string, string>>,
      Readonly<Record<string, string>>,
      readonly string[],
    ]
  >([
    [
      'an unknown key',
      [],
      { 'lambda-slim.json': '{"pyton": "3.12"}' },
      {},
      ['"pyton"', '"python"?', 'bad-config'],
    ],
    ['a value of a file', [], { 'lambda-slim.toml': 'python = "2.7"' }, {}, ['"python" in', 'toml', '"2.7"']],
    ['an unquoted version', [], { 'lambda-slim.yaml': 'python: 3.10' }, {}, ['is 3.1', 'put it in quotes']],
    [
      'an unknown variable',
      [],
      {},
      { LAMBDA_SLIM_PYTON: '3.12' },
      ['LAMBDA_SLIM_PYTON', 'LAMBDA_SLIM_PYTHON?'],
    ],
    ['a value of a variable', [], {}, { LAMBDA_SLIM_ARCH: 'arm' }, ['LAMBDA_SLIM_ARCH is "arm"', 'arm64']],
    ['two files', [], { 'lambda-slim.json': '{}', 'lambda-slim.toml': '' }, {}, ['Both', '--config']],
    ['a file that is not there', ['--config', 'no.json'], {}, {}, ['no.json', 'bad-config']],
    ['a broken file', [], { 'lambda-slim.json': '{' }, {}, ['lambda-slim.json cannot be read']],
  ])('%s', async (_name, args, files, env, expected) => {
    const { code, stderr } = await cli(['build', ...args], { cwd: await folder(files), env });
    expect(code).toBe(2);
    for (const text of expected) expect(stderr).toContain(text);
  });
});

/** Arguments with which each command would do something, where it needs any. */
const needed: Readonly<Record<string, readonly string[]>> = {
  init: ['sam'],
  why: ['numpy'],
  diff: ['a.zip', 'b.zip'],
  explain: ['no-wheel'],
  cache: ['dir'],
  models: ['list'],
  completion: ['bash'],
};

/** They read no config file but one that was typed: to explain what is wrong with it, and for a shell that starts. */
const withoutConfig = new Set(['explain', 'completion']);

test.each(commands.map(({ name }) => name))(
  '%s: a config file that is not there is refused',
  async (name) => {
    const args = [name, ...(needed[name] ?? [])];
    const cwd = await folder({ 'a.zip': '', 'b.zip': '' });
    const flag = await cli([...args, '--config', 'nope.toml', '--json'], { cwd });
    const variable = await cli([...args, '--json'], { cwd, env: { LAMBDA_SLIM_CONFIG: 'nope.toml' } });
    for (const { code, stdout } of withoutConfig.has(name) ? [flag] : [flag, variable]) {
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
      expect([code, error.code]).toEqual([2, 'bad-config']);
      expect(error.message).toContain('nope.toml');
    }
  },
);
