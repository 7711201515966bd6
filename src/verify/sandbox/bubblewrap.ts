/** A function's sandbox by bubblewrap. */
import { bubblewrapArgs } from '../../confine/bubblewrap.js';
import type { Environment } from '../../model.js';
import { hostSandbox, type HostSandbox } from './host-sandbox.js';
import { mountsFor, type Folders, type Host } from './host.js';

/** @param environment the caller's, for PATH */
export function bubblewrap(host: Host, environment: Environment): HostSandbox {
  const command = (spec: Folders, inside: readonly string[]): readonly [string, ...string[]] => [
    'bwrap',
    '--clearenv',
    ...bubblewrapArgs(mountsFor(host, spec), '/var/task', spec.network),
    ...inside,
  ];
  return hostSandbox('bubblewrap', host, { PATH: environment['PATH'] }, command);
}
