/** How a source says that it is built: [build-system] of pyproject.toml (PEP 518), or setuptools as it was before. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../../errors.js';
import { parseDependency } from '../../python/markers.js';
import { parseToml, stringsOf, tableOf } from './toml.js';

export interface BuildSystem {
  /** e.g. `setuptools.build_meta:__legacy__`. */
  readonly backend: string;
  /** Requirements of the backend. */
  readonly requires: readonly string[];
  /** Absolute folders of the source that hold the backend. */
  readonly paths: readonly string[];
}

/** What pip does without [build-system]. */
const legacy = { backend: 'setuptools.build_meta:__legacy__', requires: ['setuptools>=40.8.0'] };

/**
 * @param source absolute path of the unpacked source
 * @param written as the user wrote it, for errors
 * @throws SlimError `bad-requirements` when pyproject.toml is not valid or its backend lies outside of the source
 */
export async function readBuildSystem(source: string, written: string): Promise<BuildSystem> {
  const text = await readFile(path.join(source, 'pyproject.toml'), 'utf8').catch(() => null);
  const table = text === null ? {} : parseToml(text, `pyproject.toml of "${written}"`);
  const system = tableOf(table['build-system']);
  const requires = Array.isArray(system['requires']) ? stringsOf(system['requires']) : legacy.requires;
  const backend = typeof system['build-backend'] === 'string' ? system['build-backend'] : legacy.backend;
  const paths = stringsOf(system['backend-path']).map((one) => path.resolve(source, one));
  const outside = paths.find((one) => path.relative(source, one).startsWith('..'));
  if (outside !== undefined) throw notIts(written, `backend-path leads out of it, to ${outside}`);
  return { backend, requires: checkedRequires(requires, written), paths };
}

/**
 * Lines for the installer: a line of somebody else's package may not be an option of it.
 * @throws SlimError `bad-requirements`
 */
export function checkedRequires(lines: readonly string[], written: string): readonly string[] {
  const wrong = lines.find(
    (line) => /[\r\n]/.test(line) || /^\s*-/.test(line) || parseDependency(line) === null,
  );
  if (wrong !== undefined) throw notIts(written, `"${wrong}" is no requirement that a build can have`);
  return lines;
}

function notIts(written: string, because: string): SlimError {
  return new SlimError('bad-requirements', `"${written}" cannot be built: ${because}.`, {
    hint: 'Ask for a version that has a wheel, or mend its pyproject.toml.',
  });
}
