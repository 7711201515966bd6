/** What the sandboxes of this machine's own have in common: how they start, and how one knows that they would. */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../../io/run.js';
import type { Environment } from '../../model.js';
import { commandOf } from '../runtime/environment.js';
import { launch } from '../runtime/execution.js';
import { initCommand, type Folders, type Host } from './host.js';
import type { Sandbox, SandboxName } from '../model.js';

export interface HostSandbox extends Pick<Sandbox, 'start'> {
  /**
   * Run a Python that does nothing in it.
   * @param work a folder of ours
   * @returns null when that works; else what was said
   */
  readonly tryOut: (work: string, signal: AbortSignal) => Promise<string | null>;
}

/** A program and its arguments that make the sandbox and become `inside` in it. */
type CommandLine = (spec: Folders, inside: readonly string[]) => readonly [string, ...string[]];

export function hostSandbox(
  name: SandboxName,
  host: Host,
  environment: Environment,
  commandLine: CommandLine,
): HostSandbox {
  return {
    start: async (spec, signal) => {
      const [program, ...args] = commandLine(spec, initCommand(host.python));
      const command = commandOf(spec, host.runtime);
      return launch({ name, program, args, environment, command, cleanUp: async () => {} }, spec, signal);
    },
    tryOut: async (work, signal) => {
      const empty = path.join(work, `try-${name}`);
      await mkdir(empty, { recursive: true });
      const spec = { task: empty, opt: empty, tmpBytes: 2 ** 20, network: 'none' } as const;
      // ctypes and ssl: an interpreter that was moved may have lost the libraries beside it.
      const inside = [host.python, '-I', '-S', '-B', '-c', 'import ctypes, ssl, sqlite3, zlib'];
      const [program, ...args] = commandLine(spec, inside);
      const result = await run(program, args, {
        ...{ env: environment, onlyEnv: true, timeout: 20_000, signal },
        // An outer process that is killed alone leaves the inner one waiting for it.
        ownGroup: true,
      });
      if (result.ok) return null;
      const lines = result.stderr.split('\n').filter((line) => line.trim() !== '');
      return lines.at(-1) ?? `exit ${result.exitCode ?? result.signal ?? '?'}`;
    },
  };
}
