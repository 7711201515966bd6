/** A baseline in a bucket, over real HTTP. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { baselineText } from '../../src/check/baseline-file.js';
import { readBaseline } from '../../src/check/baseline.js';
import { s3Clients } from '../../src/aws/clients.js';
import { measured } from '../check/made.js';
import { keys, missingServer, startS3, type LocalS3 } from './s3-server.js';

jest.setTimeout(120_000);
if (missingServer !== null) test.skip(`S3: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('s3://', () => {
  const { signal } = new AbortController();
  let s3: LocalS3;
  let environment: Readonly<Record<string, string>>;

  beforeAll(async () => {
    s3 = await startS3();
    environment = { ...keys, AWS_ENDPOINT_URL_S3: s3.endpoint };
    const client = (await s3Clients(environment))('us-east-1');
    await client.send(new CreateBucketCommand({ Bucket: 'sizes' }));
    const put = (Key: string, Body: string) =>
      client.send(new PutObjectCommand({ Bucket: 'sizes', Key, Body }));
    await put('main/base line.json', baselineText(measured()));
    await put('main/other.json', '{"other": "document"}');
  });
  afterAll(() => s3.stop());

  const read = (where: string) => readBaseline(where, { cwd: '/', environment, signal });

  test('is read', async () => {
    expect(await read('s3://sizes/main/base line.json')).toMatchObject({
      kind: 'baseline',
      sizes: measured().sizes,
      packages: measured().packages,
    });
  });

  test('there is none yet: nothing to compare with, and no error', async () => {
    expect(await read('s3://sizes/main/none.json')).toBe('There is no s3://sizes/main/none.json yet.');
  });

  test.each([
    ['another document', 's3://sizes/main/other.json', 'bad-manifest'],
    ['no such bucket', 's3://no-such-bucket/base.json', 'aws-refused'],
    ['no bucket', 's3:///base.json', 'bad-option'],
  ])('%s', async (_name, where, code) => {
    await expect(read(where)).rejects.toMatchObject({ code });
  });
});
