/** What nothing needs any more: which versions and files of a store may go. Pure. */
import type { StoredKey } from './bucket.js';
import type { ModelVersion, Pointer } from './pointer.js';

/** A model as it lies in the store. */
export interface ModelState {
  readonly model: string;
  readonly pointers: readonly Pointer[];
  /** The newest first. */
  readonly versions: readonly (ModelVersion & { readonly key: string; readonly modified: number })[];
}

export interface Collection {
  /** Keys. */
  readonly versions: readonly string[];
  readonly files: readonly StoredKey[];
  /** Files that stay though nothing names them: somebody may be about to. */
  readonly young: number;
  readonly left: { readonly versions: number; readonly files: number; readonly bytes: number };
}

/** Who pushes sends files before anything names them; a day is longer than any push. */
export const youngMs = 24 * 60 * 60 * 1000;

/**
 * What an alias names stays, and of each alias the last `keep` that it named; of each model the newest `keep` versions, and
 * whatever is younger than a day.
 * @param files below `sha256/`
 * @param now milliseconds since 1970
 */
export function planCollection(
  models: readonly ModelState[],
  files: readonly StoredKey[],
  keep: number,
  now: number,
): Collection {
  const neededFiles = new Set<string>();
  const versions: string[] = [];
  let left = 0;
  for (const { pointers, versions: all } of models) {
    const kept = new Set([
      ...pointers.flatMap((one) => [one.digest, ...one.history.slice(0, keep)]),
      ...all.slice(0, keep).map((one) => one.digest),
      ...all.filter((one) => now - one.modified < youngMs).map((one) => one.digest),
    ]);
    const stays = all.filter((one) => kept.has(one.digest));
    for (const one of [...pointers, ...stays]) for (const { sha256 } of one.files) neededFiles.add(sha256);
    versions.push(...all.filter((one) => !kept.has(one.digest)).map((one) => one.key));
    left += stays.length;
  }
  const unnamed = files.filter(({ key }) => !neededFiles.has(key.slice(key.lastIndexOf('/') + 1)));
  const gone = unnamed.filter(({ modified }) => now - modified >= youngMs);
  const bytes = sum(files) - sum(gone);
  return {
    versions,
    files: gone,
    young: unnamed.length - gone.length,
    left: { versions: left, files: files.length - gone.length, bytes },
  };
}

const sum = (files: readonly StoredKey[]): number => files.reduce((total, { bytes }) => total + bytes, 0);
