/** Why none of a package's files fits, and what would. Pure. */
import { rcompare, satisfies, valid } from '@renovatebot/pep440';
import { SlimError } from '../../errors.js';
import { pythonVersions, runtimes, targetFor } from '../../limits.js';
import type { PythonVersion, Target } from '../../model.js';
import { fullVersion } from '../../python/marker-environment.js';
import type { IndexFile } from './simple-page.js';
import { machineTags } from '../../limits.js';
import { fits, minorOf, neededGlibc, parseWheelName } from '../../python/wheels.js';
import { listText } from '../../text/units.js';

export interface ReportExtra {
  /** Who asks for it: sentences with the user's files and lines. */
  readonly chains: readonly string[];
  /** Does a line of the user's own files ask for it? Else another package does. */
  readonly asked: boolean;
  /** What belongs to the tool, with a blank in front; empty for nothing. */
  readonly hint: string;
}

/**
 * Every version and Python that is proposed satisfies the specifier.
 * @param specifier e.g. `>=2.3,<3`; empty for any
 * @param files every file of the package on the indexes
 * @returns `resolution-failed` (no such version), `needs-newer-python` or `no-wheel`; null when a wheel does fit, so that
 *   the failure has another reason
 */
export function judgeFiles(
  name: string,
  specifier: string,
  files: readonly IndexFile[],
  target: Target,
  extra: ReportExtra,
): SlimError | null {
  const asked = `${name}${specifier}`;
  const matching = files.filter((file) => matches(file.version, specifier));
  if (matching.length === 0) return noSuchVersion(name, specifier, files, extra);
  if (matching.some((file) => runsOn(file, target))) return null;
  const newest = newestFirst(matching.map((file) => file.version))[0] ?? '';
  const newestFiles = matching.filter((file) => file.version === newest);
  const wheels = newestFiles.filter((file) => file.wheel).map((file) => file.file);
  const details = [
    ...extra.chains,
    ...availableLines(name, newest, wheels, matching, target),
    takesLine(target),
  ];
  const systems = foreignSystems(matching);
  if (systems !== null) return otherSystems(asked, systems, matching, { ...extra, details });
  const because = reason(wheels, newestFiles, target);
  const other = otherPython(name, matching, target);
  const hint = waysOut(other?.sentence ?? null, matching, target, extra.hint);
  return other !== null && minorOf(other.python) > minorOf(target.python)
    ? new SlimError('needs-newer-python', `${asked} cannot run on ${runtimeText(target)}: ${because}.`, {
        hint,
        details,
      })
    : new SlimError('no-wheel', `No wheel of ${asked} fits ${runtimeText(target)}: ${because}.`, {
        hint,
        details,
      });
}

/** Another Python, the other architecture, compiling: what there is. */
function waysOut(
  python: string | null,
  files: readonly IndexFile[],
  target: Target,
  toolHint: string,
): string {
  const architecture = target.architecture === 'arm64' ? 'x86_64' : 'arm64';
  const turned = targetFor(target.python, architecture);
  const ways = [
    ...(python === null ? [] : [python]),
    ...(files.some((file) => runsOn(file, turned))
      ? [`Build for ${architecture} (--arch ${architecture}): there is a wheel for it.`]
      : []),
    ...(files.some((file) => !file.wheel)
      ? [
          'Have it compiled for Lambda in a container: --resolver docker (needs docker, podman, finch or nerdctl).',
        ]
      : []),
  ];
  const [first = 'Ask its publisher for a wheel or a source distribution, or do without it.', ...more] = ways;
  return `${[first, ...more.map((way) => `Or ${way.charAt(0).toLowerCase()}${way.slice(1)}`)].join(' ')}${toolHint}`;
}

function noSuchVersion(
  name: string,
  specifier: string,
  files: readonly IndexFile[],
  extra: ReportExtra,
): SlimError {
  const versions = newestFirst(files.map((file) => file.version));
  const some = versions.slice(0, 5).join(', ');
  return new SlimError('resolution-failed', `No version of ${name} is ${specifier}.`, {
    hint: `Published are ${some}${versions.length > 5 ? ', …' : ''}.${extra.hint}`,
    details: extra.chains,
  });
}

/** Where a platform tag's wheels run, for people; null for Linux and for any. */
function systemOf(platform: string): string | null {
  if (/^win/.test(platform)) return 'Windows';
  if (platform.startsWith('macosx')) return 'macOS';
  if (platform.startsWith('ios')) return 'iOS';
  if (platform.startsWith('android')) return 'Android';
  return /^(emscripten|pyodide|wasi|wasm)/.test(platform) ? 'WebAssembly' : null;
}

/** The systems of its wheels, when Linux is none of them; null when it is, or when there are no wheels. */
function foreignSystems(files: readonly IndexFile[]): readonly string[] | null {
  const platforms = files.flatMap((file) => parseWheelName(file.file)?.platforms ?? []);
  const systems = platforms.map(systemOf);
  if (platforms.length === 0 || systems.includes(null)) return null;
  return [...new Set(systems.filter((system) => system !== null))].sort();
}

/** `sys_platform` of a single system. */
const systemNames: Readonly<Record<string, string>> = { Windows: 'win32', macOS: 'darwin' };

