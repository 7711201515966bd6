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
import type { Finding } from '../../findings/findings.js';
import type { BuildRequest, Environment, Target } from '../../model.js';
import { withoutCuda, type CudaQuestion } from '../cuda.js';
import { refuseLateNeeds } from './build-needs.js';
import type { Choice } from './choice.js';
import { choiceOf, pinsOfAnswer } from './choice.js';
import { ensureOwned } from './owner.js';
import type { Mount } from '../../container/plan.js';
import { platformOf } from '../../container/plan.js';
import { forbidden } from '../inputs/build-wheel.js';
import type { OpenIndexes } from '../indexes.js';
import type { Session } from './session.js';
import { containerRun, installerOf, openSession, runScript } from './session.js';
import { refuseClaimed } from '../claims.js';
import { countDownloads } from '../host/downloads.js';
import type { Pin } from '../pins.js';
import type { RequirementInputs, ResolvedTree } from '../resolver.js';
import type { World } from '../../world.js';
import { verifyTree } from '../tree.js';
import { webOf } from '../web.js';
import { countText } from '../../text/units.js';

/** Raised when the way in which a tree is made changes: older trees are then not used. */
const recipe = 1;

/** Options of pip that change what a build makes of the same files. */
const buildOptions = ['PIP_CONFIG_SETTINGS', 'PIP_GLOBAL_OPTION', 'PIP_NO_BUILD_ISOLATION', 'PIP_NO_BINARY'];

/** What of `openIndexes` a container needs. */
interface Opened extends Pick<OpenIndexes, 'environment' | 'reword'> {
  readonly inputs: RequirementInputs;
  /** About versions that were taken in place of newer ones. Default: nobody looks. @param indexes the container's, as pip's variables */
  readonly older?: (root: string, indexes: Environment) => Promise<readonly Finding[]>;
}

/**
 * Resolve, and compile where needed, in a container.
 * @param open gets the indexes' tokens; called only when an index is asked. Default: there are none
 * @throws SlimError `no-wheel`, `needs-newer-python`, `bad-requirements`, `no-container-engine`, `container-failed`, `resolution-failed`,
 *   `index-unreachable`, `hash-mismatch`, `build-forbidden`, `not-in-cache`, `disk-full`, `interrupted`, and
 *   those of what opens the indexes
 */
export async function resolveWithDocker(
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: World,
  open: () => Promise<Opened> = () =>
    Promise.resolve({ inputs, environment: context.environment, reword: (error) => Promise.resolve(error) }),
): Promise<ResolvedTree> {
  if (inputs.empty) {
    const key = cacheKey({ resolver: 'docker', empty: true });
    const { path: root } = await context.cache.folder('trees', key, async () => {});
    return { root, resolverVersion: 'docker (nothing to install)', key, findings: [] };
  }
  const [project] = inputs.projects;
  if (!request.buildSources && project !== undefined) throw forbidden(project.written);
  const session = await openSession(inputs, request, target, context);
  const known = await recallChoice(session, request);
  const there = known && (await context.cache.find('trees', treeKeyOf(session, known)));
  if (known && there) return resolved(session, known, there.path);
  if (request.offline) {
    throw new SlimError(
      'not-in-cache',
      'What these requirements need from a container is not in the cache.',
      {
        hint: 'Build once without --offline.',
      },
    );
  }
  const opened = await open();
  const reachable =
    opened.inputs === inputs
      ? session
      : await openSession(opened.inputs, request, target, { ...context, environment: opened.environment });
  try {
    return await ask(reachable, known, request, opened);
  } catch (error) {
    throw error instanceof SlimError ? await opened.reword(error) : error;
  }
}

async function ask(
  session: Session,
  known: Choice | null,
  request: BuildRequest,
  { older }: Opened,
): Promise<ResolvedTree> {
  const { context } = session;
  const choice = known ?? (await decide(session, request));
  const step = context.progress.start(`install in ${session.image}`);
  const downloads = countDownloads();
  const entry = await context.cache.folder('trees', treeKeyOf(session, choice), (folder) =>
    install(session, folder, choice, (line) => step.note(downloads.note(line))),
  );
  step.end(downloads.told() ?? undefined, { cached: entry.cached });
  if (known !== null) return resolved(session, known, entry.path);
  // --prefer-binary takes a version that has a wheel.
  const more = (await older?.(entry.path, indexVariables(session))) ?? [];
  const told = { ...choice, findings: [...choice.findings, ...more] };
  await remember(session, request, told);
  return resolved(session, told, entry.path);
}

