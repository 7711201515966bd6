/**
 * The Docker resolver: requirements are resolved, and compiled where they must be, in an image of the target.
 *
 * Two short runs of one image. The first only resolves and says what it would install: that, with the image's id, the
 * inputs and the options, is the key. When the cache has a tree for it the second run does not happen, so an unpinned
 * requirement that has a new version is noticed, and one that has not is not built again. Requirements that name
 * hashes need no first run. The second run installs with the first one's choice as constraints.
 *
 * In the container: `/lambda-slim/work` (our scripts and what they exchange), `/lambda-slim/cache` (downloads and
 * built wheels, kept between builds), `/lambda-slim/out` (the tree), `/lambda-slim/host` (the CA bundle and the like). Requirements,
 * projects and local wheels lie at their own paths, so files that name them need no rewriting.
 */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SlimError } from '../errors.js';
import { cacheKey } from '../io/cache.js';
import type { BuildRequest, Target } from '../model.js';
import { interrupted, runContainer, runEngine } from './docker-container.js';
import type { ContainerEnvironment } from './docker-environment.js';
import { containerEnvironment } from './docker-environment.js';
import type { ImageFacts } from './docker-failure.js';
import { containerFailure, machines, pullFailure } from './docker-failure.js';
import type { Lock } from './docker-lock.js';
import { isLocked, lockOfCompiled, lockOfReport } from './docker-lock.js';
import { ensureOwned } from './docker-owner.js';
import { readPipConfig } from './docker-pip-config.js';
import type { ContainerRun, Mount, Owner } from './docker-plan.js';
import { hidesImage, imageFor, mountsOf, pathInside, platformOf } from './docker-plan.js';
import type { Engine } from './engine.js';
import { requireEngine } from './engine.js';
import type { RequirementInputs, ResolveContext, ResolvedTree } from './resolver.js';
import { redact } from './secrets.js';

/** Raised when the way in which a tree is made changes: older trees are then not used. */
const recipe = 1;

const templates = fileURLToPath(new URL('../../templates/', import.meta.url));
const scripts = ['docker_install.sh', 'docker_install.py'];

/** Options of pip that change what a build makes of the same files. */
const buildOptions = ['PIP_CONFIG_SETTINGS', 'PIP_GLOBAL_OPTION', 'PIP_NO_BUILD_ISOLATION'];

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
  const engine = await findEngineFor(request, context);
  const texts = await Promise.all(
    [...inputs.files, ...inputs.constraints].map((file) => readFile(file, 'utf8')),
  );
  const session = await open(inputs, request, target, context, engine, texts);
  const lock = isLocked(texts.slice(0, inputs.files.length)) && inputs.projects.length === 0 ? null : await choose(session); // prettier-ignore
  const key = cacheKey({
    resolver: 'docker',
    recipe,
    image: session.imageId,
    platform: platformOf(target.architecture),
    python: target.python,
    inputs: inputs.digest,
    chosen: lock === null ? null : lock.lines,
    options: buildOptions.map((name) => session.host.secrets[name] ?? null),
  });
  const step = context.progress.start(`install in ${session.image}`);
  const entry = await context.cache.folder('trees', key, (folder) =>
    install(session, folder, lock, (line) => step.note(line)),
  );
  step.end(undefined, { cached: entry.cached });
  return {
    root: entry.path,
    resolverVersion: `${engine.command} ${engine.version}, ${await installerText(session)}${session.image}`,
    key,
    findings: [],
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
  engine: Engine,
  texts: readonly string[],
): Promise<Session> {
  const { environment, cache } = context;
  const image = request.image ?? imageFor(target.python, target.architecture);
  const pipConfig = await readPipConfig(environment);
  const clean = (text: string): string => redact(text, { ...environment, ...pipConfig });
  const imageId = await ensureImage(engine, image, target, context, clean);
  const work = await cache.workFolder('container');
  const { uid, gid } = await stat(work);
  const downloads = path.join(cache.root, 'downloads', `container-${uid}`);
  await mkdir(downloads, { recursive: true });
  await Promise.all(scripts.map((name) => copyFile(path.join(templates, name), path.join(work, name))));
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

/** First run: what would be installed. Null when the image's pip is too old to tell. */
async function choose(session: Session): Promise<Lock | null> {
  const step = session.context.progress.start(`resolve in ${session.image}`);
  await runScript(session, 'resolve', null, [], (line) => step.note(line));
  const [report, compiled] = await Promise.all(
    ['report.json', 'locked.txt'].map((name) =>
      readFile(path.join(session.work, name), 'utf8').catch(() => null),
    ),
  );
  const lock =
    typeof report === 'string' ? lockOfReport(report)
    : typeof compiled === 'string' ? lockOfCompiled(compiled)
    : null; // prettier-ignore
  step.end(lock === null ? undefined : `${lock.lines.length} distributions`);
  // Nobody can say whether an older tree is still right: a key that never was makes a new one.
  return lock ?? { lines: [randomUUID()], pins: [] };
}

/** Second run: the tree. */
async function install(
  session: Session,
  folder: string,
  lock: Lock | null,
  onLine: (line: string) => void,
): Promise<void> {
  const pins = path.join(session.work, 'pins.txt');
  await writeFile(pins, (lock?.pins ?? []).map((pin) => `${pin}\n`).join(''));
  const out: Mount = { source: folder, target: '/lambda-slim/out', writable: true };
  await runScript(session, 'install', out, ['-c', '/lambda-slim/work/pins.txt'], onLine);
  await ensureOwned(folder, containerRun(session, out, ['true']), session.context);
}

async function runScript(
  session: Session,
  mode: 'resolve' | 'install',
  out: Mount | null,
  more: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const { inputs, target, context, engine, image, clean } = session;
  const lines: string[] = [];
  const wanted = containerRun(session, out, [
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

function containerRun(session: Session, out: Mount | null, command: ContainerRun['command']): ContainerRun {
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
      ...mountsOf([...inputs.localPaths, ...host.localPaths], [inputs.folder]),
      ...host.mounts,
    ],
    settings: {
      ...host.settings,
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

async function installerText(session: Session): Promise<string> {
  const facts = await readFacts(session);
  if (facts === null) return '';
  return facts.pip === null ? 'uv in ' : `pip ${facts.pip} in `;
}
