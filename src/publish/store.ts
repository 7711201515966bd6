/** Zips and payloads in a bucket, under names made of their contents. */
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { SlimError } from '../errors.js';
import type { Progress } from '../progress.js';
import { bucketRegion } from '../aws/bucket.js';
import type { S3Clients } from '../aws/clients.js';
import { explainAws } from '../aws/failure.js';
import type { StoredObject } from './model.js';
import { payloadKey } from '../aws/s3-address.js';
import { isThere, uploadPayload } from '../aws/upload.js';

export interface StoreInput {
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
  readonly bucket: string;
  readonly prefix: string;
  /** Of the bucket. */
  readonly region: string;
  /** For people, e.g. `layer.zip`. */
  readonly what: string;
  readonly versioned: boolean;
  readonly clients: S3Clients;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/**
 * Lambda fetches zips only from its own Region.
 * @throws SlimError `aws-refused`, `no-credentials`, `aws-unreachable`
 */
export async function checkBucketRegion(
  bucket: string,
  region: string,
  clients: S3Clients,
  signal: AbortSignal,
): Promise<void> {
  const actual = await bucketRegion(bucket, clients, signal);
  if (actual === region) return;
  throw new SlimError(
    'aws-refused',
    `The bucket ${bucket} is in ${actual}, and the layer is for ${region}.`,
    {
      hint: `Lambda takes zips only from its own Region. Name a bucket in ${region} with --bucket; for several Regions one in each, with {region} in its name.`,
    },
  );
}

/**
 * Send it unless it is there.
 * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`, `artifact-changed`; the signal's reason
 */
export async function store(input: StoreInput): Promise<StoredObject & { readonly uploaded: boolean }> {
  const { bucket, prefix, region } = input;
  const { key, uploaded } = await uploadPayload({ ...input, address: { bucket, prefix } });
  if (!input.versioned) return { bucket, key, version: null, uploaded };
  const { VersionId } = await asking(input, key, () =>
    input.clients(region).send(new HeadObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: input.signal,
    }),
  );
  if (VersionId !== undefined && VersionId !== 'null') return { bucket, key, version: VersionId, uploaded };
  throw new SlimError(
    'aws-refused',
    `s3://${bucket}/${key} has no version, and --storage-mode reference needs one.`,
    {
      hint: `Switch versioning on (aws s3api put-bucket-versioning --bucket ${bucket} --versioning-configuration Status=Enabled), and use another --prefix: what lies there already keeps having none.`,
    },
  );
}

/** Where it would lie, and whether it does. Changes nothing. */
export async function wouldStore(input: StoreInput): Promise<StoredObject & { readonly uploaded: boolean }> {
  const { bucket, prefix, region, bytes, sha256, file, clients, signal } = input;
  const key = payloadKey(prefix, sha256, file);
  const there = await asking(input, key, () => isThere(clients(region), bucket, key, bytes, signal));
  return { bucket, key, version: null, uploaded: !there };
}

async function asking<Result>(
  { bucket, signal }: StoreInput,
  key: string,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw explainAws(error, { bucket, key, actions: ['s3:GetObject', 's3:GetObjectVersion'] });
  }
}
