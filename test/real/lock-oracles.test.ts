/**
 * For each kind of lock, (name, version, source) of what we take equals the own export of the tool that wrote it, for the
 * target. The locks in fixtures/locks are the tools' own: Poetry 1.8.5's and 2.5.1's, uv's, PDM's, Pipenv's, and pylock.toml
 * by uv, PDM and pip. Needs `.test-tools/locks`.
 */
import { expect, jest, test } from '@jest/globals';
import { cp, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { run } from '../program.js';
import { collectInputs } from '../../src/resolve/inputs/inputs.js';
import { contextFor, fixtures, requestFor } from '../resolve/helper.js';
import { judged, lockTools, ours, type Target } from './lock-rows.js';

jest.setTimeout(600_000);

const context = { environment: lockTools };

interface Asked {
  readonly extras: readonly string[];
  readonly groups: readonly string[];
}
interface Fixture {
  readonly folder: string;
  readonly lock: 'uv.lock' | 'poetry.lock' | 'pdm.lock' | 'Pipfile.lock' | `pylock.${string}.toml`;
  /** The tool's own export, for what was asked for. */
  readonly command: (asked: Asked, target: Target) => readonly string[];
  readonly asked: readonly Asked[];
}

const plain: Asked = { extras: [], groups: [] };
const both: Asked = { extras: ['fast'], groups: ['ml'] };
const some: readonly Asked[] = [plain, both];
const every: readonly Asked[] = [...some, { ...plain, extras: ['fast'] }, { ...plain, groups: ['ml'] }];
const each = (option: string, values: readonly string[]): string[] => values.flatMap((one) => [option, one]);

const poetry: Fixture['command'] = ({ extras, groups }) => [
  ...['poetry', 'export', '--without-hashes', ...each('--extras', extras), ...each('--with', groups)],
];
const pylock =
  (lock: string): Fixture['command'] =>
  (_, { python, architecture }) => [
    ...['uv', 'pip', 'install', '--dry-run', '--python', 'python3', '--target', 'nowhere'],
    ...['--python-version', python, '--python-platform'],
    `${architecture === 'arm64' ? 'aarch64' : 'x86_64'}-manylinux_2_28`,
    ...['--requirements', lock],
  ];
const rows: readonly Fixture[] = [
  {
    folder: 'uv',
    lock: 'uv.lock',
    command: ({ extras, groups }) => [
      ...['uv', 'export', '--frozen', '--no-hashes', '--no-header', '--no-annotate', '--no-emit-project'],
      ...['--no-default-groups', ...each('--extra', extras), ...each('--group', groups)],
    ],
    asked: every,
  },
  { folder: 'poetry-1', lock: 'poetry.lock', command: poetry, asked: some },
  { folder: 'poetry-2', lock: 'poetry.lock', command: poetry, asked: some },
  {
    folder: 'pdm',
    lock: 'pdm.lock',
    command: ({ extras, groups }) => [
      ...['pdm', 'export', '--format', 'pylock', ...(groups.length === 0 ? ['--prod'] : [])],
      ...each('--group', [...extras, ...groups]),
    ],
    asked: some,
  },
  {
    folder: 'pipenv',
    lock: 'Pipfile.lock',
    command: ({ groups }) => [
      'pipenv',
      'requirements',
      '--categories',
      ['packages', ...groups.map((one) => (one === 'dev' ? 'dev-packages' : one))].join(','),
    ],
    asked: [plain, { ...plain, groups: ['ml', 'dev'] }],
  },
  ...(['pylock.uv.toml', 'pylock.pdm.toml', 'pylock.pip.toml'] as const).map((lock) => ({
    ...{ folder: 'pylock', lock, command: pylock(lock) },
    asked: [plain],
  })),
];

const targets: readonly Target[] = [
  { python: '3.10', architecture: 'x86_64' },
  { python: '3.13', architecture: 'arm64' },
];

/** @returns the export: uv says what it would install on the other stream */
async function exported(
  { command, lock }: Fixture,
  asked: Asked,
  target: Target,
  folder: string,
): Promise<string> {
  const [program = '', ...args] = command(asked, target);
  const result = await run(program, args, { cwd: folder, env: context.environment, onlyEnv: true });
  expect([result.ok, result.ok ? '' : result.stderr]).toEqual([true, '']);
  return lock.startsWith('pylock') ? result.stderr : result.stdout;
}

test.each(rows)('$folder: $lock', async (fixture) => {
  const all = path.join(await mkdtemp(path.join(tmpdir(), 'slim-oracle-')), 'my lócks');
  await cp(path.join(fixtures, 'locks'), all, { recursive: true });
  const folder = path.join(all, fixture.folder);
  for (const asked of fixture.asked) {
    let text = '';
    for (const target of targets) {
      const request = { requirements: [path.join(folder, fixture.lock)], ...asked, ...target };
      const inputs = await collectInputs(requestFor(folder, request), await contextFor(context));
      // Only uv's answer about a pylock.toml is for one target.
      if (text === '' || fixture.folder === 'pylock') text = await exported(fixture, asked, target, folder);
      const own = ours(inputs, target, folder);
      expect([asked, target, own]).toEqual([asked, target, await judged(text, fixture.lock, target, folder)]);
      expect(own.length).toBeGreaterThan(4);
    }
  }
});
