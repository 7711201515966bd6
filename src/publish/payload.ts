/** The payload of an `s3` build: into the bucket from which functions read it at start. */
import path from 'node:path';
import { finding, type Finding } from '../findings/findings.js';
import { allOrStop } from '../io/all-or-stop.js';
import { bucketRegion } from '../aws/bucket.js';
import { uploadCall } from './calls.js';
import type { PayloadPlan, Publication } from './model.js';
import { payloadAddress, type Shared, type View } from './region.js';
import { store, wouldStore } from './store.js';

/** Each upload has several connections of its own. */
export const uploadsAtOnce = 2;

interface StoredPayloads {
  readonly stored: Publication['payloads'];
  readonly findings: readonly Finding[];
}

/**
 * Send the payload where functions read it; nothing for builds without one.
 * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`, `interrupted`
 */
export async function storePayload(
  views: readonly View[],
  shared: Shared,
  signal: AbortSignal,
): Promise<StoredPayloads> {
  const { payload } = shared.plan;
  if (payload === null) return { stored: [], findings: [] };
  return payload.bucket === null
    ? storeInEach(payload, views, shared, signal)
    : storeWhereBuilt(payload, payload.bucket, views, shared, signal);
}

/** The build named the bucket: the layer knows it. */
async function storeWhereBuilt(
  payload: PayloadPlan,
  bucket: string,
  views: readonly View[],
  shared: Shared,
  signal: AbortSignal,
): Promise<StoredPayloads> {
  const region = await bucketRegion(bucket, shared.clients, signal);
  const stored = await storeOne(payload, bucket, region, shared, signal);
  const elsewhere = views.map((view) => view.plane.region).filter((one) => one !== region);
  return {
    stored: [stored],
    findings: [
      finding('payload-in-s3', { key: stored.key, bucket }),
      ...(elsewhere.length > 0 ? [finding('payload-elsewhere', { bucket, region, regions: elsewhere })] : []),
    ],
  };
}

/** Functions must be told where it is. */
async function storeInEach(
  payload: PayloadPlan,
  views: readonly View[],
  shared: Shared,
  signal: AbortSignal,
): Promise<StoredPayloads> {
  const all = await allOrStop(
    views,
    signal,
    uploadsAtOnce,
    async ({ plane: { region }, bucket, functions }, stop) => {
      const stored = await storeOne(payload, bucket ?? '', region, shared, stop);
      const { key } = stored;
      const value = payloadAddress(payload, stored.bucket) ?? '';
      // Functions of --attach are told with the update.
      const told = functions.length > 0;
      return {
        stored,
        findings: [
          told
            ? finding('payload-in-s3', { key, bucket: stored.bucket })
            : finding('payload-variable-needed', { value, bucket: stored.bucket, key, region }),
        ],
      };
    },
  );
  return {
    stored: all.map((one) => one.stored),
    findings: all.flatMap((one) => one.findings),
  };
}

async function storeOne(
  { file, sha256, bytes, prefix }: PayloadPlan,
  bucket: string,
  region: string,
  { request, clients, progress, ledger }: Shared,
  signal: AbortSignal,
): Promise<Publication['payloads'][number]> {
  const input = {
    ...{ file: path.join(request.out, file), bytes, sha256, bucket, prefix, region },
    ...{ what: `payload (${region})`, versioned: false, clients, progress, signal },
  };
  const stored = await (request.dryRun ? wouldStore(input) : store(input));
  if (stored.uploaded) ledger.sent(region, uploadCall(region, `${request.outName}/${file}`, stored), stored);
  return { ...stored, region };
}
