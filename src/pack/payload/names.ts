/** What a staged file is called in a payload, its tar header, and where its bytes begin. Pure. */
import path from 'node:path';
import type { StagedFile } from '../../model.js';
import { tarHeader, tarPadding } from './tar-format.js';

/** The first folder of a member's path: what is loaded by path, and what belongs to the tree on sys.path. */
export type Under = 'lib' | 'python';

/** What a file is in the payload: `lib/libfoo.so` by its name alone, `python/pkg/mod.py` by its path. */
export function memberPath(file: Pick<StagedFile, 'path'>, under: Under): string {
  return `${under}/${under === 'lib' ? path.posix.basename(file.path) : file.path}`;
}

/** Where each file's bytes begin in the stream of `members`. */
export function memberOffsets(files: readonly StagedFile[], under: Under): readonly number[] {
  let at = 0;
  return files.map((file) => {
    at += headerOf(file, under).length;
    const begin = at;
    at += file.bytes + tarPadding(file.bytes).length;
    return begin;
  });
}

/** Its tar header. */
export function headerOf(file: StagedFile, under: Under): Buffer {
  const link = file.link === undefined ? {} : { link: file.link };
  return tarHeader({ path: memberPath(file, under), bytes: file.bytes, mode: file.mode, ...link });
}
