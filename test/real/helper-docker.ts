/** What tests with a real container need. */
import { requireEngine } from '../../src/container/engine.js';
import { run } from '../../src/io/run.js';
import { never } from '../never.js';

/** Made by test/setup/docker.sh. */
export const image = 'lambda-slim-test/python:3.11';

/** Why such tests cannot run here; null when they can. */
export async function obstacle(): Promise<string | null> {
  try {
    const engine = await requireEngine(process.env, 'docker', never);
    const found = await run(engine.command, ['image', 'inspect', image]);
    return found.ok ? null : `${engine.command} has no image ${image}`;
  } catch (error) {
    return (error as Error).message;
  }
}
