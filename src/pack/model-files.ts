/** `lambda_slim_models` as it travels: the module, what the config says of the models, and the zstd extension for the target. */
import { readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { templatePath } from '../io/templates.js';
import type { StagedFile } from '../model.js';
import type { ModelsTable } from '../models-table.js';
import type { BytecodeOptions } from '../stage/compile.js';
import { bootModule, staged, withBytecode } from './nest/boot-files.js';

/** The module that reads models; `templates/lambda_slim_models`. */
export const modelsModule = 'lambda_slim_models';

/** Modules of the bootstrap that it carries, too. */
const shared = ['_s3_answers.py'];

/**
 * @param table as the config file has it
 * @param extension from `zstdExtension`: its files lie in the bootstrap's package, and travel here in this one
 * @param compiling null: without bytecode, so that each start compiles the module
 * @param folder absolute; the config is written there
 * @throws the file system's error: the installation is damaged
 */
export async function modelFiles(
  table: ModelsTable,
  extension: readonly StagedFile[],
  compiling: BytecodeOptions | null,
  folder: string,
): Promise<readonly StagedFile[]> {
  const names = (await readdir(templatePath(modelsModule))).filter((name) => /\.py$|^py\.typed$/.test(name));
  const places = [
    ...names.map((name) => [name, modelsModule] as const),
    ...shared.map((name) => [name, bootModule] as const),
  ];
  const files = await Promise.all(
    places.map(async ([name, module]) => here(await staged(`${module}/${name}`, 'python', 0o644), module)),
  );
  const config = path.join(folder, 'models.json');
  const text = `${JSON.stringify(table)}\n`;
  await writeFile(config, text);
  const written = { place: 'python', mode: 0o644, distribution: null, origin: 'models' } as const;
  return [
    ...(await withBytecode(files, compiling, 'models')),
    { ...written, path: `${modelsModule}/models.json`, source: config, bytes: Buffer.byteLength(text) },
    ...extension.map((file) => here(file, bootModule)),
  ];
}

/** The same file in this module's package. */
const here = (file: StagedFile, module: string): StagedFile => ({
  ...file,
  path: `${modelsModule}${file.path.slice(module.length)}`,
  origin: 'models',
});
