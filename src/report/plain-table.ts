/** Tables in a terminal: without borders, and never wider than it. Pure. */
import Table from 'cli-table3';
import stringWidth from 'string-width';
import type { Paint } from '../text/paint.js';

export interface TableOptions {
  /** Columns that are right-aligned; default: all but the first. */
  readonly right?: readonly number[];
  /** Columns of the terminal; `Infinity` when nobody watches. */
  readonly wrapAt: number;
  /** Columns that go where there is no room, the first of these first. The others stay. */
  readonly drop?: readonly number[];
}

export interface PlainTable {
  push(...rows: readonly (readonly string[])[]): void;
  toString(): string;
}

/** The first column keeps this much of itself, however narrow the terminal is. */
const leastName = 8;

/** A terminal that is narrower than a line breaks it between letters: so columns go, and then names are cut. */
export function plainTable(
  head: readonly string[],
  paint: Paint,
  { right = head.map((_, index) => index).slice(1), wrapAt, drop = [] }: TableOptions,
): PlainTable {
  const rows: (readonly string[])[] = [];
  const draw = (gone: ReadonlySet<number>, body: readonly (readonly string[])[]): string => {
    const left = head.map((_, index) => index).filter((index) => !gone.has(index));
    const pick = (row: readonly string[]): string[] => left.map((index) => row[index] ?? '');
    const table = new Table({
      head: pick(head.map((text) => paint.dim(text))),
      colAligns: left.map((index) => (right.includes(index) ? 'right' : 'left')),
      style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
      chars: noBorders,
    });
    table.push(...body.map(pick));
    return table.toString();
  };
  const toString = (): string => {
    const gone = new Set<number>();
    let text = draw(gone, rows);
    for (const column of drop) {
      if (overBy(text, wrapAt) <= 0) break;
      gone.add(column);
      text = draw(gone, rows);
    }
    const over = overBy(text, wrapAt);
    if (over <= 0) return text;
    const longest = Math.max(...rows.map(([name = '']) => stringWidth(name)));
    const room = Math.max(leastName, longest - over);
    return draw(
      gone,
      rows.map(([name = '', ...rest]) => [cut(name, room), ...rest]),
    );
  };
  return { push: (...more) => void rows.push(...more), toString };
}

/** By how much the longest line is too long. */
function overBy(text: string, width: number): number {
  return Math.max(...text.split('\n').map((line) => stringWidth(line.trimEnd()))) - width;
}

/** The end of a path tells more than its start. Coloured names are left as they are. */
function cut(name: string, room: number): string {
  return stringWidth(name) <= room || name.includes('\u001b')
    ? name
    : `…${name.slice(name.length - room + 1)}`;
}

const noBorders = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
};
