/**
 * What a sandbox of this machine's own consists of: its interpreter and libraries at Lambda's paths, the runtime client,
 * and nothing of its user's.
 */
import { copyFile, mkdir, realpath, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Interpreter } from '../../io/interpreter.js';
import { templatePath } from '../../io/templates.js';
import type { Target } from '../../model.js';
import type { Network, SandboxSpec } from '../model.js';
import { makeVar, makeVirtual } from './root-folders.js';
import { exists } from '../../io/exists.js';
import { makeEtc } from '../../confine/etc.js';
import {
  bind,
  deviceMounts,
  existing,
  isWithin,
  systemMounts,
  systemSettings,
} from '../../confine/system.js';
import { librariesFor, type PythonParts } from '../../confine/system-libraries.js';
import type { Mount } from '../../confine/mount.js';

/** Where init.py lies in a sandbox. */
export const initFolder = '/var/rapid';

/** What differs between starts. */
export type Folders = Pick<SandboxSpec, 'task' | 'opt' | 'tmpBytes' | 'network'>;

/** The same for every start. */
export interface Host {
  /** In the sandbox, e.g. `/var/lang/bin/python3.13`. */
  readonly python: string;
  /** The runtime's command line. */
  readonly runtime: readonly string[];
  /** Libraries that are seen although Lambda may lack them; null: all that this machine has. */
  readonly moreLibraries: readonly string[] | null;
  /** Before /var/task, /opt and /tmp. */
  readonly mounts: readonly Mount[];
}

/** What the interpreter says of where its parts are. */
interface Places extends PythonParts {
  readonly prefix: string;
  readonly sites: readonly string[];
}

const question = `
import json, os, site, sys
print(json.dumps({
    "prefix": sys.base_prefix,
    "executable": os.path.realpath(sys.executable),
    "extensions": [path for path in sys.path if path.endswith("lib-dynload")],
    "sites": site.getsitepackages([sys.base_prefix, sys.base_exec_prefix]),
}))`;

/** A sandbox has folders of its own there, so a Python that is installed below one is seen at /var/lang alone. */
const taken = ['/opt', '/var', '/tmp', '/etc', '/dev', '/proc'];

export interface HostParts {
  readonly target: Target;
  /** Folder with the runtime client. */
  readonly client: string;
  /** Folder with the runtime's boto3; null: none. */
  readonly boto: string | null;
  /** An empty folder of ours that stays until the last sandbox has ended. */
  readonly work: string;
  /** Hide the libraries that Lambda lacks. */
  readonly hide: boolean;
  readonly network: Network;
  readonly signal: AbortSignal;
}

/** @returns null when it is not known how to hide libraries here */
export async function prepareHost(
  interpreter: Interpreter,
  { target, client, boto, work, hide, network, signal }: HostParts,
): Promise<Host | null> {
  const minor = interpreter.version.split('.').slice(0, 2).join('.');
  const answer = await interpreter.run(['-I', '-c', question], { signal });
  const places = JSON.parse(answer.stdout) as Places;
  const prefix = await realpath(places.prefix);
  const python = `/var/lang/bin/python${minor}`;
  const empty = path.join(work, 'empty');
  await mkdir(empty);
  const folder = path.join(work, 'var');
  await makeVar(folder, boto);
  const site = `lib/python${minor}/site-packages`;
  const whole =
    prefix !== '/usr' &&
    (await exists(path.join(prefix, site))) &&
    (await exists(path.join(prefix, `bin/python${minor}`)));
  if (!whole) await makeVirtual(path.join(folder, 'lang'), minor, places.executable);
  const visible = whole && taken.every((one) => !isWithin(prefix, one));
  const own = [...(visible ? [prefix] : []), ...(whole ? ['/var/lang'] : [])];
  const libraries = hide
    ? await librariesFor(places, target, { work, place: '/var/system', own }, signal)
    : { mounts: [], more: null };
  if (libraries === null) return null;
  // With its list of other folders the loader would find what is hidden, and without it what is not, perhaps.
  const etc = await makeEtc(path.join(work, 'etc'), await existing(systemSettings));
  if (network === 'host') await letResolve(etc);
  if (!hide) await copyFile('/etc/ld.so.cache', path.join(etc, 'ld.so.cache')).catch(() => {});
  const hidden = await existing([...new Set([...places.sites, '/usr/lib/python3/dist-packages'])]);
  return {
    python,
    runtime: [python, '/var/runtime/bootstrap.py'],
    moreLibraries: libraries.more,
    mounts: [
      bind('/usr', '/usr'),
      ...(await systemMounts()),
      bind(etc, '/etc'),
      ...(await existing(systemSettings)).map((one) => bind(one, one)),
      ...deviceMounts,
      // Its own place too: a library's path may be written into it.
      ...(visible && !isWithin(prefix, '/usr') ? [bind(prefix, prefix)] : []),
      ...(await existing(['/nix/store'])).map((one) => bind(one, one)),
      bind(folder, '/var'),
      ...(whole ? [bind(prefix, '/var/lang')] : []),
      ...libraries.mounts,
      // What this machine's Python has installed is not in Lambda.
      ...hidden
        .filter((one) => isWithin(one, '/usr') || (visible && isWithin(one, prefix)))
        .map((one) => bind(empty, one)),
      bind(client, `/var/lang/${site}`),
      ...(boto === null ? [] : [bind(boto, '/var/boto')]),
      bind(path.dirname(templatePath('verify/init.py')), initFolder),
    ],
  };
}

/** Names as this machine knows them. */
async function letResolve(etc: string): Promise<void> {
  for (const name of ['hosts', 'resolv.conf'])
    await copyFile(path.join('/etc', name), path.join(etc, name)).catch(() => {});
  await writeFile(path.join(etc, 'nsswitch.conf'), 'passwd: files\ngroup: files\nhosts: files dns\n');
}

/** All mounts of one environment. */
export function mountsFor(host: Host, spec: Folders): readonly Mount[] {
  return [
    ...host.mounts,
    bind(spec.task, '/var/task'),
    bind(spec.opt, '/opt'),
    { kind: 'memory', target: '/tmp', bytes: spec.tmpBytes },
  ];
}

/** init.py's command line: no folder of its own on sys.path but the one that it adds. */
export function initCommand(python: string): readonly [string, ...string[]] {
  return [python, '-I', '-S', '-B', `${initFolder}/init.py`];
}
