/** Looks in the bytes of all kept files for the names of libraries that might be orphans. I/O; see `orphans.ts`. */
import { closeSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { Entry, Inventory, PrunePlan } from '../model.js';
import type { Progress } from '../progress.js';
import { countText } from '../text/units.js';

const chunkBytes = 1024 * 1024;
/** Longer than any file name, so that a name on a chunk's border is seen. */
const overlapBytes = 512;
/** How much is read between two looks at the event loop (Ctrl-C, progress). */
const breathBytes = 4 * chunkBytes;

/** A file name with holes: `lib*.so`, `lib%s.so`, `lib{name}.so.1`, `libfoo.{ext}`. */
const holed = /(?:[\w.-]|\{[^{}\n]*\}|%s|\*)*(?:\.so|\blib)(?:[\w.-]|\{[^{}\n]*\}|%s|\*)*/g;
const loads = /CDLL|LoadLibrary|load_library|load_op_library|load_file_system_library|dlopen/;

/**
 * Reads every kept file once, in chunks; returns at once when there are no candidates.
 * @throws the file system's error when a file cannot be read
 */
export async function findMentions(
  inventory: Inventory,
  plan: PrunePlan,
  candidates: readonly Candidate[],
  progress: Progress,
): Promise<Mentions> {
  const named = new Map<string, readonly string[]>();
  const patterns = new Map<string, { pattern: string; path: string }[]>();
  if (candidates.length === 0) return { named, patterns };
  const paths = new Set(candidates.map((one) => one.path));
  const owners = new Set(candidates.map((one) => one.distribution));
  // Where a name most likely is comes first: the search ends when every candidate is named.
  const rank = (entry: Entry): number => (entry.kind === 'elf' ? 2 : owners.has(entry.distribution) ? 0 : 1);
  const files = [...textsAndBinaries(inventory, plan)].sort((a, b) => rank(a) - rank(b));
  const step = progress.start(
    'orphans',
    files.reduce((sum, entry) => sum + entry.bytes, 0),
  );
  const buffer = Buffer.alloc(chunkBytes);
  let unread = 0;
  for (const entry of files) {
    // Once a file that is no candidate names it, a candidate is out of question.
    const open = candidates.filter((one) => !named.get(one.path)?.some((by) => !paths.has(by)));
    if (open.length === 0) break;
    const readsPatterns =
      entry.kind === 'python' && open.some((one) => one.distribution === entry.distribution);
    for (const bytes of chunks(path.join(inventory.root, entry.path), buffer)) {
      for (const candidate of open) {
        const before = named.get(candidate.path) ?? [];
        if (candidate.path === entry.path || before.at(-1) === entry.path) continue;
        if (!candidate.names.some((name) => occurs(bytes, name))) continue;
        named.set(candidate.path, paths.has(entry.path) ? [...before, entry.path] : [entry.path]);
      }
      if (readsPatterns) addPatterns(bytes.toString('latin1'), entry, patterns);
      unread += bytes.length;
      if (unread < breathBytes) continue;
      unread = 0;
      await setImmediate();
    }
    step.advance(entry.bytes);
  }
  step.end(`looked for ${countText(candidates.length, 'candidate')}`);
  return { named, patterns };
}

/** RECORD and its like name every file and open none. */
function textsAndBinaries(inventory: Inventory, plan: PrunePlan): readonly Entry[] {
  const out = new Set(
    plan.decisions.filter(({ action }) => action === 'drop' || action === 'stub').map((one) => one.path),
  );
  return inventory.entries.filter(
    ({ path: name, kind, link, bytes }) =>
      link === undefined &&
      bytes > 0 &&
      kind !== 'bytecode' &&
      (kind !== 'metadata' || name.endsWith('/entry_points.txt')) &&
      !out.has(name),
  );
}

/** Views of one buffer, each valid until the next; the end of one is the beginning of the next. */
function* chunks(file: string, buffer: Buffer): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    for (let carried = 0; ;) {
      const count = readSync(descriptor, buffer, carried, buffer.length - carried, null);
      if (count === 0) return;
      const filled = carried + count;
      yield buffer.subarray(0, filled);
      carried = Math.min(overlapBytes, filled);
      buffer.copyWithin(0, filled - carried, filled);
    }
  } finally {
    closeSync(descriptor);
  }
}

/** As a whole word: `libfoo` does not occur in `libfoo_bar` or `mylibfoo`. */
function occurs(bytes: Buffer, name: string): boolean {
  for (let at = bytes.indexOf(name, 0, 'latin1'); at >= 0; at = bytes.indexOf(name, at + 1, 'latin1')) {
    if (!isWord(bytes[at - 1]) && !isWord(bytes[at + name.length])) return true;
  }
  return false;
}

function isWord(byte: number | undefined): boolean {
  if (byte === undefined) return false;
  const letter = byte | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (byte >= 0x30 && byte <= 0x39) || byte === 0x5f;
}

function addPatterns(
  text: string,
  entry: Entry,
  patterns: Map<string, { pattern: string; path: string }[]>,
): void {
  const owner = entry.distribution ?? '';
  const known = patterns.get(owner) ?? [];
  for (const [found] of text.matchAll(holed)) {
    // `name.endswith(".so")` beside a loader opens whatever it finds.
    const pattern = found === '.so' ? (loads.test(text) ? '*.so*' : '') : found;
    if (/[{*%]/.test(pattern) && !known.some((one) => one.pattern === pattern))
      known.push({ pattern, path: entry.path });
  }
  patterns.set(owner, known);
}
export interface Candidate {
  readonly path: string;
  readonly distribution: string | null;
  /** Strings of which one must occur in a file that opens it: file name, SONAME, and both up to `.so`. */
  readonly names: readonly string[];
}
/** What was found in the bytes of kept files. */

export interface Mentions {
  /** Candidate path → kept files that name it: one that is no candidate, or all that are. */
  readonly named: ReadonlyMap<string, readonly string[]>;
  /** Distribution (empty: none) → name patterns in its files, such as `lib*.so`, `lib%s.so`, `lib{name}.so`, with where. */
  readonly patterns: ReadonlyMap<string, readonly { readonly pattern: string; readonly path: string }[]>;
}
