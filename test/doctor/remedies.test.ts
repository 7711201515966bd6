/** Which command brings a program to whom. */
import { expect, test } from '@jest/globals';
import {
  bubblewrapRemedy,
  distributionIn,
  engineRemedy,
  pythonRemedy,
  systemInstall,
  uvRemedy,
  type Place,
} from '../../src/doctor/remedies.js';

const place = (given: Partial<Place>): Place => ({
  ...{ system: 'linux', distribution: ['debian'], root: false, hasUv: false },
  ...given,
});

test.each([
  ['ID=debian\nVERSION_ID="12"', ['debian']],
  ['NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', ['ubuntu', 'debian']],
  ['ID="amzn"\nID_LIKE="fedora"', ['amzn', 'fedora']],
  ['ID="rocky"\nID_LIKE="rhel centos fedora"', ['rocky', 'rhel', 'centos', 'fedora']],
  ["ID='alpine'", ['alpine']],
  ['BUILD_ID=rolling\nVARIANT_ID=x', []],
  ['', []],
])('distributionIn(%j)', (release, expected) => {
  expect(distributionIn(release)).toEqual(expected);
});

test.each([
  [{ distribution: ['ubuntu', 'debian'] }, 'sudo apt-get install bubblewrap'],
  [{ distribution: ['debian'], root: true }, 'apt-get install bubblewrap'],
  [{ distribution: ['rocky', 'rhel', 'centos', 'fedora'] }, 'sudo dnf install bubblewrap'],
  [{ distribution: ['opensuse-leap', 'suse', 'opensuse'] }, 'sudo zypper install bubblewrap'],
  [{ distribution: ['manjaro', 'arch'], root: true }, 'pacman -S bubblewrap'],
  [{ distribution: ['alpine'], root: true }, 'apk add bubblewrap'],
  [{ distribution: ['nixos'] }, null],
  [{ system: 'darwin', distribution: [] }, 'brew install bubblewrap'],
  [{ system: 'win32', distribution: [] }, null],
] as const)('systemInstall on %j', (given, expected) => {
  expect(systemInstall('bubblewrap', place(given))).toBe(expected);
});

test('a system whose commands we do not know is told what to install, and one without namespaces where to build', () => {
  const unknown = place({ distribution: ['nixos'] });
  expect(bubblewrapRemedy(unknown)).toBe('Install the package bubblewrap.');
  expect(engineRemedy(unknown)).toBe('Install Docker or Podman.');
  expect(bubblewrapRemedy(place({ system: 'darwin' }))).toContain('Docker Desktop');
  expect(engineRemedy(place({ system: 'win32' }))).toContain('Docker Desktop');
  expect(engineRemedy(place({ root: true }))).toBe('apt-get install podman');
});

test('a Python comes by uv, which comes first where it is not there', () => {
  expect(pythonRemedy('3.12', place({ hasUv: true }))).toBe('uv python install 3.12');
  expect(pythonRemedy('3.12', place({}))).toBe(
    'curl -LsSf https://astral.sh/uv/install.sh | sh && uv python install 3.12',
  );
  expect(uvRemedy(place({ system: 'win32' }))).toMatch(/^powershell /);
});
