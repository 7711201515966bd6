/** Runs the real program in a temporary folder, and asks what it made whether it works. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { findInterpreter } from '../../src/io/interpreter.js';
import { targetFor } from '../../src/limits.js';
import type { Artifact, Manifest, PythonVersion } from '../../src/model.js';
import type { Verification } from '../../src/verify/verification.js';
import { never } from '../never.js';

export const repository = fileURLToPath(new URL('../../', import.meta.url));
const program = path.join(repository, 'bin/lambda-slim.js');

/** In CI nothing may be missing: there these tests fail instead of being skipped. */
export const inCi = process.env['CI'] === 'true';

/** Several runs on one machine share what they downloaded. A build's own cache folder makes it start from nothing. */
export const sharedCache = path.join(repository, '.test-tools/cache');

/** The tools that `test/setup/tools.sh` installs come first. */
export const environment: Readonly<Record<string, string | undefined>> = {
  ...Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^LAMBDA_SLIM_|^PYTHON/.test(name))),
  PATH: `${path.join(repository, '.test-tools/venv/bin')}${path.delimiter}${process.env['PATH'] ?? ''}`,
};

export interface Ran {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface SpawnSettings {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  readonly uid?: number;
  readonly gid?: number;
}

/** Start a program and wait for its end. Never throws for what it does. */
export async function start(
  command: string,
  args: readonly string[],
  { input, ...settings }: SpawnSettings = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...settings, stdio: ['pipe', 'pipe', 'pipe'] });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.on('error', reject).on('close', (code) => resolve({ code, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(input ?? '');
  });
}

export interface Built {
  readonly code: number | null;
  /** The JSON document on standard output. */
  readonly manifest: Manifest & { readonly unchanged: boolean };
  /** When the build failed: the same document. */
  readonly error: { readonly code: string; readonly message: string; readonly details: readonly string[] };
  readonly stderr: string;
  /** Absolute output folder. */
  readonly out: string;
}

export interface BuildSettings extends SpawnSettings {
  /** Absolute; default: `out` in the folder. */
  readonly out?: string;
  readonly cache?: string;
  /** Another installation's `bin/lambda-slim.js`. */
  readonly program?: string;
  /** Octal digits. */
  readonly umask?: string;
}

/** `lambda-slim build --json` with these arguments; `--out` and `--cache-dir` are given. */
export async function build(
  folder: string,
  args: readonly string[],
  settings: BuildSettings = {},
): Promise<Built> {
  if (!existsSync(path.join(repository, 'dist/cli.js')))
    throw new Error('dist/ is missing: run "npm run build" first ("npm test" does).');
  const { out = path.join(folder, 'out'), cache = sharedCache, umask = '022', ...rest } = settings;
  const { program: script = program, ...spawned } = rest;
  const node = settings.program === undefined ? process.execPath : 'node';
  const line = [node, script, 'build', '.', '--json', '--out', out, '--cache-dir', cache, ...args];
  const ran = await start('/bin/sh', ['-c', `umask ${umask} && exec "$@"`, 'sh', ...line], {
    cwd: folder,
    env: environment,
    ...spawned,
  });
  const document = parse(ran);
  return {
    code: ran.code,
    manifest: document as Built['manifest'],
    error: (document as { error?: Built['error'] }).error ?? { code: '', message: '', details: [] },
    stderr: ran.stderr,
    out,
  };
}

function parse({ code, stdout, stderr }: Ran): unknown {
  try {
    return JSON.parse(stdout) as unknown;
  } catch {
    throw new Error(
      `exit ${code ?? '?'}, and no JSON on standard output: ${stdout.slice(0, 500)}\n${stderr}`,
    );
  }
}

/** A fresh folder. */
export async function temporary(name: string): Promise<string> {
  return mkdtemp(path.join(tmpdir(), `slim-${name}-`));
}

/** Absolute path of this machine's CPython of that version for x86_64; null when there is none. */
export async function pythonFor(version: PythonVersion): Promise<string | null> {
  const found = await findInterpreter(targetFor(version, 'x86_64'), { environment, signal: never });
  return found?.canImport === true ? (found.command[0] ?? null) : null;
}

