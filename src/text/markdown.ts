/** Words of others in Markdown: they say what they say, and change nothing around them. Pure. */
import { visible } from './terminal.js';

/**
 * A text that shall not be read as Markdown or HTML, on one line: a line break would end the list or the table that it is
 * in. Underscores within words are no emphasis, so names stay as they are; bars are the business of tables.
 */
export function plainMarkdown(text: string): string {
  return (
    visible(oneLine(text))
      .replace(/[\\`*[\]<>~]/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // Nobody is called by a package's name.
      .replace(/@(?=[\p{L}\p{N}])/gu, '@<!-- -->')
  );
}

/** A name as code. */
export function codeMarkdown(text: string): string {
  const line = visible(oneLine(text));
  if (line === '') return '';
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Line breaks and other white space as single spaces. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
