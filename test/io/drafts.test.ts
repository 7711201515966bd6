import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readlink, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Cache } from '../../src/io/cache.js';
import { draftTag, isDraft, shortFolder, sweepDrafts } from '../../src/io/drafts.js';
import { manifestName, writeOutput } from '../../src/io/output-folder.js';
import { scratch } from '../pack/helpers.js';

const folder = scratch();
const prefix = '.lambda-slim-';
const here = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const uuid = '0d9bc7de-7a5d-4a6b-8a3c-0123456789ab';

/** A process that has ended: its number is nobody's. */
async function deadProcess(): Promise<number> {
  const child = spawn('true');
  await once(child, 'exit');
  return child.pid!;
}

test('what dead runs of this machine left goes, all else stays', async () => {
  const root = await folder();
  const dead = `${prefix}${here}-${await deadProcess()}-${uuid}`;
  const alive = `${prefix}${draftTag()}`;
  const foreign = `${prefix}00000000-1-${uuid}`;
  const old = `${prefix}00000000-2-${uuid}`;
  const others = ['.lambda-slim', '.lambda-slim-notes', `x${prefix}${here}-1-${uuid}`];
  for (const name of [dead, alive, foreign, old, ...others]) await mkdir(path.join(root, name));
  await writeFile(path.join(root, dead, 'half'), 'x');
  const before = new Date(Date.now() - 25 * 60 * 60 * 1000);
  await utimes(path.join(root, old), before, before);
  await sweepDrafts(root, prefix);
  expect((await readdir(root)).sort()).toEqual([alive, foreign, ...others].sort());
  expect(isDraft(alive, prefix)).toBe(true);
  expect(isDraft('.lambda-slim-notes', prefix)).toBe(false);
});

test('the next run removes what a killed one left in the temporary folder, kept cache or not', async () => {
  const dead = await deadProcess();
  const left = ['lambda-slim-', 'slim-'].flatMap((prefix) => [
    `${prefix}${here}-${dead}-${uuid}`,
    `${prefix}${here}-${dead}-0d9bc7de`,
  ]);
  for (const name of left) await mkdir(path.join(tmpdir(), name));
  const alive = await shortFolder();
  const cache = await Cache.open(await folder(), true);
  const names = await readdir(tmpdir());
  expect(names.filter((name) => left.includes(name))).toEqual([]);
  expect(names).toContain(path.basename(alive));
  expect(path.basename(alive).length).toBeLessThan(40);
  await cache.close();
  await rm(alive, { recursive: true });
});

test('the next run removes the draft beside its output, and in a mounted one', async () => {
  const root = await folder();
  const out = path.join(root, 'out');
  const dead = `${prefix}${here}-${await deadProcess()}-${uuid}`;
  await mkdir(path.join(root, dead));
  await mkdir(path.join(out, dead), { recursive: true });
  await writeOutput(out, (draft) => writeFile(path.join(draft, manifestName), '{}'));
  expect(await readdir(root)).toEqual(['out']);
  expect(await readdir(out)).toEqual([manifestName]);
});

test.each(['nowhere/at/all', 'link'])('a link to %s is no output folder, and stays', async (target) => {
  const root = await folder();
  const out = path.join(root, 'link');
  await symlink(target, out);
  const writing = writeOutput(out, (draft) => writeFile(path.join(draft, manifestName), '{}'));
  await expect(writing).rejects.toMatchObject({ code: 'output-unwritable' });
  expect(await readlink(out)).toBe(target);
  expect(await readdir(root)).toEqual(['link']);
});
