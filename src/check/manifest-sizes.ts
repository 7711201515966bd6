/** A measurement from a build's manifest. Pure. */
import type { Artifact, Manifest } from '../model.js';
import { byWeight } from './contents.js';
import type { Measured } from './model.js';

/** @param name as it was named, for people */
export function measuredManifest(manifest: Manifest, name: string): Measured {
  const { plan, artifacts, packages, decisions } = manifest;
  const deployed = artifacts.filter((one) => one.kind !== 'payload');
  return {
    kind: 'manifest',
    name,
    sizes: {
      zipped: deployed.reduce((sum, one) => sum + (zippedOf(one) ?? 0), 0),
      unzipped: deployed.reduce((sum, one) => sum + one.unzippedBytes, 0),
      tmp: plan.ephemeralBytes,
    },
    archives: deployed.map((one) => ({
      name: one.file,
      form: one.kind,
      zipped: zippedOf(one),
      unzipped: one.unzippedBytes,
    })),
    packages: byWeight(
      packages
        .filter((one) => one.kept > 0)
        .map((one) => ({ name: one.distribution, version: one.version, bytes: one.kept })),
      (one) => one.name,
    ),
    files: byWeight(
      decisions.filter((one) => one.kept > 0).map((one) => ({ path: one.path, bytes: one.kept })),
      (one) => one.path,
    ),
    strategy: plan.strategy,
    target: manifest.target,
    told: manifest.layers ?? [],
    reserve: manifest.beside?.reserve ?? null,
    ephemeralStorage: manifest.ephemeralStorage,
    ...(manifest.inputs === undefined ? {} : { inputs: manifest.inputs }),
    findings: manifest.findings,
  };
}

const zippedOf = (artifact: Artifact): number | null =>
  artifact.kind === 'directory' ? null : artifact.zippedBytes;
