/** From what was measured to findings. Pure. */
import { finding, type Finding } from '../findings/findings.js';
import { runtimeModules } from '../limits.js';
import type { Manifest } from '../model.js';
import { near } from '../text/near.js';
import type { Load } from './load/model.js';
import { culpritOf, type Culprit } from './hints.js';
import { errorLine } from './probe-handler.js';
import type { Attempt, ColdStart, EventResult, VerifyRequest } from './verification.js';

export interface Evidence {
  readonly manifest: Pick<
    Manifest,
    'decisions' | 'distributions' | 'requested' | 'artifacts' | 'plan' | 'handlers'
  >;
  readonly request: Pick<VerifyRequest, 'handler' | 'memory' | 'environment'>;
  /** What was tried was tried by the build, too, and worked. */
  readonly proven: boolean;
  readonly attempts: readonly Attempt[];
  readonly coldStarts: readonly ColdStart[];
  readonly memoryExceededAlone: boolean;
  readonly initLimitMs: number;
  /** False: neither the build nor the request brought code of the user's. */
  readonly hasCode: boolean;
  /** Size of /tmp. */
  readonly tmpLimit: number;
  readonly events?: readonly EventResult[];
}

/** Findings in the order of what happens: settings, memory and /tmp first, since they explain the rest. */
export function judge(evidence: Evidence): readonly Finding[] {
  const { attempts } = evidence;
  return [
    ...settingFindings(evidence),
    ...memoryFindings(evidence),
    ...tmpFindings(evidence),
    ...handlerFindings(evidence),
    ...eventFindings(evidence),
    ...attempts.filter(({ ok }) => !ok).map((one) => attemptFinding(one, evidence)),
    ...slow(evidence),
  ];
}

/** Of many requests at once. */
export function judgeLoad({ requests, failed, errors }: Load): readonly Finding[] {
  const kinds = errors.map(({ type, count, example }) => {
    const said = short(example.message);
    const from = example.event === null ? '' : ` for ${example.event}`;
    return `${type} ${count}×${from}${said === '' ? '' : ` (${said})`}`;
  });
  return failed === 0 ? [] : [finding('load-failed', { requests, failed, kinds })];
}

/** An answer to an empty event says little; that something cannot be loaded says all. */
const cannotLoad =
  /No module named|cannot import name|cannot open shared object file|undefined symbol|SyntaxError|No such file or directory/;

/**
 * Of a handler that nobody named, with an empty event.
 * @param evidence its cold start
 */
export function judgeTried(given: Evidence, handler: string): readonly Finding[] {
  const evidence = { ...given, request: { ...given.request, handler } };
  const error = evidence.coldStarts[0]?.first?.error ?? null;
  const loaded = evidence.coldStarts[0]?.initMs !== null;
  if (!loaded || error === null || cannotLoad.test(`${error.errorType} ${error.errorMessage}`)) {
    return [
      ...memoryFindings(evidence),
      ...tmpFindings(evidence),
      ...handlerFindings(evidence),
      ...slow(evidence),
    ];
  }
  return [
    finding('verify-not-known', {
      what: handler,
      error: short(errorLine(error) ?? ''),
      because: `It was given an empty event: try it with yours, --handler ${handler} --event FILE.`,
    }),
  ];
}

/** Where all works with it, the handler has done what the hint says. */
function settingFindings({ manifest, request, attempts, coldStarts }: Evidence): readonly Finding[] {
  const { PYTHONPATH: value, AWS_LAMBDA_EXEC_WRAPPER: wrapper } = request.environment;
  if (value === undefined || !manifest.artifacts.some(({ kind }) => kind === 'layer')) return [];
  const tried = [...attempts, ...coldStarts.map(({ initMs, first }) => first ?? { ok: initMs !== null })];
  if (tried.every(({ ok }) => ok)) return [];
  const seen = value.split(':').some((one) => one.replace(/\/+$/, '') === '/opt/python');
  const nested = manifest.plan.nesting !== null && wrapper !== '/opt/lambda-slim-wrapper';
  return seen && !nested ? [] : [finding('python-path-set', { value, seen, nested })];
}

function memoryFindings({ request, coldStarts, memoryExceededAlone }: Evidence): readonly Finding[] {
  const exceeded = coldStarts.some((one) => one.memoryExceeded);
  if (!exceeded) return [];
  const { handler, memory } = request;
  if (handler !== null) return [finding('memory-exceeded', { memory, what: handler })];
  return memoryExceededAlone
    ? [finding('memory-exceeded', { memory, what: 'An import or a probe, alone in its process,' })]
    : [finding('memory-tight', { memory })];
}

/** ENOSPC, and what the bootstrap says when a payload has no room. */
const noRoom = /No space left on device|\[Errno 28\]|in \/tmp, [^,]* free/;

