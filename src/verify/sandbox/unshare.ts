/** A function's sandbox by the kernel's namespaces, for machines without bubblewrap. */
import { unshareCommand } from '../../confine/unshare.js';
import type { Interpreter } from '../../io/interpreter.js';
import { hostSandbox, type HostSandbox } from './host-sandbox.js';
import { mountsFor, type Folders, type Host } from './host.js';

/** @param interpreter this machine's: it makes the namespaces, too */
export function unshare(host: Host, interpreter: Interpreter): HostSandbox {
  const command = (spec: Folders, inside: readonly string[]): readonly [string, ...string[]] =>
    unshareCommand(interpreter, mountsFor(host, spec), '/var/task', inside, spec.network);
  return hostSandbox('unshare', host, {}, command);
}
