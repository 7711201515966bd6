/** Zips that cost time and memory, and that must be refused with a sentence. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { sizesOf } from '../../src/check/contents.js';
import { measurePlace } from '../../src/check/measure.js';
import { manyEntries, rawZip, type RawEntry } from '../pack/zip/made.js';

let work = '';
beforeAll(async () => {
  work = await mkdtemp(path.join(tmpdir(), 'check-hostile-'));
});
afterAll(() => rm(work, { recursive: true, force: true }));

const metadata = (name: string): string => `Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`;
const index = 'python/lambda_slim_payloads/x/index.json';
const rows = Buffer.alloc(15 << 20, 'a,,\n');

const bombs: Readonly<Record<string, () => readonly RawEntry[]>> = {
  '50 large RECORDs': () =>
    Array.from({ length: 50 }, (_, at): readonly RawEntry[] => [
      { name: `python/pk${at}-1.dist-info/METADATA`, data: metadata(`pk${at}`) },
      { name: `python/pk${at}-1.dist-info/RECORD`, data: rows, deflate: true },
    ]).flat(),
  'one RECORD of 31 MB': () => [
    { name: 'python/pk-1.dist-info/METADATA', data: metadata('pk') },
    { name: 'python/pk-1.dist-info/RECORD', data: Buffer.alloc(31 << 20, 'a,,\n'), deflate: true },
  ],
  'a 30 MB index of [': () => [{ name: index, data: Buffer.alloc(30 << 20, '['), deflate: true }],
  'a 10 MB index of [': () => [{ name: index, data: Buffer.alloc(10 << 20, '['), deflate: true }],
  'a deep index': () => [
    { name: index, data: `{"files":${'['.repeat(50_000)}${']'.repeat(50_000)}}`, deflate: true },
  ],
  'sizes below nothing': () => [
    { name: index, data: JSON.stringify({ files: [{ path: 'a', bytes: -5e15 }] }) },
  ],
  'sizes that are no counts': () => [
    { name: index, data: '{"files":[{"path":"a","bytes":1e300},{"path":"b","bytes":0.5}]}' },
  ],
};

/** Seconds of processor time: other programs do not count. */
function worked(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1e6;
}

async function refused(file: string): Promise<string> {
  const began = process.cpuUsage();
  const error: unknown = await measurePlace(file, 'hostile.zip').then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({ name: 'SlimError', code: 'bad-archive' });
  expect(worked(began)).toBeLessThan(15);
  return (error as Error).message;
}

describe('refused as bad-archive', () => {
  test.each(Object.keys(bombs))('%s', async (name) => {
    const file = path.join(work, 'bomb.zip');
    await writeFile(file, rawZip(bombs[name]!()));
    expect((await stat(file)).size).toBeLessThan(5 << 20);
    expect(await refused(file)).toMatch(/^hostile\.zip: .*(as much\.|is damaged: .*)$/);
  });
  test('a million entries', async () => {
    const file = path.join(work, 'many.zip');
    await writeFile(file, manyEntries(1_000_000));
    expect(await refused(file)).toMatch(/lists 1,000,000 files/);
  });
  test.each<[string, RawEntry, RegExp]>([
    ['a name that goes up', { name: '../x.py', data: 'x' }, /cannot be read as a zip/],
    ['an absolute name', { name: '/etc/x.py', data: 'x' }, /cannot be read as a zip/],
    ['a drive', { name: 'C:/x.py', data: 'x' }, /cannot be read as a zip/],
    ['a false offset', { name: 'x-1.dist-info/METADATA', data: 'x', claims: { offset: 0x7fffff00 } }, /zip/],
    ['a false size', { name: 'x-1.dist-info/METADATA', data: 'yyyy', claims: { bytes: 1 } }, /zip/],
    ['an encrypted RECORD', { name: 'x-1.dist-info/METADATA', data: 'yyyy', flags: 1 }, /zip/],
    ['an unknown method', { name: 'x-1.dist-info/METADATA', data: 'y', claims: { method: 99 } }, /zip/],
  ])('%s', async (_name, entry, sentence) => {
    const file = path.join(work, 'lie.zip');
    await writeFile(file, rawZip([entry]));
    expect(await refused(file)).toMatch(sentence);
  });
});

test('20,000 distributions without RECORD take as long as with it', async () => {
  const files = Array.from({ length: 20_000 }, (_, at) => [
    { path: `d${at}-1.dist-info/METADATA`, bytes: 50 },
    { path: `d${at}/__init__.py`, bytes: 1 },
    { path: `d${at}-1.dist-info/top_level.txt`, bytes: 6 },
  ]).flat();
  const began = process.cpuUsage();
  const found = await sizesOf(files, (name) => {
    const number = /^d(\d+)-1/.exec(name)?.[1] ?? '';
    if (name.endsWith('METADATA')) return Promise.resolve(metadata(`d${number}`));
    return Promise.resolve(name.endsWith('top_level.txt') ? `d${number}\n` : null);
  });
  expect(found.packages).toHaveLength(20_000);
  expect(found.packages[0]).toMatchObject({ version: '1.0', bytes: 57 });
  expect(worked(began)).toBeLessThan(10);
});

test('a RECORD of one field of 30 MB, in a folder', async () => {
  const folder = path.join(work, 'tree');
  await mkdir(path.join(folder, 'evil-1.0.dist-info'), { recursive: true });
  await writeFile(path.join(folder, 'evil.py'), 'x = 1\n');
  await writeFile(path.join(folder, 'evil-1.0.dist-info', 'METADATA'), metadata('evil'));
  await writeFile(
    path.join(folder, 'evil-1.0.dist-info', 'RECORD'),
    `"${'evil/a'.repeat(5_000_000)}\nevil.py,,\n`,
  );
  const { packages } = await measurePlace(folder, 'tree');
  expect(packages.map((one) => one.name)).toEqual(
    ['evil', '(function code)'].filter((name) => name === 'evil'),
  );
});
