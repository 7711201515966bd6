/** Requirements files that nobody has written, and nobody could read in a minute. Pure. */
import { SlimError } from '../../errors.js';
import { groupedText } from '../../text/units.js';

/** The largest files with hashes have some ten thousand lines. */
const mostLines = 100_000;
/** Letters of a line with all that continues it: hashes of a hundred wheels have 8,000. */
const longestLine = 64 * 1024;
/** Letters of a requirement without its options. */
const longestRequirement = 8 * 1024;

/** @throws SlimError `bad-requirements` */
export function refuseEndless(text: string, file: string): void {
  let [lines, length, longest] = [0, 0, 0];
  for (let at = 0; at <= text.length; lines++) {
    const end = text.indexOf('\n', at);
    const next = end === -1 ? text.length : end;
    length += next - at;
    longest = Math.max(longest, length);
    const last = text[next - 1] === '\r' ? next - 2 : next - 1;
    if (text[last] !== '\\') length = 0;
    at = next + 1;
  }
  const has =
    lines > mostLines
      ? `${groupedText(lines)} lines, and at most ${groupedText(mostLines)} are read`
      : longest > longestLine
        ? `a line of ${groupedText(longest)} letters, and at most ${groupedText(longestLine)} of one are read`
        : null;
  if (has !== null)
    throw new SlimError('bad-requirements', `${file} has ${has}.`, {
      hint: 'Name the requirements file that people read, or split it and name each part with -r.',
    });
}

/** @returns why nobody can have meant this requirement; null: it is one */
export const endlessBecause = (requirement: string): string | null =>
  requirement.length > longestRequirement ? `it has ${groupedText(requirement.length)} letters` : null;
