/**
 * The reference stacks that fit, built by the real program from the real index. What is in the archives is extracted as Lambda
 * does it and asked by a fresh interpreter that sees nothing else. Python's zipfile is the second opinion on the archives.
 * The larger ones are in double-zip.test.ts.
 */
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { providesPath } from '../../src/layers/provides.js';
import { limits } from '../../src/limits.js';
import { bytesText } from '../../src/text/units.js';
import {
  build,
  extract,
  inCi,
  isZip,
  listArchives,
  remove,
  type Archive,
  type Built,
  type Extracted,
} from './helper-build.js';
import { placeOf, prepare, testKept, type Stack } from './helper-stacks.js';

jest.setTimeout(900_000);

const stacks: readonly Stack[] = [
  {
    name: 'sklearn',
    pythons: ['3.13', '3.12'],
    args: [],
    below: 0.8,
    probes: ['boto3', 'botocore', 'joblib', 'numpy', 'pandas', 'scikit-learn', 'scipy'],
  },
  {
    name: 'onnx',
    pythons: ['3.13', '3.12'],
    args: [],
    below: 0.78,
    probes: ['numpy', 'onnxruntime', 'tokenizers', 'transformers'],
  },
];

const cases = await Promise.all(
  stacks.map(async (stack) => ({ name: stack.name, stack, place: await placeOf(stack) })),
);
const table: string[] = [];

afterAll(() => {
  process.stdout.write(`\n${['set         raw → kept → with bytecode → zipped', ...table].join('\n')}\n`);
});

describe.each(cases)('$name', ({ stack, place }) => {
  if (place.obstacle !== null) {
    if (inCi) test('can be built here', () => expect(place.obstacle).toBeNull());
    else test.skip(`not built here: ${place.obstacle}`, () => {});
    return;
  }

  let folder: string;
  let built: Built;
  let archives: readonly Archive[] = [];
  let extracted: Extracted;

  beforeAll(async () => {
    const prepared = await prepare(stack, place);
    ({ folder } = prepared);
    built = await build(folder, prepared.args);
    if (built.code !== 0)
      throw new Error(`exit ${built.code ?? '?'}: ${JSON.stringify(built.error)}\n${built.stderr}`);
    archives = await listArchives(place.python, built);
    extracted = await extract(place.python, built, path.join(folder, 'opt'));
    const { raw, stripped, unzipped, zipped } = built.manifest.sizes;
    table.push(`${stack.name.padEnd(10)}  ${[raw, stripped, unzipped, zipped].map(bytesText).join(' → ')}`);
  });

  afterAll(() => remove(folder));

  testKept(stack, place.python, () => ({ built, extracted }));

  test('is within the limits', () => {
    const { sizes, artifacts } = built.manifest;
    expect(sizes.unzipped).toBeLessThan(limits.unzipped);
    expect(artifacts.length).toBeLessThanOrEqual(limits.layersPerFunction);
    for (const artifact of artifacts) {
      expect(artifact.viaS3).toBe(artifact.zippedBytes > limits.directUpload);
    }
  });

  test("the report's totals are those of the archives", () => {
    const { artifacts, sizes, packages } = built.manifest;
    const total = (pick: (archive: Archive) => number): number =>
      archives.reduce((sum, archive) => sum + pick(archive), 0);
    expect(artifacts.filter(isZip).map(({ file }) => file)).toEqual(archives.map(({ zip }) => zip));
    expect(artifacts.map(({ zippedBytes }) => zippedBytes)).toEqual(archives.map(({ size }) => size));
    expect(artifacts.map(({ unzippedBytes }) => unzippedBytes)).toEqual(
      archives.map(({ unpacked }) => unpacked),
    );
    expect(sizes.unzipped).toBe(total(({ unpacked }) => unpacked));
    expect(sizes.zipped).toBe(total(({ size }) => size));
    // What a layer tells of itself is no package's.
    const own = archives.flatMap(({ entries }) => entries.filter(([name]) => providesPath.test(name)));
    expect(own.length).toBe(1);
    const beside = (at: 1 | 2): number => own.reduce((sum, entry) => sum + entry[at], 0);
    expect(packages.reduce((sum, { packed }) => sum + packed, 0)).toBe(
      total(({ packed }) => packed) - beside(2),
    );
    expect(packages.reduce((sum, { kept }) => sum + kept, 0)).toBe(
      total(({ unpacked }) => unpacked) - beside(1),
    );
    for (const { times, modes } of archives) {
      expect(times).toEqual(['1980-01-01 00:00:00']);
      expect(['0o100644', '0o100755', '0o120777']).toEqual(expect.arrayContaining([...modes]));
    }
  });

  test('the archives hold what the report counts', () => {
    const entries = archives.flatMap((one) => one.entries);
    expect(entries.length).toBe(built.manifest.artifacts.reduce((sum, { fileCount }) => sum + fileCount, 0));
  });
});
