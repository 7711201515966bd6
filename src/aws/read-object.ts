/** A small text in S3. */
import { GetObjectCommand } from '@aws-sdk/client-s3';
import type { Environment } from '../model.js';
import { bucketRegion } from './bucket.js';
import { s3Clients } from './clients.js';
import { explainAws, readAwsError } from './failure.js';
import { parseS3Address } from './s3-address.js';

/**
 * @param address `s3://bucket/key`
 * @returns null when the bucket has no such object
 * @throws SlimError `bad-option`, `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function readObject(
  address: string,
  environment: Environment,
  signal: AbortSignal,
): Promise<string | null> {
  const { bucket, prefix: key } = parseS3Address(address);
  const clients = await s3Clients(environment);
  const client = clients(await bucketRegion(bucket, clients, signal));
  try {
    const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    signal.throwIfAborted();
    if (readAwsError(error).name === 'NoSuchKey') return null;
    throw explainAws(error, { bucket, key, actions: ['s3:GetObject'] });
  }
}
