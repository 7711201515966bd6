/** A payload into a bucket over real HTTP, with what goes wrong on the way. */
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHash, randomBytes } from 'node:crypto';
import { appendFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import type { SlimError } from '../../src/errors.js';
import { silent, type Progress } from '../../src/progress.js';
import { s3Clients } from '../../src/aws/clients.js';
import { parseS3Address } from '../../src/aws/s3-address.js';
import { partBytes } from '../../src/aws/send.js';
import { uploadPayload, type UploadedPayload, type UploadInput } from '../../src/aws/upload.js';
import { remove, temporary } from './helper-build.js';
import {
  keys,
  first,
  missingServer,
  slowDown,
  startS3,
  type Fault,
  type LocalS3,
  type Request,
} from './s3-server.js';

jest.setTimeout(180_000);

const isPart = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('partNumber=');
const isCompletion = ({ method, url }: Request): boolean => method === 'POST' && url.includes('uploadId=');
const isRemoval = ({ method }: Request): boolean => method === 'DELETE';
const isHead = ({ method, url }: Request): boolean => method === 'HEAD' && url.includes('.tar.');
const isSending = ({ method }: Request): boolean => method === 'PUT' || method === 'POST';

interface File {
  readonly file: string;
  readonly bytes: number;
  readonly sha256: string;
}

if (missingServer !== null) test.skip(`S3: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('upload', () => {
  let s3: LocalS3;
  let folder: string;
  let bucket: string;
  let buckets = 0;
  /** Three parts, and one. */
  let large: File;
  let small: File;

  const make = async (name: string, bytes: number): Promise<File> => {
    const content = randomBytes(bytes);
    const file = path.join(folder, name);
    await writeFile(file, content);
    return { file, bytes, sha256: createHash('sha256').update(content).digest('hex') };
  };
  const direct = async (): Promise<S3Client> =>
    (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))(null);
  const upload = async (file: File, changes: Partial<UploadInput> = {}): Promise<UploadedPayload> =>
    uploadPayload({
      ...file,
      address: { bucket, prefix: 'a/b' },
      clients: await s3Clients({ ...keys, AWS_ENDPOINT_URL: s3.endpoint }),
      progress: silent,
      signal: new AbortController().signal,
      ...changes,
    });
  const failure = async (promise: Promise<unknown>): Promise<SlimError> =>
    promise.then(
      () => {
        throw new Error('it did not fail');
      },
      (error: unknown) => error as SlimError,
    );
  const stored = async ({ sha256 }: File): Promise<string | null> => {
    try {
      const Key = `a/b/${sha256}.tar.zst`;
      const { Body } = await (await direct()).send(new GetObjectCommand({ Bucket: bucket, Key }));
      return createHash('sha256')
        .update((await Body?.transformToByteArray()) ?? '')
        .digest('hex');
    } catch {
      return null;
    }
  };
  const unfinished = async (): Promise<number> => {
    const { Uploads = [] } = await (await direct()).send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return Uploads.length;
  };

  beforeAll(async () => {
    s3 = await startS3();
    folder = await temporary('upload');
    large = await make('payload.tar.zst', 2 * partBytes + 12_345);
    small = await make('small.tar.zst', 70_000);
  });
  afterAll(async () => {
    await s3.stop();
    await remove(folder);
  });
  beforeEach(async () => {
    bucket = `payloads-${++buckets}`;
    await (await direct()).send(new CreateBucketCommand({ Bucket: bucket }));
    s3.breakWith();
  });

  test('it lies there whole under its own name, and is not sent a second time', async () => {
    const steps: number[] = [];
    const progress: Progress = {
      start: (_, total) => ({ ...silent.start(''), advance: (bytes) => steps.push(bytes, total ?? 0) }),
    };
    const address = { bucket, key: `a/b/${large.sha256}.tar.zst`, region: 'us-east-1' };
    expect(await upload(large, { progress })).toEqual({ ...address, uploaded: true });
    expect(steps.sort((a, b) => a - b)).toEqual(
      [12_345, partBytes, partBytes, large.bytes, large.bytes, large.bytes].sort((a, b) => a - b),
    );
    expect(await stored(large)).toBe(large.sha256);
    s3.breakWith();
    expect(await upload(large)).toEqual({ ...address, uploaded: false });
    expect(s3.requests.filter(isSending)).toEqual([]);
  });

  test('a small one is one request, with its sha256, and only where nothing is', async () => {
    expect(await upload(small, { address: parseS3Address(`s3://${bucket}/`) })).toMatchObject({
      key: `${small.sha256}.tar.zst`,
      uploaded: true,
    });
    const sent = s3.requests.filter(isSending);
    expect(sent).toHaveLength(1);
    expect(sent[0]?.headers).toMatchObject({
      'if-none-match': '*',
      'x-amz-checksum-sha256': Buffer.from(small.sha256, 'hex').toString('base64'),
    });
  });

  const healed: readonly (readonly [string, Fault, (asked: Request) => boolean, number])[] = [
    ['SlowDown twice', slowDown, isPart, 2],
    ['a connection that breaks', 'lost', isPart, 1],
    ['an internal error at the end', { status: 500, code: 'InternalError' }, isCompletion, 1],
    ['a conflict with somebody else', { status: 409, code: 'ConditionalRequestConflict' }, isCompletion, 1],
    ['a question that is not allowed', { status: 403, code: 'AccessDenied' }, isHead, 1],
  ];
  test.each(healed)('%s is healed', async (_, fault, matches, many) => {
    s3.breakWith(first(many, fault, matches));
    expect(await upload(large)).toMatchObject({ uploaded: true });
    expect(s3.faults()).toBe(many);
    expect([await stored(large), await unfinished()]).toEqual([large.sha256, 0]);
  });

  test.each([
    ['small', () => small],
    ['large', () => large],
  ])('%s: S3 itself refuses what is there already, and that is no failure', async (_, file) => {
    await upload(file());
    // The question is not allowed: only S3 knows.
    s3.breakWith((asked) => (isHead(asked) ? { status: 403, code: 'AccessDenied' } : null));
    expect(await upload(file())).toMatchObject({ uploaded: false });
    expect(await unfinished()).toBe(0);
  });

  test('the answer to the last request is lost: it is there, and nothing is left', async () => {
    s3.breakWith(first(1, 'lost', isCompletion));
    await upload(large);
    expect([await stored(large), await unfinished()]).toEqual([large.sha256, 0]);
  });

  const refused: readonly (readonly [string, Fault, RegExp, RegExp, string])[] = [
    [
      'no permission',
      { status: 403, code: 'AccessDenied', message: 'no identity-based policy allows it' },
      /^AWS does not allow access to s3:\/\/payloads-\d+\/a\/b\/\w+\.tar\.zst\.$/,
      /^Allow s3:PutObject, s3:GetObject, s3:AbortMultipartUpload on s3:\/\/payloads-\d+\/a\/b\/\*;/,
      'aws-refused',
    ],
    [
      'no permission for the key',
      { status: 403, code: 'AccessDenied', message: 'not authorized to perform: kms:GenerateDataKey' },
      /does not allow/,
      /kms:GenerateDataKey and kms:Decrypt/,
      'aws-refused',
    ],
    [
      'old credentials',
      { status: 400, code: 'ExpiredToken' },
      /does not take these credentials \(ExpiredToken\)/,
      /aws sso login/,
      'no-credentials',
    ],
    ['SlowDown for ever', slowDown, /does not take s3:.* now \(SlowDown\)/, /Try again/, 'aws-unreachable'],
    [
      'another Region',
      { status: 301, code: 'PermanentRedirect', headers: { 'x-amz-bucket-region': 'eu-west-1' } },
      /is in another Region \(eu-west-1\)/,
      /AWS_REGION=eu-west-1/,
      'aws-refused',
    ],
    [
      'bytes that changed',
      { status: 400, code: 'BadDigest' },
      /S3 refuses s3:.* \(BadDigest\)/,
      /AWS says/,
      'aws-refused',
    ],
  ];
  test.each(refused)('%s: named, and nothing is left', async (_, fault, sentence, hint, code) => {
    let parts = 0;
    s3.breakWith((asked) => (isPart(asked) && ++parts > 1 ? fault : null));
    const error = await failure(upload(large));
    expect(error).toMatchObject({
      name: 'SlimError',
      code,
      message: expect.stringMatching(sentence),
      hint: expect.stringMatching(hint),
    });
    expect([await stored(large), await unfinished()]).toEqual([null, 0]);
  });

  test('stopped in the middle: nothing is left', async () => {
    const controller = new AbortController();
    const progress: Progress = {
      start: () => ({ ...silent.start(''), advance: () => controller.abort(new Error('Ctrl-C')) }),
    };
    const error = await failure(upload(large, { signal: controller.signal, progress }));
    expect(error.message).toBe('Ctrl-C');
    expect([await stored(large), await unfinished()]).toEqual([null, 0]);
    expect(s3.requests.filter(isRemoval)).toHaveLength(1);
  });

  test('what cannot be removed is named, with the command that removes it', async () => {
    s3.breakWith((asked) =>
      isPart(asked) || isRemoval(asked) ? { status: 403, code: 'AccessDenied' } : null,
    );
    const error = await failure(upload(large));
    expect(error.details.at(-1)).toMatch(
      /^aws s3api abort-multipart-upload --bucket payloads-\d+ --key a\/b\/\w+\.tar\.zst --upload-id \S+$/,
    );
    expect(await unfinished()).toBe(1);
  });

  test('a bucket in another Region is found, also when only the refusal tells', async () => {
    const away = `${bucket}-away`;
    const europe = (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))('eu-west-1');
    await europe.send(
      new CreateBucketCommand({
        Bucket: away,
        CreateBucketConfiguration: { LocationConstraint: 'eu-west-1' },
      }),
    );
    const address = { bucket: away, prefix: '' };
    expect(await upload(small, { address })).toMatchObject({ region: 'eu-west-1', uploaded: true });
    const moved: Fault = {
      status: 301,
      code: 'PermanentRedirect',
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
    };
    s3.breakWith(({ headers }) =>
      headers.authorization?.includes('/us-east-1/s3/') === true ? moved : null,
    );
    const clients = await s3Clients({ ...keys, AWS_REGION: undefined, AWS_ENDPOINT_URL: s3.endpoint });
    expect(await upload(small, { address, clients })).toMatchObject({ region: 'eu-west-1', uploaded: false });
  });

  test('a bucket that is not there is named', async () => {
    const error = await failure(upload(small, { address: { bucket: 'nobody-made-this', prefix: '' } }));
    expect(error).toMatchObject({
      code: 'aws-refused',
      message: 'The bucket nobody-made-this is not there.',
    });
  });

  test('something else under that name is not taken for the payload, and not overwritten', async () => {
    const Key = `a/b/${small.sha256}.tar.zst`;
    await (await direct()).send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'else' }));
    const error = await failure(upload(small));
    expect(error).toMatchObject({
      code: 'aws-refused',
      message: expect.stringContaining('something else: 4 bytes'),
    });
    expect(await (await direct()).send(new HeadObjectCommand({ Bucket: bucket, Key }))).toMatchObject({
      ContentLength: 4,
    });
  });

  test('a file that has changed is not sent', async () => {
    const file = await make('changed.tar.zst', 5000);
    await appendFile(file.file, 'more');
    expect(await failure(upload(file))).toMatchObject({ code: 'artifact-changed' });
    expect(s3.requests.filter(isSending)).toEqual([]);
  });

  test('no answer, and no credentials', async () => {
    const nowhere = await s3Clients({ ...keys, AWS_ENDPOINT_URL: 'http://127.0.0.1:9' });
    expect(await failure(upload(small, { clients: nowhere }))).toMatchObject({ code: 'aws-unreachable' });
    const named = await s3Clients({
      AWS_REGION: 'us-east-1',
      AWS_PROFILE: 'nobody-has-this',
      AWS_ENDPOINT_URL: s3.endpoint,
    });
    expect(await failure(upload(small, { clients: named }))).toMatchObject({ code: 'no-credentials' });
  });
});
