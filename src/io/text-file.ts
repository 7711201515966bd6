/** Files that somebody else named or wrote, as text: only real files, of a sane size. */
import { constants, open } from 'node:fs/promises';
import { SlimError } from '../errors.js';
import { bytesText } from '../text/units.js';

/** The largest manifests have 20 MB. */
const largest = 256 << 20;

/**
 * The text of a file. A pipe would block for ever, and a device has no end, so both are refused.
 * @param most bytes
 * @throws SlimError `unusable-file`; the file system's error
 */
export async function readText(file: string, most = largest): Promise<string> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) throw unusable(file, 'is no regular file');
    if (facts.size > most)
      throw unusable(file, `has ${bytesText(facts.size)}, which is more than such a file ever has`);
    return await handle.readFile('utf8');
  } finally {
    await handle.close();
  }
}

function unusable(file: string, why: string): SlimError {
  return new SlimError('unusable-file', `${file} ${why}.`, {
    hint: 'Put the file there that it should be, or take it away.',
  });
}
