/**
 * Execution environments as Lambda keeps them: each serves one request at a time, a request that finds all of them busy
 * starts one more, those that have nothing to do stay, and one that a request ended is gone.
 */
import pLimit from 'p-limit';
import type { Lab } from '../cold-start.js';
import type { ExecutionEnvironment, Initialization, Invocation, Usage } from '../model.js';

/** One request and what came of it. */
export interface Served {
  /** Null: an environment was there; else how its start went. */
  readonly init: Initialization | null;
  /** Milliseconds until there was an environment, or room to start one. */
  readonly waitMs: number;
  readonly invocation: Invocation;
}

export interface Pool {
  /**
   * Hand one event to an environment. Those that wait come in their order.
   * @throws the signal's reason when it was aborted, and what the sandbox throws for the machine's faults
   */
  readonly serve: (event: unknown) => Promise<Served>;
  /** Environments that were started so far. */
  readonly started: () => number;
  /** The most of all environments so far. */
  readonly peaks: () => Peaks;
  /** End all of them; none starts after it. May be called twice. */
  readonly close: () => Promise<Peaks>;
}

type Peaks = Pick<Usage, 'peakMemory' | 'tmpBytes'>;

export interface PoolLimits {
  /** Environments at once, as far as is known now. */
  readonly most: (peaks: Peaks) => number;
  /** Environments that start at once: more would only slow each other down, which Lambda's do not. */
  readonly startsAtOnce: number;
}

/** Hears what functions write, with the number of the environment, from 1. */
export type LogEar = (environment: number, line: string) => void;

/** Lines of each function's log that are kept. */
const logLines = 200;

/** Long: a few variables that all of it works on. */
export function openPool(
  { sandbox, spec, signal, initWaitMs, timeoutMs }: Lab,
  limits: PoolLimits,
  logged: LogEar = () => {},
): Pool {
  const idle: ExecutionEnvironment[] = [];
  const all = new Set<ExecutionEnvironment>();
  /** Called with an environment that is free, or with null: there is room to start one. */
  const queue: ((free: ExecutionEnvironment | null) => void)[] = [];
  const starts = pLimit(limits.startsAtOnce);
  const pending = new Set<Promise<unknown>>();
  const most = { peakMemory: 0, tmpBytes: 0 };
  let taken = 0;
  let started = 0;
  let closed = false;

  const learn = ({ peakMemory, tmpBytes }: Peaks): void => {
    most.peakMemory = Math.max(most.peakMemory, peakMemory);
    most.tmpBytes = Math.max(most.tmpBytes, tmpBytes);
  };
  const peaks = (): Peaks => {
    for (const one of all) learn(one.measured());
    return { ...most };
  };
  const end = async (one: ExecutionEnvironment): Promise<void> => {
    learn(await one.stop());
    all.delete(one);
  };
  const track = <Result>(work: Promise<Result>): Promise<Result> => {
    const settled = work.then(
      () => {},
      () => {},
    );
    pending.add(settled);
    void settled.then(() => pending.delete(settled));
    return work;
  };
  /** A place is free: it goes to who waits longest. */
  const leave = (): void => {
    const next = queue.shift();
    if (next === undefined) taken--;
    else next(null);
  };
  /** Its memory is this machine's again only when it has ended. */
  const bury = (one: ExecutionEnvironment): void => void track(end(one).then(leave));
  const release = (one: ExecutionEnvironment): void => {
    if (one.over()) {
      bury(one);
      return;
    }
    const next = queue.shift();
    if (next === undefined) idle.push(one);
    else next(one);
  };
  /** @returns null: a place was taken for one that is to be started */
  const free = async (): Promise<ExecutionEnvironment | null> => {
    const one = idle.pop();
    if (one !== undefined) return one;
    if (taken >= Math.max(1, limits.most(peaks()))) return new Promise((resolve) => queue.push(resolve));
    taken++;
    return null;
  };
  const start = async (number: number): Promise<readonly [ExecutionEnvironment, Initialization]> => {
    signal.throwIfAborted();
    const firstCpu = number * (spec.cpus ?? 1);
    const onLogLine = (line: string): void => logged(number + 1, line);
    const one = await sandbox.start({ ...spec, firstCpu, logLines, onLogLine }, signal);
    all.add(one);
    if (closed) await end(one);
    return [one, await one.initialized(initWaitMs)];
  };

  const serve = async (event: unknown): Promise<Served> => {
    signal.throwIfAborted();
    const came = performance.now();
    const there = await free();
    if (there !== null) {
      const waitMs = performance.now() - came;
      return { init: null, waitMs, invocation: await invoke(there, event) };
    }
    const number = started++;
    let waitMs = 0;
    const [one, init] = await track(
      starts(() => {
        waitMs = performance.now() - came;
        return start(number);
      }),
    ).catch((error: unknown) => {
      leave();
      throw error;
    });
    if (init.ok) return { init, waitMs, invocation: await invoke(one, event) };
    bury(one);
    signal.throwIfAborted();
    return { init, waitMs, invocation: { ok: false, result: null, error: init.error, ms: 0 } };
  };
  const invoke = async (one: ExecutionEnvironment, event: unknown): Promise<Invocation> => {
    try {
      const invocation = await one.invoke(event, timeoutMs);
      signal.throwIfAborted();
      return invocation;
    } finally {
      release(one);
    }
  };
  const close = async (): Promise<Peaks> => {
    closed = true;
    await Promise.all([...[...all].map(end), ...pending]);
    return peaks();
  };
  return { serve, started: () => started, peaks, close };
}
