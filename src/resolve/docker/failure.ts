/** From what a container run left (exit code, output) to a sentence and the ways out. Pure. */
import { diskFull, SlimError, tellsDiskFull } from '../../errors.js';
import { machineTags } from '../../limits.js';
import type { Target } from '../../model.js';
import { platformOf } from '../../container/plan.js';
import { hashMismatch, mismatchIn } from '../mismatch.js';

/** What docker_install.py found in the image. */
export interface ImageFacts {
  readonly implementation: string;
  /** e.g. `3.13`. */
  readonly python: string;
  /** e.g. `3.13.1`. */
  readonly version: string;
  /** As `uname -m` says it: `x86_64` or `aarch64`. */
  readonly machine: string;
  /** Name and version, e.g. `glibc` and `2.34`; empty names for musl. */
  readonly libc: readonly string[];
  readonly pip: string | null;
  readonly uv: string | null;
}

export interface Failure {
  readonly engine: string;
  readonly image: string;
  readonly target: Target;
  readonly exitCode: number | null;
  /** After --no-build. Default: false. */
  readonly wheelsOnly?: boolean;
  /** Both streams, without secrets. */
  readonly lines: readonly string[];
  /** Null when the script did not come that far. */
  readonly facts: ImageFacts | null;
}

/** Lines of the tool's output that an error shows. */
const shown = 20;

const otherWays =
  'If the requirement has a wheel in another version, pin that one and build with --resolver uv or pip instead.';

/** The error for a failed container run. */
export function containerFailure(failure: Failure): SlimError {
  const text = failure.lines.join('\n');
  const details = failure.lines.filter((line) => line.trim() !== '').slice(-shown);
  const fail: Fail = (sentence, hint) => new SlimError('container-failed', sentence, { hint, details });
  return (
    engineFailure(failure, text, details, fail) ??
    exitFailure(failure, text, fail) ??
    toolFailure(failure, text, details)
  );
}

type Fail = (sentence: string, hint: string) => SlimError;

/** What the engine or the kernel says, whatever the exit code; null for something else. */
function engineFailure(
  { engine, image, target }: Failure,
  text: string,
  details: readonly string[],
  fail: Fail,
): SlimError | null {
  if (/exec format error/i.test(text)) {
    return fail(
      `This machine cannot run ${platformOf(target.architecture)} containers: ${image} answered "exec format error".`,
      `Install the emulator once ("${engine} run --privileged --rm tonistiigi/binfmt --install ${target.architecture === 'arm64' ? 'arm64' : 'amd64'}"), build on a machine of that architecture, or build with --arch ${target.architecture === 'arm64' ? 'x86_64' : 'arm64'}.`,
    );
  }
  if (tellsDiskFull(text)) {
    return diskFull(`There is no room left on the disk while building in ${image}.`, {
      option: '--cache-dir',
      free: `"${engine} system prune" removes what no container uses`,
      details,
    });
  }
  if (
    /bind source path does not exist|mounts denied|not shared from the host|statfs .*no such file/i.test(text)
  ) {
    return fail(
      `${engine} cannot see this machine's folders, so it cannot build in ${image}.`,
      'Its engine runs elsewhere (DOCKER_HOST, a context, or a socket given to a container) or does not share the folder: use a local engine, share the folder with it, or put the cache in a shared one with --cache-dir.',
    );
  }
  const other = /does not match the specified platform: wanted ([\w/]+)[^,]*, actual: ([\w/]+)/.exec(text);
  if (!other) return null;
  return fail(
    `The image ${image} is for ${other[2] ?? 'another platform'}, but the target is ${platformOf(target.architecture)}.`,
    'Name another image with --image, or change --arch; without --image the right one is taken.',
  );
}

/** What the exit code tells: docker_install.py's own codes, a kill, an engine that starts nothing; null for others. */
function exitFailure(failure: Failure, text: string, fail: Fail): SlimError | null {
  const { engine, image, exitCode, facts, target } = failure;
  // Engines answer 126 and 127 too when they cannot start a container at all.
  const noShell = /\/bin\/sh\W.*(?:no such file|not found)/i.test(text);
  if (exitCode === 90 || noShell) {
    return fail(
      `The image ${image} has no Python${exitCode === 90 ? '' : ' (or no shell to start it)'}.`,
      `Name an image with CPython ${target.python}, pip and a compiler with --image; the default is AWS's own build image.`,
    );
  }
  if (exitCode === 91 && facts) return wrongImage(failure, facts);
  if (exitCode === 92) {
    return fail(
      `The image ${image} has Python ${facts?.python ?? ''} but neither pip nor uv.`,
      "Name an image that has one of them with --image; the default is AWS's own build image.",
    );
  }
  if (exitCode === 93 || exitCode === 137) {
    return fail(
      `The build in ${image} was killed, most likely for want of memory.`,
      'Give the container engine more memory, or lower what compiles at once (for example MAX_JOBS=1 in the image).',
    );
  }
  if (exitCode !== 125 && exitCode !== 126 && exitCode !== 127) return null;
  return fail(
    `${engine} cannot start a container of ${image}.`,
    `The lines above are its own. Try "${engine} run --rm ${image} true", or another engine with --container-engine.`,
  );
}

