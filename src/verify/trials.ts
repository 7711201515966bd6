/** Imports and recipe probes in the sandbox, through the probe handler. */
import { templatePath } from '../io/templates.js';
import { readFile } from 'node:fs/promises';
import type { StepProgress } from '../progress.js';
import { coldStart, type Lab } from './cold-start.js';
import type { ExecutionEnvironment } from './model.js';
import { attemptOf, errorLine, type Trial } from './probe-handler.js';
import type { Attempt, ColdStart } from './verification.js';

export interface Tried {
  /** In the order of the trials. */
  readonly attempts: readonly Attempt[];
  /** Every environment that was needed; the first is the one that was to do all. */
  readonly coldStarts: readonly ColdStart[];
  readonly log: readonly string[];
  /** True when one that had nothing else to do needed more memory than the function has. */
  readonly memoryExceededAlone: boolean;
}

/** When so many fail alone, too, the cause is common to all, and the others' second try would only take time. */
const retries = 3;

/**
 * Everything in one environment, in order; when it dies, the rest in a new one. What failed is tried again alone: two
 * packages that do not get along in one process are not the build's fault.
 */
export async function tryAll(lab: Lab, trials: readonly Trial[], step: StepProgress): Promise<Tried> {
  const attempts: Attempt[] = [];
  const coldStarts: ColdStart[] = [];
  const log: string[] = [];
  let memoryExceededAlone = false;
  const run = async (some: readonly Trial[]): Promise<readonly Attempt[]> => {
    const done: Attempt[] = [];
    const result = await coldStart(lab, async (environment) => {
      const all = await invokeEach(environment, some, lab, step);
      done.push(...all);
      const importMs = all.reduce((sum, one) => sum + (one.kind === 'module' ? one.ms : 0), 0);
      return { first: null, importMs, firstMs: all.length < some.length ? null : importMs, warmMs: [] };
    });
    coldStarts.push(result.coldStart);
    log.push(...result.log);
    const [first] = some;
    if (done.length > 0 || first === undefined) return done;
    return [
      {
        kind: first.kind,
        name: first.name,
        ok: false,
        ms: 0,
        error: errorLine(result.coldStart.initError) ?? 'the runtime did not start',
        causes: [],
      },
    ];
  };
  while (attempts.length < trials.length) {
    const rest = trials.slice(attempts.length);
    const done = await run(rest);
    attempts.push(...done);
    // Without any initialization there is nothing to try, and a second one would end the same way.
    if (coldStarts.at(-1)?.initMs === null) break;
  }
  let failures = 0;
  for (const [index, attempt] of attempts.entries()) {
    const trial = trials[index];
    if (attempt.ok || trial === undefined || trials.length === 1 || failures >= retries) continue;
    const [again] = await run([trial]);
    if (again?.ok === true) attempts[index] = again;
    else {
      failures++;
      memoryExceededAlone ||= coldStarts.at(-1)?.memoryExceeded === true;
    }
  }
  const only = trials.length === 1 && coldStarts[0]?.memoryExceeded === true;
  return { attempts, coldStarts, log, memoryExceededAlone: memoryExceededAlone || only };
}

/** Until one gets no answer: then the process is gone, or hangs. */
async function invokeEach(
  environment: ExecutionEnvironment,
  trials: readonly Trial[],
  { signal, timeoutMs }: Lab,
  step: StepProgress,
): Promise<readonly Attempt[]> {
  const done: Attempt[] = [];
  for (const trial of trials) {
    signal.throwIfAborted();
    step.note(trial.kind === 'module' ? `import ${trial.name}` : `probe of ${trial.name}`);
    const invocation = await environment.invoke(trial.event, timeoutMs);
    done.push(attemptOf(trial, invocation));
    if (!invocation.ok) break;
  }
  return done;
}

/** A further cold start, for the statistics alone: all modules in one invocation. */
export async function importAgain(lab: Lab, modules: readonly string[]): Promise<ColdStart> {
  const { coldStart: measured } = await coldStart(lab, async (environment) => {
    const first = await environment.invoke({ modules }, lab.timeoutMs);
    return {
      first: null,
      importMs: first.ok ? first.ms : null,
      firstMs: first.ok ? first.ms : null,
      warmMs: [],
    };
  });
  return measured;
}
export async function probeSource(): Promise<string> {
  return readFile(templatePath('verify/probe_handler.py'), 'utf8');
}
