/** The target as environment markers see it (PEP 508). Pure. */
import type { PythonVersion, Target } from '../model.js';
import { machineOf } from './wheels.js';

/**
 * Patch releases that every Region's runtime has reached (2026-11), so that `Requires-Python: >=3.9.2` and
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
export function markerEnvironment(target: Target): Readonly<Record<string, string>> {
  const full = fullVersion(target.python);
  return {
    implementation_name: 'cpython',
    implementation_version: full,
    os_name: 'posix',
    platform_machine: machineOf(target),
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Linux',
    platform_version: '',
    python_full_version: full,
    python_version: target.python,
    sys_platform: 'linux',
  };
}
