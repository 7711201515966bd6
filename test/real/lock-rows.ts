/** Rows (name, version, source) of a lock for a target, by us and by its own tool. */
import { expect } from '@jest/globals';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../program.js';
import type { Architecture, PythonVersion } from '../../src/model.js';
import { splitRequirement } from '../../src/python/lines.js';
import { markerEnvironment } from '../../src/python/marker-environment.js';
import { holds, parseDependency } from '../../src/python/markers.js';
import { normalizeName } from '../../src/python/names.js';
import { parseWheelName } from '../../src/python/wheels.js';
import type { CollectedInputs } from '../../src/resolve/inputs/input-lines.js';
import { environment } from '../resolve/helper.js';

export interface Target {
  readonly python: PythonVersion;
  readonly architecture: Architecture;
}
export type Row = readonly [name: string, version: string, source: string];

/** The environment with the tools that own locks. */
export const lockTools = {
  ...environment,
  PATH: `${path.resolve('.test-tools/locks/bin')}:${environment['PATH'] ?? ''}`,
  PDM_USE_VENV: '0',
  PIPENV_IGNORE_VIRTUALENVS: '1',
};

/** The same rows from what we read, its markers judged by us. */
export function ours({ lines, options }: CollectedInputs, target: Target, folder: string): Row[] {
  const markers = markerEnvironment(target);
  const main = options.map((line) => /^--index-url (\S+)/.exec(line)?.[1]).find((url) => url !== undefined);
  const found = lines.flatMap((line): Row[] => {
    const text = ('text' in line ? line.text : line.project.written).replace(/\s--hash[=\s].*$/, '');
    const { name, specifier, url, marker } = splitRequirement(text.replace(/^-e\s+/, ''));
    if (marker !== '' && !holds(parseDependency(`x ; ${marker}`)?.marker ?? null, markers, null)) return [];
    if (!('text' in line)) return [[line.project.name ?? '', '', sourceText(url ?? '', folder)]];
    const called = normalizeName(name ?? parseWheelName(path.basename(url ?? ''))?.name ?? '');
    if (url !== null) return [[called, '', sourceText(url, folder)]];
    const index = (line.index?.url ?? main ?? 'https://pypi.org/simple')
      .replace(/\/$/, '')
      .replace(/\/\/[^/@]*@/, '//');
    return [[called, specifier.replace(/^={2,3}/, ''), `index ${index}`]];
  });
  return [...new Map(found.map((row) => [row.join(' '), row])).values()].sort((a, b) =>
    a.join() < b.join() ? -1 : 1,
  );
}

function sourceText(url: string, folder: string): string {
  if (/^[a-z+]+:/i.test(url) && !url.startsWith('file:')) return url.replace(/#.*$/, '');
  const place = url.startsWith('file:') ? fileURLToPath(url) : path.resolve(folder, url);
  return `path ${path.relative(folder, place)}`;
}

/** The rows of the tool's own export. @param lock the lock's file name */
export async function judged(text: string, lock: string, target: Target, folder: string): Promise<Row[]> {
  const script = path.resolve('test/setup/lock_oracle.py');
  const kind = lock.startsWith('pylock') ? 'pylock.toml' : lock;
  const result = await run('python3', [script, kind, folder, JSON.stringify(markerEnvironment(target))], {
    input: text,
    env: lockTools,
  });
  expect([result.ok, result.stderr]).toEqual([true, '']);
  return JSON.parse(result.stdout) as Row[];
}
