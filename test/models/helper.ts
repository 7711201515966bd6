/** `lambda_slim_models` as it travels, and Pythons that run a few lines with it. */
import { cp, mkdir, mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { modelFiles } from '../../src/pack/model-files.js';
import type { StagedFile } from '../../src/model.js';
import type { ModelsTable } from '../../src/models-table.js';
import { remove, start } from '../real/helper-build.js';

const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

/** A function: its code and the module in `task`, what stands for a bucket in `bucket`, and its /tmp. */
export interface Function {
  readonly root: string;
  readonly task: string;
  readonly bucket: string;
  readonly tmp: string;
}

/** @param code of app.py */
export async function makeFunction(
  models: ModelsTable,
  code = '',
  extension: readonly StagedFile[] = [],
): Promise<Function> {
  const root = await mkdtemp(path.join(tmpdir(), 'slim-models-'));
  const made = {
    root,
    task: path.join(root, 'task'),
    bucket: path.join(root, 'bucket'),
    tmp: path.join(root, 'tmp'),
  };
  for (const folder of [made.task, made.bucket, made.tmp]) await mkdir(folder);
  await writeFile(path.join(made.task, 'app.py'), code);
  for (const file of await modelFiles(models, extension, null, root)) {
    const place = path.join(made.task, file.path);
    await mkdir(path.dirname(place), { recursive: true });
    await cp(file.source, place);
  }
  return made;
}

/** Write what lies in the bucket's folder. */
export async function put(
  one: Function,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  for (const [name, contents] of Object.entries(files)) {
    const place = path.join(one.bucket, name);
    await mkdir(path.dirname(place), { recursive: true });
    await writeFile(place, contents);
  }
}

export interface Ran {
  readonly code: number | null;
  /** What `answer(…)` was given, in order. */
  readonly answers: readonly unknown[];
  /** The debug lines. */
  readonly loads: readonly Load[];
  /** Standard error without them. */
  readonly stderr: string;
}

export interface Load {
  readonly model: string;
  readonly format: string;
  readonly source: 'file' | 's3' | 'tmp';
  readonly bytes: number;
  readonly storedBytes: number;
  readonly ms: number;
  readonly version: string;
}

const head = `
import io, json, os, sys, threading, time
def answer(value):
    print("answer " + json.dumps(value), flush=True)
def failure(ask):
    try:
        ask()
    except Exception as error:
        return "%s: %s" % (type(error).__name__, error)
    return "none"
import lambda_slim_models
from lambda_slim_models import model, preload, stream, tensors
`;

/** Run lines of Python in a function. Never throws for what they do. */
export async function run(
  python: string,
  one: Function,
  code: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const ran = await start(python, ['-B', '-W', 'error', '-c', head + code], {
    cwd: one.root,
    env: {
      PATH,
      LANG: 'C.UTF-8',
      PYTHONPATH: one.task,
      LAMBDA_SLIM_TMP: one.tmp,
      LAMBDA_SLIM_DEBUG: '1',
      BUCKET: one.bucket,
      ...env,
    },
  });
  return read(ran.code, ran.stdout, ran.stderr);
}

export function read(code: number | null, stdout: string, stderr: string): Ran {
  const isLoad = (line: string): boolean => line.startsWith('{"lambda-slim-model"');
  const lines = stderr.split('\n');
  return {
    code,
    answers: stdout
      .split('\n')
      .filter((line) => line.startsWith('answer '))
      .map((line) => JSON.parse(line.slice('answer '.length)) as unknown),
    loads: lines
      .filter(isLoad)
      .map((line) => (JSON.parse(line) as { 'lambda-slim-model': Load })['lambda-slim-model']),
    stderr: lines.filter((line) => !isLoad(line)).join('\n'),
  };
}

/** Names in what the module keeps in /tmp, without its locks. */
export async function keptIn({ tmp }: Function): Promise<readonly string[]> {
  const names = await readdir(path.join(tmp, 'lambda-slim-models')).catch(() => []);
  return names.filter((name) => !/\.(?:lock|use)$/.test(name));
}

export interface Case {
  readonly models: ModelsTable;
  readonly code?: string;
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
  readonly lines: string;
  readonly env?: Readonly<Record<string, string>>;
}

/** Makes a function, runs the lines in it, and takes it away. */
export function asker(
  python: string,
): (given: Case, then: (one: Function, ran: Ran) => Promise<void> | void) => Promise<void> {
  return async (given, then) => {
    const one = await makeFunction(given.models, given.code);
    try {
      await put(one, given.files ?? {});
      const env = { LAMBDA_SLIM_MODELS: one.bucket, ...given.env };
      await then(one, await run(python, one, given.lines, env));
    } finally {
      await remove(one.root);
    }
  };
}

/** The address of an object. */
export const url = (name: string): string => `s3://models/${name}`;
