/** Sandboxes by the kernel's namespaces and nothing else, for machines without bubblewrap. */
import type { Interpreter } from '../io/interpreter.js';
import { templatePath } from '../io/templates.js';
import { sandboxUser } from './etc.js';
import type { Mount } from './mount.js';

/**
 * The whole command line of a program in namespaces of its own. It keeps the environment that it gets.
 * @param interpreter this machine's: it makes the namespaces
 * @param folder where the program starts
 * @param network `host`: it stays in this machine's
 */
export function unshareCommand(
  interpreter: Pick<Interpreter, 'command'>,
  mounts: readonly Mount[],
  folder: string,
  command: readonly string[],
  network: 'none' | 'host' = 'none',
): readonly [string, ...string[]] {
  const [program = '', ...first] = interpreter.command;
  const { uid, gid } = sandboxUser;
  const plan = JSON.stringify({ mounts, uid, gid, folder, command, network });
  return [program, ...first, '-I', '-S', '-B', templatePath('confine/unshare.py'), plan];
}
