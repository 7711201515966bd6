/**
 * The main path, as a user goes it, in two minutes: a stack of real wheels built with its function, unpacked as Lambda does
 * it, imported, verified; and a small double zip that is opened at start. `npm test` runs this; what is larger runs in
 * `npm run test:all`.
 */
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { limits } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import {
  askTree,
  build,
  distributionsLeft,
  extract,
  inCi,
  listArchives,
  pythonFor,
  remove,
  repository,
  temporary,
  verify,
  type Built,
} from './helper-build.js';

jest.setTimeout(600_000);

const versions: readonly PythonVersion[] = ['3.13', '3.12', '3.11'];
const found = await Promise.all(
  versions.map(async (version) => ({ version, python: await pythonFor(version) })),
);
const here = found.find(({ python }) => python !== null);

if (here === undefined || here.python === null) {
  if (inCi) test('a Python of Lambda is here', () => expect(here).toBeDefined());
  else test.skip(`not run: no CPython ${versions.join(', ')} for x86_64 is here`, () => {});
} else {
  const { version, python } = here;
  const common = ['-r', 'requirements.txt', '--python', version, '--interpreter', python];

  describe('scikit-learn, pandas and boto3 with a function', () => {
    let folder: string;
    let built: Built;

    beforeAll(async () => {
      folder = await temporary('main-path');
      await cp(path.join(repository, 'fixtures/stacks/sklearn.txt'), path.join(folder, 'requirements.txt'));
      await cp(path.join(repository, 'fixtures/apps/summary/src'), path.join(folder, 'src'), {
        recursive: true,
      });
      built = await build(folder, common);
      if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    });
    afterAll(() => remove(folder));

    test('is proven, smaller, and below the limits', () => {
      const { proof, sizes, artifacts } = built.manifest;
      expect(proof).toMatchObject({ state: 'proven', because: null, failedBefore: [] });
      expect(sizes.stripped / sizes.raw).toBeLessThan(0.8);
      expect(sizes.unzipped).toBeLessThan(limits.unzipped);
      expect(artifacts.length).toBeGreaterThan(0);
    });

    test('unpacked, every probe runs and every distribution answers, and the sizes are those of the archives', async () => {
      const archives = await listArchives(python, built);
      expect(archives.reduce((sum, { unpacked }) => sum + unpacked, 0)).toBe(built.manifest.sizes.unzipped);
      const tree = await extract(python, built, path.join(folder, 'opt'));
      const { probes } = built.manifest;
      expect(probes.map(({ recipe }) => recipe)).toEqual(
        expect.arrayContaining(['numpy', 'pandas', 'scikit-learn']),
      );
      for (const { recipe, code } of probes)
        expect({ recipe, failures: await askTree(python, tree, { ask: 'probe', code }) }).toEqual({
          recipe,
          failures: [],
        });
      const distributions = distributionsLeft(built.manifest);
      expect(await askTree(python, tree, { ask: 'versions', distributions })).toEqual([]);
    });

    test('a handler computes in the sandbox', async () => {
      await writeFile(path.join(folder, 'event.json'), '{"numbers": [1, 2, 3]}');
      const { found: ran } = await verify(built, [
        ...['--handler', 'app.handler', '--code', path.join(folder, 'src')],
        ...['--event', path.join(folder, 'event.json')],
      ]);
      expect(ran.invocation?.error).toBeNull();
      const { body } = ran.invocation?.result as { readonly body: string };
      expect(JSON.parse(body)).toMatchObject({ text: 'Grüße', mean: 2 });
    });
  });

  describe('a small double zip', () => {
    let folder: string;
    let built: Built;

    beforeAll(async () => {
      folder = await temporary('main-double');
      await writeFile(path.join(folder, 'requirements.txt'), 'numpy\n');
      built = await build(folder, [...common, '--strategy', 'double-zip']);
      if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    });
    afterAll(() => remove(folder));

    test('is opened at start, and everything imports', async () => {
      expect(built.manifest.plan.strategy).toBe('double-zip');
      const { found: verified } = await verify(built, []);
      expect(verified.attempts.filter(({ ok }) => !ok)).toEqual([]);
      expect(verified.attempts.map(({ name }) => name)).toEqual(expect.arrayContaining(['numpy']));
      expect(verified.coldStarts[0]?.unpackMs).toBeGreaterThan(0);
      expect(verified.tmpBytes).toBeGreaterThanOrEqual(built.manifest.plan.ephemeralBytes);
    });

    test('holds what the manifest says', async () => {
      const manifest = await readFile(path.join(built.out, 'lambda-slim.json'), 'utf8');
      expect((JSON.parse(manifest) as { stamp: string }).stamp).toBe(built.manifest.stamp);
      const [archive] = await listArchives(python, built);
      expect(archive?.entries.some(([name]) => name.includes('lambda_slim_payloads/'))).toBe(true);
    });
  });
}
