/**
 * What a build was made from, by what, and what came out, as in-toto's statement with SLSA's predicate. There is no time and no machine in it:
 * the same build has the same statement. Pure.
 * https://in-toto.io/Statement/v1, https://slsa.dev/spec/v1.0/provenance
 */
import type { BuildInputs, Manifest } from '../model.js';
import { normalizeName } from '../python/names.js';

const project = 'https://github.com/lambda-slim/lambda-slim';

/** What an artifact or an input is, in in-toto's words. */
interface Resource {
  readonly name?: string;
  readonly uri?: string;
  readonly digest?: Readonly<Record<string, string>>;
}

export interface Provenance {
  readonly _type: 'https://in-toto.io/Statement/v1';
  readonly subject: readonly Resource[];
  readonly predicateType: 'https://slsa.dev/provenance/v1';
  readonly predicate: {
    readonly buildDefinition: {
      readonly buildType: string;
      readonly externalParameters: Readonly<Record<string, unknown>>;
      readonly internalParameters: Readonly<Record<string, unknown>>;
      readonly resolvedDependencies: readonly Resource[];
    };
    readonly runDetails: {
      readonly builder: { readonly id: string; readonly version: Readonly<Record<string, string>> };
    };
  };
}

/** A folder that was made (`--format directory`) is known by the digest over its paths, modes and contents. */
export function provenanceOf(manifest: Manifest): Provenance {
  const { target, requested, handler = null, plan, resolver, inputs, tool } = manifest;
  return {
    _type: 'https://in-toto.io/Statement/v1',
    subject: manifest.artifacts.map(({ file, kind, sha256, contentDigest }) => ({
      name: file,
      digest: kind === 'directory' ? { [ownDigest]: contentDigest } : { sha256 },
    })),
    predicateType: 'https://slsa.dev/provenance/v1',
    predicate: {
      buildDefinition: {
        buildType: `${project}/blob/main/docs/guides/provenance.md`,
        externalParameters: {
          ...{ requested, target, handler, strategy: plan.strategy },
          config: inputs?.config ?? null,
          patches: (manifest.patches ?? []).map(({ package: name, file, replace }) => ({
            name,
            file,
            replace,
          })),
          vendored: (manifest.vendored ?? []).map(({ folder }) => folder),
        },
        internalParameters: { resolver },
        resolvedDependencies: [...inputsOf(inputs), ...layersOf(manifest), ...packagesOf(manifest)],
      },
      runDetails: {
        builder: { id: project, version: { 'lambda-slim': tool.replace(/^lambda-slim /, '') } },
      },
    },
  };
}

/** Over what counts of a file or folder: no other tool computes it. */
const ownDigest = 'lambdaSlimContent';

function inputsOf(inputs: BuildInputs | undefined): readonly Resource[] {
  if (inputs === undefined) return [];
  const read = inputs.read.map(({ path: name, kind, sha256 }) => ({
    name,
    digest: { [kind === 'file' ? 'sha256' : ownDigest]: sha256 },
  }));
  const { code } = inputs;
  return code === null ? read : [...read, { name: code.path || '.', digest: { [ownDigest]: code.sha256 } }];
}

function layersOf({ layers = [] }: Manifest): readonly Resource[] {
  return layers.map(({ name, place, sha256 }) => ({
    ...{ name, uri: place },
    ...(sha256 === null ? {} : { digest: { sha256 } }),
  }));
}

/** What was resolved; vendored ones are among the inputs, with their folder. */
function packagesOf({ distributions, vendored = [] }: Manifest): readonly Resource[] {
  const own = new Set(vendored.flatMap((one) => one.distributions.map(({ name }) => normalizeName(name))));
  return distributions
    .filter(({ name }) => !own.has(name))
    .map(({ name, version }) => ({ name, uri: `pkg:pypi/${name}@${encodeURIComponent(version)}` }));
}
