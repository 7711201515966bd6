/** One resolve's surroundings: the engine, the image, our folders, and how a script of ours is run among them. */
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { templatePath } from '../../io/templates.js';
import { homeFolder } from '../../io/user-folders.js';
import type { BuildRequest, Target } from '../../model.js';
import { runContainer } from '../../container/run.js';
import type { ContainerEnvironment } from './environment.js';
import { containerEnvironment } from './environment.js';
import type { ImageFacts } from './failure.js';
import { containerFailure } from './failure.js';
import { machineTags } from '../../limits.js';
import { ensureImage } from '../../container/image.js';
import { readPipConfig } from './pip-config.js';
import type { ContainerRun, Mount, Owner } from '../../container/plan.js';
import { folderToShow, hidesImage, imageFor, mountsOf, pathInside } from '../../container/plan.js';
import type { Engine } from '../../container/engine.js';
import { requireEngine } from '../../container/engine.js';
import type { RequirementInputs } from '../resolver.js';
import type { World } from '../../world.js';
import { hideCache } from '../user-paths.js';
import { refuseCutLogin } from '../cut-login.js';

const scripts = ['docker_install.sh', 'docker_install.py'];

/** What stays the same over the runs of one resolve. */
export interface Session {
  readonly inputs: RequirementInputs;
  readonly target: Target;
  readonly context: World;
  readonly engine: Engine;
  readonly image: string;
  readonly imageId: string;
  /** Our folder that the container sees as /lambda-slim/work. */
  readonly work: string;
  readonly downloads: string;
  readonly owner: Owner;
  readonly host: ContainerEnvironment;
  readonly clean: (text: string) => string;
  /** Nothing may be built from source. */
  readonly wheelsOnly: boolean;
}

/**
 * Find the engine, get the image, make our folders.
 * @throws SlimError `no-container-engine`, `container-failed`, `bad-requirements`, `not-in-cache` (offline), `interrupted`
 */
export async function openSession(
  inputs: RequirementInputs,
  request: BuildRequest,
  target: Target,
  context: World,
): Promise<Session> {
  const { environment, cache, secrets } = context;
  const engine = await requireEngine(environment, request.containerEngine, context.signal);
  const texts = await Promise.all(
    [...inputs.files, ...inputs.constraints].map((file) => readFile(file, 'utf8')),
  );
  const image = request.image ?? imageFor(target.python, target.architecture);
  const pipConfig = await readPipConfig(environment);
  secrets.readVariables(pipConfig);
  refuseCutLogin(Object.values(pipConfig).join(' '), "pip's configuration");
  const clean = (text: string): string => hideCache(secrets.hide(text), cache.root);
  const imageId = await ensureImage(engine, image, target, context, clean, request.offline);
  const work = await cache.workFolder('container');
  const { uid, gid } = await stat(work);
  const downloads = await cache.downloads(`container-${uid}`);
  await Promise.all(scripts.map((name) => copyFile(templatePath(name), path.join(work, name))));
  const host = containerEnvironment({
    environment,
    pipConfig,
    requirementTexts: texts,
    home: homeFolder(environment),
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
    wheelsOnly: !request.buildSources,
  };
}

export interface ScriptRun {
  readonly mode: 'needs' | 'resolve' | 'install';
  readonly out: Mount | null;
  readonly cpu: boolean;
  readonly more: readonly string[];
  readonly onLine: (line: string) => void;
}

/**
 * Run docker_install.py in a container.
 * @throws SlimError what `containerFailure` makes of it; `interrupted`
 */
export async function runScript(
  session: Session,
  { mode, out, cpu, more, onLine }: ScriptRun,
): Promise<void> {
  const { inputs, target, context, engine, image, clean } = session;
  const lines: string[] = [];
  const wanted = containerRun(session, out, cpu, [
    '/bin/sh',
    '/lambda-slim/work/docker_install.sh',
    target.python,
    machineTags[target.architecture],
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
  const { exitCode } = result;
  const { wheelsOnly } = session;
  throw containerFailure({ engine: engine.command, image, target, exitCode, lines, facts, wheelsOnly });
}

/** A run with all that the resolve brings; `cpu` takes PyTorch's CPU builds. */
export function containerRun(
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

/** For people: what installs in this image, e.g. `pip 25.0`. Known after the first run. */
export async function installerOf(session: Session): Promise<string> {
  const facts = await readFacts(session);
  return facts === null || facts.pip === null ? 'uv' : `pip ${facts.pip}`;
}
