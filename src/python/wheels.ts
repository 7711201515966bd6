/**
 * Wheel file names and what they run on (PEP 425, 427, 600).
 * https://packaging.python.org/en/latest/specifications/platform-compatibility-tags/
 * Pure.
 */
import { machineTags } from '../limits.js';
import type { Target } from '../model.js';

export interface WheelName {
  readonly name: string;
  readonly version: string;
  readonly build: string | null;
  /** The three tag sets as written, split at dots: any combination is a tag. */
  readonly pythons: readonly string[];
  readonly abis: readonly string[];
  readonly platforms: readonly string[];
}

export type Fit = { readonly fits: true } | { readonly fits: false; readonly because: string };

/** Parse `name-version[-build]-python-abi-platform.whl`; null when it is not a wheel's name. */
export function parseWheelName(file: string): WheelName | null {
  if (!file.endsWith('.whl')) return null;
  const parts = file.slice(0, -'.whl'.length).split('-');
  if (parts.length !== 5 && parts.length !== 6) return null;
  const [name = '', version = ''] = parts;
  const [python = '', abi = '', platform = ''] = parts.slice(-3);
  return {
    name,
    version,
    build: parts.length === 6 ? (parts[2] ?? null) : null,
    pythons: python.split('.'),
    abis: abi.split('.'),
    platforms: platform.split('.'),
  };
}

/** Does a wheel with this file name run on the target? When not, `because` says which part of its tags is in the way. */
export function fits(file: string, target: Target): Fit {
  const wheel = parseWheelName(file);
  return wheel === null
    ? { fits: false, because: 'its file name is not a wheel name' }
    : fitsTags(wheel, target);
}

/** The same for tags as a WHEEL file lists them, e.g. `cp39-abi3-manylinux_2_17_x86_64` (one may fit for all). */
export function fitsTagLines(tags: readonly string[], target: Target): Fit {
  let last: Fit = { fits: false, because: 'it names no tag' };
  for (const tag of tags) {
    const [python = '', abi = '', platform = ''] = tag.trim().split('-');
    last = fitsTags(
      { pythons: python.split('.'), abis: abi.split('.'), platforms: platform.split('.') },
      target,
    );
    if (last.fits) return last;
  }
  return last;
}

function fitsTags(wheel: Pick<WheelName, 'pythons' | 'abis' | 'platforms'>, target: Target): Fit {
  const minor = minorOf(target.python);
  const code = wheel.pythons.some((python) => wheel.abis.some((abi) => codeFits(python, abi, minor)));
  if (!code) {
    return {
      fits: false,
      because: `it is for ${wheel.pythons.join('.')}-${wheel.abis.join('.')}, not for CPython ${target.python}`,
    };
  }
  if (wheel.platforms.some((platform) => platform === 'any' || target.platforms.includes(platform))) {
    return { fits: true };
  }
  return { fits: false, because: platformReason(wheel.platforms, target) };
}

function codeFits(python: string, abi: string, minor: number): boolean {
  const generic = /^py3(\d*)$/.exec(python);
  if (generic) return abi === 'none' && (generic[1] === '' || Number(generic[1]) <= minor);
  const cpython = /^cp3(\d+)$/.exec(python);
  if (!cpython) return false;
  const built = Number(cpython[1]);
  // The stable ABI runs on the version that it was built for and on newer ones; any other ABI on its own version only.
  if (abi === 'abi3') return built <= minor;
  return built === minor && (abi === `cp3${minor}` || abi === 'none');
}

/** Of several wheels of one version the one that pip takes: its tags stand first in the target's list; null when none fits. */
export function bestWheel<Wheel extends { readonly file: string }>(
  wheels: readonly Wheel[],
  target: Target,
): Wheel | null {
  const ranked = wheels
    .filter(({ file }) => fits(file, target).fits)
    .map((wheel) => ({ wheel, rank: rankOf(wheel.file, target) }))
    .sort((a, b) => a.rank - b.rank);
  return ranked[0]?.wheel ?? null;
}

/** Python and ABI first, then the platform: as pip orders tags. */
function rankOf(file: string, target: Target): number {
  const { pythons = [], abis = [], platforms = [] } = parseWheelName(file) ?? {};
  const minor = minorOf(target.python);
  const codes = pythons.flatMap((python) =>
    abis
      .filter((abi) => codeFits(python, abi, minor))
      .map((abi) => {
        if (abi === `cp3${minor}`) return 0;
        if (abi === 'abi3') return 1 + minor - minorOf(python.replace(/^cp3/, '3.'));
        return python.startsWith('cp') ? 100 : 101;
      }),
  );
  const places = platforms.map((one) =>
    one === 'any' ? target.platforms.length : target.platforms.indexOf(one),
  );
  return Math.min(...codes) * 1000 + Math.min(...places.filter((place) => place >= 0));
}

function platformReason(platforms: readonly string[], target: Target): string {
  const machine = machineTags[target.architecture];
  const glibc = neededGlibc(platforms, target);
  if (glibc !== null) return `it needs glibc ${glibc}, and the target has ${target.glibc}`;
  const linux = platforms.filter((platform) => /^(many|musl)?linux/.test(platform));
  if (linux.length === 0) return `it is for ${platforms.join('.')}, not for Linux`;
  if (linux.every((platform) => platform.startsWith('musllinux')))
    return 'it is for musl (Alpine), not glibc';
  if (linux.every((platform) => !platform.endsWith(`_${machine}`)))
    return `it is for ${platforms.join('.')}, not for ${machine}`;
  return `${platforms.join('.')} names no glibc version that is known to be in the target`;
}

/**
 * The oldest glibc on which a wheel with these platform tags runs on the target's machine, e.g. `2.28`; null when none
 * of them is a manylinux tag for that machine.
 */
export function neededGlibc(platforms: readonly string[], target: Target): string | null {
  const machine = machineTags[target.architecture];
  const minors = platforms
    .filter((platform) => platform.endsWith(`_${machine}`))
    .map((platform) => glibcMinor(platform))
    .filter((minor) => minor !== null);
  return minors.length === 0 ? null : `2.${Math.min(...minors)}`;
}

const legacy: readonly (readonly [prefix: string, minor: number])[] = [
  ['manylinux1_', 5],
  ['manylinux2010_', 12],
  ['manylinux2014_', 17],
];

function glibcMinor(platform: string): number | null {
  const modern = /^manylinux_2_(\d+)_/.exec(platform);
  if (modern) return Number(modern[1]);
  return legacy.find(([prefix]) => platform.startsWith(prefix))?.[1] ?? null;
}

/** `3.12` → 12. */
export function minorOf(python: string): number {
  return Number(python.split('.')[1]);
}
