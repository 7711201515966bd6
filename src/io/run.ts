/** The only file that starts programs. Output of a program is text; long output is kept to its last megabyte. */
import { execa } from 'execa';

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
  });
  void follow(subprocess.stderr, options.onErrorLine);
  void follow(subprocess.stdout, options.onOutputLine);
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
