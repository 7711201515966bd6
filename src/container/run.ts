/** Start a container, follow its output, and leave none behind: not after a failure, and not after Ctrl-C. */
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../errors.js';
import { run } from '../io/run.js';
import type { RunOptions, RunResult } from '../io/run.js';
import type { ContainerRun } from './plan.js';
import { planRun } from './plan.js';
import type { Engine } from './engine.js';
import type { World } from '../world.js';

/** One line of output at a time, in the order of each stream. */
export type OnLine = (line: string) => void;

/**
 * Run one engine command with the caller's environment.
 * @throws SlimError `interrupted` after Ctrl-C
 */
export async function runEngine(
  engine: Engine,
  args: readonly string[],
  context: Pick<World, 'environment' | 'signal'>,
  onLine: OnLine = () => {},
  more: Pick<RunOptions, 'input' | 'timeout'> = {},
): Promise<RunResult> {
  const { signal } = context;
  const result = await run(engine.command, args, {
    env: context.environment,
    onlyEnv: true,
    onErrorLine: onLine,
    onOutputLine: onLine,
    ...more,
    signal,
  });
  if (wasStopped(result)) throw interrupted();
  return result;
}

/** A terminal sends Ctrl-C to the engine's client too, and that may end before our own signal is seen. */
function wasStopped(result: RunResult): boolean {
  return result.signal === 'SIGINT' || result.exitCode === 130;
}

/**
 * Run a container to its end.
 * @returns what the engine's client said and its exit code; look at `ok`
 * @throws SlimError `interrupted` after Ctrl-C, when the container is gone
 */
export async function runContainer(
  wanted: ContainerRun,
  context: Pick<World, 'environment' | 'signal'>,
  onLine: OnLine = () => {},
  more: Pick<RunOptions, 'input' | 'timeout'> = {},
): Promise<RunResult> {
  const planned = planRun(wanted);
  const environment = { ...context.environment, ...planned.environment };
  let ended = false;
  try {
    const result = await runEngine(wanted.engine, planned.args, { ...context, environment }, onLine, more);
    ended = result.exitCode !== null;
    return result;
  } finally {
    if (!ended) await remove(wanted.engine, wanted.name, context.environment);
  }
}

/** Milliseconds between attempts: a client that was stopped between creating and starting leaves a container a moment later. */
const pauses = [0, 200, 500, 1000];

/** Remove a container by its name, running or not. Never throws: there may be none. */
async function remove(engine: Engine, name: string, environment: World['environment']): Promise<void> {
  const options = { env: environment, onlyEnv: true, timeout: 30_000, signal: null };
  for (const pause of pauses) {
    await sleep(pause);
    await run(engine.command, ['rm', '--force', name], options);
    const left = await run(engine.command, ['ps', '--all', '--quiet', '--filter', `name=${name}`], options);
    if (pause > 0 && left.ok && left.stdout.trim() === '') return;
  }
}
