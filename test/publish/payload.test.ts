/** `publish-layer` for builds whose payload lies in a bucket, against a fake AWS. */
import { exampleNesting } from '../report/example.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import {
  addArtifact,
  changeManifest,
  codes,
  failure,
  project,
  published,
  region,
  runtime,
} from './made-layer.js';

let aws: FakeAws;
beforeEach(async () => {
  aws = await startFakeAws();
});
afterEach(() => aws.stop());

describe('a payload', () => {
  const inBucket = (bucket: string | null, key: string) => (manifest: { plan: object }) => ({
    plan: {
      ...manifest.plan,
      nesting: exampleNesting({ s3: { bucket, key, region: null } }),
    } as never,
  });
  const withPayload = async (bucket: string | null): Promise<string> => {
    const cwd = await project();
    const content = Buffer.from('the payload');
    await addArtifact(cwd, 'payload.tar.zst', content, { kind: 'payload' });
    await changeManifest(cwd, inBucket(bucket, bucket === null ? 'x.tar.zst' : 'built/x.tar.zst'));
    return cwd;
  };

  test('goes where the build said', async () => {
    const bucket = aws.s3.make('known', region);
    const result = await published(aws, await withPayload('known'));
    expect(result.payloads).toMatchObject([{ bucket: 'known', region, uploaded: true }]);
    expect([...bucket.objects.keys()]).toEqual([expect.stringMatching(/^built\/[\da-f]{64}\.tar\.zst$/)]);
    expect(codes(result)).toEqual(['payload-in-s3']);
  });

  test('goes to the bucket that is named, and functions must be told', async () => {
    aws.s3.make('shelf', region);
    const result = await published(aws, await withPayload(null), ['--bucket', 'shelf', '--prefix', 'p']);
    expect(result.findings).toMatchObject([
      { code: 'payload-variable-needed', args: { value: 's3://shelf/p', bucket: 'shelf' } },
    ]);
  });

  test('a function that has been told is not told again', async () => {
    aws.s3.make('shelf', region);
    aws.lambda.makeFunction(region, 'orders', Buffer.alloc(0), {
      Runtime: runtime,
      Environment: { Variables: { LAMBDA_SLIM_PAYLOAD: 's3://shelf/p/' } },
    });
    const args = ['--bucket', 'shelf', '--prefix', 'p', '--attach', 'orders', '--dry-run'];
    const result = await published(aws, await withPayload(null), args);
    expect(codes(result)).not.toContain('payload-variable-needed');
    expect(result.regions[0]?.functions[0]?.payload).toBeNull();
  });

  describe('and a function that gets the layer', () => {
    const args = ['--bucket', 'shelf', '--prefix', 'p', '--attach', 'orders'];
    const orders = (environment: unknown) =>
      aws.lambda.makeFunction(region, 'orders', Buffer.alloc(0), {
        ...{ Runtime: runtime, Environment: environment },
      });
    beforeEach(() => void aws.s3.make('shelf', region));

    test('is told where it lies, and its other variables stay', async () => {
      const made = orders({ Variables: { SECRET: 'hunter-22', LAMBDA_SLIM_PAYLOAD: 's3://old' } });
      const cwd = await withPayload(null);
      const planned = await published(aws, cwd, [...args, '--dry-run']);
      const told = { from: 's3://old', to: 's3://shelf/p', alone: false };
      expect(planned.regions[0]?.functions[0]).toMatchObject({ state: 'planned', payload: told });
      expect(planned.calls.at(-1)).toContain(
        `--environment "$(aws lambda get-function-configuration --function-name orders --query '{Variables: merge(Environment.Variables, \`{"LAMBDA_SLIM_PAYLOAD":"s3://shelf/p"}\`)}' --output json --region ${region})"`,
      );
      expect(made.configuration.Environment).toMatchObject({
        Variables: { LAMBDA_SLIM_PAYLOAD: 's3://old' },
      });
      const result = await published(aws, cwd, args);
      expect(made.configuration.Environment).toEqual({
        Variables: { SECRET: 'hunter-22', LAMBDA_SLIM_PAYLOAD: 's3://shelf/p' },
      });
      expect(codes(result)).toContain('payload-in-s3');
      expect(codes(result)).not.toContain('payload-variable-needed');
      expect(JSON.stringify([planned, result])).not.toContain('hunter');
      const again = await published(aws, cwd, args);
      expect(again.regions[0]?.functions[0]).toMatchObject({ state: 'unchanged', payload: null });
    });

    test('is told although it had no variables', async () => {
      const made = orders(undefined);
      const { calls } = await published(aws, await withPayload(null), args);
      expect(made.configuration.Environment).toEqual({ Variables: { LAMBDA_SLIM_PAYLOAD: 's3://shelf/p' } });
      expect(calls.at(-1)).toMatch(/ --environment 'Variables=\{LAMBDA_SLIM_PAYLOAD=s3:\/\/shelf\/p\}'$/);
    });

    test('knows of the payload already when the build named the bucket', async () => {
      aws.s3.make('known', region);
      const made = orders({ Variables: { A: 'b' } });
      await published(aws, await withPayload('known'), ['--attach', 'orders']);
      expect(made.configuration.Environment).toEqual({ Variables: { A: 'b' } });
    });

    const ours = JSON.stringify({ A: '', LAMBDA_SLIM_PAYLOAD: 's3://shelf/p' }).length;
    test('may have 4,096 bytes of variables', async () => {
      const made = orders({ Variables: { A: 'x'.repeat(4096 - ours) } });
      await published(aws, await withPayload(null), args);
      expect(made.configuration.Environment).toMatchObject({
        Variables: { LAMBDA_SLIM_PAYLOAD: 's3://shelf/p' },
      });
    });

    test.each([
      [
        'has no room for it',
        { Variables: { A: 'x'.repeat(4097 - ours) } },
        'have 4,097 bytes, and Lambda takes 4,096',
        'shorter by 1 byte',
      ],
      [
        'has variables that may not be read',
        { Error: { ErrorCode: 'AccessDeniedException', Message: 'kms:Decrypt' } },
        'cannot be read',
        'kms:Decrypt',
      ],
    ])('%s: nothing is published', async (_name, environment, message, hint) => {
      orders(environment);
      expect(await failure(aws, await withPayload(null), args)).toMatchObject({
        code: 'cannot-attach',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      });
      expect(aws.lambda.versions(region, 'demo')).toEqual([]);
      expect(aws.changes()).toEqual([]);
    });
  });

  test('has nowhere to go', async () => {
    expect(await failure(aws, await withPayload(null))).toMatchObject({
      code: 'bad-option',
      hint: expect.stringContaining('--bucket'),
    });
  });

  test('lies in another Region than the layer', async () => {
    aws.s3.make('known', 'us-east-1');
    expect(codes(await published(aws, await withPayload('known')))).toEqual([
      'payload-in-s3',
      'payload-elsewhere',
    ]);
  });
});
