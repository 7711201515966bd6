/** The only file that starts programs. Output of a program is text: an answer is kept whole, of what it tells the end. */
import { kill } from 'node:process';
import { execa, type Subprocess } from 'execa';
import { throwIfAborted } from '../errors.js';
import { inLines, keptText } from '../text/flood.js';

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

/** Letters of standard output: what is longer is no answer, and ends the program. Of standard error the last ones are kept. */
const mostKept = { stdout: 64 << 20, stderr: 1 << 20 };

/**
 * Run a program to its end. Never throws for what the program does: look at `ok`. What it leaves running in its pipes is not
 * waited for, and however much it writes, it takes little memory.
 * @param command a name on PATH or an absolute path; never a shell line.
 * @throws SlimError `interrupted` when the signal was aborted: the program has ended then, too
 */
export async function run(command: string, args: readonly string[], options: RunOptions): Promise<RunResult> {
  const { signal } = options;
  throwIfAborted(signal);
  const subprocess = execa(command, [...args], {
    reject: false,
    buffer: false,
    forceKillAfterDelay: grace,
    extendEnv: options.onlyEnv !== true,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: { ...options.env } }),
    ...(options.input === undefined ? { stdin: 'ignore' as const } : { input: options.input }),
    ...(signal === null ? {} : { cancelSignal: signal, gracefulCancel: false }),
    ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
    ...(options.ownGroup === true ? { detached: true, killSignal: 'SIGKILL' as const } : {}),
  });
  const output = keptText(mostKept.stdout, () => subprocess.kill('SIGKILL'));
  const errors = keptText(mostKept.stderr);
  const followed = Promise.all([
    follow(subprocess.stdout, [output.add, inLines(options.onOutputLine)]),
    follow(subprocess.stderr, [errors.add, inLines(options.onErrorLine)]),
  ]);
  const program = subprocess.nodeChildProcess;
  if (options.ownGroup === true) endWithGroup(program, signal);
  closeAfterEnd(program, signal);
  const result = await subprocess;
  await followed;
  throwIfAborted(signal);
  return {
    ok: !result.failed && output.isWhole(),
    exitCode: result.exitCode ?? null,
    signal: result.signal ?? null,
    stdout: output.text(),
    stderr: errors.text(),
    missing: 'code' in result && result.code === 'ENOENT',
    timedOut: result.timedOut,
  };
}

/** Letters: a line of a program that goes on is a message, and one of those may hold an answer of some MB. */
const longestMessage = 64 << 20;

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
    follow(subprocess.stderr, [inLines(options.onErrorLine)]),
    follow(subprocess.stdout, [inLines(options.onOutputLine, longestMessage)]),
  ]);
  const { stdin } = subprocess;
  stdin.on('error', () => {});
  const end = async (): Promise<Omit<RunResult, 'stdout' | 'stderr'>> => {
    const result = await subprocess;
    if (subprocess.pid !== undefined) groups.delete(subprocess.pid);
    await followed;
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
const grace = 700;
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
  const close = (): void => {
    signal?.removeEventListener('abort', close);
    streams.forEach((one) => void one.destroy());
  };
  const look = (until: number): void => {
    const before = readBytes();
    setImmediate(() => {
      const more = readBytes() > before || isBehind();
      if (more && Date.now() < until) setTimeout(look, lastWords / 10, until).unref();
      else close();
    });
  };
  // Nobody wants to know any more, and reading a flood would hold up what is still to end.
  signal?.addEventListener('abort', close, { once: true });
  program.once('exit', () => setTimeout(look, lastWords, Date.now() + mostWords).unref());
}

/** Give all that comes to who takes it, decoded. Never rejects: a pipe that was closed has said what it had to say. */
async function follow(
  stream: NodeJS.ReadableStream | null,
  takers: readonly ((part: string) => void)[],
): Promise<void> {
  if (stream === null) return;
  stream.setEncoding('utf8');
  try {
    for await (const part of stream) takers.forEach((take) => take(String(part)));
  } catch {
    // Closed by us, or by the system.
  }
  // The end.
  takers.forEach((take) => take(''));
}
