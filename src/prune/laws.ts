/**
 * What is not up for taste (DESIGN, law 2): `importlib.metadata` must answer for every distribution that is left, and
 * nothing
 * that differs between machines travels. Pure.
 */
import type { Draft } from './draft.js';

/** Made by the installer of this machine. A signature of RECORD no longer holds when RECORD is rewritten. */
const machineFiles =
  /^[^/]+\.dist-info\/(?:INSTALLER|REQUESTED|direct_url\.json|uv_cache\.json|uv_build\.json|RECORD\.(?:jws|p7s))$/;
const record = /^[^/]+\.dist-info\/RECORD$/;
const metadata = /^[^/]+\.(?:dist-info|egg-info)(?:\/|$)/;

/** What law 2 says about a path; null when it says nothing. */
export function lawFor(path: string): Draft | null {
  if (!metadata.test(path)) return null;
  if (machineFiles.test(path)) {
    return {
      action: 'drop',
      rule: 'law/machine-files',
      because: 'It tells how this machine installed the package, so it would make two equal builds differ.',
      by: 'law',
    };
  }
  if (record.test(path)) {
    return {
      action: 'rewrite',
      rule: 'law/record',
      because: 'RECORD lists the files that are left, so that importlib.metadata tells the truth.',
      by: 'law',
    };
  }
  return {
    action: 'keep',
    rule: 'law/metadata',
    because: 'importlib.metadata answers from it: versions, entry points, licences.',
    by: 'law',
  };
}