function indexVariables({ host }: Session): Environment {
  const all = { ...host.settings, ...host.secrets };
  return Object.fromEntries(
    ['PIP_INDEX_URL', 'PIP_EXTRA_INDEX_URL', 'PIP_FIND_LINKS', 'PIP_NO_INDEX'].map((name) => [
      name,
      all[name],
    ]),
  );
}

function resolved(session: Session, choice: Choice, root: string): ResolvedTree {
  const { engine, image } = session;
  return {
    root,
    resolverVersion: `${engine.command} ${engine.version}, ${choice.installer} in ${image}`,
    key: treeKeyOf(session, choice),
    findings: choice.findings,
  };
}

const treeKeyOf = (session: Session, choice: Choice): string =>
  cacheKey({ ...identity(session), chosen: choice.rows, cpu: choice.cpu });

/** All that decides about the tree's bytes, but for what an index answers. */
function identity(session: Session): Readonly<Record<string, unknown>> {
  return {
    resolver: 'docker',
    recipe,
    image: session.imageId,
    platform: platformOf(session.target.architecture),
    python: session.target.python,
    inputs: session.inputs.digest,
    wheelsOnly: session.wheelsOnly,
    options: buildOptions.map((name) => session.host.secrets[name] ?? null),
  };
}

function choiceKey(session: Session, request: BuildRequest): string {
  return cacheKey({ ...identity(session), torch: request.torchBackend, glibc: session.target.glibc });
}

/** What was chosen for the same inputs, when all of it is pinned, or when no index may be asked. */
async function recallChoice(session: Session, request: BuildRequest): Promise<Choice | null> {
  if (request.refresh) return null;
  const entry = await session.context.cache.find('pins', choiceKey(session, request));
  const text = entry && (await readFile(path.join(entry.path, 'choice.json'), 'utf8').catch(() => null));
  if (text === null) return null;
  const choice = JSON.parse(text) as Choice;
  return choice.settled || request.offline ? choice : null;
}

/** Keep a choice for the next build. */
async function remember(session: Session, request: BuildRequest, choice: Choice): Promise<void> {
  await session.context.cache.replace('pins', choiceKey(session, request), (folder) =>
    writeFile(path.join(folder, 'choice.json'), JSON.stringify(session.context.secrets.hideIn(choice))),
  );
}

const wheelsOnlyOptions = (session: Session): readonly string[] =>
  session.wheelsOnly ? ['--only-binary', ':all:'] : [];

/** First run: what would be installed. */
async function decide(session: Session, request: BuildRequest): Promise<Choice> {
  const step = session.context.progress.start(`resolve in ${session.image}`);
  const downloads = countDownloads();
  const ask = async (cpu: boolean): Promise<readonly Pin[] | null> => {
    await runScript(session, {
      mode: 'resolve',
      out: null,
      cpu,
      more: wheelsOnlyOptions(session),
      onLine: (line) => step.note(downloads.note(line)),
    });
    const [report = null, compiled = null] = await Promise.all(
      ['report.json', 'locked.txt'].map((name) =>
        readFile(path.join(session.work, name), 'utf8').catch(() => null),
      ),
    );
    return pinsOfAnswer(report, compiled);
  };
  await refuseLateNeeds(session, (line) => step.note(line));
  const pins = await ask(false);
  const installer = await installerOf(session);
  if (pins === null) {
    // Nobody can say whether an older tree is still right: a key that never was makes a new one.
    step.end();
    return { rows: [randomUUID()], constraints: [], cpu: false, findings: [], installer, settled: false };
  }
  refuseClaimed(pins, session.inputs.claims, session.context.environment);
  step.end([countText(pins.length, 'distribution'), downloads.told() ?? []].flat().join(', '));
  const { pins: chosen, ...answer } = await withoutCuda({
    pins,
    backend: request.torchBackend,
    askForCpu: () => askForCpu(ask),
    offline: request.offline,
    secrets: session.context.secrets,
    web: webOf(session.context),
  });
  const fixed = new Set(session.inputs.pinned);
  const settled = chosen.every((pin) =>
    pin.direct ? pin.url.startsWith('file:') : session.inputs.locked || fixed.has(pin.name),
  );
  return choiceOf(chosen, { ...answer, installer, settled });
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
  const more = [...wheelsOnlyOptions(session), '-c', '/lambda-slim/work/chosen.txt'];
  await runScript(session, { mode: 'install', out, cpu: choice.cpu, more, onLine });
  await ensureOwned(folder, containerRun(session, out, false, ['true']), session.context);
  await verifyTree(folder, session.target);
}
