/** What a build has read, as one digest each: a later command tells by it whether something else lies there now. */
import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { hashFile } from '../../io/hash.js';
import { isOutput } from '../../io/output-folder.js';
import { readText } from '../../io/text-file.js';
import { walkTree } from '../../io/tree.js';
import type { ReadInput } from '../../model.js';
import { cacheKey } from '../../text/cache-key.js';
import { isNoSource } from './projects.js';
import { parseTomlOrNothing, tableOf } from './toml.js';

/**
 * Sha256 in hex. A time never counts: what was only touched is the same.
 * @throws the file system's error, also where nothing is there; SlimError `unusable-file` (a folder with pipes or the like)
 */
export async function inputDigest({ place, kind }: ReadInput): Promise<string> {
  if (kind === 'pyproject') return cacheKey(whatIsInstalled(await readText(place)));
  if ((await stat(place)).isFile()) return hashFile(place);
  return kind === 'packages' ? packagesDigest(place) : projectDigest(place);
}

/** Of a pyproject.toml: a linter's settings, a description or a version say nothing about what is installed. */
function whatIsInstalled(text: string): Readonly<Record<string, unknown>> {
  const { project, tool, ...rest } = parseTomlOrNothing(text);
  const of = (table: unknown, keys: readonly string[]): Readonly<Record<string, unknown>> =>
    Object.fromEntries(keys.map((key) => [key, tableOf(table)[key] ?? null]));
  return {
    project: of(project, ['name', 'requires-python', 'dependencies', 'optional-dependencies']),
    groups: rest['dependency-groups'] ?? null,
    tool: of(tool, ['uv', 'poetry', 'pdm']),
  };
}

/** A whole environment is too much to be read each time: names and sizes tell almost always. */
async function packagesDigest(folder: string): Promise<string> {
  const files = await walkTree(folder, (name) => name.endsWith('__pycache__/'));
  return cacheKey({ files: files.map(({ path: name, bytes, link = '' }) => [name, bytes, link]) });
}

async function projectDigest(folder: string): Promise<string> {
  const files = await walkTree(folder, (name) => {
    const base = path.posix.basename(name);
    return base === '.git' || isNoSource(base) || (name.endsWith('/') && isOutput(path.join(folder, name)));
  });
  const hashes = await pMap(
    files,
    ({ path: name, link }) =>
      link === undefined ? hashFile(path.join(folder, name)) : Promise.resolve(link),
    { concurrency: 8 },
  );
  const hash = createHash('sha256');
  files.forEach(({ path: name }, index) => hash.update(JSON.stringify([name, hashes[index]])));
  return hash.digest('hex');
}
