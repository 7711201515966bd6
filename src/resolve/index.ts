/** From a request to a tree of installed distributions: read the inputs, pick the resolver, run it. */
import { SlimError, throwIfAborted } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import { cacheKey } from '../text/cache-key.js';
import type { BuildRequest, Environment, Resolution, ResolverName, Target } from '../model.js';
import type { StepProgress } from '../progress.js';
import { resolveWithDocker } from './docker/docker.js';
import { searchEngines } from '../container/engine.js';
import { isAboutImage } from '../container/image.js';
import { resolveDirectory } from './directory.js';
import { openIndexes } from './indexes.js';
import { withNamedLogins } from './named-logins.js';
import { withToolLogins } from './tool-logins.js';
import { fileLister } from './host/file-lister.js';
import { resolveOnHost } from './host/host.js';
import { chosenByIndex, olderVersions } from './host/older.js';
import { refuseInContainer } from './inputs/build-places.js';
import type { CollectedInputs } from './inputs/input-lines.js';
import { collectInputs } from './inputs/inputs.js';
import { placeText } from './inputs/origin.js';
import { learnLogins } from './login-files.js';
import type { ResolvedTree } from './resolver.js';
import type { World } from '../world.js';
import { installedNames, placedNames } from './tree.js';
import { countText } from '../text/units.js';
import { chooseHost } from './host/choose.js';

export { choosePython } from './inputs/python-wanted.js';

/**
 * Resolve and install what the request asks for, for the target, into the cache.
 * @throws SlimError `bad-option`, `unusable-file`, `not-found`, `nothing-to-build`, `bad-requirements`,
 *   `no-resolver`, `lock-tool-missing`, `build-forbidden`, `not-confined`, `not-in-cache`,
 *   `lock-export-failed`, `no-wheel`, `needs-newer-python`, `resolution-failed`, `index-unreachable`,
 *   `hash-mismatch`,
 *   `no-container-engine`, `container-failed`, `disk-full`, `interrupted`, and what `openIndexes` throws
 */
export async function resolve(request: BuildRequest, target: Target, world: World): Promise<Resolution> {
  const step = world.progress.start('resolve');
  throwIfAborted(world.signal);
  await learnLogins(world);
  const context = { ...world, environment: await withToolLogins(request.folder, world) };
  if (request.resolver === 'directory' || request.from !== null) {
    if (request.from === null) {
      throw new SlimError('bad-option', 'The resolver "directory" needs a folder.', {
        hint: 'Name the folder of installed packages with --from DIR.',
      });
    }
    const resolution = await resolveDirectory(request.from, target);
    step.end(`as installed in ${request.from}`);
    return resolution;
  }
  const inputs = await collectInputs(request, context);
  step.note(`requirements from ${inputs.source}`);
  const taken = takenFindings(inputs);
  if (inputs.empty) {
    const asks = inputs.asked.some((one) => !one.constraint);
    refuseNothing(
      request,
      asks
        ? `Every line of ${inputs.source} is left out by its marker`
        : `${inputs.source} asks for no package`,
    );
    return emptyTree(inputs, taken, target, context, step);
  }
  const { tree, resolver } = await resolveInputs(inputs, request, target, context, step);
  const installed = new Set((await installedNames(tree.root)).map((one) => one.name));
  if (installed.size === 0)
    refuseNothing(request, `Every line of ${inputs.source} is left out by its marker`);
  step.end(`${countText(installed.size, 'distribution')} from ${inputs.source}, by ${tree.resolverVersion}`);
  return {
    root: tree.root,
    resolver,
    resolverVersion: tree.resolverVersion,
    // A requirement whose marker leaves it out on Lambda is not in the tree.
    requested: (await requestedNames(inputs, tree)).filter((name) => installed.has(name)),
    key: tree.key,
    read: inputs.read,
    findings: [...taken, ...tree.findings],
  };
}

/** Without packages there must at least be code of the function. @throws SlimError `nothing-to-build` */
function refuseNothing({ code }: BuildRequest, because: string): void {
  if (code !== null) return;
  throw new SlimError('nothing-to-build', `${because}: nothing to build.`, {
    hint: "Name the packages there, or name the folder of your function's code with --code to build that alone.",
  });
}

/** With those that only the tree tells: what was named by its place, and by no line with a name. */
async function requestedNames(
  { requested, unnamed, asked }: CollectedInputs,
  { root }: ResolvedTree,
): Promise<readonly string[]> {
  if (!unnamed) return requested;
  const named = new Set(asked.map((one) => one.name));
  const found = (await placedNames(root)).filter((name) => !named.has(name));
  return [...new Set([...requested, ...found])].sort();
}

interface Answer {
  readonly tree: ResolvedTree;
  readonly resolver: ResolverName;
}

