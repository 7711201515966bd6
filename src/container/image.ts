/** The build image: here already, or fetched. */
import type { Target } from '../model.js';
import { runEngine } from './run.js';
import { SlimError } from '../errors.js';
import { platformOf } from './plan.js';
import type { Engine } from './engine.js';
import type { World } from '../world.js';

/**
 * The image's id, after fetching it when it is not here for the target's platform. One that is here is not looked for
 * anew: `docker pull` is the user's to call, and the id is part of the cache key.
 * @param clean takes secrets out of a line
 * @param offline it is not fetched
 * @throws SlimError `container-failed`, `not-in-cache` (offline), `interrupted`
 */
export async function ensureImage(
  engine: Engine,
  image: string,
  target: Target,
  context: World,
  clean: (text: string) => string,
  offline = false,
): Promise<string> {
  const found = await inspect(engine, image, context);
  const platform = platformOf(target.architecture);
  if (found && `linux/${found.architecture}` === platform) return found.id;
  if (offline) {
    if (found) return found.id;
    throw new SlimError(
      'not-in-cache',
      `${engine.command} does not have the image ${image} for ${platform}.`,
      {
        hint: `Get it beforehand with "${engine.command} pull --platform ${platform} ${image}", or build once without --offline.`,
      },
    );
  }
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
  context: World,
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

/** The cause of an error that is about getting an image: nothing ran in a container. */
const imageIsMissing = 'the image could not be fetched';

/** Was it the image that could not be had, and not what was to happen in it? */
export const isAboutImage = (error: unknown): error is SlimError =>
  error instanceof SlimError && error.cause === imageIsMissing;

/** How many lines of the engine's output are shown. */
const shown = 20;

/** The error for an image that is not here and could not be fetched. */
export function pullFailure(
  engine: string,
  image: string,
  target: Target,
  lines: readonly string[],
): SlimError {
  const text = lines.join('\n');
  const details = lines.filter((line) => line.trim() !== '').slice(-shown);
  const unknown = /not found|manifest unknown|denied|unauthorized|no matching manifest|does not exist/i.test(
    text,
  );
  const platform = platformOf(target.architecture);
  return new SlimError(
    'container-failed',
    unknown
      ? `${engine} cannot get the image ${image} for ${platform}: it is not there, or you may not read it.`
      : `${engine} cannot get the image ${image} for ${platform}.`,
    {
      hint: unknown
        ? `Check its name, log in with "${engine} login" if it is private, or leave out --image to take AWS's own build image.`
        : `Check the network, or get it beforehand with "${engine} pull --platform ${platform} ${image}", or name one that is here with --image.`,
      details,
      cause: imageIsMissing,
    },
  );
}
