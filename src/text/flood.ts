/** Text that comes in parts and may never end: bounded in memory, linear in time. Pure. */

/** Letters. What is longer is told in parts, which end behind a space where there is one: a word stays whole. */
export const longestLine = 64 * 1024;

/**
 * Line by line.
 * @param onLine called for each line as soon as it has ended; undefined: nobody wants to know
 * @param longest letters of a line that is told whole
 * @returns takes the parts; an empty one is the end
 */
export function inLines(
  onLine: ((line: string) => void) | undefined,
  longest = longestLine,
): (part: string) => void {
  if (onLine === undefined) return () => {};
  let rest = '';
  const tellMost = (line: string): string => {
    let left = line;
    while (left.length > longest) {
      const space = left.lastIndexOf(' ', longest - 1);
      const end = space > longest / 2 ? space + 1 : longest;
      onLine(left.slice(0, end));
      left = left.slice(end);
    }
    return left;
  };
  return (part) => {
    const [first = '', ...others] = part.split(/\r?\n|\r/);
    const lines = [rest + first, ...others];
    rest = tellMost(lines.pop() ?? '');
    lines.forEach((line) => onLine(tellMost(line)));
    if (part !== '' || rest === '') return;
    onLine(rest);
    rest = '';
  };
}

export interface KeptText {
  readonly add: (part: string) => void;
  /** Without the line break at its end. */
  readonly text: () => string;
  readonly isWhole: () => boolean;
}

/**
 * A text, bounded.
 * @param most letters that are kept
 * @param onTooMuch called once, when there was more: then it is the beginning that is kept; without it, the end
 */
export function keptText(most: number, onTooMuch?: () => void): KeptText {
  const parts: string[] = [];
  let letters = 0;
  let whole = true;
  return {
    add: (part) => {
      if (onTooMuch !== undefined && !whole) return;
      parts.push(part);
      letters += part.length;
      while (onTooMuch === undefined && letters - (parts[0]?.length ?? 0) >= most)
        letters -= parts.shift()?.length ?? 0;
      if (letters <= most || !whole) return;
      whole = false;
      onTooMuch?.();
    },
    text: () =>
      parts
        .join('')
        .slice(...(onTooMuch === undefined ? [-most] : [0, most]))
        .replace(/\r?\n$/, ''),
    isWhole: () => whole,
  };
}

export interface LastLines {
  readonly add: (line: string) => void;
  readonly lines: () => readonly string[];
}

/**
 * The last lines of a log.
 * @param most lines
 * @param mostLetters of all of them together; the last line is kept in any case
 */
export function lastLines(most: number, mostLetters: number): LastLines {
  let lines: string[] = [];
  let gone = 0;
  let letters = 0;
  return {
    add: (line) => {
      lines.push(line);
      letters += line.length;
      while (lines.length - gone > most || (letters > mostLetters && lines.length - gone > 1)) {
        letters -= lines[gone]?.length ?? 0;
        lines[gone++] = '';
      }
      // Not at each line: the others move.
      if (gone <= most) return;
      lines = lines.slice(gone);
      gone = 0;
    },
    lines: () => lines.slice(gone),
  };
}
