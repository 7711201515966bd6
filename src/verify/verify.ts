/** The pipeline of `lambda-slim verify`: manifest → artifacts → folders → cold starts → findings. */
import type { Secrets } from '../text/secrets.js';
import { SlimError } from '../errors.js';
import type { Finding } from '../findings/findings.js';
import { withCache, type Cache } from '../io/cache.js';
import { lookupFor } from '../layers/fetch.js';
import { absentFindings, targetFindings } from '../layers/findings.js';
import { heldLayers, type HeldLayer } from '../layers/layers.js';
import { toldLayers } from '../layers/names.js';
import { limits } from '../limits.js';
import { customRuntime } from '../manifest/custom-runtime.js';
import { readManifest } from '../manifest/manifest.js';
import type { Environment, Manifest, StepTime } from '../model.js';
import type { Progress } from '../progress.js';
import { checkArtifacts } from './artifacts.js';
import { coldStart, invokeHandler, type Lab } from './cold-start.js';
import { invokeEvents } from './events.js';
import { judge, judgeTried } from './judge.js';
import type { Sandbox, SandboxSpec } from './model.js';
import { notChecked } from './not-checked.js';
import { region } from './runtime/environment.js';
import { oldBotocore } from './s3/old-botocore.js';
import { s3Server } from './s3/serve.js';
import { Store } from './s3/store.js';
import { promisedBy, type Promised } from './modules.js';
import { probeFile, probeName, trialsOf } from './probe-handler.js';
import { probeSource } from './trials.js';
import type { SandboxWish } from './sandbox/find.js';
import { remember } from './remember.js';
import { percentiles } from './statistics.js';
import { importAgain, tryAll } from './trials.js';
import { unpack, type Unpacked } from './unpack.js';
import type {
  Attempt,
  ColdStart,
  EventResult,
  NamedEvent,
  Verification,
  VerifyRequest,
} from './verification.js';

export interface VerifyContext {
  readonly progress: Progress;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
  /** lambda-slim's own version. */
  readonly version: string;
  /** The steps that have ended so far. */
  readonly times: () => readonly StepTime[];
  /** That a build in this folder is older than what it was made from. */
  readonly older: (out: string, manifest: Manifest) => Promise<readonly Finding[]>;
  /** Which sandbox there is on this machine. */
  readonly findSandbox: (wish: SandboxWish) => Promise<Sandbox>;
}

/** Lines of the function's log that the report keeps. */
const loggedLines = 200;

/**
 * Run what a build made as Lambda would.
 * @throws SlimError `unusable-file`, `bad-archive`, `nothing-to-build`, `no-manifest`, `bad-manifest`,
 *   `artifact-changed`, `bad-option`, `not-found`, `no-credentials`, `aws-refused`, and what `findSandbox` and `heldLayers` throw
 */
export async function verify(given: VerifyRequest, context: VerifyContext): Promise<Verification> {
  const manifest = await readManifest(given.out);
  const request = { ...given, environment: { ...toldVariables(manifest), ...given.environment } };
  context.secrets.readVariables(request.environment);
  refuseImpossible(request, manifest);
  return withCache(
    request.cacheDir,
    request.cache,
    (cache) => verifyWith(cache, manifest, request, context),
    request.cacheLimit,
  );
}

/** Those that the build was told, but for secrets: it has not kept them. */
function toldVariables({ proof: { environment = {} } }: Manifest): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  );
}

