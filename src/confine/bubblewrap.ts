/** Sandboxes by bubblewrap: namespaces without privileges where the kernel allows them. https://github.com/containers/bubblewrap */
import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import { run } from '../io/run.js';
import type { Environment } from '../model.js';
import type { Mount } from './mount.js';
import { sandboxUser } from './etc.js';

/** `--size` came with it. */
const oldest = [0, 7];

/** @returns its version, or why it cannot be used */
export async function findBubblewrap(
  environment: Environment,
  signal: AbortSignal,
): Promise<{ readonly version: string; readonly program: string } | { readonly miss: string }> {
  const answer = await run('bwrap', ['--version'], {
    env: environment,
    onlyEnv: true,
    timeout: 20_000,
    signal,
  });
  if (answer.missing) return { miss: 'bwrap is not installed' };
  const version = /(\d+)\.(\d+)[\d.]*/.exec(answer.stdout);
  if (!answer.ok || version === null) return { miss: `bwrap --version fails: ${answer.stderr}` };
  const [text, major, minor] = version;
  const isOld = Number(major) === oldest[0] && Number(minor) < (oldest[1] ?? 0);
  return isOld
    ? { miss: `bubblewrap ${text} is older than ${oldest.join('.')}` }
    : { version: text, program: await onPath('bwrap', environment) };
}

/**
 * The command line in front of a program's own. The program keeps the environment that bwrap gets.
 *
 * What starts it gives it a process group without a terminal and ends that group. So there is no `--new-session`: it would take the
 * inner process out of the group before `--die-with-parent` holds it, and who is killed in between leaves it behind, waiting for
 * ever. The first process inside leaves the group by itself (init.py, guard.py), when the kernel holds it.
 * @param folder where it starts
 * @param network `host`: it stays in this machine's
 */
export function bubblewrapArgs(
  mounts: readonly Mount[],
  folder: string,
  network: 'none' | 'host' = 'none',
): readonly string[] {
  const { uid, gid } = sandboxUser;
  return [
    ...[
      '--unshare-user',
      '--unshare-pid',
      ...(network === 'none' ? ['--unshare-net'] : []),
      '--unshare-ipc',
      '--unshare-uts',
      '--unshare-cgroup-try',
    ],
    ...['--uid', String(uid), '--gid', String(gid), '--cap-drop', 'ALL', '--hostname', 'localhost'],
    ...['--die-with-parent', '--as-pid-1'],
    ...mounts.flatMap(mountArgs),
    ...['--remount-ro', '/', '--chdir', folder, '--'],
  ];
}

function mountArgs(mount: Mount): readonly string[] {
  switch (mount.kind) {
    case 'bind':
      return ['--ro-bind', mount.source, mount.target];
    case 'writable':
      return ['--bind', mount.source, mount.target];
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

/** The program that a name stands for: what is confined has another PATH than its caller. */
async function onPath(name: string, { PATH = '' }: Environment): Promise<string> {
  for (const folder of PATH.split(path.delimiter)) {
    const program = path.resolve(folder, name);
    const runs = await access(program, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (folder !== '' && runs) return program;
  }
  return name;
}
