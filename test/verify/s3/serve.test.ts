/** S3 as a sandbox has it, against AWS's own client, and against bytes that no client of theirs sends. */
import { once } from 'node:events';
import { mkdir, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { request, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketLocationCommand,
  GetObjectAclCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Store } from '../../../src/verify/s3/store.js';
import { s3Server } from '../../../src/verify/s3/serve.js';
import { listTree, scratch } from '../../pack/helpers.js';

const folder = scratch();
let root: string;
let store: Store;
let server: Server;
let endpoint: string;
let s3: S3Client;

beforeAll(async () => {
  root = await folder();
  await mkdir(path.join(root, 'models/deep/er'), { recursive: true });
  await mkdir(path.join(root, 'scratch'));
  await writeFile(path.join(root, 'models/a.txt'), '0123456789');
  await writeFile(path.join(root, 'models/deep/b c+d%.txt'), 'b');
  await writeFile(path.join(root, 'models/deep/er/e.bin'), '');
  await writeFile(path.join(root, 'models/ü.txt'), 'ü');
  await writeFile(path.join(root, 'secret.txt'), 'not in the bucket');
  await symlink('../secret.txt', path.join(root, 'models/out'));
  await symlink('a.txt', path.join(root, 'models/in'));
});

beforeEach(async () => {
  store = await Store.open(
    [{ bucket: 'models', folder: path.join(root, 'models') }],
    path.join(root, 'scratch'),
  );
  server = s3Server(store, 'us-east-1').listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
  s3 = new S3Client({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1 });
});

afterEach(() => {
  s3.destroy();
  server.close();
});
const Bucket = 'models';
const read = async (Key: string, more: object = {}): Promise<string> =>
  text((await s3.send(new GetObjectCommand({ Bucket, Key, ...more }))).Body as never);

describe('reading', () => {
  test.each([
    ['all', {}, '0123456789'],
    ['a range', { Range: 'bytes=2-4' }, '234'],
    ['from a byte on', { Range: 'bytes=8-' }, '89'],
    ['the last bytes', { Range: 'bytes=-3' }, '789'],
    ['more than there is', { Range: 'bytes=7-1000' }, '789'],
    ['what is no range', { Range: 'lines=1-2' }, '0123456789'],
  ])('%s', async (_name, more, expected) => {
    expect(await read('a.txt', more)).toBe(expected);
  });

  test.each(['deep/b c+d%.txt', 'ü.txt', 'in'])('the key %j', async (key) => {
    expect(await read(key)).toHaveLength(key === 'in' ? 10 : 1);
  });

  test('an empty one', async () => {
    expect(await read('deep/er/e.bin')).toBe('');
  });

  test('conditions', async () => {
    const { ETag = '', LastModified } = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a.txt' }));
    expect(await read('a.txt', { IfMatch: ETag })).toBe('0123456789');
    await expect(read('a.txt', { IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
    await expect(read('a.txt', { IfNoneMatch: ETag })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    expect(await read('a.txt', { IfNoneMatch: '"other"' })).toBe('0123456789');
    await expect(read('a.txt', { IfModifiedSince: LastModified })).rejects.toMatchObject({
      $metadata: { httpStatusCode: 304 },
    });
    // A file that was changed is another object.
    await utimes(path.join(root, 'models/a.txt'), new Date(), new Date(0));
    await expect(read('a.txt', { IfMatch: ETag })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test('facts', async () => {
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a.txt' }));
    expect(head).toMatchObject({
      ContentLength: 10,
      ContentType: 'binary/octet-stream',
      AcceptRanges: 'bytes',
    });
    const given = await s3.send(
      new GetObjectCommand({ Bucket, Key: 'a.txt', ResponseContentType: 'text/plain' }),
    );
    expect(given.ContentType).toBe('text/plain');
  });

  test.each([
    ['a key that is not there', 'models', 'none.txt', 'NoSuchKey'],
    ['a bucket that is not there', 'other', 'a.txt', 'NoSuchBucket'],
    ['a link that leads out', 'models', 'out', 'NoSuchKey'],
    ['a folder', 'models', 'deep', 'NoSuchKey'],
  ])('%s', async (_name, bucket, Key, name) => {
    await expect(s3.send(new GetObjectCommand({ Bucket: bucket, Key }))).rejects.toMatchObject({ name });
    await expect(s3.send(new HeadObjectCommand({ Bucket: bucket, Key }))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
  });

  test('a range behind the end', async () => {
    await expect(read('a.txt', { Range: 'bytes=10-' })).rejects.toMatchObject({ name: 'InvalidRange' });
  });

  test.each([
    '/models/../secret.txt',
    '/models/%2e%2e/secret.txt',
    '/models/deep/../../secret.txt',
    '/models/%00',
  ])('nothing outside of the folder: %s', async (target) => {
    // By hand: clients and URL take the dots out.
    const { port } = server.address() as AddressInfo;
    const [answer] = (await once(request({ port, path: target }).end(), 'response')) as [IncomingMessage];
    expect([answer.statusCode, await text(answer)]).toEqual([404, expect.stringContaining('NoSuchKey')]);
  });

  test('what is not imitated says so', async () => {
    await expect(s3.send(new GetObjectAclCommand({ Bucket, Key: 'a.txt' }))).rejects.toMatchObject({
      name: 'NotImplemented',
      message: expect.stringContaining('?acl'),
    });
  });
});

describe('lists', () => {
  const keys = ['a.txt', 'deep/b c+d%.txt', 'deep/er/e.bin', 'in', 'ü.txt'];

  test('all, in the order of bytes, without what is no object', async () => {
    const { Contents = [], KeyCount, IsTruncated } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect([Contents.map(({ Key }) => Key), KeyCount, IsTruncated]).toEqual([keys, 5, false]);
    expect(Contents[0]).toMatchObject({ Size: 10, ETag: expect.stringMatching(/^"[0-9a-f]{32}-1"$/) });
  });

  test.each([
    ['a prefix', { Prefix: 'deep/' }, ['deep/b c+d%.txt', 'deep/er/e.bin'], []],
    ['half a name', { Prefix: 'de' }, ['deep/b c+d%.txt', 'deep/er/e.bin'], []],
    ['a delimiter', { Delimiter: '/' }, ['a.txt', 'in', 'ü.txt'], ['deep/']],
    ['both', { Prefix: 'deep/', Delimiter: '/' }, ['deep/b c+d%.txt'], ['deep/er/']],
    ['what comes after', { StartAfter: 'deep/b c+d%.txt' }, ['deep/er/e.bin', 'in', 'ü.txt'], []],
    ['nothing', { Prefix: '../' }, [], []],
  ])('%s', async (_name, more, expected, groups) => {
    const page = await s3.send(new ListObjectsV2Command({ Bucket, EncodingType: 'url', ...more }));
    expect((page.Contents ?? []).map(({ Key }) => decodeURIComponent(Key ?? ''))).toEqual(expected);
    expect((page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix)).toEqual(groups);
  });

  test.each([1, 2, 3])('pages of %d', async (MaxKeys) => {
    const seen: string[] = [];
    let ContinuationToken: string | undefined;
    do {
      const page = await s3.send(
        new ListObjectsV2Command({ Bucket, MaxKeys, Delimiter: '/', ContinuationToken }),
      );
      seen.push(...(page.Contents ?? []).map(({ Key }) => Key ?? ''));
      seen.push(...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix ?? ''));
      ContinuationToken = page.NextContinuationToken;
    } while (ContinuationToken !== undefined);
    expect(seen.sort()).toEqual(['a.txt', 'deep/', 'in', 'ü.txt']);
  });

  test('the first version, buckets and their place', async () => {
    expect((await s3.send(new ListObjectsCommand({ Bucket, MaxKeys: 2 }))).NextMarker).toBe(
      'deep/b c+d%.txt',
    );
    expect((await s3.send(new ListBucketsCommand({}))).Buckets).toMatchObject([{ Name: 'models' }]);
    expect(await s3.send(new GetBucketLocationCommand({ Bucket }))).toMatchObject({
      $metadata: { httpStatusCode: 200 },
    });
    await expect(s3.send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject({
      name: 'BucketAlreadyOwnedByYou',
    });
  });
});

describe('writing', () => {
  test('over the folder, which stays as it is', async () => {
    const before = await listTree(path.join(root, 'models'));
    const Metadata = { score: '0.97', label: 'cat' };
    await s3.send(
      new PutObjectCommand({ Bucket, Key: 'a.txt', Body: 'new', Metadata, ContentType: 'text/plain' }),
    );
    await s3.send(new PutObjectCommand({ Bucket, Key: 'new/x', Body: 'x' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'deep/er/e.bin' }));
    await s3.send(new DeleteObjectCommand({ Bucket, Key: 'never there' }));
    expect(await read('a.txt')).toBe('new');
    const head = await s3.send(new HeadObjectCommand({ Bucket, Key: 'a.txt' }));
    expect(head).toMatchObject({
      Metadata,
      ContentType: 'text/plain',
      ETag: '"22af645d1859cb5ca6da0c484f1f37ea"',
    });
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket }));
    expect(Contents.map(({ Key }) => Key)).toEqual(['a.txt', 'deep/b c+d%.txt', 'in', 'new/x', 'ü.txt']);
    await expect(read('deep/er/e.bin')).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(await listTree(path.join(root, 'models'))).toEqual(before);
    expect(await readFile(path.join(root, 'models/a.txt'), 'utf8')).toBe('0123456789');
    const [use] = store.uses();
    expect(use).toMatchObject({
      bucket: 'models',
      written: [
        { key: 'a.txt', bytes: 3, metadata: Metadata },
        { key: 'new/x', bytes: 1, metadata: {} },
      ],
      deleted: ['deep/er/e.bin', 'never there'],
      missing: ['deep/er/e.bin'],
    });
    expect(use?.requests).toBeGreaterThan(6);
  });

  test('several deleted at once', async () => {
    const Objects = [{ Key: 'a.txt' }, { Key: 'ü.txt' }];
    const { Deleted } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toHaveLength(2);
    expect((await s3.send(new ListObjectsV2Command({ Bucket }))).KeyCount).toBe(3);
  });

  test('only where nothing is', async () => {
    const put = new PutObjectCommand({ Bucket, Key: 'once', Body: '1', IfNoneMatch: '*' });
    await s3.send(put);
    await expect(s3.send(put)).rejects.toMatchObject({ name: 'PreconditionFailed' });
  });

  test('a copy, with its metadata or with others', async () => {
    await s3.send(new PutObjectCommand({ Bucket, Key: 'm', Body: 'm', Metadata: { a: '1' } }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'n', CopySource: 'models/m' }));
    const others = { MetadataDirective: 'REPLACE', Metadata: { b: '2' } } as const;
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'o', CopySource: '/models/m', ...others }));
    await s3.send(new CopyObjectCommand({ Bucket, Key: 'p', CopySource: encodeURI('models/deep/er/e.bin') }));
    const metadata = async (Key: string): Promise<unknown> =>
      (await s3.send(new HeadObjectCommand({ Bucket, Key }))).Metadata;
    expect([await metadata('n'), await metadata('o'), await read('n'), await read('p')]).toEqual([
      { a: '1' },
      { b: '2' },
      'm',
      '',
    ]);
  });

  test('in parts', async () => {
    const Key = 'large';
    const begin = new CreateMultipartUploadCommand({ Bucket, Key, Metadata: { a: '1' } });
    const { UploadId } = await s3.send(begin);
    const Parts = [];
    for (const [PartNumber, letter] of [
      [1, 'a'],
      [2, 'b'],
    ] as const) {
      const Body = Buffer.alloc(3_000_000, letter);
      const { ETag } = await s3.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body }));
      Parts.push({ PartNumber, ETag });
    }
    const wrong = { Parts: [{ PartNumber: 1, ETag: '"0"' }] };
    const complete = (MultipartUpload: object) =>
      s3.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    await expect(complete(wrong)).rejects.toMatchObject({ name: 'InvalidPart' });
    expect((await complete({ Parts })).ETag).toMatch(/-2"$/);
    const whole = await read(Key);
    expect([whole.length, whole[2_999_999], whole[3_000_000]]).toEqual([6_000_000, 'a', 'b']);
    await expect(complete({ Parts })).rejects.toMatchObject({ name: 'NoSuchUpload' });
  });

  test('an upload that is given up leaves nothing', async () => {
    const before = await listTree(path.join(root, 'scratch'));
    const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ Bucket, Key: 'k' }));
    await s3.send(new UploadPartCommand({ Bucket, Key: 'k', UploadId, PartNumber: 1, Body: 'x' }));
    await s3.send(new AbortMultipartUploadCommand({ Bucket, Key: 'k', UploadId }));
    expect(await listTree(path.join(root, 'scratch'))).toEqual(before);
  });

  test.each([
    ['a wrong sum', { 'content-md5': 'AAAA' }, 'x', 400, 'BadDigest'],
    ['a wrong CRC', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'x', 400, 'BadDigest'],
    ['chunks that are none', { 'content-encoding': 'aws-chunked' }, 'hello\r\n', 400, 'InvalidArgument'],
  ])('%s is refused', async (_name, headers, body, status, code) => {
    const answer = await fetch(`${endpoint}/models/k`, { method: 'PUT', headers, body });
    expect([answer.status, await answer.text()]).toEqual([
      status,
      expect.stringContaining(`<Code>${code}</Code>`),
    ]);
    await expect(read('k')).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  test('signed chunks', async () => {
    const body =
      '5;chunk-signature=abc\r\nhello\r\n6;chunk-signature=abc\r\n world\r\n0;chunk-signature=abc\r\nx-amz-checksum-crc32:AAAA\r\n\r\n';
    const headers = {
      'content-encoding': 'gzip,aws-chunked',
      'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
    };
    await fetch(`${endpoint}/models/k`, { method: 'PUT', headers, body });
    const { Body, ContentEncoding } = await s3.send(new GetObjectCommand({ Bucket, Key: 'k' }));
    expect([await text(Body as never), ContentEncoding]).toEqual(['hello world', 'gzip']);
  });

  test.each(['', '<Delete>', '<Other/>', '<a>'.repeat(200_000)])('XML that is none: %#', async (body) => {
    const answer = await fetch(`${endpoint}/models?delete`, { method: 'POST', body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('MalformedXML')]);
  });
});
