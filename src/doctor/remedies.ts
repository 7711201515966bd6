/**
 * Which command brings a program here. Package names of systems: https://repology.org/project/bubblewrap and their own
 * package lists, read 2026-11. Pure.
 */

/** What decides about a command: the system, and who is asking. */
export interface Place {
  /** As Node names it: `linux`, `darwin`, `win32`. */
  readonly system: string;
  /** `ID` and `ID_LIKE` of os-release, e.g. `['ubuntu', 'debian']`; empty elsewhere. */
  readonly distribution: readonly string[];
  /** Commands that change the system need no `sudo`. */
  readonly root: boolean;
  readonly hasUv: boolean;
}

interface Manager {
  readonly of: readonly string[];
  readonly install: string;
}

const managers: readonly Manager[] = [
  { of: ['debian', 'ubuntu'], install: 'apt-get install' },
  { of: ['amzn', 'fedora', 'rhel', 'centos'], install: 'dnf install' },
  { of: ['suse', 'opensuse'], install: 'zypper install' },
  { of: ['arch'], install: 'pacman -S' },
  { of: ['alpine'], install: 'apk add' },
];

/** The system's own command for a package that has one name everywhere; null where there is none. */
export function systemInstall(name: string, { system, distribution, root }: Place): string | null {
  if (system === 'darwin') return `brew install ${name}`;
  const manager = managers.find(({ of }) => of.some((one) => distribution.includes(one)));
  return manager === undefined ? null : `${root ? '' : 'sudo '}${manager.install} ${name}`;
}

/** Values of an os-release file that name the distribution, itself first. https://www.freedesktop.org/software/systemd/man/os-release.html */
export function distributionIn(release: string): readonly string[] {
  const values = ['ID', 'ID_LIKE'].map(
    (key) => new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(release)?.[1] ?? '',
  );
  return values.flatMap((value) => value.split(/\s+/)).filter((word) => word !== '');
}

/** uv's own installers. https://docs.astral.sh/uv/getting-started/installation/ */
export const uvRemedy = ({ system }: Place): string =>
  system === 'win32'
    ? 'powershell -c "irm https://astral.sh/uv/install.ps1 | iex"'
    : 'curl -LsSf https://astral.sh/uv/install.sh | sh';

/** A CPython of one minor version. */
export const pythonRemedy = (version: string, place: Place): string =>
  place.hasUv ? `uv python install ${version}` : `${uvRemedy(place)} && uv python install ${version}`;

/** Namespaces for somebody who is not root. */
export function bubblewrapRemedy(place: Place): string {
  if (place.system !== 'linux')
    return 'Start Docker Desktop, Podman or Finch; or build on Linux, in CI for example.';
  return systemInstall('bubblewrap', place) ?? 'Install the package bubblewrap.';
}

export const engineRemedy = (place: Place): string =>
  place.system === 'linux'
    ? (systemInstall('podman', place) ?? 'Install Docker or Podman.')
    : 'Start Docker Desktop, Podman or Finch.';
