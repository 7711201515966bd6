/** The sandboxes of this machine as rows of tests, and what a test must know of the machine. */
import { run } from '../program.js';
import type { PythonVersion } from '../../src/model.js';
import { searchEngines } from '../../src/container/engine.js';
import type { SandboxName } from '../../src/verify/model.js';
import type { VerifyRequest } from '../../src/verify/verification.js';
import { environment, pythonFor } from './helper-build.js';
import { never } from '../never.js';

/** Milliseconds. */
export const patience = 30_000;
/** Of test/setup/docker.sh. */
const image = 'lambda-slim-test/python:3.11';

export interface Row {
  readonly name: SandboxName;
  readonly python: PythonVersion;
  readonly image: string | null;
}

/** Why a row cannot run here; null when it can. */
async function obstacle({ name, python }: Row): Promise<string | null> {
  if (name === 'docker') {
    const { engine } = await searchEngines(environment, null, never);
    if (engine === null) return 'no container engine answers';
    const found = await run(engine.command, ['image', 'inspect', image]);
    return found.ok ? null : `the engine has no image ${image}`;
  }
  if ((await pythonFor(python)) === null) return `there is no CPython ${python}`;
  if (name === 'unshare') return null;
  return (await run('bwrap', ['--version'])).missing ? 'bwrap is not installed' : null;
}

async function firstPython(): Promise<PythonVersion> {
  for (const python of ['3.13', '3.12', '3.11'] as const)
    if ((await pythonFor(python)) !== null) return python;
  return '3.13';
}

const python = await firstPython();
/** A row that cannot run here says why. */
export const rows: readonly (Row & { readonly missing: string | null })[] = await Promise.all(
  (
    [
      { name: 'bubblewrap', python, image: null },
      { name: 'unshare', python, image: null },
      { name: 'docker', python: '3.11', image },
    ] as const
  ).map(async (row) => ({ ...row, missing: await obstacle(row) })),
);

export function requestFor(row: Row, cacheDir: string): VerifyRequest {
  return {
    out: '/nowhere',
    handler: null,
    layers: null,
    codeTyped: false,
    project: '/nowhere',
    excludeCode: [],
    event: {},
    events: null,
    code: null,
    sandbox: row.name,
    runs: 1,
    warm: 0,
    load: null,
    serve: null,
    memory: 256,
    timeoutMs: patience,
    ephemeralStorage: null,
    environment: {},
    snapStart: false,
    network: 'none',
    s3: [],
    cpus: 1,
    image: row.image,
    containerEngine: null,
    interpreter: null,
    cacheDir,
    cacheLimit: 5e9,
    cache: true,
  };
}

/** Of the libraries that packages often need and Lambda lacks, those that this machine has: at least one, or it is no test. */
export async function lackedByLambda(): Promise<readonly string[]> {
  const { stdout } = await run('/sbin/ldconfig', ['--print-cache']);
  // The last one is a part of every Debian.
  const found = ['libGL.so.1', 'libgomp.so.1', 'libseccomp.so.2'].filter((name) =>
    stdout.includes(`\t${name} `),
  );
  if (found.length === 0) throw new Error('This machine has no library that Lambda lacks.');
  return found;
}
