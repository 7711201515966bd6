/**
 * S3 for a sandbox, over real HTTP: what boto3 and other clients do with objects, with S3's own refusals. Signatures are not
 * checked, as keys are made up. https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html, read 2026-11.
 */
import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { readAsked, type Asked } from './asked.js';
import { receiveText } from './body.js';
import { listing } from './listing.js';
import { refusals, S3Refusal, type Answer } from './model.js';
import { completeUpload, copyObject, putObject, putPart, sendObject, startUpload } from './objects.js';
import type { Store } from './store.js';
import { document, elementsIn, errorDocument } from './xml.js';

/** Not listening: it is handed the connections of sandboxes. */
export function s3Server(store: Store, region: string): Server {
  return createServer((request, response) => void serve(request, response, store, region));
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  store: Store,
  region: string,
): Promise<void> {
  const id = randomBytes(8).toString('hex').toUpperCase();
  response.setHeader('x-amz-request-id', id);
  response.setHeader('Server', 'AmazonS3');
  try {
    const asked = readAsked(request);
    if (asked.bucket !== '') {
      store.touch(asked.bucket);
      response.setHeader('x-amz-bucket-region', region);
    }
    const answer = await answerTo(asked, request, response, store, region);
    if (answer !== null) send(response, answer);
  } catch (error) {
    refuse(request, response, error, id);
  }
}

/** Null: it was sent. */
async function answerTo(
  asked: Asked,
  request: IncomingMessage,
  response: ServerResponse,
  store: Store,
  region: string,
): Promise<Answer | null> {
  if (asked.bucket === '') return asked.method === 'GET' ? bucketList(store) : notHere(asked);
  if (asked.key === '') return bucketAnswer(asked, request, store, region);
  return objectAnswer(asked, request, response, store);
}

async function bucketAnswer(
  asked: Asked,
  request: IncomingMessage,
  store: Store,
  region: string,
): Promise<Answer> {
  const { method, query, bucket } = asked;
  if (method === 'HEAD') return { status: 200 };
  if (method === 'POST' && query.has('delete')) return deleteMany(asked, request, store);
  // They would go with the sandbox, and whoever deploys makes them elsewhere.
  if (method === 'PUT' && query.size === 0)
    throw new S3Refusal(
      409,
      'BucketAlreadyOwnedByYou',
      'Your previous request to create the named bucket succeeded and you already own it.',
      { BucketName: bucket },
    );
  if (method === 'DELETE' && query.size === 0) throw refusals.denied();
  if (method !== 'GET') return notHere(asked);
  if (query.has('location')) return ok(document('LocationConstraint', region === 'us-east-1' ? '' : region));
  if (query.has('versioning')) return ok(document('VersioningConfiguration', []));
  if (unknown(query)) return notHere(asked);
  return ok(await listing(asked, store));
}

/** Settings of a bucket and of objects that are not imitated stand alone in the query: `?acl`, `?policy`, `?tagging`. */
const unknown = (query: URLSearchParams): boolean =>
  ['acl', 'attributes', 'cors', 'encryption', 'legal-hold', 'lifecycle', 'logging', 'notification', 'object-lock', 'policy', 'replication', 'restore', 'retention', 'select', 'tagging', 'torrent', 'uploads', 'versions', 'website'].some((name) => query.has(name)); // prettier-ignore

async function objectAnswer(
  asked: Asked,
  request: IncomingMessage,
  response: ServerResponse,
  store: Store,
): Promise<Answer | null> {
  const { method, query, headers, bucket, key } = asked;
  const upload = query.get('uploadId');
  if (method === 'POST' && query.has('uploads')) return startUpload(asked, store);
  if (unknown(query)) return notHere(asked);
  if (upload !== null) {
    if (method === 'PUT') return putPart(asked, upload, request, store);
    if (method === 'POST') return completeUpload(asked, upload, request, store);
    if (method !== 'DELETE') return notHere(asked);
    store.upload(upload, bucket, key);
    await store.end(upload);
    return { status: 204 };
  }
  switch (method) {
    case 'GET':
    case 'HEAD':
      return sendObject(asked, response, await store.get(bucket, key));
    case 'PUT':
      return headers['x-amz-copy-source'] === undefined
        ? putObject(asked, request, store)
        : copyObject(asked, store);
    case 'DELETE':
      store.delete(bucket, key);
      return { status: 204 };
    default:
      return notHere(asked);
  }
}

async function deleteMany({ bucket }: Asked, request: IncomingMessage, store: Store): Promise<Answer> {
  const keys = elementsIn(await receiveText(request), 'Delete', 'Object').map(({ Key }) => Key);
  if (keys.length === 0 || keys.length > 1000) throw refusals.badXml();
  const deleted = keys.map((key) => {
    if (key === undefined) throw refusals.badXml();
    store.delete(bucket, key);
    return ['Deleted', [['Key', key]]] as const;
  });
  return ok(document('DeleteResult', deleted));
}

function bucketList(store: Store): Answer {
  const buckets = store.names().map(
    (name) =>
      [
        'Bucket',
        [
          ['Name', name],
          ['CreationDate', '2026-01-01T00:00:00.000Z'],
        ],
      ] as const,
  );
  return ok(document('ListAllMyBucketsResult', [['Buckets', buckets]]));
}

function notHere({ method, query, key }: Asked): never {
  const [setting] = query.keys();
  throw refusals.notHere(
    `${method} of ${key === '' ? 'a bucket' : 'an object'}${setting === undefined ? '' : ` with ?${setting}`}`,
  );
}

const ok = (body: string): Answer => ({ status: 200, body });

function send(response: ServerResponse, { status, headers = {}, body }: Answer): void {
  const text = body === undefined ? {} : { 'Content-Type': 'application/xml' };
  const length =
    status === 204 || status === 304 ? {} : { 'Content-Length': String(Buffer.byteLength(body ?? '')) };
  response.writeHead(status, { ...text, ...length, ...headers }).end(body);
}

/** Our own mistakes are S3's InternalError, which clients try again. */
function refuse(request: IncomingMessage, response: ServerResponse, error: unknown, id: string): void {
  // The client has gone, or the bytes of an object were on their way.
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  const { status, code, message, more } =
    error instanceof S3Refusal
      ? error
      : new S3Refusal(500, 'InternalError', error instanceof Error ? error.message : String(error));
  // What was not read would be taken for the next request.
  if (!request.complete) response.setHeader('Connection', 'close');
  const fields = Object.entries({ ...more, RequestId: id, HostId: 'lambda-slim' });
  const body = errorDocument([['Code', code], ['Message', message], ...fields]);
  if (request.method === 'HEAD') response.writeHead(status, { 'Content-Type': 'application/xml' }).end();
  else send(response, { status, body });
}
