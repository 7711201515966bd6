/** Looks at what builds and sandboxes need of this machine. Nothing is installed and nothing changed; I/O. */
import { constants } from 'node:fs';
import { access, readFile, statfs } from 'node:fs/promises';
import { arch, platform } from 'node:os';
import path from 'node:path';
import { getuid, versions } from 'node:process';
import { credentialsBy } from '../aws/clients.js';
import { readProfile, regionOf } from '../aws/profile.js';
import { confine } from '../confine/confine.js';
import { engineNames, searchEngines } from '../container/engine.js';
import { withCache } from '../io/cache.js';
import { exists, isFolder } from '../io/exists.js';
import { findInterpreter, type Interpreter } from '../io/interpreter.js';
import { pythonVersions, targetFor } from '../limits.js';
import type { Architecture, Environment, Target } from '../model.js';
import { architectureSpellings } from '../options/spellings.js';
import type { Progress } from '../progress.js';
import { findPip, findUv, type Tool } from '../resolve/tools.js';
import { bytesText } from '../text/units.js';
import type { World } from '../world.js';
import {
  lacking,
  withoutInstaller,
  works,
  type Examination,
  type Look,
  type Part,
  type PartId,
} from './examination.js';
import {
  bubblewrapRemedy,
  distributionIn,
  engineRemedy,
  pythonRemedy,
  uvRemedy,
  type Place,
} from './remedies.js';

export interface Patient extends Pick<World, 'environment' | 'signal'> {
  readonly target: Pick<Target, 'python' | 'architecture'>;
  /** `--interpreter`; null looks for one. */
  readonly interpreter: string | null;
  /** `--container-engine`; null takes the first that answers. */
  readonly containerEngine: string | null;
  /** The cache folder, absolute, and the bytes that it may hold. */
  /** `limit` as it was written, e.g. `5 GB`. */
  readonly cache: { readonly folder: string; readonly limit: string };
  readonly progress: Progress;
}

/** Less than this on the cache's disk does not hold a build of torch (bytes). */
const enoughRoom = 5 * 2 ** 30;
/** Credentials that take longer come from a network that does not answer (milliseconds). */
const patience = 8000;

/** All parts, looked at at once. @throws SlimError `bad-option` for an interpreter that is another version */
export async function examine(patient: Patient): Promise<Examination> {
  const { target, environment, signal } = patient;
  const step = patient.progress.start('look at this machine');
  const uv = await findUv(environment, signal);
  const place = await placeOf(uv);
  const python = findInterpreter(target, patient, patient.interpreter);
  const looks: Readonly<Record<PartId, readonly [name: string, Promise<Look>]>> = {
    node: ['Node', Promise.resolve(works(versions.node))],
    uv: ['uv', Promise.resolve(uvLook(uv, place))],
    pip: ['pip', pipLook(patient)],
    python: [`Python ${target.python}`, python.then((one) => pythonLook(one, target, place))],
    'other-pythons': ['Other Pythons', othersLook(patient, place)],
    sandbox: ['Sandbox', python.then((one) => sandboxLook(one, patient, place))],
    'container-engine': ['Container engine', engineLook(patient, place)],
    aws: ['AWS', awsLook(environment)],
    cache: ['Cache', cacheLook(patient)],
  };
  const parts = await Promise.all(
    Object.entries(looks).map(async ([id, [name, look]]): Promise<Part> => ({
      id: id as PartId,
      name,
      ...(await look),
    })),
  );
  signal.throwIfAborted();
  step.end('done');
  return { target, parts: withoutInstaller(parts) };
}

async function placeOf(uv: Tool | null): Promise<Place> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  return {
    system: platform(),
    distribution: distributionIn(release),
    root: getuid?.() === 0,
    hasUv: uv !== null,
  };
}

function uvLook(uv: Tool | null, place: Place): Look {
  return uv === null
    ? lacking('not on PATH', 'pip resolves and installs instead, more slowly.', uvRemedy(place))
    : works(`${uv.version}, ${uv.command}`);
}

async function pipLook({ environment, signal }: Patient): Promise<Look> {
  const pip = await findPip(environment, signal);
  return pip === null
    ? lacking(
        'no Python on PATH has it',
        'uv does the same; --resolver pip cannot be used.',
        'python3 -m ensurepip --upgrade',
      )
    : works(`${pip.version}, of ${pip.command}`);
}

function pythonLook(
  found: Interpreter | null,
  { python, architecture }: Patient['target'],
  place: Place,
): Look {
  if (found?.canImport === true) return works(`${found.version}, ${found.command.join(' ')}`);
  const means = 'Builds are not proven: nothing here can import what is kept.';
  if (!runsHere(architecture, place))
    return lacking(
      found?.because ?? `this machine is not Linux on ${architecture}`,
      means,
      elsewhere(architecture),
    );
  return found === null
    ? lacking('not found', `${means} There is no bytecode either.`, pythonRemedy(python, place))
    : lacking(found.because ?? 'it cannot import for the function', means, pythonRemedy(python, place));
}

