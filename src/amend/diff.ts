/** A unified diff: read, brought to the files of a package, and applied, or told where it does not fit. Pure. */
import { applyPatch, parsePatch, type StructuredPatch } from 'diff';

/** What a diff does to one file. */
export interface FileChange {
  readonly kind: 'change' | 'add' | 'delete';
  /** The file's name as it is written, without `a/` or `b/`. */
  readonly name: string;
  readonly patch: StructuredPatch;
}

type Hunk = StructuredPatch['hunks'][number];

/** @returns what the text is instead, as a clause, when it is no diff that can be applied */
export function parseDiff(text: string): readonly FileChange[] | string {
  let patches: readonly StructuredPatch[];
  try {
    patches = parsePatch(text.replace(/^\uFEFF/, ''));
  } catch (error) {
    return `cannot be read as a unified diff: ${(error as Error).message.replace(/\.$/, '')}`;
  }
  const changes: FileChange[] = [];
  for (const patch of patches) {
    const fault = faultOf(patch);
    if (fault !== null) return fault;
    if (patch.hunks.length === 0) continue;
    const [before, after] = [nameOf(patch.oldFileName), nameOf(patch.newFileName)];
    const name = after ?? before;
    if (name === null) return 'has a hunk without the name of its file (the lines "---" and "+++")';
    changes.push({ kind: before === null ? 'add' : after === null ? 'delete' : 'change', name, patch });
  }
  return changes.length === 0 ? 'holds no change: it has no hunk ("@@ … @@")' : changes;
}

function faultOf({ isRename, isCopy, isBinary, newFileName, index }: StructuredPatch): string | null {
  const name = newFileName ?? index ?? '';
  if (isRename === true) return `renames a file (${name}): give the old one's deletion and the new one whole`;
  if (isCopy === true) return `copies a file (${name}): give the new one whole`;
  return isBinary === true ? `changes a binary (${name}), which is no text: use "replace"` : null;
}

/** Null for /dev/null, and where there is none. */
function nameOf(written: string | undefined): string | null {
  const name = written?.replace(/^[ab]\//, '').replaceAll('\\', '/');
  return name === undefined || name === '' || name === '/dev/null' ? null : name;
}

/** Why a diff does not fit a file. */
export interface Misfit {
  /** e.g. `@@ -12,7 +12,8 @@`. */
  readonly hunk: string;
  /** The lines of the file that come nearest, with their numbers, and what the hunk expects there. */
  readonly nearest: readonly string[];
}

/** @returns the file's new text */
export function applyChange(source: string, { patch }: FileChange): string | Misfit {
  const whole = applyPatch(source, patch);
  if (whole !== false) return whole;
  const lines = source.split(/\r?\n/);
  // The first that does not fit behind those that do.
  const at = patch.hunks.findIndex(
    (_, index) => applyPatch(source, { ...patch, hunks: patch.hunks.slice(0, index + 1) }) === false,
  );
  const hunk = patch.hunks[at < 0 ? 0 : at];
  if (hunk === undefined) return { hunk: '', nearest: [] };
  return { hunk: headOf(hunk), nearest: nearestLines(lines, hunk) };
}

const headOf = ({ oldStart, oldLines, newStart, newLines }: Hunk): string =>
  `@@ -${oldStart},${oldLines} +${newStart},${newLines} @@`;

/** The place in the file that has most of the lines which the hunk expects; of several the one nearest to where it should be. */
function nearestLines(lines: readonly string[], hunk: Hunk): readonly string[] {
  const expected = hunk.lines.filter((line) => /^[ -]/.test(line)).map((line) => line.slice(1));
  const wanted = hunk.oldStart - 1;
  const last = Math.max(0, lines.length - expected.length);
  let best = { at: Math.min(wanted, last), hits: -1 };
  for (let at = 0; at <= last; at++) {
    const hits = expected.filter((line, index) => same(lines[at + index], line)).length;
    const nearer = Math.abs(at - wanted) < Math.abs(best.at - wanted);
    if (hits > best.hits || (hits === best.hits && nearer)) best = { at, hits };
  }
  const rows = expected.flatMap((line, index) => {
    const number = best.at + index + 1;
    const found = lines[best.at + index];
    if (found === line) return [];
    const there = found === undefined ? 'the file ends before it' : `the file has ${JSON.stringify(found)}`;
    return [`line ${number}: the patch expects ${JSON.stringify(line)}, ${there}`];
  });
  return rows.length === 0 ? ['its lines are there, but not behind those of the hunk before it'] : rows;
}

/** White space that a tool changed does not hide the place. */
const same = (found: string | undefined, line: string): boolean => found?.trim() === line.trim();