async function resolveInputs(
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: World,
  step: StepProgress,
): Promise<Answer> {
  if (inputs.onlyUv !== null) return byUvAlone(inputs, inputs.onlyUv, request, target, context, step);
  if (request.resolver === 'docker') return byDocker(inputs, request, target, context);
  const host = await chooseHost(request, target, context);
  try {
    const tree = await resolveOnHost(host, inputs, request, target, context, step);
    return { tree, resolver: host.name };
  } catch (error) {
    // Offline nobody can say whether it was a container that built it.
    const mayHelp = canBeCompiled(error) || isNotInCache(error);
    if (request.resolver !== 'auto' || !request.buildSources || !mayHelp) throw error;
    const { engine } = await searchEngines(context.environment, request.containerEngine, context.signal);
    if (engine === null) throw error;
    if (canBeCompiled(error)) step.note(`${error.message} Compiling it with ${engine.command}.`);
    return byDocker(inputs, request, target, context).catch((second: unknown) => {
      throw isNotInCache(second) ? error : isAboutImage(second) ? withoutImage(error, second) : second;
    });
  }
}

/**
 * pip would take the name from wherever its version is highest: it is not asked, on the host or in a container.
 * @throws SlimError `no-resolver`
 */
async function byUvAlone(
  inputs: CollectedInputs,
  because: string,
  request: BuildRequest,
  target: Target,
  context: World,
  step: StepProgress,
): Promise<Answer> {
  const refused = (cause?: unknown): SlimError =>
    new SlimError('no-resolver', `Only uv can resolve ${inputs.source}: ${because}.`, {
      hint: 'Install uv (https://docs.astral.sh/uv/) and build with --resolver uv; or lock the project with its own tool: hashes in a lock let pip and containers find the right files.',
      cause,
    });
  if (request.resolver !== 'auto' && request.resolver !== 'uv') throw refused();
  const host = await chooseHost({ resolver: 'uv' }, target, context).catch((error: unknown) => {
    throw error instanceof SlimError && error.code === 'no-resolver' ? refused(error) : error;
  });
  return {
    tree: await resolveOnHost(host, inputs, request, target, context, step),
    resolver: 'uv',
  };
}

/** Compiling is the way out that the hint offers; a wheel of another system or Python is not. */
const canBeCompiled = (error: unknown): error is SlimError =>
  error instanceof SlimError && error.code === 'no-wheel' && error.hint.includes('--resolver docker');

/** Why no wheel fits stays the answer; the container was our idea. */
function withoutImage(first: unknown, second: SlimError): unknown {
  if (!(first instanceof SlimError)) return first;
  return new SlimError(first.code, first.message, {
    hint: `${first.hint} A container was tried: ${second.message} ${second.hint}`,
    details: [...first.details, ...second.details],
    cause: second,
  });
}

const isNotInCache = (error: unknown): error is SlimError =>
  error instanceof SlimError && error.code === 'not-in-cache';

async function byDocker(
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: World,
): Promise<Answer> {
  refuseInContainer(inputs.builds.values(), inputs.options);
  const open = async () => {
    const named = await withNamedLogins(inputs, context);
    const opened = await openIndexes(named.inputs, request, { ...context, environment: named.environment });
    const older = async (root: string, indexes: Environment): Promise<readonly Finding[]> => {
      const environment = { ...opened.environment, ...indexes };
      const filesOf = fileLister({ name: 'pip' }, opened.inputs, request, { ...context, environment });
      const pins = await chosenByIndex(root, opened.inputs);
      return olderVersions(pins, root, opened.inputs, target, filesOf, request.buildSources);
    };
    return { ...opened, older };
  };
  return { tree: await resolveWithDocker(inputs, request, target, context, open), resolver: 'docker' };
}

function takenFindings(inputs: CollectedInputs): readonly Finding[] {
  const { source, others, ignored } = inputs;
  return [
    ...(others.length === 0 ? [] : [finding('requirements-taken', { source, others })]),
    ...ignored.map(({ text, because, origin }) =>
      finding('requirement-ignored', { text, place: placeText(origin), because }),
    ),
  ];
}

/** Nothing is asked for: only function code travels. */
async function emptyTree(
  inputs: CollectedInputs,
  findings: readonly Finding[],
  target: Target,
  context: World,
  step: StepProgress,
): Promise<Resolution> {
  const key = cacheKey({ empty: true });
  const entry = await context.cache.folder('trees', key, async () => {});
  step.end(`no distributions: ${inputs.source} is empty`);
  return {
    root: entry.path,
    resolver: 'pip',
    resolverVersion: `nothing to resolve for Python ${target.python}`,
    requested: [],
    key,
    read: inputs.read,
    findings,
  };
}
