/** What everything that verify does begins with: the build is as it was, its folders lie there, and a sandbox is at hand. */
import { SlimError } from '../errors.js';
import type { Finding } from '../findings/findings.js';
import type { Cache } from '../io/cache.js';
import { lookupFor } from '../layers/fetch.js';
import { heldLayers, type HeldLayer } from '../layers/layers.js';
import { toldLayers } from '../layers/names.js';
import { limits } from '../limits.js';
import type { Environment, Manifest, StepTime } from '../model.js';
import type { Progress } from '../progress.js';
import type { Secrets } from '../text/secrets.js';
import { checkArtifacts } from './artifacts.js';
import type { Lab } from './cold-start.js';
import type { Sandbox, SandboxSpec } from './model.js';
import { probeFile, probeName } from './probe-handler.js';
import { region } from './runtime/environment.js';
import { s3Server } from './s3/serve.js';
import { Store } from './s3/store.js';
import type { SandboxWish } from './sandbox/find.js';
import { probeSource } from './trials.js';
import { unpack, type Unpacked } from './unpack.js';
import type { VerifyRequest } from './verification.js';

export interface VerifyContext {
  readonly progress: Progress;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** lambda-slim's own version. */
  readonly version: string;
  /** The steps that have ended so far. */
  readonly times: () => readonly StepTime[];
  /** Where commands are typed, absolute. */
  readonly cwd: string;
  /** That a build in this folder is older than what it was made from. */
  readonly older: (out: string, manifest: Manifest, cwd: string) => Promise<readonly Finding[]>;
  /** Which sandbox there is on this machine. */
  readonly findSandbox: (wish: SandboxWish) => Promise<Sandbox>;
}

/** The build, ready to run. */
export interface Prepared {
  readonly lab: Lab;
  readonly layers: readonly HeldLayer[];
  readonly unpacked: Unpacked;
  readonly store: Store;
  /** Milliseconds after which Lambda gives up on initialization. */
  readonly initLimitMs: number;
  /** The build brought code of the user's. */
  readonly hasOwn: boolean;
  /** The build or the request did. */
  readonly hasCode: boolean;
}

/**
 * @throws SlimError `unusable-file`, `bad-archive`, `nothing-to-build`, `no-manifest`, `artifact-changed`, `bad-option`,
 *   `not-found`, `no-credentials`, `aws-refused`, and what `findSandbox` and `heldLayers` throw
 */
export async function prepare(
  cache: Cache,
  manifest: Manifest,
  request: VerifyRequest,
  context: VerifyContext,
): Promise<Prepared> {
  const { progress, environment, signal, secrets } = context;
  const { handler, out, timeoutMs } = request;
  // What can be refused is refused before anything is fetched or unpacked.
  await checkArtifacts(manifest, out, progress);
  const { target } = manifest;
  const layers = await otherLayers(cache, manifest, request, context);
  const sandbox = await context.findSandbox({
    ...{ request, target, cache, progress, environment, signal, secrets },
  });
  const added = handler === null ? { name: probeFile, text: await probeSource() } : null;
  const hasOwn = manifest.artifacts.some(({ kind }) => kind === 'function' || kind === 'directory');
  const code = hasOwn && !request.codeTyped ? null : request.code;
  const { project, excludeCode: exclude } = request;
  const own = code === null ? null : { folder: code, project, exclude };
  const unpacked = await unpack(manifest, out, { cache, progress, code: own, added, layers });
  const store = await Store.open(request.s3, await cache.workFolder('s3'));
  const initLimitMs = initLimit(request);
  const lab: Lab = {
    ...{ sandbox, spec: specOf(request, manifest, unpacked, store), signal, timeoutMs },
    initWaitMs: Math.max(2 * initLimitMs, timeoutMs),
  };
  return { lab, layers, unpacked, store, initLimitMs, hasOwn, hasCode: code !== null || hasOwn };
}

/** The function's other layers: those that were named, else those of the build. */
async function otherLayers(
  cache: Cache,
  { layers: told = [], target }: Manifest,
  { layers: named, out }: VerifyRequest,
  { progress, signal, environment }: VerifyContext,
): Promise<readonly HeldLayer[]> {
  const lookup = lookupFor(environment, signal);
  return heldLayers(named ?? toldLayers(told, out), target, () =>
    Promise.resolve({ cache, progress, signal, offline: false, lookup }),
  );
}

function specOf(
  request: VerifyRequest,
  manifest: Manifest,
  { task, opt, payload }: Unpacked,
  store: Store,
): SandboxSpec {
  return {
    python: manifest.target.python,
    architecture: manifest.target.architecture,
    task,
    opt,
    tmpBytes: (request.ephemeralStorage ?? manifest.ephemeralStorage) * 2 ** 20,
    memory: request.memory,
    handler: request.handler ?? probeName,
    environment: {
      // The bootstrap then tells how long unpacking took.
      LAMBDA_SLIM_DEBUG: '1',
      ...request.environment,
      // Also before an address of the user's: there is no network to reach it.
      ...(payload === null ? {} : { LAMBDA_SLIM_PAYLOAD: payload }),
    },
    initializationType: request.snapStart ? 'snap-start' : 'on-demand',
    cpus: request.cpus,
    network: request.network,
    s3: request.s3.length === 0 ? null : s3Server(store, region),
  };
}

/** Milliseconds after which Lambda gives up on initialization. */
function initLimit({ snapStart, timeoutMs }: VerifyRequest): number {
  const { initSeconds } = limits;
  return snapStart ? Math.max(initSeconds.snapStart * 1000, timeoutMs) : initSeconds.default * 1000;
}

/** What a payload that lies in a bucket leaves untried. */
export function notCheckedHere({ payload }: Unpacked): readonly string[] {
  return payload === null
    ? []
    : [
        'The payload was read from a local file: its way from S3, how long that takes and the permission for it.',
      ];
}

/**
 * Wishes that Lambda does not grant.
 * @throws SlimError `no-manifest`, `bad-option`
 */
export function refuseImpossible(
  request: VerifyRequest,
  { target, ephemeralStorage, artifacts, tool }: Manifest,
): void {
  if (artifacts.length === 0) {
    throw new SlimError('no-manifest', `The build of ${tool} in ${request.out} has no artifacts.`, {
      hint: 'Run "lambda-slim build" without --plan first.',
    });
  }
  if (!request.snapStart) return;
  const storage = request.ephemeralStorage ?? ephemeralStorage;
  if (storage > limits.ephemeralStorage.default) {
    throw new SlimError('bad-option', `SnapStart takes no function with ${storage} MB of /tmp.`, {
      hint: `It allows the default of ${limits.ephemeralStorage.default} MB only: leave out --snap-start, or build for less /tmp.`,
    });
  }
  if (['3.9', '3.10', '3.11'].includes(target.python)) {
    throw new SlimError('bad-option', `SnapStart is not there for Python ${target.python}.`, {
      hint: 'It needs Python 3.12 or later.',
    });
  }
}

/** The same request with the variables of the function that the build was told, and its own before them. */
export function withVariables(given: VerifyRequest, manifest: Manifest, secrets: Secrets): VerifyRequest {
  const request = { ...given, environment: { ...toldVariables(manifest), ...given.environment } };
  secrets.readVariables(request.environment);
  return request;
}

/** Those that the build was told, but for secrets: it has not kept them. */
function toldVariables({ proof: { environment = {} } }: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}
