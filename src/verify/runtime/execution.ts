/** One execution environment: a sandbox's init at the other end of two pipes, and our Runtime API. Same for every sandbox. */
import { SlimError } from '../../errors.js';
import { start, type RunningProgram } from '../../io/run.js';
import type { Environment } from '../../model.js';
import { lastLines } from '../../text/flood.js';
import { Connections } from './connections.js';
import { doorsOf, environmentOf, functionArn } from './environment.js';
import type { ExecutionEnvironment, RuntimeError, SandboxSpec, Usage } from '../model.js';
import { RuntimeApi } from './api.js';

export interface Launch {
  /** For messages, e.g. `bubblewrap`. */
  readonly name: string;
  /** What becomes init.py in the sandbox. */
  readonly program: string;
  readonly args: readonly string[];
  readonly environment: Environment;
  /** The function's own command line, as the sandbox sees it. */
  readonly command: readonly string[];
  /**
   * Called when init has ended, or does not and was killed: takes away what is left. Must not throw.
   * @param well the program ended by itself with init's own 0
   */
  readonly cleanUp: (well: boolean) => Promise<void>;
}

/** What init says; see templates/verify/init.py. */
type Message =
  | { readonly from: number; readonly door: number; readonly data: string }
  | { readonly from: number; readonly took: number }
  | { readonly from: number; readonly close: true }
  | { readonly event: 'started' }
  | ({ readonly event: 'usage' } & Measured)
  | ({
      readonly event: 'exited';
      readonly exitCode: number | null;
      readonly signal: string | null;
    } & Measured);

type Measured = Pick<Usage, 'peakMemory' | 'tmpBytes' | 'memoryExceeded'>;

/** What is kept of the function's log. */
const most = { logLines: 20_000, logLetters: 16 << 20 };
/** Milliseconds in which init ends everything; then it is ended itself. Who interrupts waits for 2 s in all. */
const patience = { done: 5_000, interrupted: 1_000 };

/**
 * Start a function and wait until its process starts.
 * @throws SlimError `sandbox-failed` when the sandbox ends before that; the signal's reason when aborted
 */
export async function launch(
  plan: Launch,
  spec: SandboxSpec,
  signal: AbortSignal,
): Promise<ExecutionEnvironment> {
  signal.throwIfAborted();
  const api = new RuntimeApi(functionArn);
  const init = startInit(plan, spec, api);
  let stopping: Promise<Usage> | null = null;
  const stop = (): Promise<Usage> => (stopping ??= init.stop(patience.done));
  // Also while it is being stopped: from then on nobody waits long.
  const abort = (): void => void init.stop(patience.interrupted);
  signal.addEventListener('abort', abort);
  const ended = init.ended.finally(() => signal.removeEventListener('abort', abort));

  init.tell({
    command: plan.command,
    folder: '/var/task',
    environment: environmentOf(spec),
    cpus: spec.cpus,
    firstCpu: spec.firstCpu ?? 0,
    memory: spec.memory * 2 ** 20,
    doors: doorsOf(spec),
  });
  if (!(await init.started)) {
    const { missing } = await ended;
    signal.throwIfAborted();
    throw new SlimError('sandbox-failed', `The ${plan.name} sandbox does not start.`, {
      hint: 'Use another one with --sandbox.',
      details: missing ? [`${plan.program}: there is no such program`] : init.log().slice(-10),
    });
  }
  return {
    initialized: (limitMs) => within(api, limitMs),
    invoke: async (event, timeoutMs) => api.invoke(event, timeoutMs),
    stop,
    over: () => api.isOver,
    measured: () => init.measured(),
    log: () => init.log(),
  };
}

interface Init {
  /** True when the function's process has started; false when the sandbox has ended before. */
  readonly started: Promise<boolean>;
  /** After everything is cleaned up. */
  readonly ended: RunningProgram['ended'];
  /** The function's log, the last lines of it. */
  log(): readonly string[];
  /** What it has told of the function so far. */
  measured(): Measured;
  tell(message: unknown): void;
  /** End the function and wait for it; call it once. */
  /** @param ms before it is killed */
  stop(ms: number): Promise<Usage>;
}

