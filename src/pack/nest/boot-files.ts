/** The bootstrap's files as they travel: templates, the zstd extension for the target, the wrapper. */
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { templatePath } from '../../io/templates.js';
import type { StagedFile } from '../../model.js';
import { compileAll, type BytecodeOptions } from '../../stage/compile.js';
import { chooseBytecode } from '../../stage/choose.js';

/** The module that opens payloads; `templates/lambda_slim_boot`. */
export const bootModule = 'lambda_slim_boot';

/** For AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper. */
const wrapper = 'lambda-slim-wrapper';

/**
 * @param compiling null: without bytecode, so that each start compiles the bootstrap
 * @param extension from `zstdExtension`; empty when the codec or the target needs none
 * @throws the file system's error: the installation is damaged
 */
export async function bootFiles(
  extension: readonly StagedFile[],
  compiling: BytecodeOptions | null,
): Promise<readonly StagedFile[]> {
  const names = (await readdir(templatePath(bootModule))).filter((name) => name.endsWith('.py')).sort();
  const modules = names.map((name) => `${bootModule}/${name}`);
  const doors = [`${bootModule}.pth`, `${bootModule}.start`];
  const files = await Promise.all([...modules, ...doors].map((name) => staged(name, 'python', 0o644)));
  return [
    ...(await withBytecode(files, compiling, 'boot')),
    await staged(wrapper, 'root', 0o755),
    ...extension,
  ];
}

/** Modules of ours, and the bytecode of all of them. */
export async function withBytecode(
  files: readonly StagedFile[],
  compiling: BytecodeOptions | null,
  origin: 'boot' | 'models',
): Promise<readonly StagedFile[]> {
  if (compiling === null) return files;
  const bytecode = chooseBytecode(
    await compileAll(files, compiling),
    'all',
    new Set(),
    { unzipped: Number.POSITIVE_INFINITY, zipped: Number.POSITIVE_INFINITY },
    compiling.interpreter.cacheTag,
  );
  return [...files, ...bytecode.map((file) => ({ ...file, origin }))];
}

/** A file of `templates/` by its path there. */
export async function staged(name: string, place: 'python' | 'root', mode: number): Promise<StagedFile> {
  const source = templatePath(name);
  const { size } = await stat(source);
  return {
    path: path.posix.normalize(name),
    place,
    source,
    bytes: size,
    mode,
    distribution: null,
    origin: 'boot',
  };
}
