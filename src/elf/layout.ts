/**
 * Where kept bytes go. Only whole pages disappear between them, so that `offset ≡ address (mod align)` still holds. Pure.
 */
/** File offsets, end exclusive. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface KeptRange extends Range {
  /** A power of two: the distance that it moves is a multiple of it. */
  readonly align: number;
  /** True when the loader maps it in pages. */
  readonly mapped: boolean;
}

/** Kept bytes that lie together and move together. */
export interface Chunk extends KeptRange {
  readonly newFrom: number;
}

/** The largest page of any kernel that we know (arm64). Alignments above it are for huge pages, not for safety. */
const largestPage = 65_536;

/** Join ranges that touch or overlap, and place them one behind the other, in order, never behind their old place. */
export function place(ranges: readonly KeptRange[]): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const range of join(ranges)) {
    const previous = chunks.at(-1);
    let cursor = previous ? previous.newFrom + (previous.to - previous.from) : 0;
    if (previous && range.mapped) {
      const page = Math.min(range.align, largestPage);
      // Two segments share a page only when they did before.
      if (range.from - (range.from % page) >= previous.to) cursor = roundUp(cursor, page);
    }
    const newFrom = cursor + modulo(range.from - cursor, range.align);
    chunks.push({ ...range, newFrom });
  }
  return chunks;
}

/** The new offset of an old one; one that lies between chunks moves with the chunk before it. */
export function mover(chunks: readonly Chunk[]): (offset: number) => number {
  return (offset) => {
    const chunk = chunks[lastAtOrBefore(chunks, (one) => one.from, offset)];
    return chunk ? offset - chunk.from + chunk.newFrom : offset;
  };
}

/**
 * Index of the last of some sorted rows that begins at or before a place; -1 when there is none.
 * @param rows ascending by `start`
 */
export function lastAtOrBefore<Row, Place extends number | bigint>(
  rows: readonly Row[],
  start: (row: Row) => Place,
  place: Place,
): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row !== undefined && start(row) <= place) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

function join(ranges: readonly KeptRange[]): readonly KeptRange[] {
  const joined: KeptRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.from - b.from || a.to - b.to)) {
    const last = joined.at(-1);
    if (!last || range.from > last.to) joined.push(range);
    else
      joined[joined.length - 1] = {
        from: last.from,
        to: Math.max(last.to, range.to),
        align: Math.max(last.align, range.align),
        mapped: last.mapped || range.mapped,
      };
  }
  return joined;
}

export function roundUp(value: number, align: number): number {
  return value + modulo(-value, align);
}

export function modulo(value: number, align: number): number {
  return ((value % align) + align) % align;
}
