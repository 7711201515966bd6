/** Shows a page in the user's browser. */
import open from 'open';
import { once } from 'node:events';

/**
 * @param file absolute path of a page
 * @returns false when nothing could be started
 */
export async function openPage(file: string): Promise<boolean> {
  try {
    const child = await open(file);
    // A starter that fails does so at once; a browser that runs is not waited for.
    const ended = once(child, 'exit') as Promise<[number | null]>;
    const timer = new Promise<[0]>((resolve) => void setTimeout(() => resolve([0]), 1000));
    const [code] = await Promise.race([ended, timer]);
    return code === 0;
  } catch {
    return false;
  }
}
