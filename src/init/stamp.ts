/** The last line of a file that `init` wrote: it tells later whether the file is still as it was written. Pure. */
import { createHash } from 'node:crypto';

const pattern = /^# Written by lambda-slim\. .* sha256 ([0-9a-f]{64})$/;

/**
 * @param text ends with a newline
 * @param command that renews it
 */
export function stamped(text: string, command: string): string {
  return `${text}# Written by lambda-slim. While nothing is changed, "${command}" renews it: sha256 ${digestOf(text)}\n`;
}

/** A text that `init` wrote, whether somebody changed it since or not. */
export const hasStamp = (text: string): boolean => linesOf(text).some((line) => pattern.test(line));

/** Nobody changed it since. Line ends do not count: git may have changed them. */
export function isAsWritten(text: string): boolean {
  const lines = linesOf(text);
  const [, digest] = pattern.exec(lines.at(-2) ?? '') ?? [];
  return lines.at(-1) === '' && digest === digestOf(`${lines.slice(0, -2).join('\n')}\n`);
}

/**
 * What a text lacks of what would be written today for this build. What else is in it does not matter, and neither does what
 * it lacks of the lines that every build gets: who changed those meant it.
 * @param other what would be written for a build of which everything is different
 * @returns e.g. `line 14: Runtime: python3.13`
 */
export function linesToChange(present: string, wanted: string, other: string): readonly string[] {
  const always = new Set(linesOf(other));
  const left = new Map<string, number>();
  for (const line of linesOf(present).map((one) => one.trimEnd())) left.set(line, (left.get(line) ?? 0) + 1);
  return linesOf(wanted).flatMap((line, index) => {
    const same = left.get(line.trimEnd()) ?? 0;
    left.set(line.trimEnd(), same - 1);
    return same > 0 || always.has(line) || /^\s*(?:#.*)?$/.test(line)
      ? []
      : [`line ${index + 1}: ${line.trim()}`];
  });
}

const linesOf = (text: string): readonly string[] => text.split(/\r?\n/);

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex');
