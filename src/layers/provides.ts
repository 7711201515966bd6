/**
 * The small file in which a layer of ours says what it provides: which distributions, and of which RECORD each was before
 * anything was taken out or stripped. So a build can tell that a package is the very one that it would bring itself. Its name
 * is made of its contents, so that layers which are unpacked over each other each keep theirs. Pure.
 */
import { createHash } from 'node:crypto';
import { parseRecord, placeInTree } from '../python/metadata.js';
import type { Architecture, PythonVersion } from '../model.js';
import { parseJson } from '../text/json.js';

export interface Provides {
  readonly format: 1;
  readonly python: PythonVersion;
  readonly architecture: Architecture;
  /** Sorted by name. */
  readonly distributions: readonly {
    /** PEP 503. */
    readonly name: string;
    readonly version: string;
    /** `recordDigest` of its wheel. */
    readonly record: string;
  }[];
}

/** In a layer: /opt/lambda-slim/provides/… is on nobody's path. */
export const providesPath = /^lambda-slim\/provides\/[0-9a-f]{32}\.json$/;

export function providesText(provides: Provides): string {
  return `${JSON.stringify(provides)}\n`;
}

export function providesName(text: string): string {
  return `lambda-slim/provides/${createHash('sha256').update(text).digest('hex').slice(0, 32)}.json`;
}

/** @returns null for what is none, as any layer may hold any file */
export function parseProvides(text: string): Provides | null {
  try {
    const { format, python, architecture, distributions } = parseJson(text) as Partial<Provides>;
    if (format !== 1 || typeof python !== 'string' || typeof architecture !== 'string') return null;
    if (!Array.isArray(distributions)) return null;
    const good = (distributions as readonly unknown[]).every(
      (one) =>
        typeof one === 'object' &&
        one !== null &&
        ['name', 'version', 'record'].every(
          (key) => typeof (one as Record<string, unknown>)[key] === 'string',
        ),
    );
    return good ? { format, python, architecture, distributions } : null;
  } catch {
    return null;
  }
}

/** What installers write beside a wheel's files: it differs between machines and tools. */
const installers =
  /(?:^|\/)(?:__pycache__\/.*|[^/]+\.py[co])$|^bin\/|\.dist-info\/(?:RECORD|INSTALLER|REQUESTED|direct_url\.json|uv_[^/]*)$/;

/** A wheel's own rows: path in the tree → hash, e.g. `sha256=47DEQpj8…`. */
export function wheelRows(
  record: string,
): ReadonlyMap<string, { readonly hash: string; readonly size: string }> {
  const rows = new Map<string, { readonly hash: string; readonly size: string }>();
  for (const { path, hash, size } of parseRecord(record)) {
    const place = placeInTree(path);
    if (place !== null && hash !== '' && !installers.test(place)) rows.set(place, { hash, size });
  }
  return rows;
}

/** Two installed wheels with the same digest have the same files, byte for byte. */
export function recordDigest(record: string): string {
  const lines = [...wheelRows(record)].map(([place, { hash }]) => `${place}\0${hash}\n`).sort();
  return createHash('sha256').update(lines.join('')).digest('hex');
}