/** Long: one step after the other, and one document of all that they found. */
async function verifyWith(
  cache: Cache,
  manifest: Manifest,
  request: VerifyRequest,
  context: VerifyContext,
): Promise<Verification> {
  const { progress, environment, signal, secrets } = context;
  const { handler, out } = request;
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
  const unpacked = await unpack(manifest, out, { cache, progress, code, added, layers });
  const store = await Store.open(request.s3, await cache.workFolder('s3'));
  const spec = specOf(request, manifest, unpacked, store);
  const initLimitMs = initLimit(request);
  const { timeoutMs } = request;
  const lab = { sandbox, spec, signal, timeoutMs, initWaitMs: Math.max(2 * initLimitMs, timeoutMs) };
  const seen = await observe(lab, manifest, request, context);
  const evidence = { manifest, initLimitMs, tmpLimit: spec.tmpBytes, hasCode: code !== null || hasOwn };
  const only = handler === null && hasOwn ? onlyHandler(manifest) : null;
  const tried = only === null ? null : await tryOnly(only, lab, request, context);
  const findings = [
    ...(await context.older(out, manifest)),
    ...absentFindings(manifest.layers ?? [], layers),
    ...targetFindings(layers, target),
    ...knownBefore(request, manifest),
    ...judge({ ...evidence, ...seen, request }),
    ...(tried === null ? [] : judgeTried({ ...evidence, ...tried, request }, tried.handler)),
  ];
  const measured = request.events === null ? seen.coldStarts.slice(0, request.runs) : seen.coldStarts;
  const found: Omit<Verification, 'remembered'> = {
    verificationVersion: 1,
    tool: `lambda-slim ${context.version}`,
    target,
    strategy: manifest.plan.strategy,
    sandbox: {
      name: sandbox.name,
      description: sandbox.description,
      notChecked: [...sandbox.notChecked, ...notCheckedHere(unpacked), ...otherGlibc(manifest, request)],
    },
    notChecked: notChecked(request, manifest, sandbox, layers.length),
    network: request.network,
    layers: layers.map(({ name }) => name),
    handler,
    tried: tried === null ? null : { handler: tried.handler, invocation: tried.coldStarts[0]?.first ?? null },
    memory: request.memory,
    cpus: request.cpus,
    tmpLimit: spec.tmpBytes,
    initLimitMs,
    timeoutMs,
    snapStart: request.snapStart,
    ...resultsOf(seen, measured),
    s3: store.uses(),
    findings,
    log: seen.log.slice(-loggedLines),
    times: context.times(),
  };
  return { ...found, remembered: await remember(out, found, manifest, secrets) };
}

const ownRuntime = (target: Manifest['target']): readonly Finding[] =>
  target.custom ? [customRuntime(target)] : [];

/** It ran on some glibc, and not on the one of the runtime that it is for. */
function otherGlibc({ target }: Manifest, { image }: VerifyRequest): readonly string[] {
  return target.custom && image === null ? [`the glibc ${target.glibc} of your own runtime or image`] : [];
}

