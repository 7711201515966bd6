/**
 * Decide what goes into which zip. A function of the compressed sizes and the request.
 * Every strategy that was tried and broke a limit is listed with its numbers. Pure.
 */
import { SlimError } from '../../errors.js';
import { finding, type Finding } from '../../findings/findings.js';
import { limits } from '../../limits.js';
import type {
  Beside,
  BuildRequest,
  Bundle,
  Format,
  Nesting,
  PackedFile,
  PackPlan,
  Rejection,
  StagedFile,
  Strategy,
} from '../../model.js';
import { makeBundle, payloadBundle } from './bundles.js';
import { ephemeralNeed } from './nest.js';
import { refusal } from './refusal.js';
import { broken, tooLarge } from './rejection.js';
import { layersLeft, unzippedLimit } from './room.js';
import { splitIntoLayers } from './split.js';
import { unzippedSize } from '../zip/size.js';

export type PackRequest = Pick<
  BuildRequest,
  'format' | 'prune' | 'excludeRuntime' | 'ephemeralStorage' | 'strategy'
> & {
  /** What counts, too; default: nothing. */
  readonly beside?: Beside;
};

/** What `double-zip.ts` made: the files given to `planPack` then hold bootstrap and payload instead of what is nested. */
export interface Nested {
  readonly nesting: Nesting;
  /** The archive for a bucket (strategy `s3`); null when it is among the files. */
  readonly payload: PackedFile | null;
  /** Strategies that were tried before. */
  readonly rejected: readonly Rejection[];
}

/**
 * Choose the strategy and put every file into exactly one bundle.
 *
 * Without a format: a function zip when there is function code, else a layer. `layer` becomes several layers when one
 * would be too large for a direct upload, and a single one through S3 when a single file is.
 * @param nested not null: the heaviest files are in a payload
 * @throws SlimError `does-not-fit` with the numbers of each strategy, `path-clash` when function code and a dependency
 * have the same path, `nothing-to-build` without files
 */
export function planPack(
  files: readonly PackedFile[],
  request: PackRequest,
  nested: Nested | null = null,
): PackPlan {
  if (files.length === 0) {
    throw new SlimError('nothing-to-build', 'There is no file to pack.', {
      hint: 'Name requirements with -r FILE, a folder with --from DIR, or function code with --code FOLDER.',
    });
  }
  const code = files.filter((file) => file.place === 'function');
  const dependencies = files.filter((file) => file.place !== 'function');
  const untold = files.filter((file) => file.origin !== 'provides');
  const format = formatFor(request) ?? (code.length > 0 ? 'function' : 'layer');
  const unzippedBytes = unzippedSize(files);

  if (format === 'directory') {
    const bundle = makeBundle('package', 'directory', untold);
    return planOf('directory', [bundle], tooLarge(['direct', 'layer'], unzippedBytes));
  }
  if (nested !== null) return planNested(code, dependencies, format, request, nested);
  const rejected = [...tooLarge(strategiesFor(request), unzippedBytes, request.beside)];
  if (rejected.length > 0) throw refusal(files, unzippedBytes, rejected, request);

  if (format === 'function') {
    const bundle = makeBundle('function.zip', 'function', untold);
    if (!bundle.viaS3 || formatFor(request) === 'function') return planOf('direct', [bundle], []);
    rejected.push(overDirect('direct', [bundle]));
  }
  const own = code.length > 0 ? [makeBundle('function.zip', 'function', code)] : [];
  if (dependencies.length === 0) return planOf('direct', own, []);
  const single = makeBundle('layer.zip', 'layer', dependencies);
  if (!single.viaS3) return planOf('layer', [...own, single], rejected);
  const parts = splitIntoLayers(single.files, layersLeft(request.beside), limits.directUpload);
  if (!parts.ok) {
    return planOf('layer', [...own, single], [...rejected, { strategy: 'layers', ...parts.rejection }]);
  }
  const layers = parts.layers.map((part, index) => makeBundle(`layer-${index + 1}.zip`, 'layer', part));
  return planOf('layers', [...own, ...layers], [...rejected, overDirect('layer', [single])]);
}

/**
 * Refuse at once what cannot fit: proof and compression take minutes, and neither makes it smaller when unzipped.
 * @param files everything that is staged, without bytecode
 * @throws SlimError `does-not-fit`, with the numbers of each strategy
 */
export function refuseTooLarge(files: readonly StagedFile[], request: PackRequest): void {
  if (request.format === 'directory') return;
  const unzippedBytes = unzippedSize(files);
  const rejected = [
    ...tooLarge(strategiesFor(request), unzippedBytes, request.beside),
    ...tooLargeNested(unzippedBytes, request),
  ];
  if (nests(request) && rejected.every(({ limit }) => limit === 'unzipped')) return;
  if (rejected.length > 0) throw refusal(files, unzippedBytes, rejected, request);
}

/** True when the request lets the heaviest files go into a payload. */
export function nests({ format, strategy }: PackRequest): boolean {
  return format !== 'directory' && (strategy === 'auto' || strategy === 'double-zip' || strategy === 's3');
}

