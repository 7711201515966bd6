/** Sends a payload to its bucket, under a name that is its content: what is there already is not sent again. */
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import type { PayloadAddress } from '../model.js';
import type { Progress } from '../progress.js';
import { bucketRegion } from './bucket.js';
import type { S3Clients } from './clients.js';
import { explainAws, readAwsError } from './failure.js';
import { payloadKey, type S3Folder } from './s3-address.js';
import { sendFile } from './send.js';

export interface UploadInput {
  /** Absolute path; its name ends in `.tar.zst`, `.tar.gz` or `.zip`. */
  readonly file: string;
  readonly bytes: number;
  /** Of the file, hex. */
  readonly sha256: string;
  readonly address: S3Folder;
  /** Default: under the address's prefix, its sha256 with the file's suffix. */
  readonly key?: string;
  /** What was sent of it stays in the bucket when it is stopped, and the next one goes on there. */
  readonly resumable?: boolean;
  /** For people; default: `payload`. */
  readonly what?: string;
  readonly clients: S3Clients;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

export interface UploadedPayload extends PayloadAddress {
  readonly region: string;
  /** False: it was there already. */
  readonly uploaded: boolean;
}

/** Somebody else sends or deletes the same object: S3 says 409, and to start again. */
const attempts = 3;

/**
 * Send the file to `<prefix>/<sha256>.tar.zst` or its key, unless it is there. Nothing is left half: an upload that fails or is
 * stopped is removed before this returns, unless it can go on.
 * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`, `artifact-changed`; the signal's reason
 */
export async function uploadPayload(input: UploadInput): Promise<UploadedPayload> {
  const { address, clients, signal, progress, bytes, sha256, file, what = 'payload' } = input;
  const { bucket } = address;
  const key = input.key ?? payloadKey(address.prefix, sha256, file);
  const step = progress.start(`upload ${what}`, bytes);
  const region = await bucketRegion(bucket, clients, signal);
  const client = clients(region);
  const left: string[] = [];
  try {
    const uploaded = await sendUnlessThere(input, client, key, (amount) => step.advance(amount), left);
    step.end(`s3://${bucket}/${key}`, { cached: !uploaded });
    return { bucket, key, region, uploaded };
  } catch (error) {
    if (left.length === 0) signal.throwIfAborted();
    const explained = signal.aborted
      ? new SlimError('interrupted', `Interrupted: the ${what} is not in the bucket.`, {
          hint: input.resumable === true ? 'Run it again: it goes on where it stopped.' : 'Run it again.',
        })
      : explainAws(error, {
          bucket,
          key,
          actions: ['s3:PutObject', 's3:GetObject', 's3:AbortMultipartUpload'],
        });
    throw left.length > 0 && explained instanceof SlimError
      ? withLeft(explained, bucket, key, left)
      : explained;
  }
}

/** False when it was there already. */
async function sendUnlessThere(
  { file, bytes, sha256, address: { bucket }, resumable = false, signal }: UploadInput,
  client: S3Client,
  key: string,
  onSent: (bytes: number) => void,
  left: string[],
): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    if (await isThere(client, bucket, key, bytes, signal)) return false;
    // Under a name that says otherwise it would be refused at every cold start, and never be sent again.
    if (attempt === 1) await checkFile(file, sha256);
    let sent = 0;
    try {
      await sendFile({
        ...{ client, file, bytes, bucket, key, resumable, signal },
        onSent: (amount) => {
          sent += amount;
          onSent(amount);
        },
        onLeft: (id) => left.push(id),
      });
      return true;
    } catch (error) {
      const { status, name } = readAwsError(error);
      if (status === 412) return false;
      // A repeated completion finds no upload when the first one's answer was lost: then the object is there.
      const again = status === 409 || name === 'NoSuchUpload';
      if (!again || attempt === attempts) throw error;
      onSent(-sent);
    }
  }
}

/**
 * Is the object there? Without s3:GetObject or s3:ListBucket S3 does not tell: then it is sent, and S3 refuses a second one.
 * @throws SlimError `aws-refused` when something else lies there; the SDK's error
 */
export async function isThere(
  client: S3Client,
  bucket: string,
  key: string,
  bytes: number,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    const { ContentLength } = await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key }), {
      abortSignal: signal,
    });
    if (ContentLength === bytes) return true;
    throw new SlimError(
      'aws-refused',
      `s3://${bucket}/${key} holds something else: ${ContentLength ?? 0} bytes.`,
      {
        hint: `Delete that object, or upload to another prefix: this one has ${bytes} bytes.`,
      },
    );
  } catch (error) {
    const { status } = readAwsError(error);
    if (status === 404 || status === 403) return false;
    throw error;
  }
}

async function checkFile(file: string, sha256: string): Promise<void> {
  if ((await hashFile(file)) === sha256) return;
  throw new SlimError('artifact-changed', `${file} has changed since it was made.`, { hint: 'Build again.' });
}

/** What a person must remove by hand: parts cost money until then. */
function withLeft(error: SlimError, bucket: string, key: string, left: readonly string[]): SlimError {
  return new SlimError(error.code, error.message, {
    hint: `${error.hint} Parts of the upload could not be removed from the bucket: run the command above, or let a lifecycle rule do it.`,
    details: [
      ...error.details,
      ...left.map(
        (id) => `aws s3api abort-multipart-upload --bucket ${bucket} --key ${key} --upload-id ${id}`,
      ),
    ],
    cause: error,
  });
}
