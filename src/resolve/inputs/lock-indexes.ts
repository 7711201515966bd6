/** Which index each name of a lock comes from, where the lock or its project says so. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import picomatch from 'picomatch';
import { normalizeName } from '../../python/names.js';
import type { SourceKind } from './detect.js';
import { namedIndex, type NamedIndex } from './name-sources.js';
import { pdmIndex } from './tool-settings.js';
import { parseTomlOrNothing, stringsOf, tableAt, tableOf, tablesOf, textOf, type Table } from './toml.js';

/**
 * By `name==version`, the name normalized; Pipenv and PDM have one index for a name, so there by `name`. What is not in it
 * comes from wherever the tool looks.
 */
export async function lockIndexes(kind: SourceKind, file: string): Promise<Map<string, NamedIndex>> {
  const text = await readFile(file, 'utf8');
  const project = await readFile(path.join(path.dirname(file), 'pyproject.toml'), 'utf8').catch(() => '');
  if (kind === 'poetry.lock') return poetryIndexes(parseTomlOrNothing(text));
  if (kind === 'pdm.lock') return pdmIndexes(parseTomlOrNothing(text), parseTomlOrNothing(project));
  return kind === 'Pipfile.lock' ? pipenvIndexes(text) : new Map();
}

/**
 * Does Pipenv look on all of its sources for every name, whatever its lock says?
 * @param file absolute: the Pipfile.lock
 */
export async function searchesAllSources(file: string): Promise<boolean> {
  const text = await readFile(path.join(path.dirname(file), 'Pipfile'), 'utf8').catch(() => '');
  return tableAt(parseTomlOrNothing(text), 'pipenv')['install_search_all_sources'] === true;
}

/** Exact lines without hashes get those that the lock has for them. */
export async function withPdmHashes(text: string, file: string): Promise<string> {
  const lock = parseTomlOrNothing(await readFile(file, 'utf8'));
  const hashes = new Map(
    tablesOf(lock['package']).map((one) => [
      `${normalizeName(textOf(one['name']))}==${textOf(one['version'])}`,
      tablesOf(one['files']).map((each) => ` --hash=${textOf(each['hash'])}`),
    ]),
  );
  return text
    .split('\n')
    .map((line) => {
      const [, name = '', version = ''] = /^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==([^\s;\\]+)/.exec(line) ?? [];
      const found = line.endsWith('\\') ? undefined : hashes.get(`${normalizeName(name)}==${version}`);
      return found === undefined || line.includes('--hash') ? line : `${line}${found.join('')}`;
    })
    .join('\n');
}

function poetryIndexes(lock: Table): Map<string, NamedIndex> {
  return new Map(
    tablesOf(lock['package']).flatMap((one) => {
      const source = tableOf(one['source']);
      if (textOf(source['type']) !== 'legacy') return [];
      const index = { name: textOf(source['reference']), url: textOf(source['url']) };
      return [[`${normalizeName(textOf(one['name']))}==${textOf(one['version'])}`, index] as const];
    }),
  );
}

function pdmIndexes(lock: Table, project: Table): Map<string, NamedIndex> {
  const owners = tablesOf(tableAt(project, 'tool', 'pdm')['source']).map((one) => ({
    index: pdmIndex(one),
    globs: stringsOf(one['include_packages']).map(normalizeName),
  }));
  return new Map(
    tablesOf(lock['package']).flatMap((one) => {
      const name = normalizeName(textOf(one['name']));
      const owner = owners.find(({ globs }) => globs.some((glob) => picomatch.isMatch(name, glob)));
      return owner === undefined ? [] : [[name, owner.index] as const];
    }),
  );
}

function pipenvIndexes(text: string): Map<string, NamedIndex> {
  const found = new Map<string, NamedIndex>();
  let lock: Table;
  try {
    lock = tableOf(JSON.parse(text));
  } catch {
    // Pipenv says what is wrong with it.
    return found;
  }
  const sources = tablesOf(tableAt(lock, '_meta')['sources']);
  for (const [category, packages] of Object.entries(lock)) {
    if (category === '_meta') continue;
    for (const [name, entry] of Object.entries(tableOf(packages))) {
      const source = sources.find((one) => one['name'] === tableOf(entry)['index']);
      if (source === undefined) continue;
      found.set(normalizeName(name), namedIndex(source));
    }
  }
  return found;
}
