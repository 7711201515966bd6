/** What the cache holds, in words and as one JSON document. Pure. */
import type { Census, Pruned } from '../io/cache-store.js';
import { plainTable } from './plain-table.js';
import type { Paint } from '../text/paint.js';
import { bytesText, countText, groupedText } from '../text/units.js';

export interface CacheSizes {
  readonly folder: string;
  /** Bytes that the cache may hold. */
  readonly limit: number;
  readonly bytes: number;
  readonly kinds: readonly {
    readonly kind: string;
    readonly entries: number;
    readonly bytes: number;
    /** ISO 8601; null when nobody can tell. */
    readonly lastUsed: string | null;
  }[];
  /** Half-made things of running builds, and of ones that were killed (`prune` takes those away). */
  readonly work: { readonly running: number; readonly left: number };
  /** Builds and other commands that use it now. */
  readonly running: number;
}

/** The census added up by kind, the largest first. */
export function cacheSizes(folder: string, limit: number, census: Census): CacheSizes {
  const kinds = [...new Set(census.entries.map((one) => one.kind))].map((kind) => {
    const own = census.entries.filter((one) => one.kind === kind);
    const last = Math.max(...own.map((one) => one.usedMs));
    return {
      kind,
      entries: own.length,
      bytes: own.reduce((sum, one) => sum + one.bytes, 0),
      lastUsed: last === 0 ? null : new Date(last).toISOString(),
    };
  });
  kinds.sort((a, b) => b.bytes - a.bytes || (a.kind < b.kind ? -1 : 1));
  const { work, running } = census;
  const bytes = kinds.reduce((sum, one) => sum + one.bytes, work.running + work.left);
  return { folder, limit, bytes, kinds, work, running };
}

/** What each kind of entry is, for people. */
const meanings: Readonly<Record<string, string>> = {
  blobs: 'compressed files',
  bytecode: 'compiled bytecode',
  digests: 'hashes of installed files',
  downloads: 'downloads of containers',
  payload: 'compressed payloads',
  pins: 'what was resolved',
  probes: 'answers of import proofs',
  stripped: 'stripped libraries',
  support: 'what lambda-slim needs itself',
  trees: 'installed packages',
  unzipped: 'what verify unpacked',
  wheels: 'wheels built from source',
};

/** @param limitText as the user wrote it: 5 GB would be 4768.4 of our MiB */
export function sizeText(sizes: CacheSizes, limitText: string, paint: Paint, wrapAt: number): string {
  const { folder, limit, bytes, kinds, work, running } = sizes;
  const rows = kinds.map((one) => [
    one.kind,
    groupedText(one.entries),
    bytesText(one.bytes),
    one.lastUsed?.slice(0, 10) ?? 'unknown',
    meanings[one.kind] ?? '',
  ]);
  if (work.running > 0)
    rows.push(['work', '', bytesText(work.running), 'now', 'half-made by running builds']);
  if (work.left > 0) rows.push(['work', '', bytesText(work.left), '', 'left by builds that were killed']);
  const table = plainTable(['kind', 'entries', 'size', 'last used', 'what'], paint, {
    right: [1, 2],
    wrapAt,
    drop: [4, 3, 1],
  });
  table.push(...rows);
  const lines = rows.length === 0 ? [] : [table.toString().replace(/ +$/gm, ''), ''];
  return [
    folder,
    '',
    ...lines,
    `${paint.bold(bytesText(bytes))} of ${/[a-z]/i.test(limitText) ? limitText.trim() : bytesText(limit)}${running > 0 ? `, in use by ${countText(running, 'running command')}` : ''}`,
  ].join('\n');
}

export function prunedText({ removed, bytes, left, inUse }: Pruned): string {
  const gone =
    removed === 0 && bytes === 0
      ? 'Nothing was taken away'
      : `${countText(removed, 'entry').replace('entrys', 'entries')} taken away, ${bytesText(bytes)}`;
  const used =
    inUse === 0 ? '' : ` ${groupedText(inUse)} more ${inUse === 1 ? 'is' : 'are'} in use by running builds.`;
  return `${gone}; ${bytesText(left)} left.${used}`;
}
