/** What a file is, by its path and first bytes. Pure. */
import { identify } from '../elf/identify.js';
import type { EntryKind } from '../model.js';
import { suffixes } from '../recipes/names.js';

/** Enough to tell ELF, Mach-O, PE and `#!`. */
export const headBytes = 64;

/** Suffixes that are always text: such a file is not opened to find out what it is. */
const textSuffixes: ReadonlySet<string> = new Set(
  (
    'py pyi pyx pxd pxi h hh hpp hxx cuh inl c cc cpp cxx cu f f90 f95 f03 pyf md rst txt json jsonl csv tsv xml html ' +
    'css js ts map svg yaml yml toml cfg ini cmake build tp typed ipynb tex mplstyle proto in sql sh npy npz pyc pyo ' +
    'gz bz2 xz zip png jpg jpeg gif ttf afm wav mat'
  ).split(' '),
);

const headerSuffixes: ReadonlySet<string> = new Set(
  [suffixes.headers, suffixes.sources, suffixes.cython, suffixes.libraries, suffixes.build].flat(),
);
const docSuffixes: ReadonlySet<string> = new Set('md rst html ipynb tex'.split(' '));
const docFolders = /(?:^|\/)(?:docs?|man|examples?)\//;
const metadataFolder = /^[^/]+\.(?:dist-info|egg-info)(?:\/|$)/;

/** True when `kindOf` needs the file's first bytes. */
export function needsHead(path: string): boolean {
  return !textSuffixes.has(suffixOf(path)) && !metadataFolder.test(path);
}

/**
 * @param head the first `headBytes` of the file; null for text, which is not opened, and for links
 * @returns `format` only for kind `foreign`. Python source is always `python`, also in a test suite; `test` is the data
 *   that lies in a folder named `test` or `tests`.
 */
export function kindOf(path: string, head: Uint8Array | null): { kind: EntryKind; format?: string } {
  if (metadataFolder.test(path)) return { kind: 'metadata' };
  const suffix = suffixOf(path);
  const programs = /^bin\/[^/]+$/.test(path);
  if (suffix === 'pyc' || suffix === 'pyo') return { kind: 'bytecode' };
  if (suffix === 'py') return { kind: programs ? 'script' : 'python' };
  if (suffix === 'pyi' || path.endsWith('/py.typed')) return { kind: 'typing' };
  const format = head === null ? null : identify(head);
  if (format === 'elf') return { kind: 'elf' };
  if (format !== null) return { kind: 'foreign', format };
  if (programs || (head !== null && head[0] === 0x23 && head[1] === 0x21)) return { kind: 'script' };
  if (isTestPath(path)) return { kind: 'test' };
  if (headerSuffixes.has(suffix)) return { kind: 'header' };
  if (docSuffixes.has(suffix) || docFolders.test(path)) return { kind: 'doc' };
  return { kind: 'data' };
}

/** True below a folder named `test` or `tests`. A file named so (`jinja2/tests.py`) is no test. */
export function isTestPath(path: string): boolean {
  return /(?:^|\/)tests?\//.test(path);
}

/** Lower case, without the dot; empty when there is none. */
export function suffixOf(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot <= path.lastIndexOf('/') + 1 ? '' : path.slice(dot + 1).toLowerCase();
}
