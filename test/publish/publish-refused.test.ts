/** What `publish-layer` says when AWS refuses, or when the request is wrong: nothing is published then. */
import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { json, lambdaError, s3Error, type Asked } from '../fake-aws/answer.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import {
  addArtifact,
  changeManifest,
  codes,
  failure,
  isPublish,
  project,
  publishLayer,
  published,
  region,
} from './made-layer.js';

let aws: FakeAws;
beforeEach(async () => {
  aws = await startFakeAws();
});
afterEach(() => aws.stop());

describe('AWS refuses', () => {
  const cases: readonly (readonly [
    string,
    (aws: FakeAws) => void,
    readonly string[],
    string,
    string,
    string,
  ])[] = [
    [
      'unzipped too large',
      ({ lambda }) => void ((lambda.settingsAllowed = false), (lambda.limits.unzipped = 800)),
      [],
      'does-not-fit',
      'must be smaller than 800 bytes',
      '--strategy double-zip',
    ],
    [
      'zipped too large',
      ({ lambda }) => void ((lambda.settingsAllowed = false), (lambda.limits.zipped = 1000)),
      [],
      'does-not-fit',
      'too large to be sent directly',
      '--bucket',
    ],
    [
      'the request too large',
      ({ lambda }) => void (lambda.limits.request = 1000),
      [],
      'does-not-fit',
      'a request must be smaller than 1,000 bytes',
      '--bucket',
    ],
    [
      'no code storage left',
      ({ lambda }) => void (lambda.limits.storage = 1000),
      [],
      'aws-refused',
      'no code storage left in eu-central-1',
      '--keep N',
    ],
    [
      'expired credentials',
      (fake) =>
        fake.fail(() => true, lambdaError(403, 'ExpiredTokenException', 'The security token is expired')),
      [],
      'no-credentials',
      'does not take these credentials in eu-central-1',
      'aws sso login',
    ],
    [
      'a Region that is not enabled',
      (fake) =>
        fake.fail(
          () => true,
          lambdaError(403, 'UnrecognizedClientException', 'The security token is invalid.'),
        ),
      ['--region', 'ap-east-1'],
      'no-credentials',
      'does not take these credentials in ap-east-1',
      'has not enabled the Region ap-east-1',
    ],
    [
      'the list of versions',
      (fake) =>
        fake.fail(
          ({ path: where }) => where.endsWith('/versions'),
          lambdaError(403, 'AccessDeniedException', 'not authorized to perform: lambda:ListLayerVersions'),
        ),
      [],
      'aws-refused',
      'does not allow lambda:ListLayerVersions for the layer demo',
      'Allow lambda:ListLayerVersions',
    ],
    [
      'what is no zip',
      (fake) =>
        fake.fail(
          isPublish,
          lambdaError(
            400,
            'InvalidParameterValueException',
            'Could not unzip uploaded file. Please check your file, then try to upload again.',
          ),
        ),
      [],
      'aws-refused',
      'could not unzip the layer demo',
      'Build again',
    ],
    [
      'a bucket that is not there',
      () => {},
      ['--bucket', 'nowhere'],
      'aws-refused',
      'The bucket nowhere is not there',
      'aws s3 mb s3://nowhere',
    ],
    [
      'a bucket of another Region',
      ({ s3 }) => void s3.make('shelf', 'us-east-1'),
      ['--bucket', 'shelf'],
      'aws-refused',
      'The bucket shelf is in us-east-1, and the layer is for eu-central-1',
      '{region} in its name',
    ],
  ];
  test.each(cases)('%s', async (_name, prepare, args, code, message, hint) => {
    prepare(aws);
    const failed = await failure(aws, await project(), args);
    expect(failed).toMatchObject({
      code,
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(aws.lambda.layers.size).toBe(0);
  });

  test('too large by the account’s own limits: nothing is sent, and the heaviest packages are named', async () => {
    aws.lambda.limits.unzipped = 800;
    const failed = await failure(aws, await project());
    expect(failed.message).toMatch(
      /^The layer demo has [\d,]+ bytes unzipped, and Lambda in eu-central-1 takes fewer/,
    );
    expect(failed.details).toEqual([
      expect.stringMatching(/^heaviest: (?:alpha|beta) [\d.]+ (?:KiB|bytes), /),
    ]);
    expect(aws.changes()).toEqual([]);
  });

  test('a permission is refused: the layer is there, and the report says what is missing', async () => {
    aws.fail(
      ({ path: where, method }) => method === 'POST' && where.endsWith('/policy'),
      lambdaError(400, 'PolicyLengthExceededException', 'The resource-based policy is too large.'),
    );
    const result = await published(aws, await project(), ['--allow', 'public'], 1);
    expect(result.regions[0]?.layers).toMatchObject([{ state: 'published', allowed: [] }]);
    expect(codes(result)).toEqual(['layer-not-finished']);
  });

  test('without credentials', async () => {
    const { code, stdout } = await publishLayer(aws, await project(), ['--json'], {
      AWS_ACCESS_KEY_ID: '',
      AWS_SECRET_ACCESS_KEY: '',
    });
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'no-credentials', hint: expect.stringContaining('--profile') },
    });
  });

  test('another object lies under the name of the zip', async () => {
    const cwd = await project();
    const { layers } = await published(aws, cwd, ['--dry-run']);
    const bucket = aws.s3.make('shelf', region);
    const { sha256 = '', zippedBytes = 0 } = layers[0] ?? {};
    bucket.objects.set(`${sha256}.zip`, { content: Buffer.alloc(zippedBytes + 1), version: null });
    expect((await failure(aws, cwd, ['--bucket', 'shelf'])).message).toContain('holds something else');
  });

  test('a server that does not know the account’s settings at all', async () => {
    aws.fail(
      ({ path: where }) => where.endsWith('account-settings'),
      json(404, { message: 'no such thing' }),
    );
    expect((await published(aws, await project())).regions[0]?.limits.from).toBe('documentation');
  });
});

