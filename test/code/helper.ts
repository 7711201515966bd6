/** Code folders for tests, read by the Python of this machine. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { codeFiles, type CodeChoice } from '../../src/code/files.js';
import { readCode, type CodeFacts } from '../../src/code/read.js';
import { findInterpreter } from '../../src/io/interpreter.js';
import { hostPython } from '../cli/helper.js';
import { never } from '../never.js';

const made: string[] = [];
afterAll(() => Promise.all(made.map((folder) => rm(folder, { recursive: true, force: true }))));

/** A folder with these files (text by path). */
export async function codeFolder(files: Readonly<Record<string, string>>): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-code-'));
  made.push(folder);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  }
  return folder;
}

const target = { python: hostPython as '3.13', architecture: 'x86_64' } as const;
export const interpreter = await findInterpreter(target, { environment: process.env, signal: never });

/** What travels of a folder. */
export const filesOf = (folder: string, more: Partial<CodeChoice> = {}) =>
  codeFiles({ folder, project: folder, out: '/nowhere', keep: [], exclude: [], ...more });

/** What the files say, and their paths. */
export async function facts(
  files: Readonly<Record<string, string>>,
  withPython = true,
): Promise<{ readonly facts: CodeFacts; readonly paths: readonly string[] }> {
  const { files: found } = await filesOf(await codeFolder(files));
  return {
    facts: await readCode(found, withPython ? interpreter : null, {
      ...{ python: hostPython, own: true, signal: never },
    }),
    paths: found.map((one) => one.path),
  };
}
