/** One execution environment from start to end, measured. */
import type { ExecutionEnvironment, Invocation, Sandbox, SandboxSpec } from './model.js';
import { openedIn } from './opened.js';
import type { ColdStart } from './verification.js';

export interface Lab {
  readonly sandbox: Sandbox;
  readonly spec: SandboxSpec;
  readonly signal: AbortSignal;
  /** How long initialization is waited for: longer than Lambda does, so that the report can say how long it takes. */
  readonly initWaitMs: number;
  readonly timeoutMs: number;
}

/** What was done in it, once it was ready. */
export interface Session {
  readonly first: Invocation | null;
  /** Null: what initialization took besides unpacking stands for it. */
  readonly importMs: number | null;
  /** Until the first answer, after initialization; null when there was none. */
  readonly firstMs: number | null;
  readonly warmMs: readonly number[];
}

const idle: Session = { first: null, importMs: null, firstMs: null, warmMs: [] };

/**
 * @param use called when initialization succeeded; what it throws goes to the caller after the environment was stopped
 * @throws the signal's reason when it was aborted, and what the sandbox throws for the machine's faults
 */
export async function coldStart(
  { sandbox, spec, signal, initWaitMs }: Lab,
  use: (environment: ExecutionEnvironment) => Promise<Session>,
): Promise<{ readonly coldStart: ColdStart; readonly log: readonly string[] }> {
  signal.throwIfAborted();
  const environment = await sandbox.start(spec, signal);
  try {
    const init = await environment.initialized(initWaitMs);
    signal.throwIfAborted();
    const session = init.ok ? await use(environment) : idle;
    signal.throwIfAborted();
    const usage = await environment.stop();
    const log = environment.log();
    const opened = openedIn(log);
    const unpackMs = opened.length === 0 ? null : opened.reduce((sum, one) => sum + one.ms, 0);
    const initMs = init.ok ? init.ms : null;
    const rest = initMs === null ? null : Math.max(0, initMs - (unpackMs ?? 0));
    return {
      log,
      coldStart: {
        initMs,
        unpackMs,
        importMs: session.importMs ?? rest,
        coldMs: initMs === null || session.firstMs === null ? null : initMs + session.firstMs,
        warmMs: session.warmMs,
        peakMemory: usage.peakMemory,
        tmpBytes: usage.tmpBytes,
        memoryExceeded: usage.memoryExceeded,
        exitCode: usage.exitCode,
        initError: init.ok ? null : init.error,
        first: session.first,
      },
    };
  } finally {
    await environment.stop();
  }
}

/** Invoke the user's handler: once, then `warm` times more while it answers. */
export async function invokeHandler(
  environment: ExecutionEnvironment,
  event: unknown,
  warm: number,
  timeoutMs: number,
): Promise<Session> {
  const first = await environment.invoke(event, timeoutMs);
  const warmMs: number[] = [];
  for (let count = 0; first.ok && count < warm; count++) {
    const again = await environment.invoke(event, timeoutMs);
    if (!again.ok) return { first: again, importMs: null, firstMs: first.ms, warmMs };
    warmMs.push(again.ms);
  }
  return { first, importMs: null, firstMs: first.ok ? first.ms : null, warmMs };
}
