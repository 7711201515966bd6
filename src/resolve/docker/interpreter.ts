/** The build image's own Python, for the proof and for bytecode where this machine has none of that version. */
import { randomUUID } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { interpreterBehind, type Interpreter } from '../../io/interpreter.js';
import { templatePath } from '../../io/templates.js';
import type { BuildRequest, Target } from '../../model.js';
import path from 'node:path';
import { runContainer } from '../../container/run.js';
import { imageFor, pathInside } from '../../container/plan.js';
import { findEngine } from '../../container/engine.js';
import type { World } from '../../world.js';

/** Finds the image's Python of that version and becomes it. */
const launcher =
  'minor=$1; shift; for python in "python$minor" "/var/lang/bin/python$minor" "/usr/local/bin/python$minor" python3; do ' +
  'if command -v "$python" >/dev/null 2>&1; then exec "$python" "$@"; fi; done; exit 90';

/**
 * @param root the resolved tree; the staged one and all else that is written lies in the cache folder
 * @returns null when no engine answers, or the image has no Python of the target's version
 */
export async function imageInterpreter(
  request: Pick<BuildRequest, 'containerEngine' | 'image'>,
  target: Target,
  root: string,
  context: World,
): Promise<Interpreter | null> {
  const engine = await findEngine(context.environment, request.containerEngine, context.signal);
  if (engine === null) return null;
  const image = request.image ?? imageFor(target.python, target.architecture);
  const cache = context.cache.root;
  const { uid, gid } = await stat(cache);
  const templates = path.dirname(templatePath('probe.py'));
  return interpreterBehind(
    target,
    `in ${image}`,
    async (args, options) =>
      runContainer(
        {
          engine,
          image,
          architecture: target.architecture,
          name: `lambda-slim-${randomUUID()}`,
          owner: { uid, gid },
          mounts: [
            { source: cache, target: pathInside(cache), writable: false },
            { source: templates, target: pathInside(templates), writable: false },
            ...[root, ...(options.folders ?? [])]
              .map((folder) => ({
                source: folder,
                target: pathInside(folder),
                writable: options.writable?.includes(folder) === true,
              }))
              .filter(({ source, writable }) => writable || !source.startsWith(`${cache}/`)),
          ],
          settings: Object.fromEntries(
            Object.entries(options.env ?? {}).flatMap(([name, value]) =>
              value === undefined ? [] : [[name, value]],
            ),
          ),
          secrets: {},
          hostNetwork: false,
          probing: { workdir: options.cwd ?? '/' },
          command: ['/bin/sh', '-c', launcher, 'sh', target.python, ...args],
        },
        context,
        () => {},
        {
          ...(options.input === undefined ? {} : { input: options.input }),
          ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
        },
      ),
    context.signal,
  );
}
