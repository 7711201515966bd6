/** Builds for arm64 on another processor: nothing can be imported, so what is in the archives is looked at byte by byte. */
import { cp, glob, readdir } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { proveStrip } from '../../src/elf/prove.js';
import { renderFinding } from '../../src/findings/findings.js';
import { FileSource, inspectFile } from '../../src/io/elf-file.js';
import { limits, targetFor } from '../../src/limits.js';
import type { ElfFacts } from '../../src/model.js';
import {
  build,
  environment,
  extract,
  remove,
  repository,
  start,
  temporary,
  travelling,
  type Built,
  type Extracted,
} from './helper-build.js';

jest.setTimeout(600_000);

const target = targetFor('3.13', 'arm64');

describe.each(['sklearn', 'onnx'])('%s for arm64', (name) => {
  let folder: string;
  let built: Built;
  let extracted: Extracted;
  /** Path in the tree → facts, of every ELF file in the archives. */
  let binaries: ReadonlyMap<string, ElfFacts>;
  /** What was installed, in the cache. */
  let resolved: string;

  beforeAll(async () => {
    folder = await temporary(`${name}-arm64`);
    const cache = path.join(folder, 'cache');
    await cp(path.join(repository, 'fixtures/stacks', `${name}.txt`), path.join(folder, 'requirements.txt'));
    built = await build(folder, ['-r', 'requirements.txt', '--python', '3.13', '--arch', 'arm64'], { cache });
    if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
    extracted = await extract('python3', built, path.join(folder, 'opt'));
    binaries = await binariesIn(extracted.tree);
    const trees: string[] = [];
    for await (const tree of glob('v1/trees/*/*/content', { cwd: cache })) trees.push(tree);
    expect(trees).toHaveLength(1);
    resolved = path.join(cache, trees[0] ?? '');
  });

  afterAll(() => remove(folder));

  test('says that imports were not tried, and finds no error', () => {
    const { proof, findings, target: made } = built.manifest;
    expect(made).toMatchObject({ architecture: 'arm64', python: '3.13' });
    expect(proof).toMatchObject({ state: 'not-proven', imported: [] });
    expect(proof.because).toMatch(/\S/);
    expect(findings.map(({ code }) => code)).toContain('not-proven-here');
    expect(findings.map(renderFinding).filter(({ severity }) => severity === 'error')).toEqual([]);
  });

  test('fits, and is smaller', () => {
    const { sizes, artifacts } = built.manifest;
    expect(sizes.stripped).toBeLessThan(sizes.raw * 0.95);
    expect(sizes.unzipped).toBeLessThan(limits.unzipped);
    expect(artifacts.length).toBeGreaterThan(0);
  });

  test('holds arm64 binaries alone, of no newer glibc', () => {
    expect(binaries.size).toBeGreaterThan(10);
    const others = [...binaries].filter(([, { machine, bits }]) => machine !== 'arm64' || bits !== 64);
    expect(others).toEqual([]);
    const newest = [...binaries.values()].flatMap(({ versionNeeds }) =>
      versionNeeds.flatMap(({ version }) => /^GLIBC_2\.(\d+)/.exec(version)?.[1] ?? []).map(Number),
    );
    expect(Math.max(...newest)).toBeLessThanOrEqual(34);
  });

  test('holds every library that a binary needs', () => {
    const names = new Set([...binaries].flatMap(([file, { soname }]) => [path.basename(file), soname]));
    const missing = [...binaries].flatMap(([file, { needed, searchPath }]) =>
      needed
        .filter((library) => !target.providedLibraries.includes(library))
        .filter((library) => !searchPath.some((place) => binaries.has(placeOf(file, place, library))))
        // Loaded before by another one: the loader then matches it by name.
        .filter((library) => !names.has(library))
        .map((library) => `${file} needs ${library}`),
    );
    expect(missing).toEqual([]);
  });

  test('every stripped file is, to the loader, what it was', () => {
    const stripped = built.manifest.decisions.filter(({ action }) => action === 'strip');
    expect(stripped.length).toBeGreaterThan(10);
    const failures = stripped.flatMap(({ path: file, bytes, kept }) => {
      const before = new FileSource(path.join(resolved, file));
      const after = new FileSource(path.join(extracted.tree, file));
      try {
        if (before.size !== bytes || after.size !== kept) return [`${file}: sizes differ from the report`];
        const difference = proveStrip(before, after);
        return difference === null ? [] : [`${file}: ${difference}`];
      } finally {
        before.close();
        after.close();
      }
    });
    expect(failures).toEqual([]);
  });

  test('what is kept and not changed is as it was installed', async () => {
    const same = await start('diff', ['-rq', resolved, extracted.tree], {
      env: { ...environment, LC_ALL: 'C' },
    });
    const changed = [...same.stdout.matchAll(/^Files (.+) and .+ differ$/gm)]
      .map((match) => path.relative(resolved, match[1] ?? ''))
      .sort();
    const told = travelling(built.manifest).filter(({ action }) => action !== 'keep');
    expect(changed.length).toBeGreaterThan(10);
    expect(told.map((one) => one.path)).toEqual(expect.arrayContaining(changed));
  });
});

async function binariesIn(tree: string): Promise<ReadonlyMap<string, ElfFacts>> {
  const found = new Map<string, ElfFacts>();
  for (const entry of await readdir(tree, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath, entry.name);
    const { elf } = entry.isFile() ? await inspectFile(file) : { elf: null };
    if (elf) found.set(path.relative(tree, file), elf);
  }
  return found;
}

const placeOf = (file: string, place: string, library: string): string =>
  path.join(place.replace(/^\$\{?ORIGIN\}?/, path.dirname(file)), library);
