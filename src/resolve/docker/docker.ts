/**
 * The Docker resolver: requirements are resolved, and compiled where they must be, in an image of the target.
 *
 * Two short runs of one image. The first only resolves and says what it would install: that, with the image's id, the
 * inputs and the options, is the key. When the cache has a tree for it the second run does not happen, so an unpinned
 * requirement that has a new version is noticed, and one that has not is not built again. About locked requirements
 * the first run is asked once only. The second run installs with the first one's choice as constraints.
 *
 * In the container: `/lambda-slim/work` (our scripts and what they exchange), `/lambda-slim/cache` (downloads and
 * built wheels, kept between builds), `/lambda-slim/out` (the tree), `/lambda-slim/host` (the CA bundle and the like).
 * Requirements, projects and local wheels lie at their own paths, so files that name them need no rewriting.
 */
import { randomUUID } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { cacheKey } from '../../text/cache-key.js';
import type { BuildRequest, Target } from '../../model.js';
import { withoutCuda, type CudaQuestion } from '../cuda.js';
import type { Choice } from './choice.js';
import { choiceOf, pinsOfAnswer } from './choice.js';
import { ensureOwned } from './owner.js';
import type { Mount } from '../../container/plan.js';
import { platformOf } from '../../container/plan.js';
import type { Session } from './session.js';
import { containerRun, installerOf, openSession, runScript } from './session.js';
import type { Pin } from '../pins.js';
import type { RequirementInputs, ResolvedTree } from '../resolver.js';
import type { World } from '../../world.js';
import { verifyTree } from '../tree.js';
import { countText } from '../../text/units.js';

/** Raised when the way in which a tree is made changes: older trees are then not used. */
const recipe = 1;

/** Options of pip that change what a build makes of the same files. */
const buildOptions = ['PIP_CONFIG_SETTINGS', 'PIP_GLOBAL_OPTION', 'PIP_NO_BUILD_ISOLATION', 'PIP_NO_BINARY'];

/**
 * Resolve, and compile where needed, in a container.
 * @throws SlimError `no-container-engine`, `container-failed`, `resolution-failed`, `index-unreachable`,
 *   `hash-mismatch`, `disk-full`, `interrupted`
 */
export async function resolveWithDocker(
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: World,
): Promise<ResolvedTree> {
  if (inputs.empty) {
    const key = cacheKey({ resolver: 'docker', empty: true });
    const { path: root } = await context.cache.folder('trees', key, async () => {});
    return { root, resolverVersion: 'docker (nothing to install)', key, findings: [] };
  }
  const session = await openSession(inputs, request, target, context);
  const choice = await choose(session, request);
  const key = cacheKey({ ...identity(session), chosen: choice.rows, cpu: choice.cpu });
  const step = context.progress.start(`install in ${session.image}`);
  const entry = await context.cache.folder('trees', key, (folder) =>
    install(session, folder, choice, (line) => step.note(line)),
  );
  step.end(undefined, { cached: entry.cached });
  return {
    root: entry.path,
    resolverVersion: `${session.engine.command} ${session.engine.version}, ${choice.installer} in ${session.image}`,
    key,
    findings: choice.findings,
  };
}

/** All that decides about the tree's bytes, but for what an index answers. */
function identity(session: Session): Readonly<Record<string, unknown>> {
  return {
    resolver: 'docker',
    recipe,
    image: session.imageId,
    platform: platformOf(session.target.architecture),
    python: session.target.python,
    inputs: session.inputs.digest,
    options: buildOptions.map((name) => session.host.secrets[name] ?? null),
  };
}

/** First run: what would be installed. A lock is asked about once; then the cache knows. */
async function choose(session: Session, request: BuildRequest): Promise<Choice> {
  const { inputs, context, target } = session;
  if (!inputs.locked) return decide(session, request);
  const key = cacheKey({ ...identity(session), torch: request.torchBackend, glibc: target.glibc });
  const entry = await context.cache.folder('pins', key, async (folder) => {
    await writeFile(path.join(folder, 'choice.json'), JSON.stringify(await decide(session, request)));
  });
  return JSON.parse(await readFile(path.join(entry.path, 'choice.json'), 'utf8')) as Choice;
}

async function decide(session: Session, request: BuildRequest): Promise<Choice> {
  const step = session.context.progress.start(`resolve in ${session.image}`);
  const ask = async (cpu: boolean): Promise<readonly Pin[] | null> => {
    await runScript(session, {
      mode: 'resolve',
      out: null,
      cpu,
      more: [],
      onLine: (line) => step.note(line),
    });
    const [report = null, compiled = null] = await Promise.all(
      ['report.json', 'locked.txt'].map((name) =>
        readFile(path.join(session.work, name), 'utf8').catch(() => null),
      ),
    );
    return pinsOfAnswer(report, compiled);
  };
  const pins = await ask(false);
  const installer = await installerOf(session);
  if (pins === null) {
    // Nobody can say whether an older tree is still right: a key that never was makes a new one.
    step.end();
    return { rows: [randomUUID()], constraints: [], cpu: false, findings: [], installer };
  }
  step.end(countText(pins.length, 'distribution'));
  const { pins: chosen, ...answer } = await withoutCuda({
    pins,
    backend: request.torchBackend,
    askForCpu: () => askForCpu(ask),
    environment: session.context.environment,
  });
  return choiceOf(chosen, { ...answer, installer });
}

/** How a container says that PyTorch's index has no CPU build, or does not answer. */
const aboutTheIndex: readonly string[] = ['container-failed', 'resolution-failed', 'index-unreachable'];

async function askForCpu(
  ask: (cpu: boolean) => Promise<readonly Pin[] | null>,
): ReturnType<CudaQuestion['askForCpu']> {
  try {
    const pins = await ask(true);
    return pins === null ? { ok: false, result: null } : { ok: true, pins };
  } catch (error) {
    // Its message is about an index that the user never named; what they need to know is that the CPU build is missing.
    if (error instanceof SlimError && aboutTheIndex.includes(error.code)) return { ok: false, result: null };
    throw error;
  }
}

/** Second run: the tree. */
async function install(
  session: Session,
  folder: string,
  choice: Choice,
  onLine: (line: string) => void,
): Promise<void> {
  const constraints = choice.constraints.map((one) => `${one}\n`).join('');
  await writeFile(path.join(session.work, 'chosen.txt'), constraints);
  const out: Mount = { source: folder, target: '/lambda-slim/out', writable: true };
  const more = ['-c', '/lambda-slim/work/chosen.txt'];
  await runScript(session, { mode: 'install', out, cpu: choice.cpu, more, onLine });
  await ensureOwned(folder, containerRun(session, out, false, ['true']), session.context);
  await verifyTree(folder, session.target);
}