function tmpFindings({ attempts, coldStarts, events = [], tmpLimit }: Evidence): readonly Finding[] {
  const texts = [
    ...events.map(({ invocation }) => errorLine(invocation?.error ?? null) ?? ''),
    ...attempts.flatMap(({ error, causes }) => [error ?? '', ...causes]),
    ...coldStarts.flatMap(({ first, initError }) => [
      errorLine(first?.error ?? null) ?? '',
      errorLine(initError) ?? '',
    ]),
  ];
  if (!texts.some((text) => noRoom.test(text))) return [];
  const bytes = Math.max(0, ...coldStarts.map((one) => one.tmpBytes));
  return [finding('tmp-full', { bytes, limit: tmpLimit })];
}

/** One for each phase at most: every cold start fails in the same way. */
function handlerFindings({ manifest, request, coldStarts, hasCode }: Evidence): readonly Finding[] {
  const { handler } = request;
  if (handler === null) return [];
  const failed = (phase: 'initialization' | 'invocation', text: string): Finding =>
    finding('verify-handler-failed', {
      handler,
      phase,
      error: short(text),
      culprit: culpritOf(manifest, [text]),
      hasCode,
      meant: notThere.test(text) ? meantBy(handler, manifest) : null,
    });
  // Too little memory is told already.
  const others = coldStarts.filter((one) => !one.memoryExceeded);
  const atInit = others.find((one) => one.initMs === null);
  if (atInit) return [failed('initialization', errorLine(atInit.initError) ?? died(atInit))];
  const atInvocation = others.find(({ first }) => first !== null && !first.ok);
  if (!atInvocation) return [];
  return [failed('invocation', errorLine(atInvocation.first?.error ?? null) ?? died(atInvocation))];
}

/** Those that were tried and failed; why the others were not is a finding about the handler. */
function eventFindings({ manifest, events = [] }: Evidence): readonly Finding[] {
  return events.flatMap(({ name, invocation }) => {
    if (invocation === null || invocation.ok) return [];
    const text = errorLine(invocation.error) ?? 'the process was stopped';
    return [
      finding('verify-event-failed', {
        event: name,
        error: short(text),
        culprit: culpritOf(manifest, [text]),
      }),
    ];
  });
}

/** Lambda's words for a handler's setting that names nothing. */
const notThere = /missing on module|HandlerNotFound|MalformedHandlerName|No module named/;

function meantBy(handler: string, { handlers = [] }: Evidence['manifest']): string | null {
  return handlers.includes(handler) ? null : near(handler, handlers);
}

const died = ({ exitCode }: ColdStart): string =>
  exitCode === null ? 'the process was stopped' : `the process ended with code ${exitCode}`;

function attemptFinding({ kind, name, error, causes }: Attempt, evidence: Evidence): Finding {
  const texts = [error ?? '', ...causes];
  const culprit = culpritOf(evidence.manifest, texts);
  const [, skipped = null] = /^SkipTest: (.*)/.exec(error ?? '') ?? [];
  if (kind === 'probe' && skipped !== null)
    return finding('probe-not-run', { recipe: name, because: short(skipped) });
  const said = short(causes.at(-1) ?? error ?? '');
  const unknown = doubt(name, texts, culprit, evidence);
  if (unknown !== null) {
    const what = kind === 'module' ? `import ${name}` : `The probe of recipe ${name}`;
    return finding('verify-not-known', { what, error: said, because: unknown });
  }
  return kind === 'module'
    ? finding('verify-import-failed', { module: name, error: said, culprit })
    : finding('verify-probe-failed', { recipe: name, error: said, culprit });
}

/** Why a failure here may not be one in Lambda, or not the build's; null: it is. */
function doubt(
  name: string,
  texts: readonly string[],
  culprit: Culprit | null,
  { manifest, proven }: Evidence,
): string | null {
  const missing = texts.flatMap((text) =>
    [...text.matchAll(/No module named '?(\w+)/g)].map(([, top]) => top),
  );
  const fromRuntime = missing.find((top) => runtimeModules.includes(top ?? ''));
  if (fromRuntime !== undefined && (culprit === null || culprit.rule === 'option/--exclude-runtime')) {
    return `Lambda's own Python runtime has ${fromRuntime}; this sandbox has not.`;
  }
  if (proven || culprit !== null) return null;
  const asked = manifest.distributions.some(
    (one) => manifest.requested.includes(one.name) && (one.modules.includes(name) || one.name === name),
  );
  return asked ? null : 'The build could not prove it, so it may never have worked.';
}

function slow({ request, coldStarts, initLimitMs: limitMs }: Evidence): readonly Finding[] {
  const slowest = coldStarts
    .map(({ initMs, importMs, unpackMs }) => ({
      // Without a handler the modules are imported after initialization; a function's own imports are part of it.
      ms: initMs === null ? 0 : initMs + (request.handler === null ? (importMs ?? 0) : 0),
      unpackMs,
    }))
    .sort((a, b) => b.ms - a.ms)[0];
  if (slowest === undefined || slowest.ms <= limitMs) return [];
  return [finding('init-too-slow', { ms: slowest.ms, limitMs, unpackMs: slowest.unpackMs })];
}

/** One line of at most some hundred letters, without the full stop that the sentence brings. */
export function short(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim().replace(/\.$/, '');
  return line.length > 400 ? `${line.slice(0, 399)}…` : line;
}
