/** Packages with a payload, and the Pythons of this machine that open them as Lambda's runtime would. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll } from '@jest/globals';
import { findInterpreter } from '../../src/io/interpreter.js';
import { pythonVersions, targetFor } from '../../src/limits.js';
import type { Codec, PayloadIndex } from '../../src/model.js';
import { environment, remove, repository, start, temporary } from '../real/helper-build.js';
import { never } from '../never.js';

/** Not the caller's: a version manager's programs would read its settings. */
const PATH = '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin';

const setup = (name: string): string => path.join(repository, 'test/setup', name);
export const fixture = (name: string): string => path.join(repository, 'fixtures/boot', name);

/** [version, program] of every Python that Lambda has and this machine, too. */
export const pythons: readonly (readonly [string, string])[] = await findPythons();
/** Any of them: for what makes inputs, and for what does not depend on the version. */
export const [, anyPython] = pythons.at(-1) ?? ['', 'python3'];

async function findPythons(): Promise<readonly (readonly [string, string])[]> {
  const found: (readonly [string, string])[] = [];
  for (const version of pythonVersions) {
    const interpreter = await findInterpreter(targetFor(version, 'x86_64'), { environment, signal: never });
    const program = interpreter?.command[0];
    if (program !== undefined) found.push([version, program]);
  }
  if (found.length === 0) throw new Error('No Python from 3.9 on was found: these tests need one.');
  return found;
}

/** A member of the payload, or a file that stays in the package. `random`: so many bytes, half of them noise. */
export interface Member {
  readonly path: string;
  readonly text?: string;
  readonly from?: string;
  readonly random?: number;
  readonly mode?: number;
  readonly link?: string;
}

export interface Contents {
  readonly codec?: Codec;
  /** The zstd extension for the Python that makes and opens the package: where it is, and the name that it gets. */
  readonly extension?: { readonly from: string; readonly name: string };
  readonly frameBytes?: number;
  readonly largeBytes?: number;
  readonly files?: readonly Member[];
  readonly plain?: readonly Member[];
  readonly libraries?: PayloadIndex['libraries'];
  readonly tree?: PayloadIndex['tree'];
  readonly modules?: readonly string[];
  readonly s3?: PayloadIndex['s3'];
  /** Keys of the index to replace before its digest is computed. */
  readonly change?: Partial<Record<keyof PayloadIndex, unknown>>;
}

/** A module whose shared object needs a nested library, which needs a plain one; and a package in a tree of links. */
export const both: Contents = {
  files: [
    { path: 'lib/liblarge.so.2', from: fixture('liblarge.so.2') },
    {
      path: 'python/slimtree/__init__.py',
      text: 'from . import nested, plain\nvalue = nested.x + plain.x\n',
    },
    { path: 'python/slimtree/alias.bin', link: 'data.bin' },
    { path: 'python/slimtree/data.bin', random: 700_000 },
    { path: 'python/slimtree/empty.txt', text: '' },
    { path: 'python/slimtree/nested.py', text: 'x = 1\n' },
    { path: 'python/slimtree/tool', text: '#!/bin/sh\n', mode: 0o755 },
  ],
  plain: [
    {
      path: 'slimlib/__init__.py',
      text: 'import ctypes, os\nnative = os.path.join(os.path.dirname(__file__), "native.so")\nvalue = ctypes.CDLL(native).native()\n',
    },
    { path: 'slimlib/native.so', from: fixture('native.so') },
    { path: 'slimlib.libs/libbase.so.1', from: fixture('libbase.so.1') },
    { path: 'slimtree/plain.py', text: 'x = 2\n' },
    { path: 'slimtree/sub/__init__.py', text: 'y = 3\n' },
  ],
  libraries: [
    { path: 'slimlib.libs/libbase.so.1', nested: false },
    { path: 'lib/liblarge.so.2', nested: true },
  ],
  tree: { folders: ['slimtree'], links: ['slimtree/plain.py', 'slimtree/sub'] },
  modules: ['slimlib', 'slimtree'],
};

