/** Which modules get bytecode. What imports load comes first, then the largest, as far as there is room. Pure. */
import { isTestPath } from '../inventory/kind.js';
import { moduleOf } from '../python/modules.js';
import type { PycPolicy, StagedFile } from '../model.js';

export interface Compiled {
  /** Path of the source in the tree. */
  readonly path: string;
  /** Absolute path of the bytecode file. */
  readonly source: string;
  readonly bytes: number;
  readonly distribution: string | null;
}

export interface Room {
  /** Bytes left below the unzipped limit; Infinity for a folder. */
  readonly unzipped: number;
  /** Bytes left in a direct upload, when what is kept fits one; else Infinity. */
  readonly zipped: number;
}

/** Deflated, bytecode without line ranges takes this share of its size (measured on scikit-learn's tree: 0.40). */
const deflatedShare = 0.42;
/** Archive headers and the two copies of its path. */
const entryOverhead = 300;
/** `__pycache__/`, the cache tag and commas of its line in RECORD. */
const recordOverhead = 40;

/** Bytecode without line ranges is rarely smaller than this share of its source (numpy 1.1, pandas 1.0, tables 0.7). */
const leastShare = 0.7;

/**
 * Staged sources that are worth compiling: modules that can be imported, no tests but those that imports opened.
 * @param most bytes of bytecode that could travel; what is surely beyond them is left out
 * @returns in the order of `files`
 */
export function worthCompiling(
  files: readonly StagedFile[],
  touched: ReadonlySet<string>,
  most: number,
): readonly StagedFile[] {
  const modules = files.filter(
    (file) =>
      file.place === 'python' &&
      file.link === undefined &&
      file.path.endsWith('.py') &&
      moduleOf(file.path) !== null &&
      (!isTestPath(file.path) || touched.has(file.path)),
  );
  let left = most;
  const chosen = new Set(
    byWorth(modules, touched).filter(({ bytes }) => {
      const fits = left > 0;
      left -= bytes * leastShare;
      return fits;
    }),
  );
  return modules.filter((file) => chosen.has(file));
}

/** What imports load first, then the largest: they take longest to compile at a cold start. */
function byWorth<File extends { readonly path: string; readonly bytes: number }>(
  files: readonly File[],
  touched: ReadonlySet<string>,
): readonly File[] {
  return [...files].sort(
    (a, b) =>
      Number(touched.has(b.path)) - Number(touched.has(a.path)) ||
      b.bytes - a.bytes ||
      (a.path < b.path ? -1 : 1),
  );
}

/** `pkg/mod.py` → `pkg/__pycache__/mod.cpython-313.pyc`; `only` puts it where the source was: `pkg/mod.pyc`. */
export function bytecodePath(path: string, cacheTag: string, policy: PycPolicy): string {
  if (policy === 'only') return `${path}c`;
  const slash = path.lastIndexOf('/');
  const folder = slash === -1 ? '' : path.slice(0, slash + 1);
  return `${folder}__pycache__/${path.slice(slash + 1, -'.py'.length)}.${cacheTag}.pyc`;
}

/**
 * @param touched sources that importing the top-level packages opened
 * @returns the bytecode that travels, sorted by path
 */
export function chooseBytecode(
  compiled: readonly Compiled[],
  policy: PycPolicy,
  touched: ReadonlySet<string>,
  room: Room,
  cacheTag: string,
): readonly StagedFile[] {
  if (policy === 'none') return [];
  const order = byWorth(compiled, touched);
  let { unzipped, zipped } = room;
  const chosen = order.filter(({ path, bytes }) => {
    if (policy !== 'auto') return true;
    const packed = bytes * deflatedShare + entryOverhead + 2 * path.length;
    // Its line in RECORD counts, too.
    const laid = bytes + path.length + recordOverhead;
    if (laid >= unzipped || packed > zipped) return false;
    unzipped -= laid;
    zipped -= packed;
    return true;
  });
  return chosen
    .map(({ path, source, bytes, distribution }): StagedFile => ({
      path: bytecodePath(path, cacheTag, policy),
      place: 'python',
      source,
      bytes,
      mode: 0o644,
      distribution,
      origin: 'bytecode',
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
