/**
 * The one way to a terminal. Names, versions, paths and messages come from packages and files, so they are hostile: a control
 * character moves the cursor or sets the title, a mark for the direction of writing shows another name than there is,
 * and a line that begins with `::` is a command to GitHub's runner. Pure.
 */

declare const printable: unique symbol;
/** Text that may be written to a stream; only the functions of this folder make it. */
export type Printed = string & { readonly [printable]: true };

/** What does not show as itself: controls, direction marks, separators of lines, what has no width, halves of letters. */
export const hidden =
  /[\p{Cc}\p{Cs}\p{Bidi_Control}\u00ad\u180e\u200b\u2028\u2029\u2060-\u2064\u206a-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** The colours of a report, beside it. */
const colourOrHidden = new RegExp(`\\u001b\\[\\d{1,2}m|${hidden.source}`, 'gu');

const named: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

function escaped(letter: string): string {
  const code = letter.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code > 0xffff) return `\\u{${hex}}`;
  return named[letter] ?? (code > 0xff ? `\\u${hex.padStart(4, '0')}` : `\\x${hex.padStart(2, '0')}`);
}

/** A text of somebody else's on one line, with what would be hidden as an escape: `\x1b`, `\n`, `\u202e`. */
export function visible(text: string): string {
  return text.replace(hidden, escaped);
}

/** The same data with every text in it made visible. */
function shown<Facts>(value: Facts): Facts {
  return map(value) as Facts;
}

function map(value: unknown): unknown {
  if (typeof value === 'string') return visible(value);
  if (Array.isArray(value)) return value.map(map);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [visible(key), map(inner)]));
}

/**
 * Text for a terminal.
 * @param facts everything in it that is not our own words
 * @param write gets them with nothing hidden in any text, and may add colours and line breaks
 */
export function terminal<Facts>(facts: Facts, write: (shown: Facts) => string): Printed {
  return harmless(write(shown(facts)));
}

/** A log's tabs are its columns; a terminal is shown none. */
export const spaced = (line: string): string => line.replaceAll('\t', '  ');

/** Whatever a text holds: only our colours are obeyed, and no line is a command to a runner of jobs. */
export function harmless(text: string): Printed {
  return text
    .split('\n')
    .map((line) =>
      line
        .replace(colourOrHidden, (found) =>
          found.length > 1 && found.endsWith('m') ? found : escaped(found),
        )
        .replace(/^(\s*):(?=:)/, '$1: ')
        .replaceAll('##[', '# #['),
    )
    .join('\n') as Printed;
}