const elsewhere = (architecture: Architecture): string =>
  `Build on Linux on ${architecture}, or with --resolver docker and an engine that emulates it.`;

const runsHere = (architecture: Architecture, { system }: Place): boolean =>
  system === 'linux' && (architectureSpellings.get(arch()) ?? arch()) === architecture;

/** For other functions of the same architecture. */
async function othersLook(patient: Patient, place: Place): Promise<Look> {
  const { target } = patient;
  const others = pythonVersions.filter((one) => one !== target.python);
  const found = await Promise.all(
    others.map(async (python) => findInterpreter({ ...target, python }, patient)),
  );
  const proves = others.filter((_, index) => found[index]?.canImport === true);
  const compiles = others.filter((python, index) => found[index] && !proves.includes(python));
  const missing = others.filter((_, index) => found[index] === null);
  const said = [proves.join(', '), compiles.length === 0 ? '' : `for bytecode alone: ${compiles.join(', ')}`];
  const text = said.filter((one) => one !== '').join('; ') || 'none';
  const newest = missing.at(-1);
  if (newest === undefined) return works(text);
  const means = `Not here: ${missing.join(', ')}. Builds for these have no bytecode and are not proven.`;
  return lacking(text, means, pythonRemedy(newest, place));
}

async function sandboxLook(interpreter: Interpreter | null, patient: Patient, place: Place): Promise<Look> {
  if (interpreter?.canImport !== true)
    return lacking('not tried', 'There is no Python that could run in it.', null);
  const { cache, environment, signal } = patient;
  const target = targetFor(patient.target.python, patient.target.architecture);
  const confined = await withCache(cache.folder, false, (one) =>
    confine(interpreter, 'auto', { cache: one, environment, signal }, { like: target }),
  );
  const { by, because, librariesSeen } = confined.confinement;
  const remedy = bubblewrapRemedy(place);
  if (by === 'none')
    return lacking(
      `none: ${because ?? ''}`,
      "Packages' code runs unconfined in builds, on copies; verify needs a container engine.",
      remedy,
    );
  return librariesSeen === null
    ? works(by)
    : lacking(
        by,
        `This machine's libraries are seen in it, so one that Lambda lacks is not noticed: ${librariesSeen}.`,
        null,
      );
}

async function engineLook({ environment, containerEngine, signal }: Patient, place: Place): Promise<Look> {
  const { engine, misses } = await searchEngines(environment, containerEngine, signal);
  if (engine !== null)
    return works(`${engine.command} ${engine.version}${engine.rootless ? ', rootless' : ''}`);
  const means =
    'Packages that must be compiled cannot be built, and --resolver docker and --sandbox docker do not work.';
  const here = misses.filter(({ state }) => state !== 'missing');
  const [first] = here;
  if (first === undefined) return lacking(`none of ${engineNames.join(', ')}`, means, engineRemedy(place));
  const said = here.map((one) => `${one.command}: ${one.said}`).join('; ');
  const remedy =
    first.state === 'denied'
      ? 'Let your user reach it: sudo usermod -aG docker "$USER", then log in again.'
      : `Start it${place.system === 'linux' ? `: ${place.root ? '' : 'sudo '}systemctl start ${path.basename(first.command)}` : ''}`;
  return lacking(said, means, remedy);
}

async function awsLook(environment: Environment): Promise<Look> {
  const means = 'Builds, verify and check do not need it; publish-layer, --upload and layers by ARN do.';
  const remedy = 'aws configure sso; or set AWS_PROFILE and AWS_REGION';
  const profile = await readProfile(environment, 'lambda').catch(() => null);
  const region = regionOf(environment, profile);
  const by = await credentialsBy(environment, patience);
  if (by === null) return lacking('no credentials', means, remedy);
  return region === null
    ? lacking(
        `credentials (${by}), no Region`,
        'Commands need --region each time.',
        'export AWS_REGION=eu-central-1, or the one you deploy to',
      )
    : works(`credentials (${by}), ${region}`);
}

async function cacheLook({ cache: { folder, limit } }: Patient): Promise<Look> {
  const existing = await nearest(folder);
  if (!(await isFolder(existing)) || !(await isWritable(existing)))
    return lacking(
      `${folder} cannot be written`,
      'Every build starts from nothing.',
      'Name another folder with --cache-dir.',
    );
  const { bavail, bsize } = await statfs(existing);
  const free = bavail * bsize;
  const text = `${folder}, at most ${limit}, ${bytesText(free)} free`;
  return free < enoughRoom
    ? lacking(
        text,
        'A build of torch or TensorFlow may fill the disk.',
        'Make room, or name a folder on another disk with --cache-dir.',
      )
    : works(text);
}

/** The folder itself, or the first above it that is there. */
async function nearest(folder: string): Promise<string> {
  let at = folder;
  while (!(await exists(at)) && path.dirname(at) !== at) at = path.dirname(at);
  return at;
}

const isWritable = (folder: string): Promise<boolean> =>
  access(folder, constants.W_OK).then(
    () => true,
    () => false,
  );
