/** Runs a program for a test: nobody stops it but the test's own time. */
import { run as runProgram, type RunOptions, type RunResult } from '../src/io/run.js';

export const run = (
  command: string,
  args: readonly string[],
  options: Partial<RunOptions> = {},
): Promise<RunResult> => runProgram(command, args, { signal: null, ...options });