/** Start the sandbox's program, and keep what its init says. */
function startInit(plan: Launch, spec: SandboxSpec, api: RuntimeApi): Init {
  const log = lastLines(spec.logLines ?? most.logLines, most.logLetters);
  const started = Promise.withResolvers<boolean>();
  const told: Told = { measured: { peakMemory: 0, tmpBytes: 0, memoryExceeded: false }, exitCode: null };
  let stopping = false;
  const program = start(plan.program, plan.args, {
    env: plan.environment,
    onlyEnv: true,
    onErrorLine: (line) => {
      log.add(line);
      spec.onLogLine?.(line);
    },
    onOutputLine: (line) => {
      const message = read(line);
      if (message === null) return;
      if ('from' in message) hearOf(connections, message);
      else if (message.event === 'started') {
        api.started();
        started.resolve(true);
      } else {
        note(told, message, stopping);
        if (message.event === 'exited') api.over(endOf(message, spec));
      }
    },
  });
  const tell = (message: unknown): void => program.write(`${JSON.stringify(message)}\n`);
  const connections = new Connections([api.server, ...(spec.s3 === null ? [] : [spec.s3])], tell);
  const ended = program.ended.then(async (result) => {
    started.resolve(false);
    api.over({ errorType: 'Sandbox.Failure', errorMessage: 'The sandbox has ended.', stackTrace: [] });
    connections.closeAll();
    await plan.cleanUp(result.exitCode === 0);
    return result;
  });
  const stop = async (ms: number): Promise<Usage> => {
    stopping = true;
    api.over({ errorType: 'Sandbox.Stopped', errorMessage: 'The sandbox was stopped.', stackTrace: [] });
    tell({ stop: true });
    program.close();
    const hurry = setTimeout(() => {
      program.kill();
      void plan.cleanUp(false);
    }, ms);
    await ended;
    clearTimeout(hurry);
    return { ...told.measured, exitCode: told.exitCode };
  };
  return { started: started.promise, ended, log: log.lines, measured: () => told.measured, tell, stop };
}

/** What init has told of the function so far. */
interface Told {
  measured: Measured;
  exitCode: number | null;
}

/** The exit code of a function that we stopped is ours, not its own. */
function note(told: Told, message: Extract<Message, Measured>, stopping: boolean): void {
  const { peakMemory, tmpBytes, memoryExceeded } = message;
  told.measured = { peakMemory, tmpBytes, memoryExceeded };
  if (message.event === 'exited' && !stopping) told.exitCode = message.exitCode;
}

function hearOf(connections: Connections, message: Extract<Message, { readonly from: number }>): void {
  if ('data' in message) connections.receive(message.from, message.door, message.data);
  else if ('took' in message) connections.took(message.from, message.took);
  else connections.close(message.from);
}

async function within(api: RuntimeApi, limitMs: number): ReturnType<ExecutionEnvironment['initialized']> {
  const late = setTimeout(() => {
    const errorMessage = `Initialization took longer than ${(limitMs / 1000).toFixed(2)} seconds`;
    api.over({ errorType: 'Sandbox.Timedout', errorMessage, stackTrace: [] });
  }, limitMs);
  return api.initialized.finally(() => clearTimeout(late));
}

/** Null for a line that is none of init's: an engine's own. */
function read(line: string): Message | null {
  if (!line.startsWith('{')) return null;
  try {
    return JSON.parse(line) as Message;
  } catch {
    return null;
  }
}

/** How Lambda's log words signals. */
const signalWords: Readonly<Record<string, string>> = {
  SIGKILL: 'killed',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
  SIGBUS: 'bus error',
  SIGILL: 'illegal instruction',
  SIGFPE: 'floating point exception',
  SIGTERM: 'terminated',
};

type Exit = Extract<Message, { readonly event: 'exited' }>;

function endOf({ exitCode, signal, memoryExceeded }: Exit, { memory }: SandboxSpec): RuntimeError {
  const how = signal === null ? `exit status ${exitCode ?? '?'}` : `signal: ${signalWords[signal] ?? signal}`;
  if (memoryExceeded) {
    const errorMessage = `Runtime exited with error: signal: killed (more than its ${memory} MB of memory)`;
    return { errorType: 'Runtime.OutOfMemory', errorMessage, stackTrace: [] };
  }
  const errorMessage =
    exitCode === 0 ? 'Runtime exited without providing a reason' : `Runtime exited with error: ${how}`;
  return { errorType: 'Runtime.ExitError', errorMessage, stackTrace: [] };
}
