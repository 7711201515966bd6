/** The provenance statement, from the command line. */
import { createHash } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { cli, folder, hostPython, listing, tree } from './helper.js';

const from = await tree({ 'alpha 1.5': { 'alpha/__init__.py': '' } });
const base = ['build', '--from', from, '--python', hostPython, '--quiet', '--no-proof', '--pyc', 'none'];

test('--provenance: the digests are those of the files, and another build writes the same bytes', async () => {
  const cwd = await folder();
  const args = [...base, '--provenance', 'papers/provenance.json'];
  const file = path.join(cwd, 'papers/provenance.json');
  expect(await cli(args, { cwd })).toMatchObject({ code: 0, stderr: '' });
  const text = await readFile(file, 'utf8');
  const zip = await readFile(path.join(cwd, '.lambda-slim/layer.zip'));
  expect(JSON.parse(text)).toMatchObject({
    subject: [{ name: 'layer.zip', digest: { sha256: createHash('sha256').update(zip).digest('hex') } }],
    predicate: {
      buildDefinition: {
        resolvedDependencies: expect.arrayContaining([{ name: 'alpha', uri: 'pkg:pypi/alpha@1.5' }]),
      },
    },
  });
  // Nothing has changed: it is written all the same.
  await rm(file);
  expect((await cli(args, { cwd })).stdout).toContain('Nothing has changed');
  expect(await readFile(file, 'utf8')).toBe(text);
  await rm(path.join(cwd, '.lambda-slim'), { recursive: true });
  expect((await cli([...args, '--no-cache'], { cwd })).code).toBe(0);
  expect(await readFile(file, 'utf8')).toBe(text);
});

test('--plan writes none, and in the output folder it is refused', async () => {
  const cwd = await folder();
  expect((await cli([...base, '--plan', '--provenance', 'provenance.json'], { cwd })).code).toBe(0);
  expect(await listing(cwd)).toEqual([]);
  const { code, stderr } = await cli([...base, '--provenance', '.lambda-slim/provenance.json'], { cwd });
  expect(code).toBe(2);
  expect(stderr).toContain('would lie in the output folder, which each build replaces.');
});
