/** Where a bucket is. */
import { GetBucketLocationCommand, HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import type { S3Clients } from './clients.js';
import { explainAws, readAwsError } from './failure.js';

/** S3's own first Region: it answers for buckets of all Regions of its partition. */
const anyRegion = 'us-east-1';

/**
 * The bucket's Region, e.g. `eu-central-1`. S3 tells it with most refusals, too, so it needs hardly a permission.
 * @throws SlimError `no-credentials`, `aws-refused` (there is no such bucket), `aws-unreachable`
 */
export async function bucketRegion(bucket: string, clients: S3Clients, signal: AbortSignal): Promise<string> {
  const client = await clientWithRegion(clients);
  try {
    const { BucketRegion } = await client.send(new HeadBucketCommand({ Bucket: bucket }), {
      abortSignal: signal,
    });
    return BucketRegion ?? (await located(client, bucket, signal));
  } catch (error) {
    signal.throwIfAborted();
    const { region, status } = readAwsError(error);
    if (region !== null && status !== 404) return region;
    // Without s3:ListBucket S3 refuses this, but may take the payload.
    if (status === 403) return client.config.region();
    throw explainAws(error, { bucket, key: null, actions: ['s3:ListBucket'] });
  }
}

/** Neither environment nor profile may name a Region: to ask where a bucket is, any will do. */
async function clientWithRegion(clients: S3Clients): Promise<S3Client> {
  const client = clients(null);
  return client.config.region().then(
    () => client,
    () => clients(anyRegion),
  );
}

/** For servers whose HeadBucket does not tell. The first Region's name is empty here, and Ireland has an old one. */
async function located(client: S3Client, bucket: string, signal: AbortSignal): Promise<string> {
  const { LocationConstraint: place } = await client.send(new GetBucketLocationCommand({ Bucket: bucket }), {
    abortSignal: signal,
  });
  return place === 'EU' ? 'eu-west-1' : (place ?? anyRegion);
}
