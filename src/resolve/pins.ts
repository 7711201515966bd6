/** Exact distributions: what a resolve decided, before anything is installed. Pure. */
import { pathToFileURL } from 'node:url';
import { cacheKey } from '../text/cache-key.js';
import type { Target } from '../model.js';
import type { InputLine } from './inputs/input-lines.js';
import { splitRequirement } from '../python/lines.js';
import { normalizeName } from '../python/names.js';
import { fileName, type Pylock } from './inputs/pylock.js';
import { parseWheelName } from '../python/wheels.js';

export interface Pin {
  /** Normalized. */
  readonly name: string;
  readonly version: string;
  /** Wheel file name, e.g. `numpy-2.4.0-cp313-….whl`. */
  readonly file: string;
  /** `sha256:…`; null when the index publishes none. */
  readonly hash: string | null;
  /** Where it comes from. May hold credentials: never stored, printed or hashed into a key in clear. */
  readonly url: string;
  /** Bytes; null when the index does not tell. */
  readonly size?: number | null;
  /** True when the requirement itself names this URL, so that no index is asked. */
  readonly direct: boolean;
  /** Address of the index that has it; null where that is not told. */
  readonly index?: string | null;
}

/** Pins from uv's pylock answer, in which each package has the one wheel that fits best. */
export function pinsOfPylock(lock: Pylock): Pin[] {
  return lock.packages.map((one) => {
    const file = one.wheels[0] ?? one.archive ?? one.sdist;
    const url = file?.url ?? '';
    return {
      name: normalizeName(one.name),
      version: one.version ?? '',
      file: file?.file ?? '',
      hash: file?.hashes.find((hash) => hash.startsWith('sha256:')) ?? file?.hashes[0] ?? null,
      url: url.startsWith('/') ? pathToFileURL(url).href : url,
      size: file?.size ?? null,
      direct: one.archive !== null,
      index: one.index,
    };
  });
}

interface PipReport {
  readonly install: readonly {
    readonly download_info: {
      readonly url: string;
      readonly archive_info?: { readonly hash?: string; readonly hashes?: Readonly<Record<string, string>> };
    };
    readonly is_direct: boolean;
    readonly metadata: { readonly name: string; readonly version: string };
  }[];
}

/** Pins from `pip install --dry-run --report`. https://pip.pypa.io/en/stable/reference/installation-report/ */
export function pinsOfReport(text: string): Pin[] {
  const report = JSON.parse(text) as PipReport;
  return report.install.map((one) => {
    const archive = one.download_info.archive_info;
    const [algorithm, value] =
      Object.entries(archive?.hashes ?? {}).find(([name]) => name === 'sha256') ?? [];
    const older = archive?.hash?.replace('=', ':');
    return {
      name: normalizeName(one.metadata.name),
      version: one.metadata.version,
      file: fileName(one.download_info.url),
      hash: value === undefined ? (older ?? null) : `${algorithm}:${value}`,
      url: one.download_info.url,
      direct: one.is_direct,
    };
  });
}

/**
 * Requirement lines that install exactly these, sorted by name. A direct URL is taken as the requirement wrote it: pip's
 * report leaves its password out, and a variable in it stays a variable.
 * @param byFile names whose file is told, so that no index is asked
 */
export function pinLines(
  pins: readonly Pin[],
  lines: readonly InputLine[] = [],
  byFile: ReadonlySet<string> = new Set(),
): string[] {
  const written = directUrls(lines);
  return [...pins]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((pin) => {
      const what =
        pin.direct || byFile.has(pin.name)
          ? `${pin.name} @ ${written.get(pin.name) ?? pin.url}`
          : `${pin.name}==${pin.version}`;
      return pin.hash === null ? what : `${what} --hash=${pin.hash}`;
    });
}

function directUrls(lines: readonly InputLine[]): ReadonlyMap<string, string> {
  const urls = new Map<string, string>();
  for (const line of lines) {
    const parts = 'text' in line ? splitRequirement(line.text.replace(/\s--hash[=\s].*$/, '')) : null;
    const file = typeof parts?.url !== 'string' ? null : parseWheelName(fileName(parts.url));
    const name = parts?.name ?? file?.name ?? null;
    // Two lines for one name differ by their markers, and only the tool judges those.
    if (parts?.url && name !== null)
      urls.set(normalizeName(name), urls.has(normalizeName(name)) ? '' : parts.url);
  }
  return new Map([...urls].filter(([, url]) => url !== ''));
}

/** Names that come from one index only. */
export function namesWithIndex(lines: readonly InputLine[]): ReadonlySet<string> {
  const named = lines.filter((line) => 'text' in line && line.index !== undefined);
  const names = named.map((line) => ('text' in line ? splitRequirement(line.text).name : null));
  return new Set(names.filter((name) => name !== null).map(normalizeName));
}

/**
 * Identifies the tree that the pins make with this tool: contents (by hash), target and tool. No URL in clear.
 * @param tool e.g. `uv 0.13.8`
 */
export function treeKey(pins: readonly Pin[], target: Target, tool: string): string {
  const rows = pins
    .map((pin) => [pin.name, pin.version, pin.file, pin.hash ?? cacheKey({ url: pin.url })])
    .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1));
  return cacheKey({
    format: 1,
    pins: rows,
    python: target.python,
    architecture: target.architecture,
    glibc: target.glibc,
    tool,
  });
}
