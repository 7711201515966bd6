/** The only file that starts programs. Output of a program is text; long output is kept to its last megabyte. */
import { kill } from 'node:process';
import { execa, type Subprocess } from 'execa';

type ChildProcess = Subprocess['nodeChildProcess'];

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the caller's environment; `undefined` removes a variable. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Called for each line of standard error as it comes (progress). */
  readonly onErrorLine?: (line: string) => void;
  readonly onOutputLine?: (line: string) => void;
  /** Ends it. Null: nobody can stop it, as nothing may be left behind when it has begun. */
  readonly signal: AbortSignal | null;
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
 * Run a program to its end. Never throws for what the program does: look at `ok`. What it leaves running in its pipes is not
 * waited for.
 * @param command a name on PATH or an absolute path; never a shell line.
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal } = options;
  const subprocess = execa(command, [...args], {
    reject: false,
    stripFinalNewline: true,
    forceKillAfterDelay: grace,
    maxBuffer: { stdout: 64 * 1024 * 1024, stderr: 16 * 1024 * 1024 },
    extendEnv: options.onlyEnv !== true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(signal === null ? {} : { cancelSignal: signal, gracefulCancel: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.ownGroup === true ? { detached: true, killSignal: 'SIGKILL' as const } : {}),
  });
  void follow(subprocess.stderr, options.onErrorLine).catch(() => {});
  void follow(subprocess.stdout, options.onOutputLine).catch(() => {});
  const program = subprocess.nodeChildProcess;
  if (options.ownGroup === true) endWithGroup(program, signal);
  closeAfterEnd(program, signal);
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
  if (subprocess.pid !== undefined) groups.add(subprocess.pid);
  // What is not read would fill the pipe and hold the program up.
  const followed = Promise.all([
    follow(subprocess.stderr, options.onErrorLine ?? (() => {})),
    follow(subprocess.stdout, options.onOutputLine ?? (() => {})),
  ]);
  const { stdin } = subprocess;
  stdin.on('error', () => {});
  const end = async (): Promise<Omit<RunResult, 'stdout' | 'stderr'>> => {
    const result = await subprocess;
    if (subprocess.pid !== undefined) groups.delete(subprocess.pid);
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

/** Milliseconds between the request to end and the end by force. */
const grace = 1000;
/** Milliseconds after a program's end in which nothing more of its output has come: then nothing more will. */
const lastWords = 500;
/** Milliseconds in which others may go on writing into its output. */
const mostWords = 10_000;

/** Process groups that run now. */
const groups = new Set<number>();

/** For a program that ends at once: end all that it has started in groups of their own. Synchronous; never throws. */
export function endPrograms(): void {
  for (const group of groups) endGroup(group);
}

function endGroup(group: number | undefined): void {
  try {
    if (group !== undefined) kill(-group, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}

/** End the whole group when its first process has ended, and when the work is given up. */
function endWithGroup(program: ChildProcess, signal: AbortSignal | null): void {
  const { pid } = program;
  if (pid === undefined) return;
  const end = (): void => endGroup(pid);
  groups.add(pid);
  signal?.addEventListener('abort', end, { once: true });
  program.once('exit', () => {
    signal?.removeEventListener('abort', end);
    end();
    groups.delete(pid);
  });
}

/**
 * A program that has ended may have left its pipes to another one. What it wrote itself is read first, however long this
 * process could not look: a timer that is late comes before what lies in the pipes.
 */
function closeAfterEnd(program: ChildProcess, signal: AbortSignal | null): void {
  const streams = [program.stdout, program.stderr].filter((one) => one !== null);
  const readBytes = (): number =>
    streams.reduce((sum, one) => sum + ('bytesRead' in one ? Number(one.bytesRead) : 0), 0);
  const isBehind = (): boolean => streams.some((one) => one.readableLength > 0);
  const close = (): void => streams.forEach((one) => void one.destroy());
  const look = (until: number): void => {
    const before = readBytes();
    setImmediate(() => {
      const more = readBytes() > before || isBehind();
      if (more && Date.now() < until) setTimeout(look, lastWords / 10, until).unref();
      else close();
    });
  };
  program.once('exit', () => {
    if (signal?.aborted === true) close();
    else setTimeout(look, lastWords, Date.now() + mostWords).unref();
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
