/** The build image: here already, or fetched. */
import type { Target } from '../model.js';
import { runEngine } from './run.js';
import { pullFailure } from '../resolve/docker/failure.js';
import { platformOf } from './plan.js';
import type { Engine } from './engine.js';
import type { ResolveContext } from '../resolve/resolver.js';

/**
 * The image's id, after fetching it when it is not here for the target's platform. One that is here is not looked for
 * anew: `docker pull` is the user's to call, and the id is part of the cache key.
 * @param clean takes secrets out of a line
 * @throws SlimError `container-failed`, `interrupted`
 */
export async function ensureImage(
  engine: Engine,
  image: string,
  target: Target,
  context: ResolveContext,
  clean: (text: string) => string,
): Promise<string> {
  const found = await inspect(engine, image, context);
  const platform = platformOf(target.architecture);
  if (found && `linux/${found.architecture}` === platform) return found.id;
  const step = context.progress.start(`get ${image}`);
  const lines: string[] = [];
  const pulled = await runEngine(engine, ['pull', '--platform', platform, image], context, (line) => {
    lines.push(clean(line));
    step.note(clean(line));
  });
  const now = await inspect(engine, image, context);
  step.end();
  if (pulled.ok && now) return now.id;
  // An image of ours that no registry has: what it is shows when it runs.
  if (found) return found.id;
  throw pullFailure(engine.command, image, target, lines);
}

async function inspect(
  engine: Engine,
  image: string,
  context: ResolveContext,
): Promise<{ readonly id: string; readonly architecture: string } | null> {
  const result = await runEngine(engine, ['image', 'inspect', image], context);
  if (!result.ok) return null;
  const rows = JSON.parse(result.stdout) as readonly {
    readonly Id?: string;
    readonly Architecture?: string;
  }[];
  const first = rows[0];
  return first?.Id === undefined ? null : { id: first.Id, architecture: first.Architecture ?? '' };
}
