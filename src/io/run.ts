/** The only file that starts programs. Output of a program is text; long output is kept to its last megabyte. */
import { kill } from 'node:process';
import { execa, type Subprocess } from 'execa';

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the caller's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Called for each line of standard error as it comes (progress). */
  readonly onErrorLine?: (line: string) => void;
  readonly onOutputLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Milliseconds. */
  readonly timeout?: number;
  /** Use only `env`, not the caller's environment. */
  readonly onlyEnv?: boolean;
  /**
   * In a process group of its own, all of which ends with it: for code that is not ours. What leaves the group may live
   * on, but its hold on the pipes is not waited for.
   */
  readonly ownGroup?: boolean;
}

export interface RunResult {
  readonly ok: boolean;
  /** Null when the program did not start or died by a signal. */
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
  /** True when the program is not there. */
  readonly missing: boolean;
  readonly timedOut: boolean;
}

/**
 * Run a program to its end. Never throws for what the program does: look at `ok`.
 * @param command a name on PATH or an absolute path; never a shell line.
 */
export async function run(
  command: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<RunResult> {
  const subprocess = execa(command, [...args], {
    reject: false,
    stripFinalNewline: true,
    maxBuffer: { stdout: 64 * 1024 * 1024, stderr: 16 * 1024 * 1024 },
    extendEnv: options.onlyEnv !== true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal, gracefulCancel: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.ownGroup === true ? { detached: true, killSignal: 'SIGKILL' as const } : {}),
  });
  void follow(subprocess.stderr, options.onErrorLine).catch(() => {});
  void follow(subprocess.stdout, options.onOutputLine).catch(() => {});
  if (options.ownGroup === true) endWithGroup(subprocess.nodeChildProcess, options.signal);
  const result = await subprocess;
  return {
    ok: !result.failed,
    exitCode: result.exitCode ?? null,
    signal: result.signal ?? null,
    stdout: text(result.stdout),
    stderr: text(result.stderr),
    missing: 'code' in result && result.code === 'ENOENT',
    timedOut: result.timedOut,
  };
}

/** A program that goes on while others talk to it. */
export interface RunningProgram {
  /** Write to its standard input. Nothing happens when it has ended. */
  readonly write: (text: string) => void;
  /** End its standard input. */
  readonly close: () => void;
  /** SIGKILL to it and to all that it started and that did not leave its process group. */
  readonly kill: () => void;
  /** When it has ended and its output is closed. Never rejects; output is not kept. */
  readonly ended: Promise<Omit<RunResult, 'stdout' | 'stderr'>>;
}

/**
 * Start a program in a process group of its own: Ctrl-C in a terminal does not reach it, so the caller ends it.
 * @param command a name on PATH or an absolute path; never a shell line.
 */
export function start(
  command: string,
  args: readonly string[],
  options: Pick<RunOptions, 'cwd' | 'env' | 'onlyEnv' | 'onErrorLine' | 'onOutputLine'> = {},
): RunningProgram {
  const subprocess = execa(command, [...args], {
    reject: false,
    buffer: false,
    detached: true,
    stdin: 'pipe',
    extendEnv: options.onlyEnv !== true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
  });
  // What is not read would fill the pipe and hold the program up.
  const followed = Promise.all([
    follow(subprocess.stderr, options.onErrorLine ?? (() => {})),
    follow(subprocess.stdout, options.onOutputLine ?? (() => {})),
  ]);
  const { stdin } = subprocess;
  stdin.on('error', () => {});
  const end = async (): Promise<Omit<RunResult, 'stdout' | 'stderr'>> => {
    const result = await subprocess;
    await followed.catch(() => {});
    return {
      ok: !result.failed,
      exitCode: result.exitCode ?? null,
      signal: result.signal ?? null,
      missing: 'code' in result && result.code === 'ENOENT',
      timedOut: false,
    };
  };
  return {
    write: (line) => {
      if (stdin.writable) stdin.write(line);
    },
    close: () => stdin.end(),
    kill: () => {
      try {
        if (subprocess.pid !== undefined) kill(-subprocess.pid, 'SIGKILL');
      } catch {
        subprocess.kill('SIGKILL');
      }
    },
    ended: end(),
  };
}

/** Milliseconds after a program's end in which the rest of its output is read. */
const lastWords = 500;

/** End the whole group when its first process has ended, and when the work is given up. */
function endWithGroup(subprocess: Subprocess['nodeChildProcess'], signal: AbortSignal | undefined): void {
  const endGroup = (): void => {
    try {
      if (subprocess.pid !== undefined) kill(-subprocess.pid, 'SIGKILL');
    } catch {
      // All of it has ended.
    }
  };
  signal?.addEventListener('abort', endGroup, { once: true });
  subprocess.once('exit', () => {
    signal?.removeEventListener('abort', endGroup);
    endGroup();
    setTimeout(() => {
      subprocess.stdout?.destroy();
      subprocess.stderr?.destroy();
    }, lastWords).unref();
  });
}

function text(output: unknown): string {
  return typeof output === 'string' ? output : '';
}

async function follow(
  stream: NodeJS.ReadableStream | null,
  onLine: ((line: string) => void) | undefined,
): Promise<void> {
  if (!stream || !onLine) return;
  let rest = '';
  stream.setEncoding('utf8');
  for await (const chunk of stream) {
    const lines = (rest + String(chunk)).split(/\r?\n|\r/);
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
  }
  if (rest !== '') onLine(rest);
}
