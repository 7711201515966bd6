/** check and diff on real builds: the manifest, the zip read by us, and the zip read by Python say the same. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Check, Diff } from '../../src/check/model.js';
import {
  build,
  environment,
  inCi,
  listArchives,
  pythonFor,
  remove,
  repository,
  start,
  temporary,
} from './helper-build.js';

jest.setTimeout(600_000);

const python = await pythonFor('3.13');
const missing = python === null && !inCi ? 'there is no Python 3.13 here' : null;
if (missing !== null) test.skip(`check on builds: ${missing}`, () => {});

async function json<Document>(cwd: string, ...args: readonly string[]): Promise<Document> {
  const program = path.join(repository, 'bin/lambda-slim.js');
  const ran = await start(process.execPath, [program, ...args, '--json'], { cwd, env: environment });
  return JSON.parse(ran.stdout) as Document;
}

(missing === null ? describe : describe.skip)('numpy with a handler', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await temporary('check');
    await writeFile(path.join(folder, 'requirements.txt'), 'numpy==2.4.1\nsix==1.17.0\n');
  });
  afterAll(() => remove(folder));

  test.each<readonly [string, readonly string[]]>([
    ['layer', []],
    ['double zip', ['--strategy', 'double-zip']],
  ])('%s', async (name, args) => {
    const out = path.join(folder, name.replace(' ', '-'));
    const built = await build(folder, ['--python', '3.13', '--no-proof', ...args], { out });
    expect(built.error.message).toBe('');
    const zip = path.join(out, 'layer.zip');
    const [archive] = await listArchives(python ?? 'python3', built);
    const { measured } = await json<Check>(folder, 'check', zip);
    expect([measured.sizes.zipped, measured.sizes.unzipped]).toEqual([archive?.size, archive?.unpacked]);
    expect(measured.sizes.tmp).toBe(built.manifest.plan.ephemeralBytes);
    const diff = await json<Diff>(folder, 'diff', out, zip);
    expect([diff.packages, diff.growth]).toEqual([[], { zipped: 0, unzipped: 0, tmp: 0 }]);
  });

  test('from one to the other: the strategy changes, and what is opened at start is in /tmp', async () => {
    const diff = await json<Diff>(folder, 'diff', 'layer', 'double-zip');
    expect([diff.before.strategy, diff.after.strategy]).toEqual(['layer', 'double-zip']);
    expect(diff.growth.unzipped).toBeLessThan(0);
    expect(diff.growth.tmp).toBeGreaterThan(0);
    expect(diff.packages.find((one) => one.name === '(bootstrap)')?.change).toBe('added');
  });
});
