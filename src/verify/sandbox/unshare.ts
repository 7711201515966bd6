/** A sandbox by the kernel's namespaces and nothing else, for machines without bubblewrap. */
import type { Interpreter } from '../../io/interpreter.js';
import { templatePath } from '../../io/templates.js';
import { hostSandbox, type HostSandbox } from './host-sandbox.js';
import { mountsFor, type Folders, type Host } from './host.js';
import { sandboxUser } from './root-folders.js';

/** @param interpreter this machine's: it makes the namespaces, too */
export function unshare(host: Host, interpreter: Interpreter): HostSandbox {
  const command = (spec: Folders, inside: readonly string[]): readonly [string, ...string[]] => {
    const [program = '', ...first] = interpreter.command;
    const plan = {
      mounts: mountsFor(host, spec),
      uid: sandboxUser.uid,
      gid: sandboxUser.gid,
      command: inside,
    };
    return [program, ...first, '-I', '-S', '-B', templatePath('verify/unshare.py'), JSON.stringify(plan)];
  };
  return hostSandbox('unshare', host, {}, command);
}
