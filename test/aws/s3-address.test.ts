import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../src/errors.js';
import { parseS3Address, payloadKey } from '../../src/aws/s3-address.js';

describe('parseS3Address', () => {
  test.each([
    ['s3://bucket', 'bucket', ''],
    ['s3://bucket/', 'bucket', ''],
    ['s3://my.bucket-1/a', 'my.bucket-1', 'a'],
    ['s3://bucket/a/b c/', 'bucket', 'a/b c'],
  ])('%s', (text, bucket, prefix) => {
    expect(parseS3Address(text)).toEqual({ bucket, prefix });
  });

  test.each([
    ['bucket/prefix', 'is not an address in S3'],
    ['https://bucket/prefix', 'is not an address in S3'],
    ['s3:///prefix', 'is not an address in S3'],
    ['s3://Bucket/prefix', 'only small letters'],
    ['s3://ab', '3 to 63 characters'],
    [`s3://${'a'.repeat(64)}`, '3 to 63 characters'],
    ['s3://under_score', 'only small letters'],
    ['s3://bucket-/a', 'begins and ends'],
    ['s3://a..b', 'no two dots'],
    ['s3://10.0.0.1/a', 'no IP address'],
    ['s3://bucket/a//b', 'an empty part'],
    ['s3://bucket/../b', 'a dot as a part'],
    ['s3://bucket/a?versionId=1', 'not safe'],
    ['s3://bucket/a\nb', 'not safe'],
    [`s3://bucket/${'ä'.repeat(500)}`, 'more than 900 bytes'],
  ])('%j is refused: %s', (text, because) => {
    const parse = (): unknown => parseS3Address(text);
    expect(parse).toThrow(SlimError);
    expect(parse).toThrow(because);
  });
});

test.each([
  ['', 'payload.tar.zst', 'cafe.tar.zst'],
  ['a/b', 'payload.tar.gz', 'a/b/cafe.tar.gz'],
])('the key for prefix %j and %s', (prefix, file, key) => {
  expect(payloadKey(prefix, 'cafe', file)).toBe(key);
});
