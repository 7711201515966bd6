/** The pipeline of `lambda-slim verify`: manifest → artifacts → folders → cold starts → findings. */
import { finding, type Finding } from '../findings/findings.js';
import { withCache, type Cache } from '../io/cache.js';
import { absentFindings, targetFindings } from '../layers/findings.js';
import { customRuntime } from '../manifest/custom-runtime.js';
import { readManifest } from '../manifest/manifest.js';
import type { Manifest } from '../model.js';
import { modelBytes, modelsIn } from '../options/models.js';
import { parseSize } from '../options/sizes.js';
import { coldStart, invokeHandler, type Lab } from './cold-start.js';
import { invokeEvents } from './events.js';
import { onlyHandler, withHandler } from './handler.js';
import { judge, judgeLoad, judgeTried } from './judge.js';
import type { Load } from './load/model.js';
import { runLoad } from './load/load.js';
import { notChecked } from './not-checked.js';
import { oldBotocore } from './s3/old-botocore.js';
import { leftOutOf, promisedBy, type Promised } from './modules.js';
import { trialsOf } from './probe-handler.js';
import { notCheckedHere, prepare, refuseImpossible, withVariables, type VerifyContext } from './prepare.js';
import { remember } from './remember.js';
import { percentiles } from './statistics.js';
import { importAgain, tryAll } from './trials.js';
import type {
  Attempt,
  ColdStart,
  EventResult,
  NamedEvent,
  Verification,
  VerifyRequest,
} from './verification.js';

/** Lines of the function's log that the report keeps. */
const loggedLines = 200;

/**
 * Run what a build made as Lambda would.
 * @throws SlimError `unusable-file`, `bad-archive`, `nothing-to-build`, `no-manifest`, `bad-manifest`,
 *   `artifact-changed`, `bad-option`, `not-found`, `no-credentials`, `aws-refused`, and what `findSandbox` and `heldLayers` throw
 */
export async function verify(given: VerifyRequest, context: VerifyContext): Promise<Verification> {
  const manifest = await readManifest(given.out);
  const named = given.load === null ? given : withHandler(given, manifest, '--requests');
  const request = withVariables(named, manifest, context.secrets);
  refuseImpossible(request, manifest);
  return withCache(
    request.cacheDir,
    request.cache,
    (cache) => verifyWith(cache, manifest, request, context),
    request.cacheLimit,
  );
}

/** Long: one step after the other, and one document of all that they found. */
async function verifyWith(
  cache: Cache,
  manifest: Manifest,
  request: VerifyRequest,
  context: VerifyContext,
): Promise<Verification> {
  const prepared = await prepare(cache, manifest, request, context);
  const { lab, layers, unpacked, store, initLimitMs, hasOwn, hasCode } = prepared;
  const { sandbox, spec } = lab;
  const { handler, out } = request;
  const { target } = manifest;
  const seen = await observe(lab, manifest, request, context);
  const load = await observeLoad(lab, seen, request, context);
  const evidence = { manifest, initLimitMs, tmpLimit: spec.tmpBytes, hasCode };
  const only = handler === null && hasOwn ? onlyHandler(manifest) : null;
  const tried = only === null ? null : await tryOnly(only, lab, request, context);
  const findings = [
    ...(await context.older(out, manifest, context.cwd)),
    ...absentFindings(manifest.layers ?? [], layers),
    ...targetFindings(layers, target),
    ...knownBefore(request, manifest),
    ...judge({ ...evidence, ...seen, request }),
    ...(load === null ? [] : judgeLoad(load)),
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
    notChecked: notChecked(request, manifest, sandbox, layers.length, load !== null),
    leftOut: handler === null ? leftOutOf(manifest, promisedBy(manifest)) : [],
    network: request.network,
    layers: layers.map(({ name }) => name),
    handler,
    tried: tried === null ? null : { handler: tried.handler, invocation: tried.coldStarts[0]?.first ?? null },
    memory: request.memory,
    cpus: request.cpus,
    tmpLimit: spec.tmpBytes,
    initLimitMs,
    timeoutMs: request.timeoutMs,
    snapStart: request.snapStart,
    ...resultsOf(seen, measured, load),
    load,
    s3: store.uses(),
    findings,
    log: seen.log.slice(-loggedLines),
    times: context.times(),
  };
  return { ...found, remembered: await remember(out, found, manifest, context.secrets) };
}

const ownRuntime = (target: Manifest['target']): readonly Finding[] =>
  target.custom ? [customRuntime(target)] : [];

/** It ran on some glibc, and not on the one of the runtime that it is for. */
function otherGlibc({ target }: Manifest, { image }: VerifyRequest): readonly string[] {
  return target.custom && image === null ? [`the glibc ${target.glibc} of your own runtime or image`] : [];
}

/** What was to be expected. */
function knownBefore(request: VerifyRequest, manifest: Manifest): readonly Finding[] {
  return [
    ...ownRuntime(manifest.target),
    ...oldBotocore(request, manifest),
    ...modelFindings(request, manifest),
  ];
}

/** Of the function's memory, what models may take when nothing is said: as lambda_slim_models has it. */
const modelsShare = 0.75;

/** Models whose size somebody has told, against the memory that they may take. */
function modelFindings({ memory }: VerifyRequest, { models = {} }: Manifest): readonly Finding[] {
  const told = models['memory'];
  const share =
    typeof told === 'number'
      ? told
      : typeof told === 'string'
        ? (parseSize(told) ?? 0)
        : Math.floor(memory * 2 ** 20 * modelsShare);
  return modelsIn(models).flatMap(([model, settings]) => {
    const bytes = modelBytes(settings);
    return bytes === null || bytes <= share
      ? []
      : [finding('model-over-memory', { model, bytes, memory, share })];
  });
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
function resultsOf(
  { attempts, coldStarts, events }: Observed,
  measured: readonly ColdStart[],
  load: Load | null,
): Results {
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
    peakMemory: Math.max(load?.peakMemory ?? 0, ...coldStarts.map((one) => one.peakMemory)),
    tmpBytes: Math.max(load?.tmpBytes ?? 0, ...coldStarts.map((one) => one.tmpBytes)),
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

/** Many requests at once, when one alone has been answered: a function that cannot be loaded says all it has to say once. */
async function observeLoad(
  lab: Lab,
  { coldStarts }: Observed,
  { load, event, events }: VerifyRequest,
  { progress }: VerifyContext,
): Promise<Load | null> {
  const answered = coldStarts.some(({ coldMs, warmMs }) => coldMs !== null || warmMs.length > 0);
  if (load === null || !answered) return null;
  const bytes = Math.max(...coldStarts.map(({ peakMemory, tmpBytes }) => peakMemory + tmpBytes));
  const step = progress.start('load', load.requests);
  const result = await runLoad(lab, events ?? [{ name: null, event }], load, bytes, step);
  step.end(result.failed === 0 ? 'all answered' : `${result.failed} failed`);
  return result;
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
