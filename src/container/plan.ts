/**
 * The command line of a container run: a function of the engine and of what the run needs.
 *
 * Rules that hold for every engine:
 * - Bind mounts go through `--mount`, whose value is one CSV line: `-v` cannot say a path with a colon.
 * - A value that may be secret never stands on the command line, where every user of the machine can read it. It
 *   is passed as `--env NAME`, and the engine's client takes it from its own environment.
 * - The output belongs to the caller. A rootful engine runs as the caller's uid; in a rootless one root *is* the caller.
 *
 * Pure.
 */
import type { Architecture, PythonVersion } from '../model.js';
import type { Engine } from './engine.js';

export interface Mount {
  /** Absolute path on the host. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly target: string;
  readonly writable: boolean;
}

export interface ContainerRun {
  readonly engine: Engine;
  readonly image: string;
  readonly architecture: Architecture;
  readonly name: string;
  /** Owner of the caller's files. */
  readonly owner: Owner;
  /** Run as root in the container whatever the owner is (to give files back). */
  readonly asRoot?: boolean;
  readonly mounts: readonly Mount[];
  /** Names and values that anybody may read. */
  readonly settings: Readonly<Record<string, string>>;
  /** Names and values that may hold secrets. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Use the host's network: a proxy or index is on its loopback address. */
  readonly hostNetwork: boolean;
  /** Its standard input is ours, and unless it has the host's it reaches no network: an interpreter that runs probes. */
  readonly probing?: { readonly workdir: string };
  /** More of the engine's own options. */
  readonly options?: readonly string[];
  /** Program and arguments, run in place of the image's own entry point. */
  readonly command: readonly [program: string, ...args: string[]];
}

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** What to start: arguments for the engine's command, and what its environment needs in addition. */
export interface PlannedRun {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
}

/** Every container of ours carries it, so that `docker ps --filter label=lambda-slim` lists them. */
export const label = 'lambda-slim';

const platforms: Readonly<Record<Architecture, string>> = { x86_64: 'linux/amd64', arm64: 'linux/arm64' };

/** Docker's name for an architecture, e.g. `linux/arm64`. */
export function platformOf(architecture: Architecture): string {
  return platforms[architecture];
}

/** AWS's build image for a runtime. https://gallery.ecr.aws/sam/build-python3.13, read 2026-11. */
export function imageFor(python: PythonVersion, architecture: Architecture): string {
  return `public.ecr.aws/sam/build-python${python}:latest-${architecture}`;
}

/** Plan a run. Pure. */
export function planRun(wanted: ContainerRun): PlannedRun {
  const { engine, mounts, settings, secrets } = wanted;
  const [program, ...rest] = wanted.command;
  return {
    args: [
      'run',
      '--rm',
      ...['--name', wanted.name],
      ...['--label', label],
      ...['--platform', platformOf(wanted.architecture)],
      // A first process that forwards signals and reaps children. Others than Docker need a program for it that often is not there.
      ...(engine.family === 'docker' ? ['--init'] : []),
      ...['--user', wanted.asRoot === true ? '0:0' : userIn(engine, wanted.owner)],
      ...userNamespace(engine),
      // Relabelling (`z`) would change the user's own folders.
      ...(engine.selinux ? ['--security-opt', 'label=disable'] : []),
      ...(wanted.probing ? ['--interactive'] : []),
      ...(wanted.hostNetwork ? ['--network', 'host'] : wanted.probing ? ['--network', 'none'] : []),
      ...['--workdir', wanted.probing?.workdir ?? '/'],
      ...(wanted.options ?? []),
      ...mounts.flatMap((mount) => ['--mount', mountText(mount)]),
      ...Object.entries(settings).flatMap(([name, value]) => ['--env', `${name}=${value}`]),
      ...Object.keys(secrets).flatMap((name) => ['--env', name]),
      ...['--entrypoint', program],
      wanted.image,
      ...rest,
    ],
    environment: secrets,
  };
}

/** Who the process is, as the container counts users. */
export function userIn(engine: Engine, owner: Owner): string {
  return engine.rootless ? '0:0' : `${owner.uid}:${owner.gid}`;
}

/** Configuration may map users away (docker's userns-remap, podman's `userns = "auto"`); this run needs them plain. */
function userNamespace(engine: Engine): readonly string[] {
  return engine.remapped || engine.family === 'podman' ? ['--userns', 'host'] : [];
}

/** One bind mount as the CSV line that `--mount` reads; a field with a comma or a quote is quoted. */
export function mountText(mount: Mount): string {
  const fields = [
    'type=bind',
    `source=${mount.source}`,
    `target=${mount.target}`,
    ...(mount.writable ? [] : ['readonly']),
  ];
  return fields.map(csvField).join(',');
}

function csvField(text: string): string {
  return /[",\n\r]|^\s/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Where a host path lies in the container: at the same path; a Windows path below `/`, as its `file://` URL has it. */
export function pathInside(host: string): string {
  return /^[A-Za-z]:[\\/]/.test(host) ? `/${host.replaceAll('\\', '/')}` : host;
}

/**
 * Read-only mounts of host paths at their own places, without those that another mount already brings.
 * @param covered folders that are mounted anyway
 */
export function mountsOf(hostPaths: readonly string[], covered: readonly string[]): readonly Mount[] {
  const kept: string[] = [];
  for (const one of [...new Set(hostPaths)].sort((a, b) => a.length - b.length)) {
    if (![...covered, ...kept].some((folder) => isWithin(one, folder))) kept.push(one);
  }
  return kept.map((source) => ({ source, target: pathInside(source), writable: false }));
}

/**
 * What must be seen of a local index or folder of wheels. Pages of an index in a folder `simple` name files beside that
 * folder (`../../packages/…`), so its parent is needed.
 */
export function folderToShow(host: string): string {
  const parent = /^(.+)[\\/]simple[\\/]?$/.exec(host)?.[1];
  return parent === undefined || hidesImage(parent) ? host : parent;
}

function isWithin(inner: string, folder: string): boolean {
  return inner === folder || inner.startsWith(folder.endsWith('/') ? folder : `${folder}/`);
}

/** Folders of the image that a mount at the same path would hide. */
const imageFolders = ['/', '/bin', '/boot', '/dev', '/etc', '/lib', '/lib64', '/opt', '/proc', '/root', '/sbin', '/sys', '/tmp', '/usr', '/usr/lib', '/usr/local', '/var', '/var/lang', '/var/lib', '/var/task', '/run']; // prettier-ignore

/** True when mounting this host path at its own place would hide a part of the image that it needs. */
export function hidesImage(host: string): boolean {
  return imageFolders.includes(host.length > 1 ? host.replace(/\/+$/, '') : host);
}
