/** Operations on one object: its bytes come from and go to files, piece by piece. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { copySource, isUnchanged, keptHeaders, mayWrite, rangeOf, type Asked } from './asked.js';
import { receive, receiveText } from './body.js';
import { refusals, type Answer, type StoredObject } from './model.js';
import type { Store } from './store.js';
import { document, elementsIn } from './xml.js';

/** GetObject and HeadObject. */
export async function sendObject(
  asked: Asked,
  response: ServerResponse,
  object: StoredObject,
): Promise<Answer | null> {
  const { method, query, headers } = asked;
  const { etag, modified, bytes } = object;
  const facts = { ETag: etag, 'Last-Modified': modified.toUTCString() };
  if (isUnchanged(asked, object)) return { status: 304, headers: facts };
  const range = rangeOf(headers.range, bytes);
  const { first, last } = range ?? { first: 0, last: bytes - 1 };
  const wanted = [...query].flatMap(([name, value]) => {
    const [, header] =
      /^response-((?:content-(?:type|disposition|encoding|language)|cache-control|expires))$/.exec(name) ??
      [];
    return header === undefined ? [] : [[header, value] as const];
  });
  response.writeHead(range === null ? 200 : 206, {
    'content-type': 'binary/octet-stream',
    ...object.headers,
    ...Object.fromEntries(wanted),
    ...facts,
    'Accept-Ranges': 'bytes',
    'Content-Length': String(last - first + 1),
    ...(range === null ? {} : { 'Content-Range': `bytes ${first}-${last}/${bytes}` }),
  });
  if (method === 'HEAD' || bytes === 0) response.end();
  else await pipeline(createReadStream(object.file, { start: first, end: last }), response);
  return null;
}

/** @throws S3Refusal `PreconditionFailed`, `BadDigest` */
export async function putObject(asked: Asked, request: IncomingMessage, store: Store): Promise<Answer> {
  const { bucket, key } = asked;
  mayWrite(asked, await store.find(bucket, key));
  const received = await receive(request, store.draft());
  store.put(bucket, key, { ...received, modified: new Date(), headers: keptHeaders(asked) });
  return { status: 200, headers: { ETag: received.etag } };
}

/** CopyObject: with the metadata of the source, unless others were sent. */
export async function copyObject(asked: Asked, store: Store): Promise<Answer> {
  const { bucket, key, headers } = asked;
  const source = await sourceOf(asked, store);
  const file = store.draft();
  const etag = await copyBytes(source, file, 0, source.bytes - 1);
  const own = headers['x-amz-metadata-directive'] === 'REPLACE' ? keptHeaders(asked) : source.headers;
  const modified = new Date();
  store.put(bucket, key, { file, bytes: source.bytes, etag, modified, headers: own });
  return copied('CopyObjectResult', etag, modified);
}

/** CreateMultipartUpload. */
export function startUpload(asked: Asked, store: Store): Answer {
  const { bucket, key } = asked;
  const id = store.begin(bucket, key, keptHeaders(asked));
  const body = document('InitiateMultipartUploadResult', [
    ['Bucket', bucket],
    ['Key', key],
    ['UploadId', id],
  ]);
  return { status: 200, body };
}

/** UploadPart and UploadPartCopy. @throws S3Refusal `NoSuchUpload`, `InvalidArgument`, `BadDigest`, `InvalidRange` */
export async function putPart(
  asked: Asked,
  id: string,
  request: IncomingMessage,
  store: Store,
): Promise<Answer> {
  const { parts } = store.upload(id, asked.bucket, asked.key);
  const number = Number(asked.query.get('partNumber'));
  if (!Number.isInteger(number) || number < 1 || number > 10_000)
    throw refusals.badArgument('Part number must be an integer between 1 and 10000, inclusive');
  const before = parts.get(number);
  const file = store.draft();
  if (asked.headers['x-amz-copy-source'] === undefined) {
    const received = await receive(request, file);
    parts.set(number, received);
    if (before !== undefined) await rm(before.file, { force: true });
    return { status: 200, headers: { ETag: received.etag } };
  }
  const source = await sourceOf(asked, store);
  const range = rangeOf(String(asked.headers['x-amz-copy-source-range'] ?? ''), source.bytes);
  const { first, last } = range ?? { first: 0, last: source.bytes - 1 };
  const etag = await copyBytes(source, file, first, last);
  parts.set(number, { file, bytes: last - first + 1, etag });
  return copied('CopyPartResult', etag, new Date());
}

/** CompleteMultipartUpload. @throws S3Refusal `NoSuchUpload`, `InvalidPart`, `MalformedXML`, `PreconditionFailed` */
export async function completeUpload(
  asked: Asked,
  id: string,
  request: IncomingMessage,
  store: Store,
): Promise<Answer> {
  const { bucket, key } = asked;
  const upload = store.upload(id, bucket, key);
  const named = elementsIn(await receiveText(request), 'CompleteMultipartUpload', 'Part');
  if (named.length === 0) throw refusals.badXml();
  mayWrite(asked, await store.find(bucket, key));
  const file = store.draft();
  const sums = createHash('md5');
  let bytes = 0;
  let last = 0;
  for (const { PartNumber, ETag = '' } of named) {
    const number = Number(PartNumber);
    const part = upload.parts.get(number);
    if (part === undefined || number <= last || part.etag !== `"${ETag.replaceAll('"', '')}"`)
      throw refusals.badPart();
    last = number;
    bytes += part.bytes;
    sums.update(Buffer.from(part.etag.replaceAll('"', ''), 'hex'));
    await pipeline(createReadStream(part.file), createWriteStream(file, { flags: 'a' }));
  }
  const etag = `"${sums.digest('hex')}-${named.length}"`;
  store.put(bucket, key, { file, bytes, etag, modified: new Date(), headers: upload.headers });
  await store.end(id);
  const body = document('CompleteMultipartUploadResult', [
    ['Location', `/${bucket}/${key}`],
    ['Bucket', bucket],
    ['Key', key],
    ['ETag', etag],
  ]);
  return { status: 200, body };
}

/** @throws S3Refusal `NoSuchBucket`, `NoSuchKey`, `InvalidURI` */
async function sourceOf({ headers }: Asked, store: Store): Promise<StoredObject> {
  const { bucket, key } = copySource(String(headers['x-amz-copy-source']));
  return store.get(bucket, key);
}

/** @returns the entity tag, with its quotes */
async function copyBytes(
  { file, bytes }: StoredObject,
  to: string,
  first: number,
  last: number,
): Promise<string> {
  const md5 = createHash('md5');
  const sum = async function* (source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      md5.update(chunk);
      yield chunk;
    }
  };
  // A stream of no bytes would need an end before its start.
  const span = bytes === 0 ? {} : { start: first, end: last };
  await pipeline(createReadStream(file, span), sum, createWriteStream(to));
  return `"${md5.digest('hex')}"`;
}

function copied(name: string, etag: string, modified: Date): Answer {
  const body = document(name, [
    ['ETag', etag],
    ['LastModified', modified.toISOString()],
  ]);
  return { status: 200, body };
}
