/** Sentences in a terminal: broken between words, later lines indented below the first. Pure. */
import stringWidth from 'string-width';

/**
 * @param text one paragraph; colour codes take no room
 * @param width columns; `Infinity` (not a terminal) leaves the text on one line, so that it can be searched and copied
 * @param indent columns before every line but the first
 */
export function wrap(text: string, width: number, indent = 0): string {
  const lines: string[] = [];
  const first = /^ */.exec(text)?.[0] ?? '';
  let line = first;
  for (const word of text.slice(first.length).split(' ')) {
    const longer = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
    const room = width - (lines.length > 0 ? indent : 0);
    if (line.trim() !== '' && stringWidth(longer) > room) {
      lines.push(line);
      line = word;
    } else {
      line = longer;
    }
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`);
}
