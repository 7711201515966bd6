/** From a request to a tree of installed distributions: read the inputs, pick the resolver, run it. */
import { SlimError } from '../errors.js';
import { finding, type Finding } from '../findings/findings.js';
import { cacheKey } from '../io/cache.js';
import type { BuildRequest, Resolution, ResolverName, Target } from '../model.js';
import type { StepProgress } from '../progress.js';
import { resolveWithDocker } from './docker/docker.js';
import { searchEngines } from '../container/engine.js';
import { resolveDirectory } from './directory.js';
import { resolveOnHost, type HostTool } from './host/host.js';
import { collectInputs, type CollectedInputs } from './inputs/inputs.js';
import { oldestPip, pipIsUsable, pipTool } from './host/pip.js';
import type { Builder } from './inputs/projects.js';
import type { ResolveContext, ResolvedTree } from './resolver.js';
import { findPip, findUv, throwIfAborted, type Tool } from './tools.js';
import { installedNames } from './tree.js';
import { oldestUv, uvIsUsable, uvPlatform, uvTool } from './host/uv.js';
import { countText } from '../text/units.js';

export type { ResolveContext } from './resolver.js';

/**
 * Resolve and install what the request asks for, for the target, into the cache.
 * @throws SlimError `not-found`, `nothing-to-build`, `bad-requirements`, `no-resolver`, `lock-tool-missing`,
 *   `lock-export-failed`, `no-wheel`, `needs-newer-python`, `resolution-failed`, `index-unreachable`, `hash-mismatch`,
 *   `no-container-engine`, `container-failed`, `disk-full`, `interrupted`
 */
export async function resolve(
  request: BuildRequest,
  target: Target,
  context: ResolveContext,
): Promise<Resolution> {
  const step = context.progress.start('resolve');
  throwIfAborted(context.signal);
  if (request.resolver === 'directory' || request.from !== null) {
    if (request.from === null) {
      throw new SlimError('bad-option', 'The resolver "directory" needs a folder.', {
        hint: 'Name the folder of installed packages with --from DIR.',
      });
    }
    const resolution = await resolveDirectory(request.from);
    step.end(`as installed in ${request.from}`);
    return resolution;
  }
  const inputs = await collectInputs(request, context);
  step.note(`requirements from ${inputs.source}`);
  const taken = takenFindings(inputs);
  if (inputs.empty) return emptyTree(inputs, taken, target, context, step);
  const { tree, resolver } = await resolveInputs(inputs, request, target, context, step);
  const installed = new Set((await installedNames(tree.root)).map((one) => one.name));
  step.end(`${countText(installed.size, 'distribution')} from ${inputs.source}, by ${tree.resolverVersion}`);
  return {
    root: tree.root,
    resolver,
    resolverVersion: tree.resolverVersion,
    // A requirement whose marker leaves it out on Lambda is not in the tree.
    requested: inputs.requested.filter((name) => installed.has(name)),
    key: tree.key,
    findings: [...taken, ...tree.findings],
  };
}

interface Answer {
  readonly tree: ResolvedTree;
  readonly resolver: ResolverName;
}

async function resolveInputs(
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: ResolveContext,
  step: StepProgress,
): Promise<Answer> {
  if (request.resolver === 'docker') return byDocker(inputs, request, target, context);
  const { host, builders } = await chooseHost(request, target, context);
  try {
    const tree = await resolveOnHost(host, builders, inputs, request, target, context, step);
    return { tree, resolver: host.name };
  } catch (error) {
    if (request.resolver !== 'auto' || !mustBeCompiled(error)) throw error;
    const { engine } = await searchEngines(context.environment, request.containerEngine, context.signal);
    if (engine === null) throw error;
    step.note(`${error.message} Compiling it with ${engine.command}.`);
    return byDocker(inputs, request, target, context);
  }
}

const mustBeCompiled = (error: unknown): error is SlimError =>
  error instanceof SlimError && error.code === 'no-wheel';

async function byDocker(
  inputs: CollectedInputs,
  request: BuildRequest,
  target: Target,
  context: ResolveContext,
): Promise<Answer> {
  return { tree: await resolveWithDocker(inputs, request, target, context), resolver: 'docker' };
}

/**
 * uv when it is there; pip where uv has no platform with exactly the target's glibc, because uv would then not see the
 * wheels between its platform and the ceiling.
 * @throws SlimError `no-resolver`
 */
export async function chooseHost(
  request: Pick<BuildRequest, 'resolver'>,
  target: Target,
  context: Pick<ResolveContext, 'environment'>,
): Promise<{ readonly host: HostTool; readonly builders: () => Promise<readonly Builder[]> }> {
  const { environment } = context;
  const wanted = request.resolver;
  const uv = wanted === 'pip' ? null : await findUv(environment);
  const platform = uvPlatform(target);
  const usableUv = uv !== null && uvIsUsable(uv) && platform !== null ? uv : null;
  if (usableUv !== null && (wanted === 'uv' || platform?.exact === true))
    return byUv(usableUv, target, context);
  // Starting Python takes a while, so pip is looked for only where it may be taken.
  const pip = wanted === 'uv' ? null : await findPip(environment);
  if (pip !== null && pipIsUsable(pip)) {
    return { host: pipTool(pip, target), builders: () => Promise.resolve([{ name: 'pip', tool: pip }]) };
  }
  if (usableUv !== null) return byUv(usableUv, target, context);
  throw noResolver(wanted, uv, pip);
}

function byUv(
  tool: Tool,
  target: Target,
  context: Pick<ResolveContext, 'environment'>,
): { readonly host: HostTool; readonly builders: () => Promise<readonly Builder[]> } {
  const builders = async (): Promise<readonly Builder[]> => {
    const pip = await findPip(context.environment);
    return [{ name: 'uv', tool }, ...(pip === null ? [] : [{ name: 'pip' as const, tool: pip }])];
  };
  return { host: uvTool(tool, target), builders };
}

function noResolver(wanted: BuildRequest['resolver'], uv: Tool | null, pip: Tool | null): SlimError {
  const old =
    wanted !== 'pip' && uv !== null
      ? `uv ${uv.version} is too old (or has no platform for this glibc): ${oldestUv} or later is needed.`
      : wanted !== 'uv' && pip !== null
        ? `pip ${pip.version} is too old: ${oldestPip} or later is needed, for its installation report.`
        : null;
  return new SlimError(
    'no-resolver',
    old ?? (wanted === 'auto' ? 'Neither uv nor a Python with pip is on PATH.' : `${wanted} is not on PATH.`),
    {
      hint: 'Install uv (https://docs.astral.sh/uv/), or update pip with "python3 -m pip install --upgrade pip", or build in a container: --resolver docker.',
    },
  );
}

function takenFindings(inputs: CollectedInputs): readonly Finding[] {
  return inputs.others.length === 0
    ? []
    : [finding('requirements-taken', { source: inputs.source, others: inputs.others })];
}

/** Nothing is asked for: only function code travels. */
async function emptyTree(
  inputs: CollectedInputs,
  findings: readonly Finding[],
  target: Target,
  context: ResolveContext,
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
    findings,
  };
}
