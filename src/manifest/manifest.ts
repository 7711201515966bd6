/** `lambda-slim.json`: how commands hand over. Written last, so that its presence means a whole output folder. */
import type { PatchMade, VendoredFolder } from '../amended.js';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { dependencyGraph } from '../inventory/dependencies.js';
import { manifestName, replaceManifest } from '../io/output-folder.js';
import { readText } from '../io/text-file.js';
import { cacheKey } from '../text/cache-key.js';
import { parseJson } from '../text/json.js';
import { hashFile } from '../io/hash.js';
import type {
  Artifact,
  Beside,
  BuildInputs,
  BuildRequest,
  Inventory,
  Manifest,
  OtherLayer,
  OwnedDecision,
  PackPlan,
  Proof,
  PrunePlan,
  Resolution,
  StagedFile,
  StepTime,
  Target,
} from '../model.js';
import { findingTexts, hasErrors, renderFinding, type Finding } from '../findings/findings.js';
import { measure } from './measure.js';
import { manifestFault } from './schema.js';

/**
 * @param out the output folder of a build
 * @throws SlimError `no-manifest`, `bad-manifest`, `unusable-file`
 */
export async function readManifest(out: string): Promise<Manifest> {
  const file = path.join(out, manifestName);
  const text = await readText(file).catch((cause: unknown) => {
    const missing = ['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '');
    if (!missing) throw cause instanceof SlimError ? cause : unreadable(file, (cause as Error).message);
    throw new SlimError('no-manifest', `There is no build in ${out}: ${manifestName} is not there.`, {
      hint: 'Run "lambda-slim build" first, or name its output folder with --out.',
      cause,
    });
  });
  return parseManifest(text, file);
}

/**
 * @param name how to call it in an error
 * @throws SlimError `bad-manifest`
 */
export function parseManifest(text: string, name: string): Manifest {
  let document: unknown;
  try {
    document = parseJson(text.replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw unreadable(name, (cause as Error).message);
  }
  if (!isManifest(document)) throw unreadable(name, manifestFault(document) ?? 'it is none');
  for (const one of document.findings) {
    const fault = findingFault(one);
    if (fault !== null) throw unreadable(name, fault);
  }
  return document;
}

const isManifest = (document: unknown): document is Manifest => manifestFault(document) === null;

/** Each code has its own arguments, and only its words know what they need of them. */
function findingFault(one: Finding): string | null {
  if (!Object.hasOwn(findingTexts, one.code)) return `it has a finding "${one.code}" that nobody knows`;
  try {
    renderFinding(one);
    return null;
  } catch {
    return `its finding "${one.code}" lacks what it is about`;
  }
}

function unreadable(name: string, why: string): SlimError {
  return new SlimError('bad-manifest', `${name} is not a manifest that this version of lambda-slim reads.`, {
    hint: 'Build again with this version.',
    details: [why],
  });
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest)}\n`;
}

/**
 * The manifest of an earlier build of the same inputs whose artifacts still lie in the folder as they were written.
 * @returns null when anything differs. A folder artifact is never taken for unchanged: its files may have been edited.
 */
export async function unchangedManifest(out: string, stamp: string): Promise<Manifest | null> {
  const manifest = await readManifest(out).catch(() => null);
  if (manifest?.stamp !== stamp || manifest.artifacts.length === 0) return null;
  // What went wrong may have been this machine's fault: try again.
  if (hasErrors(manifest.findings)) return null;
  for (const artifact of manifest.artifacts) {
    if (artifact.kind === 'directory') return null;
    const sha256 = await hashFile(path.join(out, artifact.file)).catch(() => null);
    if (sha256 !== artifact.sha256) return null;
  }
  return manifest;
}

/**
 * Let the manifest of a build that is still right know what it was made from now.
 * @returns it
 */
export async function rememberInputs(
  out: string,
  manifest: Manifest,
  inputs: BuildInputs,
): Promise<Manifest> {
  if (cacheKey({ inputs }) === cacheKey({ inputs: manifest.inputs ?? null })) return manifest;
  const renewed = { ...manifest, inputs };
  await replaceManifest(out, manifestText(renewed));
  return renewed;
}

export interface ManifestParts {
  readonly version: string;
  readonly request: BuildRequest;
  /** Every handler of the function's own code. */
  readonly handlers: readonly string[];
  readonly target: Target;
  readonly resolution: Resolution;
  readonly inventory: Inventory;
  readonly prune: PrunePlan;
  readonly pack: PackPlan;
  readonly beside: Beside;
  readonly layers: readonly OtherLayer[];
  readonly patches: readonly PatchMade[];
  readonly vendored: readonly VendoredFolder[];
  readonly bytecode: readonly StagedFile[];
  readonly proof: Proof;
  readonly probes: Manifest['probes'];
  readonly findings: readonly Finding[];
  readonly artifacts: readonly Artifact[];
  readonly times: readonly StepTime[];
  readonly stamp: string;
  readonly inputs: BuildInputs;
}

/** Put a build's results together. Pure. */
export function makeManifest(parts: ManifestParts): Manifest {
  const { request, target, resolution, inventory, prune, pack } = parts;
  const owners = new Map(inventory.entries.map((entry) => [entry.path, entry.distribution]));
  const decisions = prune.decisions.map((one): OwnedDecision => ({
    ...one,
    distribution: owners.get(one.path) ?? null,
  }));
  const graph = dependencyGraph(inventory.distributions, target, resolution.requested);
  const measures = measure(inventory, decisions, pack);
  return {
    manifestVersion: 1,
    tool: `lambda-slim ${parts.version}`,
    target: {
      python: target.python,
      architecture: target.architecture,
      glibc: target.glibc,
      custom: target.custom,
    },
    resolver: { name: resolution.resolver, version: resolution.resolverVersion },
    requested: resolution.requested,
    handler: request.handler,
    handlers: parts.handlers,
    distributions: inventory.distributions.map((one) => ({
      name: one.normalized,
      version: one.version,
      neededBy: graph.neededBy(one.normalized),
      modules: one.modules,
    })),
    ...measures,
    plan: {
      strategy: pack.strategy,
      rejected: pack.rejected,
      zippedBytes: pack.zippedBytes,
      unzippedBytes: pack.unzippedBytes,
      ephemeralBytes: pack.ephemeralBytes,
      nesting: pack.nesting,
    },
    beside: parts.beside,
    ...(parts.layers.length === 0 ? {} : { layers: parts.layers }),
    ...(parts.patches.length === 0 ? {} : { patches: parts.patches }),
    ...(parts.vendored.length === 0 ? {} : { vendored: parts.vendored }),
    ...(request.models === null ? {} : { models: request.models }),
    ephemeralStorage: request.ephemeralStorage,
    artifacts: parts.artifacts,
    bytecode: {
      files: parts.bytecode.length,
      bytes: parts.bytecode.reduce((sum, file) => sum + file.bytes, 0),
      policy: request.pyc,
    },
    proof: parts.proof,
    findings: parts.findings,
    decisions,
    times: parts.times,
    stamp: parts.stamp,
    inputs: parts.inputs,
    probes: parts.probes,
  };
}
