/**
 * The Docker resolver: requirements are resolved, and compiled where they must be, in an image of the target.
 *
 * Two short runs of one image. The first only resolves and says what it would install: that, with the image's id, the
 * inputs and the options, is the key. When the cache has a tree for it the second run does not happen, so an unpinned
 * requirement that has a new version is noticed, and one that has not is not built again. About locked requirements
 * the first run is asked once only. The second run installs with the first one's choice as constraints.
 *
 * In the container: `/lambda-slim/work` (our scripts and what they exchange), `/lambda-slim/cache` (downloads and
 * built wheels, kept between builds), `/lambda-slim/out` (the tree), `/lambda-slim/host` (the CA bundle and the like). Requirements,
 * projects and local wheels lie at their own paths, so files that name them need no rewriting.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { cacheKey } from '../io/cache.js';
import { templatePath } from '../io/templates.js';
import type { BuildRequest, Target } from '../model.js';
import { cudaBytes, cudaError, cudaFinding, cudaPins } from './cuda.js';
import type { Choice } from './docker-choice.js';
import { choiceOf, pinsOfAnswer } from './docker-choice.js';
import { interrupted, runContainer, runEngine } from './docker-container.js';
import type { ContainerEnvironment } from './docker-environment.js';
import { containerEnvironment } from './docker-environment.js';
import type { ImageFacts } from './docker-failure.js';
import { containerFailure, machines, pullFailure } from './docker-failure.js';
import { ensureOwned } from './docker-owner.js';
import { readPipConfig } from './docker-pip-config.js';
import type { ContainerRun, Mount, Owner } from './docker-plan.js';
import { folderToShow, hidesImage, imageFor, mountsOf, pathInside, platformOf } from './docker-plan.js';
import type { Engine } from './engine.js';
import { requireEngine } from './engine.js';
import type { Pin } from './pins.js';
import type { RequirementInputs, ResolveContext, ResolvedTree } from './resolver.js';
import { redact } from './secrets.js';
import { verifyTree } from './tree.js';

/** Raised when the way in which a tree is made changes: older trees are then not used. */
const recipe = 1;

const scripts = ['docker_install.sh', 'docker_install.py'];

/** Options of pip that change what a build makes of the same files. */
const buildOptions = ['PIP_CONFIG_SETTINGS', 'PIP_GLOBAL_OPTION', 'PIP_NO_BUILD_ISOLATION', 'PIP_NO_BINARY'];

/** What stays the same over the runs of one resolve. */
interface Session {
  readonly inputs: RequirementInputs;
  readonly target: Target;
  readonly context: ResolveContext;
  readonly engine: Engine;
  readonly image: string;
  readonly imageId: string;
  /** Our folder that the container sees as /lambda-slim/work. */
  readonly work: string;
  readonly downloads: string;
  readonly owner: Owner;
  readonly host: ContainerEnvironment;
  readonly clean: (text: string) => string;
}

/**
 * Resolve, and compile where needed, in a container.
 * @throws SlimError `no-container-engine`, `container-failed`, `resolution-failed`, `index-unreachable`,
 *   `hash-mismatch`, `disk-full`, `interrupted`
 */
