/** Commands that people copy into a POSIX shell. Pure. */

/** One word of a command. */
export function quoted(word: string): string {
  return /^[\w./@:=,+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
