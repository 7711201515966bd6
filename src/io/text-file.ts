/** Files that somebody else named or wrote, as text: only real files, of a sane size. */
import { createReadStream } from 'node:fs';
import { constants, open } from 'node:fs/promises';
import { SlimError } from '../errors.js';
import { bytesText } from '../text/units.js';

/** The largest manifests have 20 MB. */
const largest = 64 << 20;

/**
 * The text of a file. A pipe would block for ever, and a device has no end, so both are refused.
 * @param most bytes
 * @throws SlimError `unusable-file`; the file system's error
 */
export async function readText(file: string, most = largest): Promise<string> {
  try {
    return (await readBytes(file, most)).toString('utf8');
  } catch (error) {
    if (!(error instanceof OddFile)) throw error;
    throw new SlimError('unusable-file', error.message, {
      hint: 'Put the file there that it should be, or take it away.',
      cause: error,
    });
  }
}

/** No regular file, or far too large: its message is a sentence that names it. */
export class OddFile extends Error {}

/**
 * The same for a file that may have another encoding, or that has an error of its own.
 * @throws OddFile; the file system's error
 */
export async function readBytes(file: string, most: number): Promise<Buffer> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw unusable(file, 'is no regular file');
    if (facts.size > most) throw unusable(file, tooLarge(bytesText(facts.size), most));
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** A file descriptor: `<(pip freeze)`, `/dev/stdin`. */
const isShells = /^\/(?:dev|proc)\//;

/**
 * A file that was named, which may be what a shell gives.
 * @throws OddFile; the file system's error
 */
export const readNamed = (file: string, most: number): Promise<Buffer> =>
  isShells.test(file) ? readPipe(file, most) : readBytes(file, most);

/** To its end. @throws OddFile; the file system's error */
async function readPipe(file: string, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > most) throw unusable(file, tooLarge(`more than ${bytesText(most)}`, most));
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const tooLarge = (has: string, most: number): string =>
  `has ${has}, and at most ${bytesText(most)} of such a file are read`;

const unusable = (file: string, why: string): OddFile => new OddFile(`${file} ${why}.`);
