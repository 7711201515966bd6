/** What tests with a real container need. */
import { requireEngine } from '../../src/container/engine.js';
import { label } from '../../src/container/plan.js';
import { run } from '../program.js';
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

/** Ids of our containers, running or ended, that mount something of that folder: other tests have theirs at the same time. */
export async function containersOf(folder: string): Promise<readonly string[]> {
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', `label=${label}`]);
  const ids = stdout.split('\n').filter((id) => id !== '');
  const sources = await Promise.all(
    // One that is gone by now has none.
    ids.map((id) =>
      run('docker', ['inspect', '--format', '{{range .Mounts}}{{println .Source}}{{end}}', id]),
    ),
  );
  return ids.filter((_, at) => sources[at]!.stdout.includes(folder));
}
