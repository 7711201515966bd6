/**
 * Python files that would look for their neighbours in the wrong place when the tree in /tmp has only a link to them: they
 * resolve the links of their own path (OpenCV looks for its extension module so), or go up from it by `..`, which the system
 * does after it has followed a link to a folder. They then look in the package, where what is nested is not.
 */
import { readFile } from 'node:fs/promises';
import pMap from 'p-map';
import type { StagedFile } from '../../model.js';

const resolves = /\b(?:realpath|resolve|readlink|pardir|samefile)\b|["'/]\.\.["'/]/;

/** True for a source that may find the package through a link to itself. */
export function looksBehindLinks(source: string): boolean {
  return source.includes('__file__') && resolves.test(source);
}

/**
 * @returns paths of those sources, and of the bytecode that stands for them when they do not travel (`x.py`: `x.pyc`)
 * @throws the file system's error when a file cannot be read
 */
export async function filesBehindLinks(files: readonly StagedFile[]): Promise<ReadonlySet<string>> {
  const sources = files.filter(
    ({ path, link, place }) => place === 'python' && link === undefined && path.endsWith('.py'),
  );
  const found = await pMap(
    sources,
    async ({ path, source }) => (looksBehindLinks(await readFile(source, 'utf8')) ? [path, `${path}c`] : []),
    { concurrency: 8 },
  );
  return new Set(found.flat());
}
