/** Which sandbox there is on this machine, best first: AWS's own image, bubblewrap, bare namespaces. */
import type { Secrets } from '../../text/secrets.js';
import { SlimError } from '../../errors.js';
import { findInterpreter, type Interpreter } from '../../io/interpreter.js';
import { targetFor } from '../../limits.js';
import { requireEngine, searchEngines, type Engine } from '../../container/engine.js';
import { runtimeBoto, runtimeClient } from '../../resolve/support/support.js';
import { findBubblewrap } from '../../confine/bubblewrap.js';
import { bubblewrap } from './bubblewrap.js';
import { container, hasImage, runtimeImage, type ContainerContext } from './docker.js';
import { prepareHost, type Host } from './host.js';
import type { HostSandbox } from './host-sandbox.js';
import type { Sandbox } from '../model.js';
import { unshare } from './unshare.js';
import type { Cache } from '../../io/cache.js';
import type { Manifest, Environment } from '../../model.js';
import type { Progress } from '../../progress.js';
import type { VerifyRequest } from '../verification.js';
import { exists } from '../../io/exists.js';

/**
 * The sandbox that was asked for, or the best that works. Without `--sandbox docker` or `--image` no image is fetched.
 * @throws SlimError `no-sandbox`, `sandbox-failed`, `no-container-engine`, `container-failed`, `bad-option`, and what
 *   `runtimeClient` throws
 */
export async function findSandbox(wish: SandboxWish): Promise<Sandbox> {
  const { request, target, environment, signal } = wish;
  const { sandbox, image, containerEngine } = request;
  if (sandbox === 'docker' || (sandbox === 'auto' && image !== null)) {
    const engine = await requireEngine(environment, containerEngine, signal);
    return container(image ?? runtimeImage(target.python), containerContext(wish, engine));
  }
  if (sandbox === 'auto') {
    const { engine } = await searchEngines(environment, containerEngine, signal);
    if (engine !== null) {
      const context = containerContext(wish, engine);
      const own = runtimeImage(target.python);
      if (await hasImage(context, own)) return container(own, context);
    }
  }
  return hostSandboxFor(wish);
}

function containerContext(wish: SandboxWish, engine: Engine): ContainerContext {
  const { cache, progress, environment, signal, secrets } = wish;
  const target = targetFor(wish.target.python, wish.target.architecture);
  return { engine, target, cache, progress, environment, signal, secrets, runtime: () => runtimeParts(wish) };
}

async function runtimeParts({
  target,
  cache,
  progress,
  environment,
  signal,
  secrets,
}: SandboxWish): Promise<{ readonly client: string; readonly boto: string }> {
  const context = { cache, progress, environment, signal, secrets };
  const whole = targetFor(target.python, target.architecture);
  return { client: await runtimeClient(whole, context), boto: await runtimeBoto(whole, context) };
}

async function hostSandboxFor(wish: SandboxWish): Promise<Sandbox> {
  const { request, target, cache, environment, signal } = wish;
  const interpreter = await findInterpreter(target, { environment, signal }, request.interpreter);
  if (interpreter?.canImport !== true) throw noInterpreter(wish, interpreter);
  const misses: string[] = [];
  const hosts = hostsFor(wish, interpreter);
  for (const kind of hostKinds) {
    if (request.sandbox !== 'auto' && request.sandbox !== kind.name) continue;
    const found = await kind.find(wish);
    if ('miss' in found) {
      misses.push(`${kind.name}: ${found.miss}`);
      continue;
    }
    let miss = '';
    for (const make of hosts) {
      const host = await make();
      if (host === null) continue;
      const made = kind.make(host, wish, interpreter);
      const said = await made.tryOut(await cache.workFolder('sandbox'), signal);
      if (said === null) {
        const description = `${found.description} with ${interpreter.description.replace('(host)', 'of this machine')}`;
        return { name: kind.name, description, notChecked: notChecked(host), start: made.start };
      }
      miss = said;
    }
    misses.push(`${kind.name}: ${miss}`);
  }
  throw noneWorks(misses, await onLinux());
}