describe('the request is wrong', () => {
  const cases: readonly (readonly [string, readonly string[], string, string])[] = [
    ['a name with a dot', ['--name', 'a.b'], 'bad-option', '--name is "a.b"'],
    ['an account of eleven digits', ['--allow', '12345678901'], 'bad-option', '--allow is "12345678901"'],
    ['a Region that is none', ['--region', 'Frankfurt'], 'bad-option', '--region is "Frankfurt"'],
    ['an address for a bucket', ['--bucket', 's3://a'], 'bad-option', 'must be the name of a bucket alone'],
    ['a name that no bucket has', ['--bucket', 'A_b'], 'bad-option', 'only small letters'],
    [
      'one bucket for two Regions',
      ['--bucket', 'abc', '--region', 'us-east-1', '--region', 'us-west-2'],
      'bad-option',
      'is one bucket for 2 Regions',
    ],
    ['reference without a bucket', ['--storage-mode', 'reference'], 'bad-option', 'needs a --bucket'],
    [
      'a function of another Region',
      ['--attach', 'arn:aws:lambda:us-east-1:123456789012:function:orders'],
      'bad-option',
      'is in us-east-1, where nothing is published',
    ],
    ['a version of a function', ['--attach', 'orders:7'], 'bad-option', '--attach is "orders:7"'],
    ['a description that is too long', ['--description', 'x'.repeat(257)], 'bad-option', '--description is'],
  ];
  test.each(cases)('%s', async (_name, args, code, message) => {
    expect(await failure(aws, await project(), args)).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
    expect(aws.log).toEqual([]);
  });

  test('the file is not the one that was built', async () => {
    const cwd = await project();
    await writeFile(path.join(cwd, '.lambda-slim/layer.zip'), 'another');
    expect(await failure(aws, cwd)).toMatchObject({
      code: 'artifact-changed',
      message: '.lambda-slim/layer.zip is not the file that was built.',
    });
  });

  test('a function’s zip is no layer', async () => {
    const cwd = await project();
    await changeManifest(cwd, ({ artifacts }) => ({
      artifacts: artifacts.map((one) => ({ ...one, kind: 'function', file: 'function.zip' })),
    }));
    expect(await failure(aws, cwd)).toMatchObject({
      code: 'no-layer',
      hint: expect.stringContaining(
        'aws lambda update-function-code --function-name NAME --zip-file fileb://.lambda-slim/function.zip',
      ),
    });
  });

  test('no Region is named', async () => {
    const { stdout } = await publishLayer(aws, await project(), ['--json'], { AWS_REGION: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      error: { code: 'bad-option', message: 'No Region is named.' },
    });
  });

  test('a build with errors is published, with a warning', async () => {
    const cwd = await project();
    await changeManifest(cwd, () => ({
      findings: [{ code: 'import-lost', args: { module: 'alpha', error: 'gone' } }],
    }));
    expect(codes(await published(aws, cwd))).toEqual(['build-has-errors']);
  });
});

test('an upload fails in one Region: the other one’s is stopped and removed, and nothing is published', async () => {
  const cwd = await project();
  await addArtifact(cwd, 'layer-2.zip', randomBytes(20 * 1024 * 1024), {});
  const buckets = ['eu-central-1', 'us-east-1'].map((one) => aws.s3.make(`shelf-${one}`, one));
  const isPart = ({ query }: Asked): boolean => query.has('partNumber');
  aws.fail((asked) => isPart(asked) && asked.region === 'us-east-1', 'silent', 2);
  aws.fail(
    (asked) => isPart(asked) && asked.region === 'eu-central-1',
    s3Error(403, 'AccessDenied', 'Access Denied'),
    10,
  );
  const args = ['--bucket', 'shelf-{region}', '--region', 'eu-central-1', '--region', 'us-east-1'];
  const failed = await failure(aws, cwd, args);
  expect(failed).toMatchObject({ code: 'aws-refused', hint: expect.stringContaining('s3:PutObject') });
  expect(buckets.map((one) => one.unfinished.size)).toEqual([0, 0]);
  expect(aws.lambda.layers.size).toBe(0);
});