/** True when the heaviest of these files will go into a payload: it was asked for, or nothing else fits. */
export function willNest(files: readonly StagedFile[], request: PackRequest): boolean {
  if (!nests(request)) return false;
  return request.strategy !== 'auto' || unzippedSize(files) >= unzippedLimit(request.beside);
}

/** What zstd makes of libraries of machine learning: a quarter (torch 2.13: 0.25, TensorFlow 2.21: 0.21; 2026-11). */
const usualPackedShare = 0.25;

/** Even if all of /tmp were used and the payload weighed nothing. What to set instead is told by what payloads weigh. */
function tooLargeNested(unzippedBytes: number, request: PackRequest): readonly Rejection[] {
  const limitBytes = request.ephemeralStorage * 2 ** 20;
  const over = unzippedBytes - unzippedLimit(request.beside) + 1;
  if (!nests(request) || ephemeralNeed(over) <= limitBytes) return [];
  const actualBytes = ephemeralNeed(over / (1 - usualPackedShare));
  const strategies: readonly Strategy[] = request.strategy === 's3' ? ['s3'] : ['double-zip', 's3'];
  const because = 'what does not fit unzipped does not fit into /tmp, either';
  const rejected = broken('ephemeral-storage', limitBytes, actualBytes, because);
  return strategies.map((strategy) => ({ strategy, ...rejected }));
}

/** `--strategy` and `--format` both tell where the files go. */
function formatFor({ format, strategy }: PackRequest): Format | null {
  return strategy === 'direct' ? 'function' : strategy === 'layer' ? 'layer' : format;
}

/** Those that nest nothing, in the order in which they are tried. */
export function strategiesFor(request: PackRequest): readonly Strategy[] {
  if (request.strategy === 'double-zip' || request.strategy === 's3') return [];
  const format = formatFor(request);
  return format === null
    ? ['direct', 'layer', 'layers']
    : format === 'function'
      ? ['direct']
      : ['layer', 'layers'];
}

/** One zip where it can be uploaded directly; otherwise the payload travels in a layer, so that code can change alone. */
function planNested(
  code: readonly PackedFile[],
  dependencies: readonly PackedFile[],
  format: Format,
  request: PackRequest,
  nested: Nested,
): PackPlan {
  const { nesting, payload, rejected } = nested;
  const strategy = payload === null ? 'double-zip' : 's3';
  const archives = payload === null ? [] : [payloadBundle(payload)];
  const finish = (bundles: readonly Bundle[]): PackPlan => ({
    ...planOf(strategy, [...bundles, ...archives], rejected),
    ephemeralBytes: nesting.files.reduce((sum, file) => sum + file.bytes, 0),
    nesting,
  });
  if (format === 'function') {
    const bundle = makeBundle(
      'function.zip',
      'function',
      [...code, ...dependencies].filter((file) => file.origin !== 'provides'),
    );
    if (!bundle.viaS3 || formatFor(request) === 'function') return finish([bundle]);
  }
  const own = code.length > 0 ? [makeBundle('function.zip', 'function', code)] : [];
  return finish([...own, makeBundle('layer.zip', 'layer', dependencies)]);
}

/** What the plan itself has to tell: archives that must go through S3, a folder that only an image can hold. */
export function planFindings(plan: PackPlan): Finding[] {
  const findings = plan.bundles
    .filter((bundle) => bundle.viaS3 && bundle.kind !== 'payload')
    .map((bundle) => finding('via-s3', { artifact: bundle.name, bytes: bundle.zippedBytes }));
  if (plan.strategy === 'directory' && plan.unzippedBytes >= limits.unzipped) {
    findings.push(finding('directory-over-limit', { bytes: plan.unzippedBytes, limit: limits.unzipped }));
  }
  return [...findings, ...nestingFindings(plan)];
}

function nestingFindings({ nesting, ephemeralBytes }: PackPlan): Finding[] {
  if (nesting === null) return [];
  const { default: free } = limits.ephemeralStorage;
  return [
    ...(nesting.ephemeralStorage > free
      ? [
          finding('ephemeral-storage-needed', {
            bytes: ephemeralBytes,
            setting: nesting.ephemeralStorage,
          }),
        ]
      : []),
    ...(nesting.s3 === null
      ? []
      : [finding('payload-in-s3', { key: nesting.s3.key, bucket: nesting.s3.bucket })]),
  ];
}

function planOf(strategy: Strategy, bundles: readonly Bundle[], rejected: readonly Rejection[]): PackPlan {
  return {
    strategy,
    bundles,
    rejected,
    zippedBytes: bundles.reduce((sum, bundle) => sum + bundle.zippedBytes, 0),
    unzippedBytes: bundles.reduce((sum, bundle) => sum + bundle.unzippedBytes, 0),
    // Nothing is unpacked at start, unless `planNested` says so.
    ephemeralBytes: 0,
    nesting: null,
  };
}

function overDirect(strategy: Strategy, bundles: readonly Bundle[]): Rejection {
  const largest = Math.max(...bundles.map((bundle) => bundle.zippedBytes));
  const because = `${bundles.map((bundle) => bundle.name).join(', ')} would be too large to be uploaded directly`;
  return { strategy, ...broken('direct-upload', limits.directUpload, largest, because) };
}
