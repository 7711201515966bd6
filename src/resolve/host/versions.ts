/** Which version of a package would be taken, and why an older one was. Pure. */
import { explain } from '@renovatebot/pep440';
import { finding, type Finding } from '../../findings/findings.js';
import type { Target } from '../../model.js';
import { fullVersion } from '../../python/marker-environment.js';

import { parseWheelName } from '../../python/wheels.js';
import type { IndexFile } from './simple-page.js';
import { matches, newestFirst, otherPython, reason, runsOn } from './wheel-report.js';

export interface Versions {
  readonly version: string;
  readonly files: readonly IndexFile[];
}

/**
 * Versions that the specifiers and the target's Python allow, the newest first. Pre-releases count only where there is nothing else,
 * as for pip and uv.
 */
export function allowedVersions(
  files: readonly IndexFile[],
  specifiers: readonly string[],
  target: Target,
): readonly Versions[] {
  const python = fullVersion(target.python);
  const fitting = files.filter(
    (file) =>
      specifiers.every((one) => matches(file.version, one)) &&
      (file.requiresPython === null || matches(python, file.requiresPython)),
  );
  const versions = newestFirst(fitting.map((file) => file.version));
  const final = versions.filter((version) => !isPrerelease(version));
  return (final.length > 0 ? final : versions).map((version) => ({
    version,
    files: fitting.filter((file) => file.version === version),
  }));
}

const isPrerelease = (version: string): boolean => explain(version)?.is_prerelease ?? true;

/** The source archive to build when a version has no wheel of any kind that is compiled; null for every other version. */
export function sourceToBuild({ files }: Versions): IndexFile | null {
  const compiled = files.some(
    (file) => file.wheel && parseWheelName(file.file)?.platforms.includes('any') !== true,
  );
  if (compiled) return null;
  const sources = files.filter((file) => !file.wheel);
  return sources.find((file) => file.file.endsWith('.tar.gz')) ?? sources[0] ?? null;
}

/** True when one of its wheels runs on the target. */
export const hasWheel = ({ files }: Versions, target: Target): boolean =>
  files.some((file) => runsOn(file, target));

/**
 * The finding for a version that is older than the newest because that has no wheel; null when it is the newest, or when
 * something else than wheels decided.
 * @param allowed from `allowedVersions`, with all that the tree itself asks of the package
 * @param mayBuild false after --no-build
 */
export function olderVersion(
  name: string,
  taken: string,
  allowed: readonly Versions[],
  target: Target,
  mayBuild: boolean,
): Finding | null {
  const at = allowed.findIndex(({ version }) => version === taken || matches(taken, `==${version}`));
  const newer = at < 0 ? [] : allowed.slice(0, at);
  const [newest] = newer;
  if (newest === undefined || newer.some((one) => hasWheel(one, target))) return null;
  const wheels = newest.files.filter((file) => file.wheel).map((file) => file.file);
  const other = otherPython(name, newest.files, target);
  const exact = `${name}==${newest.version}`;
  const allow = mayBuild ? '' : ', without --no-build,';
  const instead =
    other !== null
      ? other.sentence
      : sourceToBuild(newest) !== null
        ? `Ask for ${exact}${allow} to have it built from its source, which runs its code.`
        : `Ask for ${exact}${allow} with --resolver docker to have it compiled.`;
  return finding('older-version', {
    distribution: name,
    version: taken,
    newest: newest.version,
    because: reason(wheels, newest.files, target),
    remedy: `${instead} Or write ${name}==${taken} to say that this version is meant.`,
  });
}
