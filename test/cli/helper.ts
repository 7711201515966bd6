/** Runs the command line as users do, in a temporary home. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { afterAll } from '@jest/globals';
import { main, type Host } from '../../src/cli.js';
import { run } from '../program.js';
import type { Manifest } from '../../src/model.js';

export const program = fileURLToPath(new URL('../../bin/lambda-slim.js', import.meta.url));
export const wheels = fileURLToPath(new URL('../../fixtures/wheels', import.meta.url));
/** An option line that keeps a requirements file to the fixture wheels. */
export const offline = `--no-index\n--find-links ${wheels}\n`;

const home = await realpath(await mkdtemp(path.join(tmpdir(), 'slim-cli-')));
afterAll(() => rm(home, { recursive: true, force: true }));
export const cacheFolder = path.join(home, 'cache');

/** Version managers put a slow script before the real interpreter. */
const host = await run('python3', [
  '-c',
  'import os, sys; print(os.path.dirname(os.path.realpath(sys.executable)), "%d.%d" % sys.version_info[:2])',
]);
const [pythonFolder = '', version = ''] = host.stdout.split(' ');
/** The Python that proves on this machine; the default one when Lambda has no such runtime. */
export const hostPython = ['3.9', '3.10', '3.11', '3.12', '3.13', '3.14'].includes(version)
  ? version
  : '3.13';

/** Nothing of the machine's own settings reaches the program. */
export const environment: Readonly<Record<string, string>> = {
  PATH: `${pythonFolder}:/usr/bin:/bin`,
  HOME: home,
  TMPDIR: home,
  XDG_CACHE_HOME: cacheFolder,
  LANG: 'C.UTF-8',
  PIP_CONFIG_FILE: '/dev/null',
};

export interface Result {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeOptions?: readonly string[];
  /** Called with all of standard error so far, whenever there is more. */
  readonly watch?: (stderr: string, child: ChildProcess) => void;
}

/**
 * Run `lambda-slim` to its end, in this process: the command line knows its host only through `Host`. `program` is run
 * as users run it by `spawned`, and here when Node itself gets options or the child is watched.
 */
export async function cli(args: readonly string[], options: CliOptions = {}): Promise<Result> {
  if (options.nodeOptions !== undefined || options.watch !== undefined) return spawned(args, options);
  const [stdout, stderr] = [capture(), capture()];
  const events = new EventEmitter();
  const here: Host = {
    argv: [process.execPath, program, ...args],
    // Where the cache is by default comes from this process's own variables.
    env: { LAMBDA_SLIM_CACHE_DIR: path.join(cacheFolder, 'lambda-slim'), ...environment, ...options.env },
    cwd: () => options.cwd ?? home,
    stdout: stdout.stream,
    stderr: stderr.stream,
    exitCode: undefined,
    exit: (code) => {
      throw new Error(`exit ${code ?? ''} was called`);
    },
    on: events.on.bind(events) as unknown as Host['on'],
    off: events.off.bind(events) as unknown as Host['off'],
    versions: process.versions,
    platform: process.platform,
    arch: process.arch,
  };
  await main(here);
  return { code: Number(here.exitCode), stdout: stdout.text(), stderr: stderr.text() };
}

/** A stream that nobody watches, and what was written to it. */
function capture(): { readonly stream: NodeJS.WriteStream & { fd: 1 & 2 }; readonly text: () => string } {
  const chunks: Buffer[] = [];
  const stream = new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      chunks.push(Buffer.from(chunk));
      done();
    },
  });
  return {
    stream: Object.assign(stream, { isTTY: false }) as unknown as NodeJS.WriteStream & { fd: 1 & 2 },
    text: () => Buffer.concat(chunks).toString('utf8'),
  };
}

/** Run `bin/lambda-slim.js` in a process of its own. */
export async function spawned(args: readonly string[], options: CliOptions = {}): Promise<Result> {
  const child = spawn(process.execPath, [...(options.nodeOptions ?? []), program, ...args], {
    cwd: options.cwd ?? home,
    env: { ...environment, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    options.watch?.(stderr, child);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject).on('close', resolve);
  });
  return { code, stdout, stderr };
}

/** An empty folder whose name holds a space and a letter beyond ASCII on purpose. */
export async function folder(files: Readonly<Record<string, string | Buffer>> = {}): Promise<string> {
  const place = path.join(await mkdtemp(path.join(home, 'case-')), 'my prøject');
  await mkdir(place);
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.dirname(path.join(place, name)), { recursive: true });
    await writeFile(path.join(place, name), content);
  }
  return place;
}

type Files = Readonly<Record<string, string | Buffer>>;

/** A folder of installed distributions: `{ 'alpha 1.0': files }`; `requires` by name. */
export async function tree(
  distributions: Readonly<Record<string, Files>>,
  requires: Readonly<Record<string, readonly string[]>> = {},
): Promise<string> {
  const files: Record<string, string | Buffer> = {};
  for (const [id, own] of Object.entries(distributions)) {
    const [name = '', number = ''] = id.split(' ');
    const info = `${name.replaceAll('-', '_')}-${number}.dist-info`;
    const needs = (requires[name] ?? []).map((one) => `Requires-Dist: ${one}\n`).join('');
    Object.assign(files, own, {
      [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${number}\n${needs}`,
      [`${info}/RECORD`]: [...Object.keys(own), `${info}/METADATA`, `${info}/RECORD`]
        .map((one) => `${one},,\n`)
        .join(''),
    });
  }
  return folder(files);
}

/** Two packages, of which one has tests and needs the other. */
export async function smallTree(): Promise<string> {
  return tree(
    {
      'alpha 1.0': {
        'alpha/__init__.py': 'import beta\n',
        'alpha/extra/data.txt': 'data\n',
        'alpha/tests/__init__.py': '',
        'alpha/tests/test_alpha.py': 'import alpha\n',
      },
      'beta 2.0': { 'beta/__init__.py': 'value = 1\n', 'beta/more.py': 'value = 2\n' },
    },
    { alpha: ['beta'] },
  );
}

/** Every file below a folder, sorted; empty when there is none. */
export async function listing(place: string): Promise<readonly string[]> {
  const names = await readdir(place, { recursive: true, withFileTypes: true }).catch(() => []);
  return names
    .filter((one) => !one.isDirectory())
    .map((one) => path.relative(place, path.join(one.parentPath, one.name)))
    .sort();
}

/** A digest of every file below a folder: changes when anything does. */
export async function fingerprint(place: string): Promise<string> {
  const hash = createHash('sha256');
  for (const name of await listing(place)) {
    hash.update(`${name}\0`).update(await readFile(path.join(place, name)));
  }
  return hash.digest('hex');
}

export async function manifestOf(out: string): Promise<Manifest> {
  return JSON.parse(await readFile(path.join(out, 'lambda-slim.json'), 'utf8')) as Manifest;
}

/** Actions by path, of a build's manifest. */
export async function actionsOf(out: string): Promise<Readonly<Record<string, string>>> {
  const { decisions } = await manifestOf(out);
  return Object.fromEntries(decisions.map((one) => [one.path, `${one.action} ${one.rule}`]));
}

/** Names of an archive's entries. */
export async function entriesOf(archive: string): Promise<readonly string[]> {
  const script = 'import sys, zipfile; print("\\n".join(zipfile.ZipFile(sys.argv[1]).namelist()))';
  const result = await run('python3', ['-c', script, archive], { env: { PATH: environment['PATH'] } });
  if (!result.ok) throw new Error(result.stderr);
  return result.stdout.split('\n');
}

export const codesOf = (manifest: Manifest): readonly string[] => manifest.findings.map((one) => one.code);
