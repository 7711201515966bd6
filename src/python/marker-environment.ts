/** The target as environment markers see it (PEP 508). Pure. */
import { machineTags } from '../limits.js';
import type { PythonVersion, Target } from '../model.js';

/**
 * Conservative patch releases (not verified Region by Region; 2026-11), so that `Requires-Python: >=3.9.2` and
 * `python_full_version` are judged as on Lambda and not as on an imaginary `.0`.
 */
const fullVersions: Readonly<Record<PythonVersion, string>> = {
  '3.9': '3.9.20',
  '3.10': '3.10.15',
  '3.11': '3.11.10',
  '3.12': '3.12.7',
  '3.13': '3.13.1',
  '3.14': '3.14.0',
};

/** e.g. `3.12.7`. */
export function fullVersion(python: PythonVersion): string {
  return fullVersions[python];
}

/** Every marker variable with the target's value. */
export function markerEnvironment(
  target: Pick<Target, 'python' | 'architecture'>,
): Readonly<Record<string, string>> {
  const full = fullVersion(target.python);
  return {
    implementation_name: 'cpython',
    implementation_version: full,
    os_name: 'posix',
    platform_machine: machineTags[target.architecture],
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: full,
    python_version: target.python,
    sys_platform: 'linux',
  };
}