/** `lambda-slim verify --json` of what was built. */
export async function verify(
  built: Built,
  args: readonly string[],
): Promise<{ readonly code: number | null; readonly found: Verification; readonly stderr: string }> {
  const line = [program, 'verify', '--json', '--out', built.out, '--cache-dir', sharedCache, ...args];
  const ran = await start(process.execPath, line, { cwd: path.dirname(built.out), env: environment });
  const found = parse(ran) as Verification & { readonly error?: unknown };
  if (found.error !== undefined) throw new Error(ran.stdout);
  return { code: ran.code, found, stderr: ran.stderr };
}

export interface Archive {
  readonly zip: string;
  /** Of the file. */
  readonly size: number;
  /** Sum of the entries' sizes, unpacked and packed. */
  readonly unpacked: number;
  readonly packed: number;
  readonly times: readonly string[];
  readonly modes: readonly string[];
  /** Name, bytes, packed bytes. */
  readonly entries: readonly (readonly [string, number, number])[];
}

/** What Python's zipfile says of the artifacts; it also checks every CRC. */
export async function listArchives(python: string, built: Built): Promise<readonly Archive[]> {
  const zips = zipsOf(built);
  const ran = await start(python, [setup('archive.py'), 'list', ...zips]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  return ran.stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Archive);
}

/** Where the importable tree is, and what Lambda would have in /opt/lib. */
export interface Extracted {
  readonly tree: string;
  readonly libraries: string;
}

/** All layers into one folder, as Lambda does with /opt; a folder stays where it is. */
export async function extract(python: string, built: Built, into: string): Promise<Extracted> {
  const { artifacts } = built.manifest;
  const folder = artifacts.find(({ kind }) => kind === 'directory');
  if (folder !== undefined) {
    const tree = path.join(built.out, folder.file);
    return { tree, libraries: path.join(tree, 'lib') };
  }
  await mkdir(into, { recursive: true });
  const ran = await start(python, [setup('archive.py'), 'extract', into, ...zipsOf(built)]);
  if (ran.code !== 0) throw new Error(ran.stderr);
  const layers = artifacts.some(({ kind }) => kind === 'layer');
  return { tree: layers ? path.join(into, 'python') : into, libraries: path.join(into, 'lib') };
}

export type Question =
  | { readonly ask: 'probe'; readonly code: string }
  | { readonly ask: 'versions'; readonly distributions: readonly (readonly [string, string])[] }
  | { readonly ask: 'load'; readonly modules: readonly string[]; readonly libraries: readonly string[] }
  | { readonly ask: 'records'; readonly unowned: readonly string[] };

/** A fresh interpreter that sees the extracted tree and the standard library, and nothing of the caller's environment. */
export async function askTree(
  python: string,
  { tree, libraries }: Extracted,
  question: Question,
): Promise<readonly string[]> {
  const temp = await temporary('asked');
  const ran = await start(python, ['-I', '-S', '-B', setup('kept.py')], {
    cwd: temp,
    input: JSON.stringify({ tree, ...question }),
    env: {
      PATH: '/usr/local/bin:/usr/bin:/bin',
      LANG: 'C.UTF-8',
      HOME: temp,
      TMPDIR: temp,
      AWS_DEFAULT_REGION: 'us-east-1',
      ...(existsSync(libraries) ? { LD_LIBRARY_PATH: libraries } : {}),
    },
  });
  await remove(temp);
  if (ran.code !== 0) return [`exit ${ran.code ?? 'by a signal'}: ${ran.stderr.slice(-3000)}`];
  return (JSON.parse(ran.stdout) as { failures: readonly string[] }).failures;
}

const setup = (name: string): string => path.join(repository, 'test/setup', name);

function zipsOf({ manifest, out }: Built): readonly string[] {
  return manifest.artifacts.filter(isZip).map(({ file }) => path.join(out, file));
}

export const isZip = ({ kind }: Artifact): boolean => kind === 'function' || kind === 'layer';

/** The decisions of what travels. */
export function travelling({ decisions }: Manifest): Manifest['decisions'] {
  return decisions.filter(({ action }) => action !== 'drop');
}

/** Name and version of each distribution of which something is left. */
export function distributionsLeft(manifest: Manifest): readonly (readonly [string, string])[] {
  const left = new Set(travelling(manifest).map(({ distribution }) => distribution));
  return manifest.distributions
    .filter(({ name }) => left.has(name))
    .map(({ name, version }) => [name, version]);
}

/** Remove a folder of `temporary`. */
export async function remove(folder: string | undefined): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
