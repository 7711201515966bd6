/** Why none of a package's files fits, and what would. Pure. */
import { rcompare, satisfies, valid } from '@renovatebot/pep440';
import { SlimError } from '../../errors.js';
import { pythonVersions, targetFor } from '../../limits.js';
import type { PythonVersion, Target } from '../../model.js';
import { fullVersion } from '../../python/marker-environment.js';
import type { IndexFile } from './simple-page.js';
import { machineTags } from '../../limits.js';
import { fits, minorOf, neededGlibc, parseWheelName } from '../../python/wheels.js';

/**
 * @param specifier e.g. `>=2.3,<3`; empty for any
 * @param files every file of the package on the indexes
 * @param extra the tool's last lines and a hint that belongs to the tool
 * @returns `resolution-failed` (no such version), `needs-newer-python` or `no-wheel`; null when a wheel does fit, so that
 *   the failure has another reason
 */
export function judgeFiles(
  name: string,
  specifier: string,
  files: readonly IndexFile[],
  target: Target,
  extra: { readonly details: readonly string[]; readonly hint: string },
): SlimError | null {
  const asked = `${name}${specifier}`;
  const matching = files.filter((file) => matches(file.version, specifier));
  const versions = newestFirst(files.map((file) => file.version));
  if (matching.length === 0) {
    const some = versions.slice(0, 5).join(', ');
    return new SlimError('resolution-failed', `No version of ${name} is ${specifier}.`, {
      hint: `Published are ${some}${versions.length > 5 ? ', …' : ''}.${extra.hint}`,
      details: extra.details,
    });
  }
  if (matching.some((file) => runsOn(file, target))) return null;
  const newest = newestFirst(matching.map((file) => file.version))[0] ?? '';
  const newestFiles = matching.filter((file) => file.version === newest);
  const wheels = newestFiles.filter((file) => file.wheel).map((file) => file.file);
  const details = [...availableLines(name, newest, wheels, matching, target), takesLine(target)];
  const older = newestFirst(files.filter((file) => runsOn(file, target)).map((file) => file.version))[0];
  const olderHint = older === undefined ? '' : ` Or ask for another version: ${name}==${older} fits.`;
  const newer = newerPython(matching, target);
  if (newer !== null) {
    return new SlimError(
      'needs-newer-python',
      `${asked} cannot run on ${runtimeText(target)}: ${reason(wheels, newestFiles, target)}.`,
      {
        hint: `Build for Python ${newer} (--python ${newer}), whose glibc is ${targetFor(newer, target.architecture).glibc}.${olderHint} Or have it compiled: --resolver docker.`,
        details,
      },
    );
  }
  return new SlimError(
    'no-wheel',
    `No wheel of ${asked} fits ${runtimeText(target)}: ${reason(wheels, newestFiles, target)}.`,
    {
      hint: `Have it compiled for Lambda in a container: --resolver docker (needs docker, podman, finch or nerdctl).${olderHint}${extra.hint}`,
      details,
    },
  );
}

function matches(version: string, specifier: string): boolean {
  if (specifier === '') return true;
  try {
    return satisfies(version, specifier, { prereleases: true });
  } catch {
    return version === specifier.replace(/^={2,3}/, '');
  }
}

function newestFirst(versions: readonly string[]): string[] {
  const unique = [...new Set(versions)];
  // What is no version by PEP 440 is older than all that are; the index names the newest last.
  const legacy = unique.filter((version) => valid(version) === null).reverse();
  return [...unique.filter((version) => valid(version) !== null).sort(rcompare), ...legacy];
}

function runsOn(file: IndexFile, target: Target): boolean {
  return file.wheel && pythonFits(file, target) && fits(file.file, target).fits;
}

function pythonFits(file: IndexFile, target: Target): boolean {
  return file.requiresPython === null || matches(fullVersion(target.python), file.requiresPython);
}

/** The oldest newer runtime for which a matching wheel exists. */
function newerPython(files: readonly IndexFile[], target: Target): PythonVersion | null {
  const newer = pythonVersions.filter((python) => minorOf(python) > minorOf(target.python));
  return (
    newer.find((python) => {
      const other = targetFor(python, target.architecture);
      return files.some((file) => runsOn(file, other));
    }) ?? null
  );
}

function runtimeText(target: Target): string {
  return `Python ${target.python} on ${target.architecture} with glibc ${target.glibc}`;
}

function reason(wheels: readonly string[], matching: readonly IndexFile[], target: Target): string {
  if (wheels.length === 0) return 'only its source is published';
  const judged = wheels.map((wheel) => ({ wheel, fit: fits(wheel, target) }));
  const machine = machineTags[target.architecture];
  // The wheel that comes nearest explains best: right Python and machine, wrong glibc.
  const glibc = judged.find(
    ({ wheel, fit }) =>
      !fit.fits &&
      fit.because.startsWith('it needs glibc') &&
      (parseWheelName(wheel)?.platforms ?? []).some((platform) => platform.endsWith(machine)),
  );
  if (glibc && !glibc.fit.fits) return glibc.fit.because.replace(/^it /, 'its wheel ');
  const python = matching.find((file) => file.wheel && !pythonFits(file, target))?.requiresPython;
  if (typeof python === 'string') return `it requires Python ${python}`;
  const abis = [...new Set(wheels.flatMap((wheel) => parseWheelName(wheel)?.pythons ?? []))].sort();
  return `its wheels are for ${abis.slice(0, 8).join(', ')}${needs(wheels, target)}`;
}

function needs(wheels: readonly string[], target: Target): string {
  const glibcs = wheels
    .map((wheel) => neededGlibc(parseWheelName(wheel)?.platforms ?? [], target))
    .filter((glibc) => glibc !== null);
  const lowest = glibcs.map((glibc) => Number(glibc.split('.')[1])).sort((a, b) => a - b)[0];
  return lowest === undefined ? '' : ` and need glibc 2.${lowest}`;
}

function availableLines(
  name: string,
  newest: string,
  wheels: readonly string[],
  matching: readonly IndexFile[],
  target: Target,
): string[] {
  if (wheels.length === 0) {
    const source = matching.find((file) => file.version === newest)?.file ?? '';
    return [`${name} ${newest} is published as ${source} only`];
  }
  const tags = wheels.map((wheel) =>
    wheel
      .replace(/\.whl$/, '')
      .split('-')
      .slice(-3)
      .join('-'),
  );
  const machine = machineTags[target.architecture];
  const near = tags.filter(
    (tag) => tag.endsWith('-any') || (tag.includes('-manylinux') && tag.endsWith(machine)),
  );
  const shown = (near.length > 0 ? near : tags).sort();
  const rest = tags.length - Math.min(shown.length, 8);
  return [
    `${name} ${newest} has wheels for: ${shown.slice(0, 8).join(', ')}${rest > 0 ? ` and ${rest} more` : ''}`,
  ];
}

function takesLine(target: Target): string {
  const code = target.python.replace('.', '');
  return `this runtime takes: cp${code}-cp${code}, cp3x-abi3 up to cp${code}, py3-none; ${target.platforms[0] ?? ''} and older, or any`;
}
