/**
 * The stacks that no zip of Lambda's holds, double-zipped by the real program and run as Lambda would: their libraries are
 * opened into /tmp by the bootstrap, and a handler that knows nothing of it computes something.
 */
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import { limits } from '../../src/limits.js';
import type { Manifest, PythonVersion } from '../../src/model.js';
import { bytesText } from '../../src/text/units.js';
import type { Verification } from '../../src/verify/verification.js';
import {
  build,
  environment,
  extract,
  inCi,
  listArchives,
  pythonFor,
  remove,
  repository,
  sharedCache,
  start,
  temporary,
  type Built,
} from './helper-build.js';

jest.setTimeout(900_000);

interface Stack {
  readonly name: 'torch' | 'tensorflow' | 'vision';
  readonly python: PythonVersion;
  readonly args: readonly string[];
  readonly constraints: string;
  /** MiB. */
  readonly ephemeralStorage: number;
  /** Nested for sure, and loaded by path. */
  readonly library: string;
  /** One of the modules that the build promises. */
  readonly module: string;
  readonly event: Readonly<Record<string, unknown>>;
  /** What the app in fixtures/apps answers to it, about. */
  readonly answer: Readonly<Record<string, number>>;
}

const line = { event: { slope: 2, intercept: -1 }, answer: { slope: 2, intercept: -1 } };

const stacks: readonly Stack[] = [
  {
    name: 'torch',
    python: '3.11',
    // Newer ones have no CPU build at the registry, and this one's wheel needs a newer glibc than the 3.11 runtime has.
    args: ['--glibc', '2.34', '--resolver', 'pip'],
    constraints: 'torch==2.13.0\n',
    ephemeralStorage: 512,
    library: 'torch/lib/libtorch_cpu.so',
    module: 'torch',
    ...line,
  },
  {
    name: 'tensorflow',
    python: '3.13',
    args: [],
    constraints: '',
    ephemeralStorage: 1024,
    library: 'tensorflow/libtensorflow_cc.so.2',
    module: 'tensorflow',
    ...line,
  },
  {
    name: 'vision',
    python: '3.13',
    args: [],
    constraints: '',
    ephemeralStorage: 512,
    library: 'numpy.libs/libscipy_openblas64_',
    module: 'cv2',
    event: { centres: [[40, 40], [120, 60], [80, 150]], radius: 20 }, // prettier-ignore
    answer: { discs: 3, radius: 20 },
  },
];

const cases = await Promise.all(
  stacks.map(async (stack) => ({ ...stack, interpreter: await pythonFor(stack.python) })),
);
const table: string[] = [];
afterAll(() => {
  process.stdout.write(`\n${['set         unzipped · payload · in /tmp', ...table].join('\n')}\n`);
});

async function verify(
  built: Built,
  args: readonly string[],
): Promise<{ code: number | null; found: Verification; stderr: string }> {
  const program = path.join(repository, 'bin/lambda-slim.js');
  const line = [program, 'verify', '--json', '--out', built.out, '--cache-dir', sharedCache, ...args];
  const { code, stdout, stderr } = await start(process.execPath, line, {
    cwd: path.dirname(built.out),
    env: environment,
  });
  const found = JSON.parse(stdout) as Verification & { readonly error?: unknown };
  if (found.error !== undefined) throw new Error(stdout);
  return { code, found, stderr };
}

const errorsOf = ({ findings }: Pick<Manifest, 'findings'>): readonly string[] =>
  findings
    .map(renderFinding)
    .filter(({ severity }) => severity === 'error')
    .map(({ sentence }) => sentence);

