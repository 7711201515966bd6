/** A sandbox by bubblewrap: namespaces without privileges where the kernel allows them. https://github.com/containers/bubblewrap */
import { run } from '../../io/run.js';
import type { Environment } from '../../model.js';
import { hostSandbox, type HostSandbox } from './host-sandbox.js';
import { mountsFor, type Folders, type Host } from './host.js';
import type { Mount } from './mount.js';
import { sandboxUser } from './root-folders.js';

/** `--size` came with it. */
const oldest = [0, 7];

/** @returns its version, or why it cannot be used */
export async function findBubblewrap(
  environment: Environment,
): Promise<{ readonly version: string } | { readonly miss: string }> {
  const answer = await run('bwrap', ['--version'], { env: environment, onlyEnv: true, timeout: 20_000 });
  if (answer.missing) return { miss: 'bwrap is not installed' };
  const version = /(\d+)\.(\d+)[\d.]*/.exec(answer.stdout);
  if (!answer.ok || version === null) return { miss: `bwrap --version fails: ${answer.stderr}` };
  const [text, major, minor] = version;
  const isOld = Number(major) === oldest[0] && Number(minor) < (oldest[1] ?? 0);
  return isOld ? { miss: `bubblewrap ${text} is older than ${oldest.join('.')}` } : { version: text };
}

/** The command line in front of a program's own. */
export function bubblewrapArgs(mounts: readonly Mount[]): readonly string[] {
  const { uid, gid } = sandboxUser;
  return [
    ...[
      '--unshare-user',
      '--unshare-pid',
      '--unshare-net',
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...['--uid', String(uid), '--gid', String(gid), '--cap-drop', 'ALL', '--hostname', 'localhost'],
    ...['--die-with-parent', '--new-session', '--as-pid-1', '--clearenv'],
    ...mounts.flatMap(mountArgs),
    ...['--remount-ro', '/', '--chdir', '/var/task', '--'],
  ];
}

function mountArgs(mount: Mount): readonly string[] {
  switch (mount.kind) {
    case 'bind':
      return ['--ro-bind', mount.source, mount.target];
    case 'link':
      return ['--symlink', mount.to, mount.target];
    case 'device':
      return ['--dev-bind-try', mount.target, mount.target];
    case 'memory':
      return ['--perms', '1777', '--size', String(mount.bytes), '--tmpfs', mount.target];
    case 'processes':
      return ['--proc', mount.target];
  }
}

/** @param environment the caller's, for PATH */
export function bubblewrap(host: Host, environment: Environment): HostSandbox {
  const command = (spec: Folders, inside: readonly string[]): readonly [string, ...string[]] => [
    'bwrap',
    ...bubblewrapArgs(mountsFor(host, spec)),
    ...inside,
  ];
  return hostSandbox('bubblewrap', host, { PATH: environment['PATH'] }, command);
}
