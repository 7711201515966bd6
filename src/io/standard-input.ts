/** The only file that reads what is piped into the program. */
import { createReadStream } from 'node:fs';
import { text } from 'node:stream/consumers';

/** All of it, when it has ended. */
export async function standardInput(): Promise<string> {
  return text(createReadStream('', { fd: 0, autoClose: false }));
}