describe.each(cases)('$name', (stack) => {
  const { interpreter } = stack;
  if (interpreter === null) {
    const missing = `there is no CPython ${stack.python} for x86_64`;
    if (inCi) test('can be built here', () => expect(missing).toBeNull());
    else test.skip(`not built here: ${missing}`, () => {});
    return;
  }
  let folder: string;
  let built: Built;

  beforeAll(async () => {
    folder = await temporary(`double-${stack.name}`);
    const wanted = await readFile(path.join(repository, 'fixtures/stacks', `${stack.name}.txt`), 'utf8');
    await writeFile(path.join(folder, 'constraints.txt'), stack.constraints);
    await writeFile(path.join(folder, 'requirements.txt'), `-c constraints.txt\n${wanted}`);
    await mkdir(path.join(folder, 'code'));
    const app = path.join(repository, 'fixtures/apps', stack.name, 'app.py');
    await copyFile(app, path.join(folder, 'code', 'app.py'));
    built = await build(folder, [
      ...['-r', 'requirements.txt', '--python', stack.python, '--interpreter', interpreter],
      ...['--ephemeral-storage', String(stack.ephemeralStorage), ...stack.args],
    ]);
    if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    const { unzippedBytes, ephemeralBytes, nesting } = built.manifest.plan;
    const sizes = [unzippedBytes, nesting?.payloadBytes ?? 0, ephemeralBytes].map(bytesText);
    table.push(`${stack.name.padEnd(10)}  ${sizes.join(' · ')}`);
  });
  afterAll(() => remove(folder));

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

  test('the zip is what the report says, and ordinary tar opens the payload', async () => {
    const archives = await listArchives(interpreter, built);
    expect(archives.map(({ size }) => size)).toEqual(
      built.manifest.artifacts.map(({ zippedBytes }) => zippedBytes),
    );
    expect(archives.map(({ unpacked }) => unpacked)).toEqual([built.manifest.plan.unzippedBytes]);
    const { tree } = await extract(interpreter, built, path.join(folder, 'opt'));
    const { nesting } = built.manifest.plan;
    const payload = path.join(tree, 'lambda_slim_payloads', nesting?.digest ?? '', 'payload.tar.zst');
    expect((await stat(payload)).size).toBe(nesting?.payloadBytes);
    const listed = await start('tar', ['--zstd', '-tvf', payload]);
    expect({ code: listed.code, stderr: listed.stderr }).toEqual({ code: 0, stderr: '' });
    const lines = listed.stdout.trim().split('\n');
    expect(lines).toHaveLength(nesting?.files.length ?? 0);
    const total = lines.reduce((sum, line) => sum + Number(line.split(/\s+/)[2]), 0);
    expect(total).toBe(built.manifest.plan.ephemeralBytes);
  });

  test('every import and probe works in the sandbox, within its /tmp', async () => {
    const { code, found, stderr } = await verify(built, []);
    expect(found.attempts.filter(({ ok }) => !ok)).toEqual([]);
    expect({ code, errors: errorsOf(found) }).toEqual({ code: 0, errors: [] });
    expect(found.attempts.map(({ name }) => name)).toContain(stack.module);
    const [cold] = found.coldStarts;
    expect(cold?.unpackMs).toBeGreaterThan(0);
    expect(found.tmpBytes).toBeGreaterThanOrEqual(built.manifest.plan.ephemeralBytes);
    expect(found.tmpBytes).toBeLessThanOrEqual(stack.ephemeralStorage * 2 ** 20);
    expect(stderr).not.toMatch(/Traceback/);
  });

  test('a handler that knows nothing of it computes', async () => {
    await writeFile(path.join(folder, 'event.json'), JSON.stringify(stack.event));
    const { code, found } = await verify(built, [
      ...['--handler', 'app.handler', '--code', path.join(folder, 'code')],
      ...['--event', path.join(folder, 'event.json'), '--memory', '3008'],
    ]);
    expect({
      code,
      error: found.invocation?.error,
      log: found.log.filter((line) => /Error/.test(line)),
    }).toEqual({
      code: 0,
      error: null,
      log: [],
    });
    const result = found.invocation?.result as Record<string, number>;
    for (const [name, value] of Object.entries(stack.answer)) expect(result[name]).toBeCloseTo(value, 0);
  });
});