/** A tree of one module and one large file. `name` makes another digest. */
export function single(name: string, bytes = 300_000): Contents {
  return {
    files: [
      { path: `python/${name}/__init__.py`, text: `name = "${name}"\n` },
      { path: `python/${name}/data.bin`, random: bytes },
    ],
    tree: { folders: [name], links: [] },
    modules: [name],
  };
}

export interface Made {
  /** What is /opt in Lambda; the package lies in its `python`. */
  readonly layer: string;
  readonly digest: string;
  /** Absolute: the payload's folder in the package, and its two files. */
  readonly folder: string;
  readonly payload: string;
  readonly index: string;
}

/** What was made in this file, by what is in it: the same contents give the same bytes, and starting a Python takes longer. */
const packages = new Map<string, Promise<Made>>();
afterAll(async () => {
  for (const { layer } of await Promise.all(packages.values())) await remove(layer);
});

/** Make a package (or add a payload to one). Nothing is checked: it may be one that must be refused. */
export async function makePackage(
  layer: string,
  contents: Contents,
  python: string = anyPython,
): Promise<Made> {
  const key = JSON.stringify([contents, python]);
  const made =
    packages.get(key) ?? temporary('package').then(async (folder) => writePackage(folder, contents, python));
  packages.set(key, made);
  const { layer: from, ...first } = await made;
  await cp(from, layer, { recursive: true, verbatimSymlinks: true });
  const here = (place: string): string => path.join(layer, path.relative(from, place));
  return {
    ...{ layer, digest: first.digest },
    ...{ folder: here(first.folder), payload: here(first.payload), index: here(first.index) },
  };
}

async function writePackage(layer: string, contents: Contents, python: string): Promise<Made> {
  const request = {
    site: path.join(layer, 'python'),
    boot: path.join(repository, 'templates'),
    codec: 'gzip',
    frameBytes: 100_000,
    largeBytes: 200_000,
    files: [],
    libraries: [],
    tree: null,
    modules: [],
    ...contents,
  };
  const ran = await start(python, [setup('payload.py')], {
    env: environment,
    input: JSON.stringify(request),
  });
  if (ran.code !== 0) throw new Error(ran.stderr);
  const { digest, folder } = JSON.parse(ran.stdout) as { digest: string; folder: string };
  const file = request.codec === 'zstd' ? 'payload.tar.zst' : 'payload.tar.gz';
  return {
    layer,
    digest,
    folder,
    payload: path.join(folder, file),
    index: path.join(folder, 'index.json'),
  };
}

/** Folders of one function: its code, its layer, and what is /tmp. */
export interface Place {
  readonly root: string;
  readonly task: string;
  readonly layer: string;
  readonly tmp: string;
}

/** @param code of the handler's module, app.py */
export async function makePlace(code: string): Promise<Place> {
  const root = await temporary('boot');
  const place = {
    root,
    task: path.join(root, 'task'),
    layer: path.join(root, 'opt'),
    tmp: path.join(root, 'tmp'),
  };
  await mkdir(place.task);
  await writeFile(path.join(place.task, 'app.py'), code);
  return place;
}

export const useBoth = `
import slimlib, slimtree
from slimtree import sub
def handler():
    return [slimlib.value, slimtree.value, sub.y]
`;

export interface DebugLine {
  readonly digest: string;
  readonly bytes: number;
  readonly packedBytes: number;
  readonly ms: number;
  readonly threads: number;
  readonly source: 'package' | 's3' | 'already-open';
  readonly steps: Readonly<Record<'check' | 'unpack' | 'link' | 'load', number>>;
}

export interface Answer {
  readonly code: number | null;
  /** What the handler returned. */
  readonly ok?: unknown;
  /** The exception's type and text, as Lambda would report them. */
  readonly error?: string;
  readonly text?: string;
  readonly path: readonly string[];
  readonly libraries: string | null;
  readonly debug: readonly DebugLine[];
  /** Standard error without the debug lines. */
  readonly stderr: string;
}

export interface RunSettings {
  readonly handler?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Before the interpreter: a wrapper, or a program that limits it. */
  readonly before?: readonly string[];
  /** Default: LAMBDA_SLIM_DEBUG is set. */
  readonly debug?: boolean;
}

