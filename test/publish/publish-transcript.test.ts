/** What `publish-layer` prints, word for word, against a fake AWS. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cli, folder, smallTree } from '../cli/helper.js';
import { play } from '../cli/transcript.js';
import { lambdaError } from '../fake-aws/answer.js';
import { account } from '../fake-aws/lambda.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import { isPublish, zipOf } from './made-layer.js';

let aws: FakeAws;
let cwd: string;
beforeAll(async () => {
  aws = await startFakeAws();
  cwd = await folder();
  // Without bytecode, so that the bytes are the same wherever this runs.
  const args = ['--from', await smallTree(), '--python', '3.13', '--pyc', 'none', '--no-proof'];
  expect(await cli(['build', ...args], { cwd })).toMatchObject({ code: 0 });
});
afterAll(() => aws.stop());

/** What differs from run to run and from version to version. */
const clean = (output: string): string =>
  output
    .replace(/, \d+\.\d s$/gm, ', 0.0 s')
    .replace(/lambda-slim \d+\.\d+\.\d+/g, 'lambda-slim X.Y.Z')
    .replace(/\b[\da-f]{64}\b/g, '<sha256>');

const stage = (): Parameters<typeof play>[1] => ({
  cwd,
  clean,
  env: {
    ...{ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: 'eu-central-1' },
    ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_EC2_METADATA_DISABLED: 'true' },
  },
});

test('publish-layer.md', async () => {
  aws.s3.make('artifacts-eu-west-1', 'eu-west-1');
  aws.s3.make('artifacts-us-east-1', 'us-east-1');
  const older = `arn:aws:lambda:eu-central-1:${account}:layer:orders-deps:1`;
  aws.lambda.layers.set('eu-central-1/orders-deps', {
    last: 1,
    versions: [
      {
        version: 1,
        arn: older,
        zip: zipOf(900),
        sha256: '',
        unzipped: 900,
        input: { Content: {} },
        statements: [],
      },
    ],
  });
  const made = aws.lambda.makeFunction('eu-central-1', 'orders', zipOf(48_000_000), {
    Layers: [{ Arn: older }],
  });
  Object.assign(made.tags, { 'aws:cloudformation:stack-name': 'shop' });
  const { wanted, found } = await play('publish-layer', stage());
  expect(found).toBe(wanted);
});

test('publish-layer-refused.md', async () => {
  aws.lambda.makeFunction('eu-central-1', 'full', zipOf(262_143_900));
  aws.lambda.makeFunction('eu-central-1', 'old', zipOf(1000), { Runtime: 'python3.12' });
  aws.lambda.layers.clear();
  aws.fail(
    (asked) => isPublish(asked) && asked.region === 'us-east-1',
    lambdaError(
      403,
      'AccessDeniedException',
      `User: arn:aws:iam::${account}:user/ci is not authorized to perform: lambda:PublishLayerVersion on resource: arn:aws:lambda:us-east-1:${account}:layer:demo`,
    ),
  );
  const { wanted, found } = await play('publish-layer-refused', stage());
  expect(found).toBe(wanted);
});
