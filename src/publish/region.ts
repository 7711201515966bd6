/** One Region before anything is published: what is there, and the zips into its bucket. */
import path from 'node:path';
import pMap from 'p-map';
import type { Progress } from '../progress.js';
import { lookAtFunction, type LookedAt } from './attach.js';
import { newVersion, uploadCall } from './calls.js';
import type { S3Clients } from '../aws/clients.js';
import type { ControlPlane } from './control-plane.js';
import { accountLimits, newestVersion, type LayerVersion } from './lambda.js';
import type { Ledger } from './ledger.js';
import type {
  AccountLimits,
  LayerPlan,
  PayloadPlan,
  PublicationPlan,
  PublishRequest,
  StoredObject,
} from './model.js';
import { checkLayer } from './plan.js';
import { bucketFor } from './request.js';
import { checkBucketRegion, store, wouldStore } from './store.js';

/** What all Regions share. */
export interface Shared {
  readonly request: PublishRequest;
  readonly plan: PublicationPlan;
  readonly clients: S3Clients;
  readonly progress: Progress;
  readonly ledger: Ledger;
}

/** What is there before anything changes. */
export interface View {
  readonly plane: ControlPlane;
  readonly limits: AccountLimits;
  /** Null: through no bucket. */
  readonly bucket: string | null;
  /** The newest version by layer name, when it is the same as ours. */
  readonly same: ReadonlyMap<string, LayerVersion>;
  readonly functions: readonly LookedAt[];
}

/** @throws SlimError `does-not-fit`, `aws-refused`, `no-credentials`, `aws-unreachable`, `bad-archive`, `cannot-attach`: whatever AWS would refuse later, too */
export async function look(plane: ControlPlane, shared: Shared): Promise<View> {
  const { request, plan, clients } = shared;
  const { region, signal } = plane;
  const bucket = request.bucket === null ? null : bucketFor(request.bucket, region);
  const limits = await accountLimits(plane);
  for (const layer of plan.layers) checkLayer(layer, limits, plan.heaviest, bucket, region);
  if (bucket !== null) await checkBucketRegion(bucket, region, clients, signal);
  const same = new Map<string, LayerVersion>();
  for (const layer of plan.layers) {
    const newest = await newestVersion(plane, layer.name);
    if (newest !== null && isSame(newest, layer, request)) same.set(layer.name, newest);
  }
  const own = plan.layers.map(({ name }) => ({ name, arn: same.get(name)?.arn ?? `${name}:${newVersion}` }));
  const payload = payloadAddress(plan.payload, bucket);
  const functions = await pMap(
    functionsIn(region, request.attach),
    (name) => lookAtFunction(plane, name, own, plan, request.name, payload, limits),
    { concurrency: 4 },
  );
  return { plane, limits, bucket, same, functions };
}

/** `s3://BUCKET/PREFIX`, which functions must be told; null when the build knew the bucket, or has no payload. */
export function payloadAddress(payload: PayloadPlan | null, bucket: string | null): string | null {
  if (payload === null || payload.bucket !== null || bucket === null) return null;
  return `s3://${bucket}${payload.prefix === '' ? '' : `/${payload.prefix}`}`;
}

/** An ARN names its Region; a name is meant in each. */
function functionsIn(region: string, names: readonly string[]): readonly string[] {
  return names
    .filter((name) => !name.startsWith('arn:') || name.split(':')[3] === region)
    .map((name) => name.replace(/:\$LATEST$/, ''));
}

/** The same bytes for the same functions; descriptions and licences may differ. */
export function isSame(
  version: LayerVersion,
  layer: LayerPlan,
  { storageMode }: Pick<PublishRequest, 'storageMode'>,
): boolean {
  const set = (values: readonly string[]): string => [...values].sort().join();
  return (
    version.codeSha256 === layer.codeSha256 &&
    set(version.runtimes) === set(layer.runtimes) &&
    set(version.architectures) === set(layer.architectures) &&
    (storageMode === null || version.referenced === (storageMode === 'reference'))
  );
}

/** Where each layer that is not there yet lies for Lambda to fetch, by name; empty without a bucket. */
export async function storeLayers(
  { plane, bucket, same }: View,
  { request, plan, clients, progress, ledger }: Shared,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, StoredObject>> {
  const stored = new Map<string, StoredObject>();
  if (bucket === null) return stored;
  const { region } = plane;
  for (const { name, file, zippedBytes: bytes, sha256 } of plan.layers.filter((one) => !same.has(one.name))) {
    const input = {
      ...{ file: path.join(request.out, file), bytes, sha256, bucket, prefix: request.prefix, region },
      ...{ what: `${file} (${region})`, versioned: request.storageMode === 'reference' },
      ...{ clients, progress, signal },
    };
    const { uploaded, ...object } = await (request.dryRun ? wouldStore(input) : store(input));
    if (uploaded) ledger.sent(region, uploadCall(region, `${request.outName}/${file}`, object), object);
    stored.set(name, object);
  }
  return stored;
}
