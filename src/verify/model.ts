/** The nouns of `lambda-slim verify`: what runs where, and what came of it. All sizes are bytes, all times milliseconds. */
import type { Architecture, PythonVersion } from '../model.js';

/** What a sandbox is to imitate. */
export interface SandboxSpec {
  readonly python: PythonVersion;
  readonly architecture: Architecture;
  /** Absolute folder that becomes /var/task, read-only. */
  readonly task: string;
  /** Absolute folder that becomes /opt, read-only; all layers unzipped over each other. */
  readonly opt: string;
  /** Size of /tmp. */
  readonly tmpBytes: number;
  /** The function's memory, MiB. */
  readonly memory: number;
  /** `module.function`, as Lambda's `_HANDLER`. */
  readonly handler: string;
  /** More environment variables, as the function's configuration would set them. */
  readonly environment: Readonly<Record<string, string>>;
  readonly initializationType: 'on-demand' | 'snap-start';
  /** CPUs to run on; null: all. */
  readonly cpus: number | null;
  /** The first of these, counted around: environments beside each other begin at different ones. Default: 0. */
  readonly firstCpu?: number;
  /** Lines of the function's log that are kept. Default: many. */
  readonly logLines?: number;
  /** Hears each line of the function's log as it comes. */
  readonly onLogLine?: (line: string) => void;
  readonly network: Network;
  /** Answers as S3, where the function's clients look for it; null: nothing does. */
  readonly s3: StreamTaker | null;
}

/** An HTTP server, as far as connections are handed to it. Named here, as the API's types need none of Node's. */
export interface StreamTaker {
  emit(event: 'connection', stream: unknown): boolean;
}

/** What a function can reach: nothing but itself, or this machine's network. */
export type Network = 'none' | 'host';

export type SandboxName = 'docker' | 'bubblewrap' | 'unshare';

/** One kind of sandbox on this machine. */
export interface Sandbox {
  readonly name: SandboxName;
  /** For people, e.g. `bubblewrap 0.8.0 with CPython 3.13.0 of this machine`. */
  readonly description: string;
  /** What it does not imitate, in sentences, e.g. `Libraries of this machine are visible, Amazon Linux's are not.` */
  readonly notChecked: readonly string[];
  /** Start one execution environment: a cold start. It polls the Runtime API until it is stopped. */
  readonly start: (spec: SandboxSpec, signal: AbortSignal) => Promise<ExecutionEnvironment>;
}

/** How an invocation ended. */
export interface Invocation {
  readonly ok: boolean;
  /** The handler's answer, parsed; null when it failed. */
  readonly result: unknown;
  /** As the runtime client posts it. */
  readonly error: RuntimeError | null;
  readonly ms: number;
}

export interface RuntimeError {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly stackTrace: readonly string[];
}

/** What initialization came to. */
export interface Initialization {
  readonly ok: boolean;
  /** From the start of the process to its first `next`. */
  readonly ms: number;
  readonly error: RuntimeError | null;
}

/** A running function. */
export interface ExecutionEnvironment {
  /** Resolves at the first `next`, at `init/error`, when the process ends, or after `limitMs`. */
  readonly initialized: (limitMs: number) => Promise<Initialization>;
  readonly invoke: (event: unknown, timeoutMs: number) => Promise<Invocation>;
  /** Stop it and measure. May be called twice. */
  readonly stop: () => Promise<Usage>;
  /** Whether it has ended, or takes no event any more. */
  readonly over: () => boolean;
  /** What was measured so far, a moment ago. */
  readonly measured: () => Pick<Usage, 'peakMemory' | 'tmpBytes'>;
  /** Lines that the function has written to stdout and stderr so far. */
  readonly log: () => readonly string[];
}

export interface Usage {
  readonly peakMemory: number;
  /** The most that lay in /tmp. */
  readonly tmpBytes: number;
  /** Set when it was stopped for using more memory than the function has. */
  readonly memoryExceeded: boolean;
  readonly exitCode: number | null;
}