/** What was to be expected. */
function knownBefore(request: VerifyRequest, manifest: Manifest): readonly Finding[] {
  return [...ownRuntime(manifest.target), ...oldBotocore(request, manifest)];
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

/** What Lambda would call, when the function has one handler and nobody named any. */
function onlyHandler({ handler = null, handlers = [] }: Manifest): string | null {
  return handler ?? (handlers.length === 1 ? (handlers[0] ?? null) : null);
}

async function tryOnly(
  handler: string,
  lab: Lab,
  request: VerifyRequest,
  context: VerifyContext,
): Promise<Observed & { readonly handler: string }> {
  const own = { ...lab, spec: { ...lab.spec, handler } };
  return { ...(await observeHandler(own, { ...request, runs: 1 }, context)), handler };
}

type Results = Pick<
  Verification,
  'attempts' | 'invocation' | 'events' | 'coldStarts' | 'statistics' | 'peakMemory' | 'tmpBytes'
>;

/** @param measured the cold starts of the runs; what more there is only told failures apart */
function resultsOf({ attempts, coldStarts, events }: Observed, measured: readonly ColdStart[]): Results {
  const over = (pick: (one: ColdStart) => number | null): Verification['statistics']['cold'] =>
    percentiles(measured.map(pick).filter((ms) => ms !== null));
  return {
    attempts,
    invocation: coldStarts[0]?.first ?? null,
    events: events ?? null,
    coldStarts: measured,
    statistics: {
      init: over((one) => one.initMs),
      unpack: over((one) => one.unpackMs),
      import: over((one) => one.importMs),
      cold: over((one) => one.coldMs),
      warm: percentiles(measured.flatMap((one) => one.warmMs)),
    },
    peakMemory: Math.max(0, ...coldStarts.map((one) => one.peakMemory)),
    tmpBytes: Math.max(0, ...coldStarts.map((one) => one.tmpBytes)),
  };
}

/** What was asked for: all that the build promises, one event, or several. */
async function observe(
  lab: Lab,
  manifest: Manifest,
  request: VerifyRequest,
  context: VerifyContext,
): Promise<Observed> {
  if (request.handler === null) return observeProbes(lab, manifest, request, context);
  return request.events === null
    ? observeHandler(lab, request, context)
    : observeEvents(lab, request.events, context);
}

interface Observed {
  readonly attempts: readonly Attempt[];
  /** Those of the runs first, then those that were needed to tell failures apart. */
  readonly coldStarts: readonly ColdStart[];
  readonly log: readonly string[];
  readonly memoryExceededAlone: boolean;
  readonly proven: boolean;
  readonly events?: readonly EventResult[];
}

async function observeProbes(
  lab: Lab,
  manifest: Manifest,
  { runs }: VerifyRequest,
  { progress }: VerifyContext,
): Promise<Observed> {
  const promised: Promised = promisedBy(manifest);
  const step = progress.start(runs === 1 ? 'cold start' : `cold start 1 of ${runs}`);
  const tried = await tryAll(lab, trialsOf(promised.modules, promised.probes), step);
  const failed = tried.attempts.filter(({ ok }) => !ok);
  step.end(failed.length === 0 ? 'everything works' : `${failed.length} failed`);
  // A build that promises nothing to import must at least start.
  const [first = await importAgain(lab, []), ...extra] = tried.coldStarts;
  const coldStarts = [first];
  const working = tried.attempts.filter(({ kind, ok }) => kind === 'module' && ok).map(({ name }) => name);
  for (let run = 2; run <= runs; run++) {
    const again = progress.start(`cold start ${run} of ${runs}`);
    coldStarts.push(await importAgain(lab, working));
    again.end();
  }
  return { ...tried, coldStarts: [...coldStarts, ...extra], proven: promised.proven };
}

async function observeEvents(
  lab: Lab,
  events: readonly NamedEvent[],
  { progress }: VerifyContext,
): Promise<Observed> {
  const step = progress.start('events', events.length);
  const seen = await invokeEvents(lab, events, step);
  const failed = seen.events.filter(({ invocation }) => invocation?.ok !== true).length;
  step.end(failed === 0 ? 'all answered' : `${failed} failed`);
  return { ...seen, attempts: [], memoryExceededAlone: false, proven: true };
}

async function observeHandler(
  lab: Lab,
  { runs, warm, event, timeoutMs }: VerifyRequest,
  { progress }: VerifyContext,
): Promise<Observed> {
  const coldStarts: ColdStart[] = [];
  let log: readonly string[] = [];
  for (let run = 1; run <= runs; run++) {
    const step = progress.start(runs === 1 ? 'cold start' : `cold start ${run} of ${runs}`);
    const result = await coldStart(lab, (environment) => invokeHandler(environment, event, warm, timeoutMs));
    coldStarts.push(result.coldStart);
    if (run === 1) log = result.log;
    const works = result.coldStart.first?.ok === true;
    step.end(works ? undefined : 'failed');
    // The same function on the same machine: it would fail again.
    if (!works) break;
  }
  return { attempts: [], coldStarts, log, memoryExceededAlone: false, proven: true };
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

function notCheckedHere({ payload }: Unpacked): readonly string[] {
  return payload === null
    ? []
    : [
        'The payload was read from a local file: its way from S3, how long that takes and the permission for it.',
      ];
}

/** Wishes that Lambda does not grant. */
function refuseImpossible(
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
