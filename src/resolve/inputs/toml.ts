/** TOML, with errors that name the file. Pure. */
import { parse } from 'smol-toml';
import { SlimError } from '../../errors.js';

export type Table = Readonly<Record<string, unknown>>;

/** TOML with an error that names the file. @throws SlimError `bad-requirements` */
export function parseToml(text: string, source: string): Table {
  try {
    return parse(text);
  } catch (cause) {
    throw new SlimError('bad-requirements', `${source} is not valid TOML.`, {
      hint: 'Correct the line below.',
      details: (cause as Error).message.split('\n').filter((line) => line !== ''),
      cause,
    });
  }
}
