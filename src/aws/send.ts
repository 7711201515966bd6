/**
 * Sends a file as one object, all of it or nothing. The SDK's own helper (lib-storage) is not used: when it is stopped it
 * returns before it has cleaned up, and after a failure it first sends all other parts.
 */
import { createHash } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  PutObjectCommand,
  UploadPartCommand,
  type CompletedPart,
  type S3Client,
} from '@aws-sdk/client-s3';
import { allOrStop } from '../io/all-or-stop.js';
import { readAt } from '../io/bytes-at.js';

export interface Sending {
  readonly client: S3Client;
  /** Absolute. */
  readonly file: string;
  readonly bytes: number;
  readonly bucket: string;
  readonly key: string;
  /** Called with the bytes of each part that has arrived. May throw to stop. */
  readonly onSent: (bytes: number) => void;
  readonly signal: AbortSignal;
  /** Called when an unfinished upload could not be removed, with its id. */
  readonly onLeft: (uploadId: string) => void;
}

/** Bytes of a part; a smaller file is one request. At most `connections` parts are in memory. */
export const partBytes = 16 * 1024 * 1024;
const connections = 4;
/** How long to try to remove an unfinished upload: the caller may be waiting for Ctrl-C to work. */
const removalMs = 10_000;

/** Only where nothing is: who was first with these bytes has won. */
const onlyNew = { IfNoneMatch: '*' } as const;

/**
 * S3 compares each part with its sha256.
 * @throws the SDK's error (412: it is there already), the signal's reason, the file system's error; nothing is left in the
 *   bucket then, or `onLeft` is called
 */
export async function sendFile(sending: Sending): Promise<void> {
  const file = await open(sending.file, 'r');
  try {
    await (sending.bytes <= partBytes ? sendWhole(file, sending) : sendParts(file, sending));
  } finally {
    await file.close();
  }
}

async function sendWhole(
  file: FileHandle,
  { client, bucket, key, bytes, signal, onSent }: Sending,
): Promise<void> {
  const body = await readWhole(file, 0, bytes);
  await client.send(
    new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ChecksumSHA256: sha256(body), ...onlyNew }),
    { abortSignal: signal },
  );
  onSent(bytes);
}

async function sendParts(file: FileHandle, sending: Sending): Promise<void> {
  const { client, bucket, key, bytes, signal } = sending;
  const place = { Bucket: bucket, Key: key };
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'SHA256' }),
    { abortSignal: signal },
  );
  if (UploadId === undefined) throw new Error('S3 began an upload without an id');
  const upload = { ...place, UploadId };
  try {
    const numbers = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => index + 1);
    const parts = await allOrStop(numbers, signal, connections, (number, stop) =>
      sendPart(file, number, upload, sending, stop),
    );
    await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [...parts] }, ...onlyNew }),
      { abortSignal: signal },
    );
  } catch (error) {
    // Not with `signal`: it may be what stopped us.
    await client
      .send(new AbortMultipartUploadCommand(upload), { abortSignal: AbortSignal.timeout(removalMs) })
      .catch((failure: unknown) => {
        // Nothing is left when it is not there any more.
        if ((failure as Error).name !== 'NoSuchUpload') sending.onLeft(UploadId);
      });
    signal.throwIfAborted();
    throw error;
  }
}

async function sendPart(
  file: FileHandle,
  number: number,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  { client, bytes, onSent }: Sending,
  stop: AbortSignal,
): Promise<CompletedPart> {
  const offset = (number - 1) * partBytes;
  const body = await readWhole(file, offset, Math.min(partBytes, bytes - offset));
  const checksum = sha256(body);
  const { ETag } = await client.send(
    new UploadPartCommand({ ...upload, PartNumber: number, Body: body, ChecksumSHA256: checksum }),
    { abortSignal: stop },
  );
  onSent(body.length);
  return { PartNumber: number, ChecksumSHA256: checksum, ...(ETag === undefined ? {} : { ETag }) };
}

/** @throws Error when the file has become shorter */
async function readWhole(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = await readAt(file, offset, length);
  if (bytes.length < length) throw new Error('the file became shorter while it was sent');
  return bytes;
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('base64');