/** First with only Lambda's libraries; where Python does not work like that, with all of this machine's. */
function hostsFor(wish: SandboxWish, interpreter: Interpreter): readonly (() => Promise<Host | null>)[] {
  return [true, false].map((hide) => {
    let made: Promise<Host | null> | null = null;
    const make = async (): Promise<Host | null> => {
      const target = targetFor(wish.target.python, wish.target.architecture);
      const work = await wish.cache.workFolder('sandbox');
      return prepareHost(interpreter, {
        target,
        ...(await runtimeParts(wish)),
        work,
        hide,
        network: wish.request.network,
        signal: wish.signal,
      });
    };
    return () => (made ??= make());
  });
}

interface HostKind {
  readonly name: 'bubblewrap' | 'unshare';
  readonly find: (wish: SandboxWish) => Promise<{ readonly description: string } | { readonly miss: string }>;
  readonly make: (host: Host, wish: SandboxWish, interpreter: Interpreter) => HostSandbox;
}

const hostKinds: readonly HostKind[] = [
  {
    name: 'bubblewrap',
    find: async ({ environment, signal }) => {
      const found = await findBubblewrap(environment, signal);
      return 'miss' in found ? found : { description: `bubblewrap ${found.version}` };
    },
    make: (host, { environment }) => bubblewrap(host, environment),
  },
  {
    name: 'unshare',
    find: async () => Promise.resolve({ description: 'namespaces' }),
    make: (host, _wish, interpreter) => unshare(host, interpreter),
  },
];

function notChecked({ moreLibraries }: Host): readonly string[] {
  return [
    moreLibraries === null
      ? 'Amazon Linux: the system and its libraries are this machine’s, so one that Lambda lacks may be found here.'
      : `Amazon Linux: the system is this machine’s. Of its libraries, only those are seen that Lambda has too, and what Python and the shell need here: ${moreLibraries.map((name) => name.replace(/\.so\b.*/, '')).join(', ')}.`,
    'The runtime’s own patch version of Python, of boto3 and of the runtime client.',
    'Permissions of files: the function runs as their owner, in Lambda it does not.',
    'Lambda’s processor and disk: times are this machine’s, and /tmp lies in memory.',
    'The exact limit of memory: use is looked at every 20 ms, and what Lambda itself needs is not counted.',
  ];
}

function noInterpreter({ target }: SandboxWish, found: Interpreter | null): SlimError {
  const { python, architecture } = target;
  const image = `--sandbox docker runs it in ${runtimeImage(python)}.`;
  return new SlimError(
    'no-sandbox',
    `No CPython ${python} for Linux on ${architecture} is on this machine to run the function with.`,
    {
      hint:
        found === null
          ? `Install Python ${python} (for example "uv python install ${python}") on Linux, or use a container engine: ${image}`
          : `Use a container engine: ${image}`,
      details: typeof found?.because === 'string' ? [found.because] : [],
    },
  );
}

function noneWorks(misses: readonly string[], linux: boolean): SlimError {
  const engine = 'use a container engine (--sandbox docker)';
  return new SlimError('no-sandbox', 'No sandbox works on this machine.', {
    hint: linux
      ? `Install bubblewrap ("apt-get install bubblewrap", "dnf install bubblewrap") and let the kernel make user namespaces ("sysctl -w user.max_user_namespaces=15000"; on Ubuntu 24.04 and later "sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"; in a container: "--security-opt seccomp=unconfined --security-opt systempaths=unconfined"), or run as root, or ${engine}.`
      : `Only Linux has what the sandboxes are made of. Start one of Docker Desktop, Podman or Finch and ${engine}.`,
    details: misses,
  });
}

const onLinux = (): Promise<boolean> => exists('/proc/self/ns');

export interface SandboxWish {
  readonly request: VerifyRequest;
  readonly target: Manifest['target'];
  readonly cache: Cache;
  readonly progress: Progress;
  readonly environment: Environment;
  readonly signal: AbortSignal;
  readonly secrets: Secrets;
}
