/**
 * Container engines: which one is here, and what a container's root is to its caller.
 *
 * Engines are driven through their command line with the caller's whole environment, so DOCKER_HOST, contexts and
 * CONTAINER_HOST work without a line here. What an engine is, is read from its `info`, not from its name: `docker`
 * may be podman's imitation.
 */
import { SlimError } from '../errors.js';
import { run } from '../io/run.js';
import type { Environment } from '../model.js';

/** Commands that are looked for, in this order. */
export const engineNames: readonly string[] = ['docker', 'podman', 'finch', 'nerdctl'];

/** An engine that answers. */
export interface Engine {
  /** Name on PATH or absolute path. */
  readonly command: string;
  /** Whose flags it takes. finch is nerdctl in a virtual machine. */
  readonly family: 'docker' | 'podman' | 'nerdctl';
  readonly version: string;
  /** Root in a container is the caller outside; other users in it are none of the host's. */
  readonly rootless: boolean;
  /** A root daemon that maps container users away unless told otherwise (`userns-remap`). */
  readonly remapped: boolean;
  /** SELinux labels would keep a container from mounted folders. */
  readonly selinux: boolean;
  /** Of the machine on which containers run. */
  readonly architecture: string;
}

/** One command that was looked for, and why it is not the engine. */
export interface EngineMiss {
  readonly command: string;
  readonly state: 'missing' | 'not-running' | 'denied';
  /** The first line of what it said. */
  readonly said: string;
}

/** The engine that answered first, and those before it that did not. */
export interface EngineSearch {
  readonly engine: Engine | null;
  readonly misses: readonly EngineMiss[];
}

/** A daemon that hangs is not waited for longer (milliseconds). */
const patience = 30_000;

/**
 * Ask each known engine, or only the wanted one, until one answers.
 * @param wanted a name or path (`--container-engine`); null takes the first that answers
 */
export async function searchEngines(
  environment: Environment,
  wanted: string | null,
  signal: AbortSignal,
): Promise<EngineSearch> {
  const misses: EngineMiss[] = [];
  for (const command of wanted === null ? engineNames : [wanted]) {
    const result = await run(command, ['info', '--format', '{{json .}}'], {
      env: environment,
      onlyEnv: true,
      timeout: patience,
      signal,
    });
    const engine = result.ok ? readEngine(command, result.stdout) : null;
    if (engine) return { engine, misses };
    const said = firstLine(result.stderr, result.timedOut ? `no answer in ${patience / 1000} seconds` : '');
    misses.push({ command, state: result.missing ? 'missing' : stateOf(said), said });
  }
  return { engine: null, misses };
}

/** The first engine that answers, or null. See `requireEngine` for the reasons. */
export async function findEngine(
  environment: Environment,
  wanted: string | null,
  signal: AbortSignal,
): Promise<Engine | null> {
  return (await searchEngines(environment, wanted, signal)).engine;
}

/**
 * The first engine that answers.
 * @throws SlimError `no-container-engine`: what was looked for, what each said, and the ways out
 */
export async function requireEngine(
  environment: Environment,
  wanted: string | null,
  signal: AbortSignal,
): Promise<Engine> {
  const { engine, misses } = await searchEngines(environment, wanted, signal);
  if (engine) return engine;
  throw noEngine(misses, wanted);
}

/** The error for a search that found none. A daemon that is not running is another case than nothing installed. */
export function noEngine(misses: readonly EngineMiss[], wanted: string | null): SlimError {
  const found = misses.filter((miss) => miss.state !== 'missing');
  const first = found[0];
  const others =
    'Or build without a container: --resolver uv or pip takes ready-made wheels, and --from DIR slims a folder that you installed on Linux.';
  if (!first) {
    const looked = misses.map((miss) => miss.command).join(', ');
    return new SlimError(
      'no-container-engine',
      wanted === null
        ? `No container engine is installed: none of ${looked} is on PATH.`
        : `The container engine ${wanted} is not installed: there is no such command.`,
      {
        hint: `Install Docker, Podman, Finch or nerdctl${wanted === null ? '' : ', or name another one with --container-engine'}. ${others}`,
      },
    );
  }
  const details = found.map((miss) => `${miss.command}: ${miss.said}`);
  return first.state === 'denied'
    ? new SlimError('no-container-engine', `${first.command} is installed, but you may not use its daemon.`, {
        hint: `Let your user reach it (for Docker on Linux: the group "docker", or rootless mode). ${others}`,
        details,
      })
    : new SlimError('no-container-engine', `${first.command} is installed, but its engine is not running.`, {
        hint: `Start it (Docker Desktop, "systemctl start docker", "podman machine start", "finch vm start"), or check DOCKER_HOST and the context that it uses. ${others}`,
        details,
      });
}

function stateOf(said: string): EngineMiss['state'] {
  return /permission denied/i.test(said) ? 'denied' : 'not-running';
}

function firstLine(text: string, otherwise: string): string {
  return (
    text
      .split('\n')
      .find((line) => line.trim() !== '')
      ?.trim() ?? otherwise
  );
}

interface PodmanInfo {
  readonly host?: {
    readonly arch?: string;
    readonly security?: { rootless?: boolean; selinuxEnabled?: boolean };
  };
  readonly version?: { readonly Version?: string };
}

interface DockerInfo {
  readonly ServerVersion?: string;
  readonly ServerErrors?: readonly string[] | null;
  readonly SecurityOptions?: readonly string[] | null;
  readonly Architecture?: string;
  readonly RegistryConfig?: unknown;
  readonly ClientInfo?: unknown;
}

/**
 * Read what `info --format '{{json .}}'` printed.
 * @returns null when it is not the answer of a running engine
 */
export function readEngine(command: string, text: string): Engine | null {
  let info: PodmanInfo & DockerInfo;
  try {
    info = JSON.parse(text) as PodmanInfo & DockerInfo;
  } catch {
    return null;
  }
  if (info.host) {
    return {
      command,
      family: 'podman',
      version: info.version?.Version ?? 'of unknown version',
      rootless: info.host.security?.rootless === true,
      remapped: false,
      selinux: info.host.security?.selinuxEnabled === true,
      architecture: info.host.arch ?? 'unknown',
    };
  }
  if ((info.ServerErrors ?? []).length > 0 || !info.ServerVersion) return null;
  const security = (info.SecurityOptions ?? []).map((option) => /(?:^|,)name=([^,]+)/.exec(option)?.[1]);
  return {
    command,
    // Only Docker's own answer tells about its client and registries.
    family: info.ClientInfo !== undefined || info.RegistryConfig !== undefined ? 'docker' : 'nerdctl',
    version: info.ServerVersion,
    rootless: security.includes('rootless'),
    remapped: security.includes('userns'),
    selinux: security.includes('selinux'),
    architecture: info.Architecture ?? 'unknown',
  };
}
