/** After an install: packages of which an older version was taken, because the newest one has no wheel. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import type { Finding } from '../../findings/findings.js';
import type { Target } from '../../model.js';
import { splitRequirement } from '../../python/lines.js';
import { markerEnvironment } from '../../python/marker-environment.js';
import { holds, parseDependency } from '../../python/markers.js';
import { parseMetadata } from '../../python/metadata.js';
import { normalizeName } from '../../python/names.js';
import type { CollectedInputs } from '../inputs/input-lines.js';
import type { Pin } from '../pins.js';
import { installedNames, placedNames } from '../tree.js';
import type { IndexFile } from './simple-page.js';
import { specifiersOf } from './source-wheels.js';
import { allowedVersions, olderVersion } from './versions.js';

/**
 * @param pins of which an index chose the version
 * @param mayBuild false after --no-build
 * @param root the installed tree: what its packages ask of each other limits what "newest" means
 */
export async function olderVersions(
  pins: readonly Pick<Pin, 'name' | 'version'>[],
  root: string,
  inputs: CollectedInputs,
  target: Target,
  filesOf: (name: string) => Promise<readonly IndexFile[]>,
  mayBuild: boolean,
): Promise<readonly Finding[]> {
  if (pins.length === 0) return [];
  const between = await specifiersBetween(root, target);
  const findings = await pMap(
    pins,
    async ({ name, version }) => {
      const asked = [...specifiersOf(name, inputs), ...(between.get(name) ?? [])];
      return olderVersion(
        name,
        version,
        allowedVersions(await filesOf(name), asked, target),
        target,
        mayBuild,
      );
    },
    { concurrency: 12 },
  );
  return findings.filter((one) => one !== null);
}

/** Distributions of a tree, as the installer left it, of which an index chose the version. */
export async function chosenByIndex(
  root: string,
  inputs: CollectedInputs,
): Promise<readonly Pick<Pin, 'name' | 'version'>[]> {
  const not = new Set([...inputs.pinned, ...(await placedNames(root))]);
  const found = (await installedNames(root)).filter(({ name }) => !not.has(name));
  return found.map(({ name, folder }) => ({
    name,
    version: /-([^-]*)\.dist-info$/.exec(folder)?.[1] ?? '',
  }));
}

async function specifiersBetween(root: string, target: Target): Promise<ReadonlyMap<string, string[]>> {
  const environment = markerEnvironment(target);
  const found = new Map<string, string[]>();
  for (const { folder } of await installedNames(root)) {
    const metadata = parseMetadata(
      await readFile(path.join(root, folder, 'METADATA'), 'utf8').catch(() => ''),
    );
    for (const line of metadata?.requires ?? []) {
      const { name, specifier } = splitRequirement(line);
      const marker = parseDependency(line)?.marker ?? null;
      if (name === null || specifier === '' || !holds(marker, environment, new Set())) continue;
      const key = normalizeName(name);
      found.set(key, [...(found.get(key) ?? []), specifier]);
    }
  }
  return found;
}