/** Start the handler's module in a Python as Lambda's runtime does. Never throws for what it does. */
export async function run(python: string, place: Place, settings: RunSettings = {}): Promise<Answer> {
  const { handler = 'app.handler', env = {}, before = [], debug = true } = settings;
  const [command, ...rest] = [...before, python, '-B', setup('boot_runtime.py'), place.task, place.layer];
  const ran = await start(command, rest, {
    env: {
      PATH,
      LANG: 'C.UTF-8',
      _HANDLER: handler,
      LAMBDA_TASK_ROOT: place.task,
      LAMBDA_SLIM_TMP: place.tmp,
      ...(debug ? { LAMBDA_SLIM_DEBUG: '1' } : {}),
      ...env,
    },
  });
  const lines = ran.stderr.split('\n');
  const isDebug = (line: string): boolean => line.startsWith('{"lambda-slim"');
  const said = ran.stdout.trim();
  return {
    path: [],
    libraries: null,
    ...(said === '' ? {} : (JSON.parse(said) as object)),
    code: ran.code,
    debug: lines
      .filter(isDebug)
      .map((line) => (JSON.parse(line) as { 'lambda-slim': DebugLine })['lambda-slim']),
    stderr: lines.filter((line) => !isDebug(line)).join('\n'),
  };
}

/** Run a few lines of Python with LAMBDA_SLIM_TMP set; `site` and `layer` are there. Returns what it printed, as JSON. */
export async function script(
  python: string,
  place: Place,
  code: string,
  { env, before = [] }: Pick<RunSettings, 'env' | 'before'> = {},
): Promise<unknown> {
  const head = `import json, os, site, sys\nlayer = ${JSON.stringify(path.join(place.layer, 'python'))}\n`;
  const [command, ...rest] = [...before, python, '-B', '-c', head + code];
  const ran = await start(command, rest, { env: { PATH, LAMBDA_SLIM_TMP: place.tmp, ...env } });
  if (ran.code !== 0) throw new Error(ran.stderr);
  return JSON.parse(ran.stdout);
}

/** Names in the folder that the bootstrap keeps in /tmp. */
export async function kept(place: Place): Promise<readonly string[]> {
  const folder = path.join(place.tmp, 'lambda-slim');
  return existsSync(folder) ? (await readdir(folder)).sort() : [];
}

export const openedFolder = (place: Place, { digest }: Made): string =>
  path.join(place.tmp, 'lambda-slim', digest);

export async function readIndex({ index }: Made): Promise<PayloadIndex> {
  return JSON.parse(await readFile(index, 'utf8')) as PayloadIndex;
}

/** Write a changed index with the digest that it then has, into the folder that it then belongs to. */
export async function resign(made: Made, index: PayloadIndex): Promise<Made> {
  const { s3 } = index;
  const rest = Object.fromEntries(Object.entries(index).filter(([key]) => key !== 'digest' && key !== 's3'));
  const digest = createHash('sha256').update(sorted(rest)).digest('hex');
  const folder = path.join(path.dirname(made.folder), digest);
  await rename(made.folder, folder);
  const moved = { ...made, digest, folder, index: path.join(folder, 'index.json') };
  await writeFile(moved.index, JSON.stringify({ ...rest, digest, s3 }));
  return { ...moved, payload: path.join(folder, path.basename(made.payload)) };
}

/** JSON with sorted keys. */
function sorted(value: unknown): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}

/**
 * What to put before a program's command line so that the place's /tmp is a new file system in memory; null when this
 * user may not mount one.
 * @param options e.g. `size=64m`
 */
export async function onDisk(place: Place, options: string): Promise<readonly string[] | null> {
  const script = `mount -t tmpfs -o ${options} none "${place.tmp}" && exec "$@"`;
  await mkdir(place.tmp, { recursive: true });
  for (const unshare of [
    ['unshare', '-m'],
    ['unshare', '-rm'],
  ]) {
    const before = [...unshare, 'sh', '-c', script, 'sh'];
    const { code } = await start(before[0] ?? '', [...before.slice(1), 'true']);
    if (code === 0) return before;
  }
  return null;
}
