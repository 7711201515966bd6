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
  ListMultipartUploadsCommand,
  ListPartsCommand,
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
  /** Parts stay when it is stopped, and those of an earlier one that was stopped are not sent again. */
  readonly resumable: boolean;
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
  const { client, bucket, key, bytes, resumable, signal } = sending;
  const place = { Bucket: bucket, Key: key };
  const { UploadId, there } = (resumable ? await unfinished(sending) : null) ?? (await begin(sending));
  const upload = { ...place, UploadId };
  try {
    const numbers = Array.from({ length: Math.ceil(bytes / partBytes) }, (_, index) => index + 1);
    const parts = await allOrStop(numbers, signal, connections, (number, stop) =>
      sendPart(file, number, { upload, there: there.get(number) }, sending, stop),
    );
    await client.send(
      new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts: [...parts] }, ...onlyNew }),
      { abortSignal: signal },
    );
  } catch (error) {
    if (!resumable) await giveUp(upload, sending);
    signal.throwIfAborted();
    throw error;
  }
}

/** An upload, and what S3 has of it by the part's number. */
interface Begun {
  readonly UploadId: string;
  readonly there: ReadonlyMap<number, SentPart>;
}

/** A part that S3 has. Its sha256 is in base64; some servers that stand for S3 list none, and the ETag is the MD5 then. */
interface SentPart {
  readonly sha256: string | null;
  readonly ETag: string;
}

async function begin({ client, bucket, key, signal }: Sending): Promise<Begun> {
  const { UploadId } = await client.send(
    new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ChecksumAlgorithm: 'SHA256' }),
    { abortSignal: signal },
  );
  if (UploadId === undefined) throw new Error('S3 began an upload without an id');
  return { UploadId, there: new Map() };
}

/** The last one of this key that was not ended. Null: there is none, or S3 may not tell us. */
async function unfinished({ client, bucket, key, signal }: Sending): Promise<Begun | null> {
  const options = { abortSignal: signal };
  try {
    const { Uploads = [] } = await client.send(
      new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }),
      options,
    );
    const own = Uploads.filter((one) => one.Key === key);
    const time = (at: Date | undefined): number => at?.getTime() ?? 0;
    own.sort((a, b) => time(b.Initiated) - time(a.Initiated));
    const UploadId = own[0]?.UploadId;
    if (UploadId === undefined) return null;
    const there = new Map<number, SentPart>();
    // Not the SDK's own loop: it goes on as long as there is a marker, and S3 gives one for the last page, too.
    for (let from = {}, more = true; more;) {
      const page = await client.send(
        new ListPartsCommand({ Bucket: bucket, Key: key, UploadId, ...from }),
        options,
      );
      for (const { PartNumber = 0, ChecksumSHA256, ETag } of page.Parts ?? [])
        if (ETag !== undefined) there.set(PartNumber, { sha256: ChecksumSHA256 ?? null, ETag });
      from = { PartNumberMarker: page.NextPartNumberMarker };
      more = page.IsTruncated === true && page.NextPartNumberMarker !== undefined;
    }
    return { UploadId, there };
  } catch {
    signal.throwIfAborted();
    return null;
  }
}

async function giveUp(
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string },
  { client, onLeft }: Sending,
): Promise<void> {
  // Not with the run's signal: it may be what stopped us.
  await client
    .send(new AbortMultipartUploadCommand(upload), { abortSignal: AbortSignal.timeout(removalMs) })
    .catch((failure: unknown) => {
      // Nothing is left when it is not there any more.
      if ((failure as Error).name !== 'NoSuchUpload') onLeft(upload.UploadId);
    });
}

async function sendPart(
  file: FileHandle,
  number: number,
  {
    upload,
    there,
  }: {
    readonly upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string };
    readonly there: SentPart | undefined;
  },
  { client, bytes, onSent }: Sending,
  stop: AbortSignal,
): Promise<CompletedPart> {
  const offset = (number - 1) * partBytes;
  const body = await readWhole(file, offset, Math.min(partBytes, bytes - offset));
  const checksum = sha256(body);
  if (there !== undefined && isSame(there, body, checksum)) {
    onSent(body.length);
    return { PartNumber: number, ChecksumSHA256: checksum, ETag: there.ETag };
  }
  const { ETag } = await client.send(
    new UploadPartCommand({ ...upload, PartNumber: number, Body: body, ChecksumSHA256: checksum }),
    { abortSignal: stop },
  );
  onSent(body.length);
  return { PartNumber: number, ChecksumSHA256: checksum, ...(ETag === undefined ? {} : { ETag }) };
}

const isSame = ({ sha256: stored, ETag }: SentPart, body: Buffer, checksum: string): boolean =>
  stored === null
    ? ETag.replaceAll('"', '') === createHash('md5').update(body).digest('hex')
    : stored === checksum;

/** @throws Error when the file has become shorter */
async function readWhole(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const bytes = await readAt(file, offset, length);
  if (bytes.length < length) throw new Error('the file became shorter while it was sent');
  return bytes;
}

const sha256 = (data: Buffer): string => createHash('sha256').update(data).digest('base64');
