/** The one way to Markdown: words of others say what they say, and change nothing around them. Pure. */
import { visible } from './terminal.js';

declare const quoted: unique symbol;
/** Text that may stand in a Markdown document; only the functions of this folder make it. */
export type Markdown = string & { readonly [quoted]: true };

/** Markdown of ours around what is Markdown already. A text of somebody else's goes through `plainMarkdown` or `codeMarkdown` first. */
export function marked(ours: TemplateStringsArray, ...parts: readonly (Markdown | number)[]): Markdown {
  return String.raw({ raw: ours.map((one) => one) }, ...parts) as Markdown;
}

/** @param separator of ours */
export function joinedMarkdown(parts: readonly Markdown[], separator: string): Markdown {
  return parts.join(separator) as Markdown;
}

/**
 * A text that shall not be read as Markdown or HTML, on one line: a line break would end the list or the table that it is
 * in. Underscores within words are no emphasis, so names stay as they are; bars are the business of tables.
 */
export function plainMarkdown(text: string): Markdown {
  return (
    visible(oneLine(text))
      .replace(/[\\`*[\]<>~]/g, '\\$&')
      .replace(/&(?=#?\w+;)/g, '\\&')
      .replace(/(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\_')
      // Nobody is called by a package's name.
      .replace(/@(?=[\p{L}\p{N}])/gu, '@<!-- -->') as Markdown
  );
}

/** A name as code. */
export function codeMarkdown(text: string): Markdown {
  const line = visible(oneLine(text));
  if (line === '') return '' as Markdown;
  const longest = Math.max(0, ...[...line.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = '`'.repeat(longest + 1);
  const pad = /^`|`$/.test(line) ? ' ' : '';
  return `${fence}${pad}${line}${pad}${fence}` as Markdown;
}

/** Line breaks and other white space as single spaces. */
function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ');
}
