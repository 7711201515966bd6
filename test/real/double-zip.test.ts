/**
 * The stacks that no zip of Lambda's holds, each built once by the real program: refused as a layer, double-zipped by itself,
 * its whole kept tree asked by a fresh interpreter, and run as Lambda would: libraries are opened into /tmp by the bootstrap,
 * and a handler that knows nothing of it computes something.
 */
import { stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { limits } from '../../src/limits.js';
import { bytesText } from '../../src/text/units.js';
import {
  build,
  extract,
  inCi,
  listArchives,
  remove,
  start,
  verify,
  type Archive,
  type Built,
  type Extracted,
} from './helper-build.js';
import {
  copyApp,
  errorsOf,
  openPayload,
  placeOf,
  prepare,
  testKept,
  type Opened,
  type Stack,
} from './helper-stacks.js';

// TensorFlow is 1.5 GB before pruning; two cores need minutes for it.
jest.setTimeout(900_000);

interface Heavy extends Stack {
  /** MiB. */
  readonly ephemeralStorage: number;
  /** The package that weighs most. */
  readonly heaviest: RegExp;
  /** Nested for sure, and loaded by path. */
  readonly library: string;
  /** One of the modules that the build promises. */
  readonly module: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** What the app in fixtures/apps answers to it, about. */
  readonly answer: Readonly<Record<string, number>>;
}

const line = { event: { slope: 2, intercept: -1 }, answer: { slope: 2, intercept: -1 } };

const stacks: readonly Heavy[] = [
  {
    name: 'torch',
    pythons: ['3.11'],
    // Newer ones have no CPU build at the registry, and this one's wheel needs a newer glibc than the 3.11 runtime has.
    args: ['--glibc', '2.34', '--resolver', 'pip'],
    constraints: 'torch==2.13.0\n',
    below: 0.65,
    probes: ['numpy', 'pillow', 'torch'],
    obstacle: async (python) =>
      (await hasCpuTorch(python)) ? null : 'pip finds no CPU build of torch 2.13.0',
    ephemeralStorage: 512,
    heaviest: /^ {2}torch /,
    library: 'torch/lib/libtorch_cpu.so',
    module: 'torch',
    ...line,
  },
  {
    name: 'tensorflow',
    pythons: ['3.13', '3.12'],
    args: [],
    below: 0.62,
    probes: ['boto3', 'h5py', 'keras', 'numpy', 'pillow', 'tensorflow'],
    ephemeralStorage: 1024,
    heaviest: /^ {2}tensorflow-cpu /,
    library: 'tensorflow/libtensorflow_cc.so.2',
    module: 'tensorflow',
    ...line,
  },
  {
    name: 'vision',
    pythons: ['3.13', '3.12'],
    args: [],
    below: 0.9,
    probes: ['numpy', 'opencv-python-headless', 'pillow', 'scikit-image', 'scipy'],
    ephemeralStorage: 512,
    heaviest: /^ {2}opencv-python-headless /,
    library: 'numpy.libs/libscipy_openblas64_',
    module: 'cv2',
    event: { centres: [[40, 40], [120, 60], [80, 150]], radius: 20 }, // prettier-ignore
    answer: { discs: 3, radius: 20 },
  },
];

/** The registry's torch for x86_64 brings CUDA packages; some machines and indexes have the CPU build. */
async function hasCpuTorch(python: string): Promise<boolean> {
  const ran = await start(python, [
    ...['-m', 'pip', 'install', '--quiet', '--dry-run', '--no-deps', '--ignore-installed'],
    ...['--only-binary', ':all:', '--report', '-', 'torch==2.13.0'],
  ]);
  return ran.code === 0 && !/"nvidia-|"cuda-|"triton/.test(ran.stdout);
}

const cases = await Promise.all(
  stacks.map(async (stack) => ({ name: stack.name, stack, place: await placeOf(stack) })),
);
const table: string[] = [];
afterAll(() => {
  process.stdout.write(
    `\n${['set         raw → kept · unzipped · payload · in /tmp', ...table].join('\n')}\n`,
  );
});

describe.each(cases)('$name', ({ stack, place }) => {
  if (place.obstacle !== null) {
    if (inCi) test('can be built here', () => expect(place.obstacle).toBeNull());
    else test.skip(`not built here: ${place.obstacle}`, () => {});
    return;
  }
  let folder: string;
  let code: string;
  let refused: Built;
  let built: Built;
  let archives: readonly Archive[];
  let extracted: Extracted;
  let opened: Opened;
  let payloadBytes: number;

  beforeAll(async () => {
    const prepared = await prepare(stack, place);
    ({ folder } = prepared);
    code = await copyApp(stack, folder);
    // Refused before anything is proven: what it prepared is there for the build.
    refused = await build(folder, [...prepared.args, '--strategy', 'layer'], {
      out: path.join(folder, 'refused'),
    });
    built = await build(folder, [...prepared.args, '--ephemeral-storage', String(stack.ephemeralStorage)]);
    if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    archives = await listArchives(place.python, built);
    extracted = await extract(place.python, built, path.join(folder, 'opt'));
    const { plan, sizes } = built.manifest;
    payloadBytes = (await stat(path.join(extracted.tree, payloadOf(plan.nesting?.digest)))).size;
    opened = await openPayload(extracted, built.manifest);
    const bytes = [plan.unzippedBytes, plan.nesting?.payloadBytes ?? 0, plan.ephemeralBytes];
    const tree = [sizes.raw, sizes.stripped].map(bytesText).join(' → ');
    table.push(`${stack.name.padEnd(10)}  ${[tree, ...bytes.map(bytesText)].join(' · ')}`);
  });
  afterAll(() => remove(folder));

  testKept(stack, place.python, () => ({ built, extracted }));

  test('does not fit a layer: refused with numbers and names, and nothing is written', async () => {
    const total = built.manifest.sizes.stripped;
    expect(refused).toMatchObject({ code: 2, error: { code: 'does-not-fit' } });
    const { message, details } = refused.error;
    const [unzipped = 0, over = 0] = [...message.matchAll(/\(([\d,]+) bytes\)/g)].map((match) =>
      Number(match[1]?.replaceAll(',', '')),
    );
    expect(over).toBe(unzipped - limits.unzipped + 1);
    expect(Math.abs(unzipped - total) / total).toBeLessThan(0.1);
    expect(details.slice(1, details.indexOf('Tried:'))).toHaveLength(5);
    expect(details[1]).toMatch(stack.heaviest);
    await expect(stat(path.join(folder, 'refused'))).rejects.toThrow(/ENOENT/);
  });

  test('is double-zipped by itself, below every limit', () => {
    const { plan, artifacts } = built.manifest;
    expect(plan.strategy).toBe('double-zip');
    expect(plan.unzippedBytes).toBeLessThan(limits.unzipped);
    expect(plan.ephemeralBytes).toBeLessThanOrEqual(stack.ephemeralStorage * 2 ** 20);
    expect(plan.rejected.map((one) => one.strategy)).toEqual(['direct', 'layer', 'layers']);
    expect(artifacts.map(({ file, ephemeralBytes }) => [file, ephemeralBytes])).toEqual([
      ['layer.zip', plan.ephemeralBytes],
    ]);
    expect(errorsOf(built.manifest)).toEqual([]);
  });

  test('nests its huge library to be loaded by path, and says why', () => {
    const { nesting } = built.manifest.plan;
    expect(nesting?.files.find(({ path: file }) => file.startsWith(stack.library))?.way).toBe('library');
    expect(nesting?.files.reduce((sum, { bytes }) => sum + bytes, 0)).toBe(
      built.manifest.plan.ephemeralBytes,
    );
    expect(nesting?.because).toMatch(/too large by .* fewest bytes/);
    expect(nesting?.ephemeralStorage).toBeLessThanOrEqual(stack.ephemeralStorage);
    const told = built.manifest.findings.some(({ code }) => code === 'ephemeral-storage-needed');
    expect(told).toBe((nesting?.ephemeralStorage ?? 0) > 512);
  });

  test('the zip is what the report says, and ordinary tar opens the payload', () => {
    const { plan, artifacts } = built.manifest;
    expect(archives.map(({ size }) => size)).toEqual(artifacts.map(({ zippedBytes }) => zippedBytes));
    expect(archives.map(({ unpacked }) => unpacked)).toEqual([plan.unzippedBytes]);
    expect(payloadBytes).toBe(plan.nesting?.payloadBytes);
    expect(opened).toEqual({ files: plan.nesting?.files.length, bytes: plan.ephemeralBytes });
  });

  test('every import and probe works in the sandbox, within its /tmp', async () => {
    const { code: exit, found, stderr } = await verify(built, []);
    expect(found.attempts.filter(({ ok }) => !ok)).toEqual([]);
    expect({ exit, errors: errorsOf(found) }).toEqual({ exit: 0, errors: [] });
    expect(found.attempts.map(({ name }) => name)).toContain(stack.module);
    const [cold] = found.coldStarts;
    expect(cold?.unpackMs).toBeGreaterThan(0);
    expect(found.tmpBytes).toBeGreaterThanOrEqual(built.manifest.plan.ephemeralBytes);
    expect(found.tmpBytes).toBeLessThanOrEqual(stack.ephemeralStorage * 2 ** 20);
    expect(stderr).not.toMatch(/Traceback/);
  });

  test('a handler that knows nothing of it computes', async () => {
    await writeFile(path.join(folder, 'event.json'), JSON.stringify(stack.event));
    const { code: exit, found } = await verify(built, [
      ...['--handler', 'app.handler', '--code', code],
      ...['--event', path.join(folder, 'event.json'), '--memory', '3008'],
    ]);
    expect({
      exit,
      error: found.invocation?.error,
      log: found.log.filter((line) => /Error/.test(line)),
    }).toEqual({
      exit: 0,
      error: null,
      log: [],
    });
    const result = found.invocation?.result as Record<string, number>;
    for (const [name, value] of Object.entries(stack.answer)) expect(result[name]).toBeCloseTo(value, 0);
  });
});

const payloadOf = (digest = ''): string => path.join('lambda_slim_payloads', digest, 'payload.tar.zst');