function wrongImage({ image, target }: Failure, facts: ImageFacts): SlimError {
  const has =
    `${facts.implementation} ${facts.python} on ${facts.machine}` +
    (facts.libc[0] === 'glibc' ? '' : ' without glibc');
  const wants = `CPython ${target.python} on ${machineTags[target.architecture]} with glibc`;
  return new SlimError('container-failed', `The image ${image} has ${has}, but the target is ${wants}.`, {
    hint: 'Name another image with --image, or change --python or --arch; without --image the right one is taken.',
  });
}

/** Failures that pip or uv tell. */
function toolFailure(failure: Failure, text: string, details: readonly string[]): SlimError {
  const { image } = failure;
  const make = (
    code: ConstructorParameters<typeof SlimError>[0],
    sentence: string,
    hint: string,
  ): SlimError => new SlimError(code, sentence, { hint, details });
  const mismatch = mismatchIn(text);
  if (mismatch !== null) return hashMismatch(mismatch);
  if (/hashes are required|--require-hashes mode/i.test(text)) {
    return make(
      'bad-requirements',
      'Some requirements have a hash and others have none.',
      'Give every requirement a hash (for example "uv pip compile --generate-hashes"), or none.',
    );
  }
  if (/\b40[13]\b.{0,40}(?:Unauthorized|Forbidden|Client Error)/i.test(text)) {
    return make(
      'index-unreachable',
      `The package index refuses the login in the container (${image}).`,
      'Give the credentials in the index URL, in ~/.netrc, or in UV_INDEX_<NAME>_USERNAME and _PASSWORD: all of them are handed to the container. A keyring is not.',
    );
  }
  const broken = brokenRequirement(text);
  if (broken !== null || /subprocess-exited-with-error|metadata-generation-failed/.test(text)) {
    return make(
      'container-failed',
      `${broken ?? 'A requirement'} could not be built in ${image}.`,
      `The lines above are its build's own. Libraries and compilers that it needs must be in the image: make one FROM ${image} and name it with --image. ${otherWays}`,
    );
  }
  if (
    /name resolution|NewConnectionError|Max retries exceeded|SSLError|CERTIFICATE_VERIFY_FAILED|ProxyError|ReadTimeoutError|Connection (?:refused|reset)|error sending request|dns error/i.test(
      text,
    )
  ) {
    return make(
      'index-unreachable',
      `The package index did not answer in the container (${image}).`,
      'Check the network, the proxy (HTTPS_PROXY) and the CA bundle (PIP_CERT, SSL_CERT_FILE): all of them are handed to the container.',
    );
  }
  if (
    /ResolutionImpossible|No matching distribution|Could not find a version|No solution found/i.test(text)
  ) {
    return make(
      'resolution-failed',
      'The requirements contradict each other or name something that the index does not have.',
      `See the lines above for which. They were resolved for Python ${failure.target.python} in ${image}.${failure.wheelsOnly === true ? ' What is published as source only would have to be built, and --no-build forbids that.' : ''}`,
    );
  }
  return make(
    'container-failed',
    `The build in ${image} failed${failure.exitCode === null ? '' : ` with exit code ${failure.exitCode}`}.`,
    'The lines above are its last ones. Try the image by hand, or name another with --image.',
  );
}

/** Name of the requirement whose build failed; null when pip or uv does not tell. */
export function brokenRequirement(text: string): string | null {
  const patterns = [
    /Failed (?:building wheel for|to build) [`']?([A-Za-z0-9][\w.-]*)/,
    /Building wheel for ([A-Za-z0-9][\w.-]*) .*finished with status 'error'/,
    // pip names the package after the box's arrow.
    /error while generating package metadata\.\s*╰─> ([A-Za-z0-9][\w.-]*)/,
    /Could not build wheels for ([A-Za-z0-9][\w.-]*)/,
  ];
  for (const pattern of patterns) {
    const name = pattern.exec(text)?.[1];
    if (name !== undefined && name !== 'installable') return name;
  }
  return null;
}
