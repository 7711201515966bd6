/**
 * What must hold of every stack that was built, however it was packed: a fresh interpreter that sees only what was kept is
 * asked. Two suites use it, so that each stack is built once.
 */
import { copyFile, mkdir, readFile, readdir, rename, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import type { Manifest, PythonVersion } from '../../src/model.js';
import {
  askTree,
  distributionsLeft,
  pythonFor,
  repository,
  start,
  temporary,
  travelling,
  type Built,
  type Extracted,
} from './helper-build.js';

export interface Stack {
  /** Of its requirements in fixtures/stacks, and of its function in fixtures/apps. */
  readonly name: string;
  /** Python of the first one that this machine has. */
  readonly pythons: readonly PythonVersion[];
  readonly args: readonly string[];
  /** Kept bytes are below this part of the raw ones; what is reached today, and a little more: versions move. */
  readonly below: number;
  /** Recipes whose probes must have run. */
  readonly probes: readonly string[];
  /** Versions to hold to. */
  readonly constraints?: string;
  /** Why it cannot be built here; null when it can. */
  readonly obstacle?: (python: string) => Promise<string | null>;
}

export interface Place {
  readonly version: PythonVersion;
  readonly python: string;
  readonly obstacle: string | null;
}

/** The Python that builds and asks it, or why none can. */
export async function placeOf({ pythons, obstacle }: Stack): Promise<Place> {
  for (const version of pythons) {
    const python = await pythonFor(version);
    if (python !== null) return { version, python, obstacle: (await obstacle?.(python)) ?? null };
  }
  const wanted = pythons.join(' or ');
  return { version: pythons[0] ?? '3.13', python: '', obstacle: `there is no CPython ${wanted} for x86_64` };
}

/** A fresh folder with its requirements, and the arguments that build them. */
export async function prepare(
  stack: Stack,
  { version, python }: Place,
): Promise<{ readonly folder: string; readonly args: readonly string[] }> {
  const folder = await temporary(stack.name);
  const wanted = await readFile(path.join(repository, 'fixtures/stacks', `${stack.name}.txt`), 'utf8');
  await writeFile(path.join(folder, 'constraints.txt'), stack.constraints ?? '');
  await writeFile(path.join(folder, 'requirements.txt'), `-c constraints.txt\n${wanted}`);
  const args = ['-r', 'requirements.txt', '--python', version, '--interpreter', python, ...stack.args];
  return { folder, args };
}

/** The stack's function in its own folder, `code`. */
export async function copyApp(stack: Stack, folder: string): Promise<string> {
  const code = path.join(folder, 'code');
  await mkdir(code);
  await copyFile(path.join(repository, 'fixtures/apps', stack.name, 'app.py'), path.join(code, 'app.py'));
  return code;
}

/** The sentences of the findings that are errors. */
export const errorsOf = ({ findings }: Pick<Manifest, 'findings'>): readonly string[] =>
  findings
    .map(renderFinding)
    .filter(({ severity }) => severity === 'error')
    .map(({ sentence }) => sentence);

export interface Subject {
  readonly built: Built;
  /** The whole tree that was kept, a payload's files among them. */
  readonly extracted: Extracted;
}

/** The tests that are the same for each stack. `subject` is asked when they run. */
export function testKept(stack: Stack, python: string, subject: () => Subject): void {
  test('is proven', () => {
    const { proof } = subject().built.manifest;
    expect(proof).toMatchObject({ state: 'proven', because: null, failedBefore: [] });
    expect(proof.probes).toEqual(expect.arrayContaining([...stack.probes]));
    expect(errorsOf(subject().built.manifest)).toEqual([]);
  });

  test('is smaller', () => {
    const { sizes } = subject().built.manifest;
    expect(sizes.stripped / sizes.raw).toBeLessThan(stack.below);
    expect(sizes.stripped).toBeLessThan(sizes.pruned);
  });

  test('every file that travels has its decision, and every decision its file', async () => {
    const { built, extracted } = subject();
    const there = (await filesOf(extracted.tree)).filter((name) => !isBootstrap(name));
    const sources = there.filter((name) => !isBytecode(name)).sort();
    expect(sources).toEqual(
      travelling(built.manifest)
        .map(({ path: name }) => name)
        .sort(),
    );
    expect(there.length - sources.length).toBe(built.manifest.bytecode.files);
  });

  test('RECORD lists what is there, with its hashes', async () => {
    const { built, extracted } = subject();
    const unowned = [
      ...travelling(built.manifest)
        .filter(({ distribution }) => distribution === null)
        .map((one) => one.path),
      ...(await filesOf(extracted.tree)).filter(isBootstrap),
    ];
    expect(await askTree(python, extracted, { ask: 'records', unowned })).toEqual([]);
  });

  test("each recipe's probe runs from only what was kept", async () => {
    const { built, extracted } = subject();
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
    const { built, extracted } = subject();
    const distributions = distributionsLeft(built.manifest);
    expect(distributions.length).toBeGreaterThan(3);
    expect(await askTree(python, extracted, { ask: 'versions', distributions })).toEqual([]);
  });

  test('every stripped object loads', async () => {
    const { built, extracted } = subject();
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
}

const isBytecode = (name: string): boolean => name.endsWith('.pyc');

/** Relative paths of all that is no folder. */
async function filesOf(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)));
}

/** What opens a payload, and the payload itself. */
const isBootstrap = (name: string): boolean => /^_*lambda_slim/.test(name);

/** What ordinary tar finds in a payload. */
export interface Opened {
  readonly files: number;
  readonly bytes: number;
}

/** A payload's files to where they were before they were nested. Ordinary tar opens it. */
export async function openPayload({ tree }: Extracted, { plan }: Manifest): Promise<Opened> {
  const { digest, files } = plan.nesting ?? { digest: '', files: [] };
  const payload = path.join(tree, 'lambda_slim_payloads', digest, 'payload.tar.zst');
  const opened = path.join(tree, '../opened');
  await mkdir(opened);
  const ran = await start('tar', ['--zstd', '-xf', payload, '-C', opened]);
  if (ran.code !== 0 || ran.stderr !== '') throw new Error(ran.stderr);
  const found = await Promise.all((await filesOf(opened)).map((name) => stat(path.join(opened, name))));
  for (const { path: file, way } of files) {
    const target = path.join(tree, file);
    await mkdir(path.dirname(target), { recursive: true });
    const from = way === 'library' ? path.join('lib', path.basename(file)) : path.join('python', file);
    await rename(path.join(opened, from), target);
  }
  return { files: found.length, bytes: found.reduce((sum, { size }) => sum + size, 0) };
}
