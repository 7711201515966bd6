/** Where a line of the user's files stands. Pure. */
import path from 'node:path';

/** Where a line stands. */
export interface Origin {
  /** For people: relative to the project, else absolute. */
  readonly file: string;
  /** From 1; null where no line can be named (an exported lock). */
  readonly line: number | null;
}

/** `requirements.txt, line 3`. */
export function placeText({ file, line }: Origin): string {
  return line === null ? file : `${file}, line ${line}`;
}

/** The user's own spelling of a file: inside the project relative to it. */
export function labelOf(file: string, folder: string): string {
  const inside = path.relative(folder, file);
  return inside === '' || inside.startsWith('..') || path.isAbsolute(inside) ? file : inside;
}
