/** Buckets, as far as uploads need them: conditional writes, uploads in parts, versions, Regions. */
import { createHash, randomUUID } from 'node:crypto';
import { s3Error, type Answer, type Asked } from './answer.js';

export interface FakeObject {
  readonly content: Buffer;
  readonly version: string | null;
}

export interface FakeBucket {
  readonly region: string;
  readonly versioned: boolean;
  readonly objects: Map<string, FakeObject>;
  /** Uploads that are neither complete nor removed. */
  readonly unfinished: Map<string, { readonly key: string; readonly parts: Map<number, Buffer> }>;
}

export class FakeS3 {
  readonly buckets = new Map<string, FakeBucket>();

  make(name: string, region: string, { versioned = false } = {}): FakeBucket {
    const bucket = { region, versioned, objects: new Map(), unfinished: new Map() };
    this.buckets.set(name, bucket);
    return bucket;
  }

  answer(asked: Asked): Answer {
    const [, name = '', key = ''] = /^\/([^/]+)\/?(.*)$/s.exec(asked.path) ?? [];
    const bucket = this.buckets.get(name);
    if (bucket === undefined) return s3Error(404, 'NoSuchBucket', 'The specified bucket does not exist');
    const place = { 'x-amz-bucket-region': bucket.region };
    if (asked.region !== bucket.region) {
      return s3Error(301, 'PermanentRedirect', 'The bucket must be addressed at its own endpoint.', place);
    }
    if (key === '') return { status: 200, headers: place };
    return objectAnswer(asked, bucket, key);
  }
}

function objectAnswer(asked: Asked, bucket: FakeBucket, key: string): Answer {
  const { method, query, headers, body } = asked;
  const id = query.get('uploadId');
  if (method === 'POST' && query.has('uploads')) {
    const fresh = randomUUID();
    bucket.unfinished.set(fresh, { key, parts: new Map() });
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${fresh}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  if (id !== null) return partAnswer(asked, bucket, key, id);
  if (method === 'PUT') {
    const sent = headers['x-amz-checksum-sha256'];
    if (sent !== undefined && sent !== createHash('sha256').update(body).digest('base64')) {
      return s3Error(400, 'BadDigest', 'The SHA256 you specified did not match the calculated checksum.');
    }
    return keep(asked, bucket, key, body) ?? { status: 200, headers: { etag: '"whole"' } };
  }
  const found = bucket.objects.get(key);
  if (found === undefined) return s3Error(404, 'NoSuchKey', 'The specified key does not exist.');
  return {
    status: 200,
    headers: {
      'content-length': String(found.content.length),
      ...(found.version === null ? {} : { 'x-amz-version-id': found.version }),
    },
    body: method === 'HEAD' ? '' : found.content,
  };
}

function partAnswer(asked: Asked, bucket: FakeBucket, key: string, id: string): Answer {
  const upload = bucket.unfinished.get(id);
  if (upload === undefined) return s3Error(404, 'NoSuchUpload', 'The specified upload does not exist.');
  if (asked.method === 'DELETE') {
    bucket.unfinished.delete(id);
    return { status: 204 };
  }
  if (asked.method === 'PUT') {
    const number = Number(asked.query.get('partNumber'));
    upload.parts.set(number, asked.body);
    return { status: 200, headers: { etag: `"${number}"` } };
  }
  const parts = [...upload.parts].sort(([a], [b]) => a - b).map(([, part]) => part);
  const refused = keep(asked, bucket, key, Buffer.concat(parts));
  if (refused !== null) return refused;
  bucket.unfinished.delete(id);
  return xml(
    `<CompleteMultipartUploadResult><Key>${key}</Key><ETag>"whole"</ETag></CompleteMultipartUploadResult>`,
  );
}

/** Null when it was kept. `If-None-Match: *` loses against what is there. */
function keep({ headers }: Asked, bucket: FakeBucket, key: string, content: Buffer): Answer | null {
  if (headers['if-none-match'] === '*' && bucket.objects.has(key)) {
    return s3Error(
      412,
      'PreconditionFailed',
      'At least one of the pre-conditions you specified did not hold',
    );
  }
  bucket.objects.set(key, { content, version: bucket.versioned ? randomUUID() : null });
  return null;
}

const xml = (body: string): Answer => ({
  status: 200,
  headers: { 'content-type': 'application/xml' },
  body: `<?xml version="1.0" encoding="UTF-8"?>${body}`,
});
