/**
 * The reference stacks, built by the real program from the real index. What is in the archives is extracted as Lambda does it
 * and asked by a fresh interpreter that sees nothing else. Python's zipfile is the second opinion on the archives.
 */
import { readFile, readdir, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import { limits } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import { bytesText } from '../../src/text/units.js';
import {
  askTree,
  build,
  distributionsLeft,
  extract,
  inCi,
  isZip,
  listArchives,
  pythonFor,
  remove,
  repository,
  start,
  temporary,
  travelling,
  type Archive,
  type Built,
  type Extracted,
} from './helper-build.js';

// TensorFlow is 1.5 GB before pruning; two cores need minutes for it.
jest.setTimeout(900_000);

interface Stack {
  readonly name: string;
  /** Python of the first one that this machine has. */
  readonly pythons: readonly PythonVersion[];
  readonly args: readonly string[];
  /** What is over Lambda's limits is refused by default, and built as a folder. */
  readonly fits: boolean;
  /** Kept bytes are below this part of the raw ones; what is reached today, and a little more: versions move. */
  readonly below: number;
  /** Recipes whose probes must have run. */
  readonly probes: readonly string[];
  /** Versions to hold to. */
  readonly constraints?: string;
  /** The package that weighs most, of those that do not fit. */
  readonly heaviest?: RegExp;
  /** Why it cannot be built here; null when it can. */
  readonly obstacle?: (python: string) => Promise<string | null>;
}

const stacks: readonly Stack[] = [
  {
    name: 'sklearn',
    pythons: ['3.13', '3.12'],
    args: [],
    fits: true,
    below: 0.8,
    probes: ['boto3', 'botocore', 'joblib', 'numpy', 'pandas', 'scikit-learn', 'scipy'],
  },
  {
    name: 'onnx',
    pythons: ['3.13', '3.12'],
    args: [],
    fits: true,
    below: 0.78,
    probes: ['numpy', 'onnxruntime', 'tokenizers', 'transformers'],
  },
  {
    name: 'vision',
    pythons: ['3.13', '3.12'],
    args: [],
    fits: false,
    below: 0.9,
    heaviest: /^ {2}opencv-python-headless /,
    probes: ['numpy', 'opencv-python-headless', 'pillow', 'scikit-image', 'scipy'],
  },
  {
    name: 'tensorflow',
    pythons: ['3.13', '3.12'],
    args: [],
    fits: false,
    below: 0.62,
    heaviest: /^ {2}tensorflow-cpu /,
    probes: ['boto3', 'h5py', 'keras', 'numpy', 'pillow', 'tensorflow'],
  },
  {
    name: 'torch',
    pythons: ['3.11'],
    args: ['--glibc', '2.34', '--resolver', 'pip'],
    // Newer ones have no CPU build at the registry.
    constraints: 'torch==2.13.0\n',
    fits: false,
    below: 0.65,
    heaviest: /^ {2}torch /,
    probes: ['numpy', 'pillow', 'torch'],
    obstacle: async (python) =>
      (await hasCpuTorch(python)) ? null : 'pip finds no CPU build of torch 2.13.0',
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

interface Case {
  readonly version: PythonVersion;
  readonly python: string;
  readonly obstacle: string | null;
}

async function caseOf({ pythons, obstacle }: Stack): Promise<Case> {
  for (const version of pythons) {
    const python = await pythonFor(version);
    if (python !== null) return { version, python, obstacle: (await obstacle?.(python)) ?? null };
  }
  const wanted = pythons.join(' or ');
  return { version: pythons[0] ?? '3.13', python: '', obstacle: `there is no CPython ${wanted} for x86_64` };
}

const cases = await Promise.all(
  stacks.map(async (stack) => ({ name: stack.name, stack, ...(await caseOf(stack)) })),
);
const table: string[] = [];

afterAll(() => {
  process.stdout.write(`\n${['set         raw → kept → with bytecode → zipped', ...table].join('\n')}\n`);
});

describe.each(cases)('$name', ({ stack, version, python, obstacle }) => {
  if (obstacle !== null) {
    if (inCi) test('can be built here', () => expect(obstacle).toBeNull());
    else test.skip(`not built here: ${obstacle}`, () => {});
    return;
  }

  let folder: string;
  let refused: Built | null = null;
  let built: Built;
  let archives: readonly Archive[] = [];
  let extracted: Extracted;

  beforeAll(async () => {
    folder = await temporary(stack.name);
    const wanted = await readFile(path.join(repository, 'fixtures/stacks', `${stack.name}.txt`), 'utf8');
    await writeFile(path.join(folder, 'constraints.txt'), stack.constraints ?? '');
    await writeFile(path.join(folder, 'requirements.txt'), `-c constraints.txt\n${wanted}`);
    const args = ['-r', 'requirements.txt', '--python', version, '--interpreter', python, ...stack.args];
    if (!stack.fits) {
      const layer = [...args, '--strategy', 'layer'];
      refused = await build(folder, layer, { out: path.join(folder, 'refused') });
    }
    built = await build(folder, stack.fits ? args : [...args, '--format', 'directory']);
    if (built.code !== 0)
      throw new Error(`exit ${built.code ?? '?'}: ${JSON.stringify(built.error)}\n${built.stderr}`);
    if (stack.fits) archives = await listArchives(python, built);
    extracted = await extract(python, built, path.join(folder, 'opt'));
    const { raw, stripped, unzipped, zipped } = built.manifest.sizes;
    const sizes = [raw, stripped, unzipped, zipped].map((one) => (one === 0 ? '–' : bytesText(one)));
    table.push(`${stack.name.padEnd(10)}  ${sizes.join(' → ')}`);
  });

  afterAll(() => remove(folder));

  test('is proven', () => {
    const { proof, findings } = built.manifest;
    expect(proof).toMatchObject({ state: 'proven', because: null, failedBefore: [] });
    expect(proof.probes).toEqual(expect.arrayContaining([...stack.probes]));
    expect(findings.map(renderFinding).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('is smaller, and within the limits', () => {
    const { sizes, artifacts } = built.manifest;
    expect(sizes.stripped / sizes.raw).toBeLessThan(stack.below);
    expect(sizes.stripped).toBeLessThan(sizes.pruned);
    if (!stack.fits) return;
    expect(sizes.unzipped).toBeLessThan(limits.unzipped);
    expect(artifacts.length).toBeLessThanOrEqual(limits.layersPerFunction);
    for (const artifact of artifacts) {
      expect(artifact.viaS3).toBe(artifact.zippedBytes > limits.directUpload);
    }
  });

  if (stack.fits) {
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
      expect(packages.reduce((sum, { packed }) => sum + packed, 0)).toBe(total(({ packed }) => packed));
      expect(packages.reduce((sum, { kept }) => sum + kept, 0)).toBe(total(({ unpacked }) => unpacked));
      for (const { times, modes } of archives) {
        expect(times).toEqual(['1980-01-01 00:00:00']);
        expect(['0o100644', '0o100755', '0o120777']).toEqual(expect.arrayContaining([...modes]));
      }
    });
  } else {
    test('does not fit: refused with numbers and names, and nothing is written', async () => {
      const total = built.manifest.sizes.stripped;
      expect(refused).toMatchObject({ code: 2, error: { code: 'does-not-fit' } });
      const { message, details } = refused!.error;
      const [unzipped = 0, over = 0] = [...message.matchAll(/\(([\d,]+) bytes\)/g)].map((match) =>
        Number(match[1]?.replaceAll(',', '')),
      );
      expect(over).toBe(unzipped - limits.unzipped + 1);
      expect(Math.abs(unzipped - total) / total).toBeLessThan(0.1);
      expect(details.slice(1, details.indexOf('Tried:'))).toHaveLength(5);
      expect(details[1]).toMatch(stack.heaviest ?? /never/);
      await expect(stat(path.join(folder, 'refused'))).rejects.toThrow(/ENOENT/);
    });
  }

  test('every file that travels has its decision, and every decision its file', async () => {
    const names = await readdir(extracted.tree, { recursive: true, withFileTypes: true });
    const there = names
      .filter((entry) => !entry.isDirectory())
      .map((entry) => path.relative(extracted.tree, path.join(entry.parentPath, entry.name)));
    const sources = there.filter((name) => !isBytecode(name)).sort();
    expect(sources).toEqual(
      travelling(built.manifest)
        .map(({ path: name }) => name)
        .sort(),
    );
    expect(there.length - sources.length).toBe(built.manifest.bytecode.files);
    expect(there.length).toBe(built.manifest.artifacts.reduce((sum, { fileCount }) => sum + fileCount, 0));
  });

  test('RECORD lists what is there, with its hashes', async () => {
    const unowned = travelling(built.manifest).filter(({ distribution }) => distribution === null);
    expect(
      await askTree(python, extracted, { ask: 'records', unowned: unowned.map((one) => one.path) }),
    ).toEqual([]);
  });

  test("each recipe's probe runs from only what was kept", async () => {
    const { probes } = built.manifest;
    expect(probes.map(({ recipe }) => recipe)).toEqual(expect.arrayContaining([...stack.probes]));
    const failures: string[] = [];
    for (const { recipe, code } of probes) {
      const found = await askTree(python, extracted, { ask: 'probe', code });
      failures.push(...found.map((failure) => `${recipe}: ${failure}`));
    }
    expect(failures).toEqual([]);
  });

  test('importlib.metadata answers for every distribution left', async () => {
    const distributions = distributionsLeft(built.manifest);
    expect(distributions.length).toBeGreaterThan(3);
    expect(await askTree(python, extracted, { ask: 'versions', distributions })).toEqual([]);
  });

  test('every stripped object loads', async () => {
    const stripped = built.manifest.decisions.filter(({ action }) => action === 'strip');
    expect(stripped.length).toBeGreaterThan(10);
    const importable = new Set(built.manifest.proof.imported);
    const failures: string[] = [];
    for (const [distribution, own] of Map.groupBy(stripped, (one) => one.distribution)) {
      const modules = built.manifest.distributions.find(({ name }) => name === distribution)?.modules ?? [];
      failures.push(
        ...(await askTree(python, extracted, {
          ask: 'load',
          modules: modules.filter((name) => importable.has(name)),
          libraries: own.map((one) => one.path),
        })),
      );
    }
    expect(failures).toEqual([]);
  });
});

const isBytecode = (name: string): boolean => name.endsWith('.pyc');
