/**
 * RECORD for what is left. Pure.
 * https://packaging.python.org/en/latest/specifications/recording-installed-packages/
 */
import { parseRecord, placeInTree, recordLine, recordRows } from '../python/metadata.js';
import type { RecordRow } from '../python/metadata.js';

/** Contents that are not those of the wheel any more. */
export interface NewContent {
  /** Hex. */
  readonly sha256: string;
  readonly bytes: number;
  /** Hex, of what lies in the tree; absent when nobody has read that. */
  readonly was?: string;
}

export interface RecordChanges {
  /** RECORD's own path; its row has neither hash nor size. */
  readonly record: string;
  /** True for paths that travel. */
  readonly travels: (path: string) => boolean;
  /** Files whose bytes changed: stripped, stubbed. */
  readonly changed: ReadonlyMap<string, NewContent>;
  /** Added files of this distribution. Those that are not in `changed` (bytecode) have neither hash nor size in RECORD. */
  readonly added: readonly string[];
}

/** What lies in the tree; `sha256` (hex) is null when nobody has read the file. */
export interface TreeContent {
  readonly sha256: string | null;
  readonly bytes: number;
}

/**
 * What RECORD says of files, as far as it says so with sha256: bytecode and RECORD itself have no hash.
 * @returns whether the content is the listed one, by path in the tree
 */
export function heldAgainst(
  record: string,
  contentOf: (path: string) => TreeContent | undefined,
): ReadonlyMap<string, boolean> {
  const found = new Map<string, boolean>();
  for (const { path: listed, hash, size } of recordRows(record)) {
    const path = placeInTree(listed);
    const [, digest = ''] = /^sha256=([\w-]{43})=?$/.exec(hash) ?? [];
    const content = path === null || digest === '' ? undefined : contentOf(path);
    if (path === null || content === undefined) continue;
    const sameSize = size === '' || Number(size) === content.bytes;
    const sameHash =
      content.sha256 === null || content.sha256 === Buffer.from(digest, 'base64url').toString('hex');
    // One name may be listed twice.
    found.set(path, (found.get(path) ?? false) || (sameSize && sameHash));
  }
  return found;
}

/**
 * @param original RECORD as the installer wrote it; rows that lie outside of the tree go
 * @returns rows sorted by path, each ending with a newline
 */
export function rewriteRecord(original: string, changes: RecordChanges): string {
  const rows = new Map<string, RecordRow>();
  for (const row of parseRecord(original)) {
    const path = placeInTree(row.path);
    if (path !== null && changes.travels(path))
      rows.set(path, { ...row, ...newContent(path, changes), path });
  }
  for (const path of [...changes.added, changes.record])
    rows.set(path, { path, hash: '', size: '', ...newContent(path, changes) });
  return [...rows.values()]
    .sort((a, b) => (a.path < b.path ? -1 : 1))
    .map((row) => `${recordLine(row)}\n`)
    .join('');
}

function newContent(path: string, changes: RecordChanges): Partial<RecordRow> {
  const content = changes.changed.get(path);
  if (!content) return {};
  const hash = Buffer.from(content.sha256, 'hex').toString('base64url');
  return { hash: `sha256=${hash}`, size: String(content.bytes) };
}