export async function resolveWithDocker(
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: ResolveContext,
): Promise<ResolvedTree> {
  if (inputs.empty) {
    const key = cacheKey({ resolver: 'docker', empty: true });
    const { path: root } = await context.cache.folder('trees', key, async () => {});
    return { root, resolverVersion: 'docker (nothing to install)', key, findings: [] };
  }
  const session = await open(inputs, request, target, context);
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

async function findEngineFor(request: BuildRequest, context: ResolveContext): Promise<Engine> {
  const engine = await requireEngine(context.environment, request.containerEngine, context.signal).catch(
    (error: unknown) => {
      throw context.signal?.aborted === true ? interrupted() : error;
    },
  );
  return engine;
}

async function open(
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: ResolveContext,
): Promise<Session> {
  const { environment, cache } = context;
  const engine = await findEngineFor(request, context);
  const texts = await Promise.all(
    [...inputs.files, ...inputs.constraints].map((file) => readFile(file, 'utf8')),
  );
  const image = request.image ?? imageFor(target.python, target.architecture);
  const pipConfig = await readPipConfig(environment);
  const clean = (text: string): string => redact(text, { ...environment, ...pipConfig });
  const imageId = await ensureImage(engine, image, target, context, clean);
  const work = await cache.workFolder('container');
  const { uid, gid } = await stat(work);
  const downloads = path.join(cache.root, 'downloads', `container-${uid}`);
  await mkdir(downloads, { recursive: true });
  await Promise.all(scripts.map((name) => copyFile(templatePath(name), path.join(work, name))));
  const host = containerEnvironment({
    environment,
    pipConfig,
    requirementTexts: texts,
    home: environment['HOME'] ?? environment['USERPROFILE'] ?? null,
    exists: existsSync,
  });
  for (const one of [...inputs.localPaths, ...host.localPaths]) {
    if (!hidesImage(one)) continue;
    throw new SlimError('container-failed', `The folder ${one} cannot be shown to the container: the image needs its own.`, {
      hint: 'Put the wheels that --find-links or the index names into a folder of their own.',
    }); // prettier-ignore
  }
  return {
    inputs,
    target,
    context,
    engine,
    image,
    imageId,
    work,
    downloads,
    owner: { uid, gid },
    host,
    clean,
  };
}

/** The image's id, after fetching it when it is not here. */
async function ensureImage(
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
  step.end(`${pins.length} distributions`);
  const cuda = cudaPins(pins);
  if (cuda.length === 0) return choiceOf(pins, { cpu: false, findings: [], installer });
  const bytes = await cudaBytes(cuda.filter((pin) => pin.url !== ''));
  if (request.torchBackend === 'keep') {
    return choiceOf(pins, { cpu: false, findings: [cudaFinding(cuda, bytes, 'kept')], installer });
  }
  const second = await ask(true);
  if (second === null || cudaPins(second).length > 0) {
    throw cudaError(pins, cuda, bytes, null, session.context.environment);
  }
  return choiceOf(second, { cpu: true, findings: [cudaFinding(cuda, bytes, 'cpu')], installer });
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

interface ScriptRun {
  readonly mode: 'resolve' | 'install';
  readonly out: Mount | null;
  readonly cpu: boolean;
  readonly more: readonly string[];
  readonly onLine: (line: string) => void;
}

async function runScript(session: Session, { mode, out, cpu, more, onLine }: ScriptRun): Promise<void> {
  const { inputs, target, context, engine, image, clean } = session;
  const lines: string[] = [];
  const wanted = containerRun(session, out, cpu, [
    '/bin/sh',
    '/lambda-slim/work/docker_install.sh',
    target.python,
    machines[target.architecture],
    mode,
    ...inputs.files.flatMap((file) => ['-r', pathInside(file)]),
    ...inputs.constraints.flatMap((file) => ['-c', pathInside(file)]),
    ...more,
  ]);
  const result = await runContainer(wanted, context, (line) => {
    lines.push(clean(line));
    if (line.trim() !== '') onLine(clean(line.trim()));
  });
  if (result.ok) return;
  const facts = await readFacts(session);
  throw containerFailure({ engine: engine.command, image, target, exitCode: result.exitCode, lines, facts });
}

function containerRun(
  session: Session,
  out: Mount | null,
  cpu: boolean,
  command: ContainerRun['command'],
): ContainerRun {
  const { inputs, host } = session;
  return {
    engine: session.engine,
    // By id: a tag may move between the two runs. nerdctl takes names only.
    image: session.engine.family === 'nerdctl' ? session.image : session.imageId,
    architecture: session.target.architecture,
    name: `lambda-slim-${randomUUID()}`,
    owner: session.owner,
    mounts: [
      { source: session.work, target: '/lambda-slim/work', writable: true },
      { source: session.downloads, target: '/lambda-slim/cache', writable: true },
      ...(out === null ? [] : [out]),
      { source: inputs.folder, target: pathInside(inputs.folder), writable: true },
      ...mountsOf([...inputs.localPaths, ...host.localPaths].map(folderToShow), [inputs.folder]),
      ...host.mounts,
    ],
    settings: {
      ...host.settings,
      ...(cpu ? { LAMBDA_SLIM_TORCH: 'cpu' } : {}),
      HOME: '/lambda-slim/work/home',
      // Builds ask who they are; the caller's number has no name in the image.
      USER: 'lambda-slim',
      LOGNAME: 'lambda-slim',
      PIP_ROOT_USER_ACTION: 'ignore',
      UV_BREAK_SYSTEM_PACKAGES: '1',
      // Builds that stamp their time must not differ from one day to the next (1980-01-01).
      SOURCE_DATE_EPOCH: session.context.environment['SOURCE_DATE_EPOCH'] ?? '315532800',
      PYTHONHASHSEED: '0',
      PYTHONDONTWRITEBYTECODE: '1',
    },
    secrets: host.secrets,
    hostNetwork: host.hostNetwork,
    command,
  };
}

async function readFacts(session: Session): Promise<ImageFacts | null> {
  const text = await readFile(path.join(session.work, 'facts.json'), 'utf8').catch(() => null);
  return text === null ? null : (JSON.parse(text) as ImageFacts);
}

async function installerOf(session: Session): Promise<string> {
  const facts = await readFacts(session);
  return facts?.pip == null ? 'uv' : `pip ${facts.pip}`;
}
