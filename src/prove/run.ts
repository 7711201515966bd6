/** Runs `templates/probe.py` for one group: a fresh interpreter that sees the tree and the standard library alone. */
import { realpath, rm } from 'node:fs/promises';
import { shortFolder } from '../io/drafts.js';
import { removal } from '../io/removal.js';
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';
import type { RunResult } from '../io/run.js';
import { endedIn, type Ended } from './answers.js';
import type { GroupReport, ProbeError, ProbeGroup, ProbeItem, ProbeOutcome } from './model.js';

export interface ProbeOptions {
  readonly interpreter: Interpreter;
  /** Absolute folder of importable packages; nothing is written into it. */
  readonly root: string;
  /** Folders on the path after it: what Lambda or another layer brings. */
  readonly after: readonly string[];
  /** Folders that links in `after` lead to. */
  readonly behind?: readonly string[];
  /** Folders for the loader (Lambda's `lib/`); none by default, as packages find their own libraries. */
  readonly libraries?: readonly string[];
  /** Variables of the function's settings. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Milliseconds for one group. */
  readonly timeout: number;
  /** Record what is touched, and refuse writes and connections. False: only measure. */
  readonly trace: boolean;
  /** Where Python finds bytecode (absolute), and whether it keeps there what it compiles, for the next process. */
  readonly pycache?: { readonly folder: string; readonly writable: boolean };
  readonly signal: AbortSignal;
}

/**
 * Try every item. A process that dies loses only the item that it was at, and only when a second one dies at it, too: the
 * first may have been ended by something else on this machine, and all that was dropped would come back for it. A new one goes
 * on after it. Never throws for what the packages do.
 */
export async function runGroup(group: ProbeGroup, options: ProbeOptions): Promise<GroupReport> {
  const outcomes: ProbeOutcome[] = [];
  const touched = new Set<string>();
  const deadline = Date.now() + options.timeout;
  let died: ProbeItem | null = null;
  while (outcomes.length < group.items.length) {
    const items = group.items.slice(outcomes.length);
    const left = deadline - Date.now();
    if (left <= 0) {
      outcomes.push(...items.map((item) => ({ item, ms: 0, error: timeoutError(options.timeout) })));
      break;
    }
    const { ended, death } = await runOnce(items, options, left);
    for (const [index, line] of ended.entries()) {
      const item = items[index];
      if (item) outcomes.push({ item, ms: line.ms, error: line.error, libraries: line.libraries });
      for (const file of line.touched) touched.add(file);
    }
    const at = items[ended.length];
    if (at === undefined) break;
    if (death?.type !== 'Timeout' && died !== at) {
      died = at;
      continue;
    }
    outcomes.push({ item: at, ms: 0, error: death ?? crash('the process ended') });
  }
  return { outcomes, touched: [...touched] };
}

async function runOnce(
  items: readonly ProbeItem[],
  options: ProbeOptions,
  timeout: number,
): Promise<{ readonly ended: readonly Ended[]; readonly death: ProbeError | null }> {
  // A short path, as Lambda's /tmp is.
  const temp = await shortFolder();
  const root = await realpath(options.root);
  try {
    const { interpreter, after, trace, pycache = null } = options;
    const flags = [
      ...(pycache === null ? [] : ['-X', `pycache_prefix=${pycache.folder}`]),
      ...(pycache?.writable === true ? [] : ['-B']),
    ];
    const bytecode = pycache === null ? [] : [pycache.folder];
    const result = await interpreter.run(['-I', '-S', ...flags, templatePath('probe.py')], {
      input: JSON.stringify({ root, after, temp, items, trace, pycache: pycache?.folder ?? null }),
      env: lambdaEnvironment(temp, interpreter.version, options),
      cwd: temp,
      timeout,
      folders: [root, ...after, ...(options.behind ?? []), temp, ...bytecode],
      writable: [temp, ...(pycache?.writable === true ? bytecode : [])],
      signal: options.signal,
    });
    const ended = endedIn(result.stdout, items.length);
    return { ended, death: ended.length === items.length ? null : deathOf(result, options.timeout) };
  } finally {
    await rm(temp, removal).catch(() => {});
  }
}

/** What packages can see of Lambda. No proxies, no credentials, nothing of the caller's but what he gave to them. */
function lambdaEnvironment(
  temp: string,
  version: string,
  { libraries = [], environment = {} }: Pick<ProbeOptions, 'libraries' | 'environment'>,
): Record<string, string> {
  const { LD_LIBRARY_PATH: own = '' } = environment;
  const searched = [...libraries, ...own.split(':')].filter((one) => one !== '').join(':');
  return {
    PATH: '/usr/local/bin:/usr/bin:/bin',
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    HOME: temp,
    TMPDIR: temp,
    ...environment,
    ...(searched === '' ? {} : { LD_LIBRARY_PATH: searched }),
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_EXECUTION_ENV: `AWS_Lambda_python${version.split('.').slice(0, 2).join('.')}`,
    AWS_LAMBDA_FUNCTION_NAME: 'lambda-slim-proof',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_REGION: 'us-east-1',
  };
}

function deathOf(result: RunResult, timeout: number): ProbeError {
  if (result.timedOut) return timeoutError(timeout);
  const last = result.stderr.trim().split('\n').at(-1) ?? '';
  const how =
    result.signal === null
      ? `the process ended with code ${result.exitCode ?? '?'}`
      : `the process died by ${result.signal}`;
  return crash(last === '' ? how : `${how}: ${last.slice(0, 500)}`);
}

function crash(message: string): ProbeError {
  return { type: 'Crash', message, missing: [], frames: [] };
}

function timeoutError(timeout: number): ProbeError {
  return {
    type: 'Timeout',
    message: `no answer within ${Math.round(timeout / 1000)} s`,
    missing: [],
    frames: [],
  };
}
