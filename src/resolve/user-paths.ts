/** What tools print, in the user's own words: their files and lines, never our copies in the cache. Pure. */
import { pathToFileURL } from 'node:url';
import type { InputLine } from './inputs/input-lines.js';
import { placeText } from './inputs/origin.js';

export interface Copies {
  /** Absolute: the root of our cache. */
  readonly cacheRoot: string;
  /** Files that we wrote: option lines, then `lines`. */
  readonly files: readonly string[];
  readonly options: readonly string[];
  readonly lines: readonly InputLine[];
  /** What the user wrote, by the absolute path of our copy. */
  readonly written: ReadonlyMap<string, string>;
}

/** @returns the text with every path of the cache replaced by what the user knows it as */
export function inUsersWords(text: string, copies: Copies): string {
  let result = text;
  for (const file of copies.files) {
    result = result.replaceAll(
      new RegExp(`(?:-r )?${escaped(file)} \\(line (\\d+)\\)`, 'g'),
      (whole, line: string) => {
        const origin = copies.lines[Number(line) - 1 - copies.options.length]?.origin;
        return origin === undefined ? whole : placeText(origin);
      },
    );
  }
  for (const [copy, written] of copies.written) {
    result = result.replaceAll(pathToFileURL(copy).href, written).replaceAll(copy, written);
  }
  return hideCache(result, copies.cacheRoot);
}

/** Of any path in the cache only the last part is left. */
export function hideCache(text: string, cacheRoot: string): string {
  const roots = [pathToFileURL(cacheRoot).href, cacheRoot].map((root) => escaped(root));
  return text.replace(new RegExp(`(?:${roots.join('|')})(?:/[^\\s'"\`()<>,;]*)?`, 'g'), (found) => {
    const last = found.slice(found.lastIndexOf('/') + 1);
    return last === '' ? '…' : last;
  });
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
