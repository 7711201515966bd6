/** A secret never leaves a run, wherever it was written: most of all when the run fails, as errors quote addresses. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, jest, test } from '@jest/globals';
import { findUv } from '../../src/resolve/tools.js';
import { cli, environment, type Result } from './helper.js';
import { placed, secret, sourcesAt, startIndex, textsIn, traces } from './secret-sources.js';
import { never } from '../never.js';

jest.setTimeout(120_000);

const index = await startIndex();
afterAll(() => index.stop());

const said = ({ stdout, stderr }: Result): string => `${stdout}${stderr}`;

const uv = await findUv(process.env, never);
const quickly = uv === null ? describe.skip : describe;

quickly('an index over HTTP, asked by uv', () => {
  const PATH = `${path.dirname(uv?.command ?? '')}:${environment['PATH'] ?? ''}`;
  const build = (
    cwd: string,
    cache: string,
    more: readonly string[],
    env: Readonly<Record<string, string>>,
  ) =>
    cli(
      [
        'build',
        '--resolver',
        'uv',
        '--python',
        '3.13',
        '--cache-dir',
        cache,
        '--no-proof',
        '--pyc',
        'none',
        ...more,
      ],
      {
        cwd,
        env: { ...env, PATH, UV_CACHE_DIR: path.join(cwd, 'uv') },
      },
    );

  const sound = [
    '-i', 'an unescaped @', 'a token as the user', "a token in an index's path", 'a variable in a line',
    '--index', 'the config file', 'UV_DEFAULT_INDEX', 'UV_INDEX', 'UV_INDEX_OWN_PASSWORD', 'uv.toml', "uv's index", "Poetry's source", 'netrc',
  ]; // prettier-ignore
  const ways = ['401', '403', '404', '500'];
  // An index that never answers is asked a second time for what it has, which takes its while.
  const rows = [
    ...sound.map((name, at) => [name, ways[at % ways.length] ?? ''] as const),
    ['-i', 'hang'] as const,
  ];
  test.each(rows)('%s, %s', async (name, way) => {
    const source = sourcesAt(`${index.host}/${way}`)[name] ?? {};
    const { cwd, cache, env } = await placed(source);
    const result = await build(cwd, cache, ['--json', '--verbose', ...(source.args ?? [])], env);
    expect(result.code).toBe(2);
    expect(said(result)).not.toMatch(traces);
    expect(await textsIn(cache)).not.toMatch(traces);
  });

  test.each(sound)('%s lets in: manifest, report, cache and what commands print', async (name) => {
    const source = sourcesAt(index.host)[name] ?? {};
    const { cwd, cache, env } = await placed(source);
    const before = index.logins().length;
    const built = await build(cwd, cache, ['--verbose', ...(source.args ?? [])], env);
    expect([built.code, built.stderr]).toEqual([0, expect.any(String)]);
    if (name !== "a token in an index's path") expect(index.logins().length).toBeGreaterThan(before);
    const again = await build(cwd, cache, ['--json', ...(source.args ?? [])], env);
    const summary = {
      GITHUB_STEP_SUMMARY: path.join(cwd, 'summary.md'),
      GITHUB_OUTPUT: path.join(cwd, 'outputs'),
    };
    const options = { cwd, env: { ...env, PATH, ...summary } };
    const more = [
      await cli(['report', '--html', 'page.html'], options),
      await cli(['report', '--json'], options),
      await cli(['check', '--github', '--markdown', 'page.md', '--junit', 'page.xml'], options),
      await cli(['check', '--json', '--verbose'], options),
      await cli(['why', 'slim-plain', '--json'], options),
    ];
    expect(more.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect([built, again, ...more].map(said).join('')).not.toMatch(traces);
    const pages = [cache, path.join(cwd, '.lambda-slim')].map(textsIn);
    expect((await Promise.all(pages)).join('')).not.toMatch(traces);
    for (const page of ['page.html', 'page.md', 'page.xml', 'summary.md', 'outputs']) {
      const text = await readFile(path.join(cwd, page), 'utf8');
      expect(text).not.toBe('');
      expect(text).not.toMatch(traces);
    }
  });

  test('a keyring', async () => {
    const source = { lines: `-i http://me@${index.host}/simple\nslim-plain\n` };
    const { cwd, cache, env } = await placed(source);
    const bin = path.join(cwd, 'bin');
    await mkdir(bin);
    await writeFile(path.join(bin, 'keyring'), `#!/bin/sh\necho '${secret}'\n`, { mode: 0o755 });
    const before = index.logins().length;
    const own = {
      ...env,
      UV_KEYRING_PROVIDER: 'subprocess',
      PATH: `${bin}:${PATH}`,
      UV_CACHE_DIR: path.join(cwd, 'uv'),
    };
    const result = await cli(
      ['build', '--resolver', 'uv', '--cache-dir', cache, '--no-proof', '--json', '--verbose'],
      { cwd, env: own },
    );
    expect(result.code).toBe(0);
    expect(index.logins().slice(before)).toContain(`Basic ${Buffer.from(`me:${secret}`).toString('base64')}`);
    expect(said(result)).not.toMatch(traces);
    expect(await textsIn(cache)).not.toMatch(traces);
  });
});