function otherSystems(
  asked: string,
  systems: readonly string[],
  files: readonly IndexFile[],
  extra: ReportExtra & { readonly details: readonly string[] },
): SlimError {
  const source = files.some((file) => !file.wheel);
  const only = systems.length === 1 ? systemNames[systems[0] ?? ''] : undefined;
  const marker = only === undefined ? 'sys_platform != "linux"' : `sys_platform == "${only}"`;
  const out = extra.asked
    ? `Take it out, or add \`; ${marker}\` to its line.`
    : `Take out what needs it, or ask for a version that does not.`;
  return new SlimError(
    'no-wheel',
    `${asked} has wheels for ${listText(systems)} only${source ? ', and its source' : ''}.`,
    {
      hint: source
        ? `${out} If it runs on Linux, too, have it compiled for Lambda in a container: --resolver docker.`
        : out,
      details: extra.details,
    },
  );
}

export function matches(version: string, specifier: string): boolean {
  if (specifier === '') return true;
  try {
    return satisfies(version, specifier, { prereleases: true });
  } catch {
    return version === specifier.replace(/^={2,3}/, '');
  }
}

export function newestFirst(versions: readonly string[]): string[] {
  const unique = [...new Set(versions)];
  // What is no version by PEP 440 is older than all that are; the index names the newest last.
  const legacy = unique.filter((version) => valid(version) === null).reverse();
  return [...unique.filter((version) => valid(version) !== null).sort(rcompare), ...legacy];
}

export function runsOn(file: IndexFile, target: Target): boolean {
  return file.wheel && pythonFits(file, target) && fits(file.file, target).fits;
}

function pythonFits(file: IndexFile, target: Target): boolean {
  return file.requiresPython === null || matches(fullVersion(target.python), file.requiresPython);
}

/** The nearest runtime for which a matching wheel exists: a newer one, else an older one that AWS still keeps up, else any. */
export function otherPython(
  name: string,
  files: readonly IndexFile[],
  target: Target,
): { readonly python: PythonVersion; readonly sentence: string } | null {
  const fitting = pythonVersions.filter((python) => {
    const other = targetFor(python, target.architecture);
    return python !== target.python && files.some((file) => runsOn(file, other));
  });
  const newer = fitting.find((python) => minorOf(python) > minorOf(target.python));
  const older = fitting.filter((python) => minorOf(python) < minorOf(target.python)).reverse();
  const kept = older.find((python) => runtimes[python].deprecated === null);
  const python = newer ?? kept ?? older[0];
  if (python === undefined) return null;
  const other = targetFor(python, target.architecture);
  const version =
    newestFirst(files.filter((file) => runsOn(file, other)).map((file) => file.version))[0] ?? '';
  const glibc = other.glibc === target.glibc ? '' : ` (its glibc is ${other.glibc})`;
  const { deprecated } = runtimes[python];
  const old = deprecated === null ? '' : `, a runtime that AWS deprecated on ${deprecated}`;
  return {
    python,
    sentence: `Build for Python ${python} (--python ${python})${old}: ${name} ${version} has a wheel for it${glibc}.`,
  };
}

function runtimeText(target: Target): string {
  return `Python ${target.python} on ${target.architecture} with glibc ${target.glibc}`;
}

export function reason(wheels: readonly string[], matching: readonly IndexFile[], target: Target): string {
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
  const near = wheels.filter((wheel) =>
    (parseWheelName(wheel)?.platforms ?? []).some(
      (platform) => platform === 'any' || (platform.includes('manylinux') && platform.endsWith(machine)),
    ),
  );
  if (near.length === 0) return `its wheels are for ${listText(kindsOf(wheels))} only`;
  // PyPy's wheels are none of Lambda's business.
  const tags = near.flatMap((wheel) => parseWheelName(wheel)?.pythons ?? []);
  const cpython = tags.filter((tag) => /^(cp|py)/.test(tag));
  const pythons = [...new Set(cpython.length > 0 ? cpython : tags)].sort(byMinor);
  return `its wheels are for ${listText(pythons.slice(0, 8).map(pythonText))}${needs(near, target)}`;
}

/** Systems and machines of wheels none of which is for the target's. */
function kindsOf(wheels: readonly string[]): readonly string[] {
  const platforms = wheels.flatMap((wheel) => parseWheelName(wheel)?.platforms ?? []);
  const kinds = platforms.map((platform) => {
    const linux = /^(many|musl)?linux.*?_(x86_64|aarch64|i686|armv7l|ppc64le|s390x|riscv64)$/.exec(platform);
    if (linux === null) return systemOf(platform) ?? platform;
    return linux[1] === 'musl' ? `Alpine Linux (musl) on ${linux[2] ?? ''}` : `Linux on ${linux[2] ?? ''}`;
  });
  return [...new Set(kinds)].sort();
}

function byMinor(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

/** `cp312` → `Python 3.12`, others as they are. */
function pythonText(tag: string): string {
  const minor = /^cp3(\d+)$/.exec(tag)?.[1];
  return minor === undefined ? tag : `Python 3.${minor}`;
}

function needs(wheels: readonly string[], target: Target): string {
  const glibcs = wheels
    .map((wheel) => neededGlibc(parseWheelName(wheel)?.platforms ?? [], target))
    .filter((glibc) => glibc !== null);
  const lowest = glibcs.map((glibc) => Number(glibc.split('.')[1])).sort((a, b) => a - b)[0];
  return lowest === undefined || lowest <= Number(target.glibc.split('.')[1])
    ? ''
    : ` and need glibc 2.${lowest}`;
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
  // Two indexes may have the same file.
  const tags = [...new Set(wheels)].map((wheel) =>
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
