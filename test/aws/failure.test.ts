import { describe, expect, test } from '@jest/globals';
import { SlimError, type ErrorCode } from '../../src/errors.js';
import { explainAws } from '../../src/aws/failure.js';

const attempt = { bucket: 'shelf', key: 'a/b.tar.zst', actions: ['s3:PutObject'] };

/** As the SDK throws them. */
function answer(name: string, status: number, headers: Readonly<Record<string, string>> = {}): Error {
  return Object.assign(new Error(`${name} it is`), {
    ...{ name, $metadata: { httpStatusCode: status }, $response: { headers } },
  });
}
const noAnswer = (name: string, code?: string): Error =>
  Object.assign(new Error(code ?? name), { name, code });

describe('explainAws', () => {
  const rows: readonly (readonly [Error, ErrorCode, string])[] = [
    [noAnswer('CredentialsProviderError'), 'no-credentials', 'There are no AWS credentials'],
    [noAnswer('TokenProviderError'), 'no-credentials', 'There are no AWS credentials'],
    [answer('ExpiredToken', 400), 'no-credentials', 'does not take these credentials'],
    [answer('InvalidAccessKeyId', 403), 'no-credentials', 'does not take these credentials'],
    [answer('RequestTimeTooSkewed', 403), 'aws-refused', 'clock is wrong'],
    [answer('AccessDenied', 403), 'aws-refused', 'does not allow access to s3://shelf/a/b.tar.zst'],
    [answer('NoSuchBucket', 404), 'aws-refused', 'The bucket shelf is not there.'],
    [answer('PermanentRedirect', 301), 'aws-refused', 'in another Region.'],
    [
      answer('Moved', 301, { 'x-amz-bucket-region': 'eu-west-1' }),
      'aws-refused',
      'in another Region (eu-west-1).',
    ],
    [answer('SlowDown', 503), 'aws-unreachable', 'does not take s3://shelf/a/b.tar.zst now (SlowDown)'],
    [answer('InternalError', 500), 'aws-unreachable', '(InternalError)'],
    [answer('TooManyRequests', 429), 'aws-unreachable', '(TooManyRequests)'],
    [answer('InvalidRequest', 400), 'aws-refused', 'S3 refuses s3://shelf/a/b.tar.zst (InvalidRequest).'],
    [noAnswer('Error', 'ENOTFOUND'), 'aws-unreachable', 'S3 cannot be reached'],
    [noAnswer('Error', 'ECONNRESET'), 'aws-unreachable', 'S3 cannot be reached'],
    [noAnswer('Error', 'SELF_SIGNED_CERT_IN_CHAIN'), 'aws-unreachable', 'S3 cannot be reached'],
    [noAnswer('TimeoutError'), 'aws-unreachable', 'S3 cannot be reached'],
  ];
  test.each(rows)('%s', (error, code, sentence) => {
    const explained = explainAws(error, attempt) as SlimError;
    expect(explained).toBeInstanceOf(SlimError);
    expect(explained).toMatchObject({ code, message: expect.stringContaining(sentence), cause: error });
    expect(explained.hint).toMatch(/\.$/);
    expect(explained.details[0]).toContain(error.message);
  });

  test.each<readonly [string, Readonly<Record<string, string>>, string]>([
    ['China', { 'x-amz-bucket-region': 'cn-north-1' }, 'on arn:aws-cn:s3:::shelf/a/*;'],
    ['GovCloud', { 'x-amz-bucket-region': 'us-gov-west-1' }, 'on arn:aws-us-gov:s3:::shelf/a/*;'],
    ['a Region', { 'x-amz-bucket-region': 'eu-west-1' }, 'on arn:aws:s3:::shelf/a/*;'],
    ['nobody knows where', {}, 'on s3://shelf/a/*;'],
  ])('what to allow in %s', (_name, headers, words) => {
    const { hint } = explainAws(answer('AccessDenied', 403, headers), attempt) as SlimError;
    expect(hint).toContain(words);
  });

  const others: readonly Error[] = [
    new SlimError('interrupted', 'Stopped.', { hint: 'Run it again.' }),
    new TypeError('ours'),
    Object.assign(new Error('read only'), { code: 'EACCES', syscall: 'open', path: '/a' }),
  ];
  test.each(others)('%s is not AWS’s and stays what it is', (error) => {
    expect(explainAws(error, attempt)).toBe(error);
  });
});
