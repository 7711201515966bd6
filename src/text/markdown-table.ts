/** Tables in Markdown. Pure. */
import stringWidth from 'string-width';
import type { Markdown } from './markdown.js';

/**
 * A table with columns padded as prettier pads them, so that generated text needs no formatter.
 * @param head words of ours
 * @param rows cells may hold Markdown; bars in them are escaped, and line breaks, which would end the row, become spaces
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly (Markdown | '')[])[],
): Markdown;
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string;
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = [head, ...rows].map((row) =>
    row.map((cell) => cell.replace(/\s*[\r\n]\s*/g, ' ').replaceAll('|', '\\|')),
  );
  const widths = head.map((_, column) => Math.max(3, ...cells.map((row) => stringWidth(row[column] ?? ''))));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - stringWidth(cell))).join(' | ')} |`;
  const [first = [], ...others] = cells;
  return [line(first), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)].join('\n');
}
