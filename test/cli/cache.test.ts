/** `lambda-slim cache`, beside builds that run. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { cacheFolder, cli, folder, hostPython, offline, type Result } from './helper.js';

const json = ({ stdout }: Result): Record<string, unknown> => JSON.parse(stdout) as Record<string, unknown>;
const place = path.join(cacheFolder, 'lambda-slim');
const config = JSON.stringify({ python: hostPython, noProof: true });
const projectFiles = { 'requirements.txt': `${offline}slim-plain==1.0\n`, 'lambda-slim.json': config };

test('dir is one line for scripts, with or without a cache', async () => {
  const { code, stdout } = await cli(['cache', 'dir']);
  expect([code, stdout]).toEqual([0, `${place}\n`]);
  const own = await cli(['cache', 'dir', '--cache-dir', 'here', '--json'], { cwd: await folder() });
  expect(String(json(own)['folder'])).toMatch(/\/my prøject\/here$/);
});

test('size, prune and clean: what a build left, then nothing', async () => {
  const cwd = await folder(projectFiles);
  expect((await cli(['build'], { cwd })).code).toBe(0);
  const sizes = json(await cli(['cache', 'size', '--json']));
  expect(sizes).toMatchObject({ folder: place, limit: 5e9, running: 0, work: { running: 0, left: 0 } });
  const kinds = (sizes['kinds'] as { kind: string; entries: number; bytes: number }[]).map((one) => one.kind);
  expect(kinds).toEqual(expect.arrayContaining(['trees', 'bytecode']));
  const text = (await cli(['cache', 'size', '--cache-limit', '1MiB'])).stdout;
  expect(text).toMatch(/^trees +\d+ +[\d.]+ (?:KiB|bytes) +\d{4}-\d\d-\d\d +installed packages$/m);
  expect(text).toMatch(/ of 1MiB\n$/);
  expect((await cli(['cache', 'size'])).stdout).toMatch(/ of 5 GB\n$/);
  expect((await cli(['cache', 'size', '--cache-limit', '1048576'])).stdout).toMatch(/ of 1\.0 MiB\n$/);
  const kept = await cli(['cache', 'prune']);
  expect(kept.stdout).toMatch(/^Nothing was taken away; [\d.]+ (?:KiB|bytes) left\.\n$/);
  const pruned = json(await cli(['cache', 'prune', '--cache-limit', '300', '--json']));
  expect(Number(pruned['left'])).toBeLessThanOrEqual(300);
  const cleaned = await cli(['cache', 'clean']);
  expect(cleaned.stdout).toMatch(/taken away.*; 0 bytes left\.\n$|^Nothing/);
  expect(json(await cli(['cache', 'size', '--json']))['bytes']).toBe(0);
});

test('clean while builds run: they end as if nobody had', async () => {
  const builds = await Promise.all([0, 1, 2].map(() => folder(projectFiles)));
  const stop = new AbortController();
  const cleaning = (async () => {
    const results: Result[] = [];
    do results.push(await cli(['cache', 'clean', '--json']));
    while (!stop.signal.aborted);
    return results;
  })();
  const results = await Promise.all(builds.map((cwd) => cli(['build'], { cwd })));
  stop.abort();
  for (const { code, stderr } of results) expect([code, code === 0 ? '' : stderr]).toEqual([0, '']);
  const manifests = await Promise.all(
    builds.map((cwd) => readFile(path.join(cwd, '.lambda-slim', 'lambda-slim.json'), 'utf8')),
  );
  const digests = manifests.map((text) => (JSON.parse(text) as { artifacts: { sha256: string }[] }).artifacts[0]?.sha256); // prettier-ignore
  expect(new Set(digests).size).toBe(1);
  const cleaned = await cleaning;
  for (const one of cleaned) expect(one.code).toBe(0);
});

describe('refused', () => {
  test.each([
    ['another word', ['cache', 'empty'], 'cache does not know "empty".', 'dir, size, prune, clean'],
    ['no word', ['cache'], "Missing required argument 'what'", 'cache --help'],
    [
      'a limit that is no size',
      ['cache', 'prune', '--cache-limit', 'much'],
      '--cache-limit is "much"',
      'like 5 GB',
    ],
  ])('%s', async (_name, args, sentence, hint) => {
    const { code, stderr } = await cli(args);
    expect(code).toBe(2);
    expect(stderr).toContain(sentence);
    expect(stderr).toContain(hint);
  });

  test('--help has examples', async () => {
    const { stdout } = await cli(['cache', '--help']);
    expect(stdout).toContain('$ lambda-slim cache prune --cache-limit 1GiB');
  });
});
