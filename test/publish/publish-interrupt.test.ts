/** Ctrl-C while `publish-layer` works: nothing is left half, and people learn what was done until then. */
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { Asked } from '../fake-aws/answer.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import { addArtifact, isPublish, project, publishApart, region } from './made-layer.js';
import type { Result } from '../cli/helper.js';

let aws: FakeAws;
beforeEach(async () => {
  aws = await startFakeAws();
});
afterEach(() => aws.stop());

/** Run it, and interrupt it as soon as a request matches; that request gets no answer. */
async function interrupted(
  cwd: string,
  args: readonly string[],
  matches: (asked: Asked) => boolean,
): Promise<Result> {
  let program: ChildProcess | null = null;
  aws.fail(matches, 'silent', 1, () => program?.kill('SIGINT'));
  return publishApart(aws, cwd, args, { watch: (_text, child) => (program = child) });
}

test('in the middle of an upload: its parts are removed', async () => {
  const cwd = await project();
  await addArtifact(cwd, 'layer-2.zip', randomBytes(20 * 1024 * 1024), {});
  const bucket = aws.s3.make('shelf', region);
  const isPart = ({ query }: Asked): boolean => query.get('partNumber') === '2';
  const { code, stderr } = await interrupted(cwd, ['--bucket', 'shelf'], isPart);
  expect(code).toBe(130);
  expect(bucket.unfinished.size).toBe(0);
  expect(aws.lambda.layers.size).toBe(0);
  const [small] = bucket.objects.keys();
  expect(stderr).toContain(`✖ Interrupted. Until then:\n    sent s3://shelf/${small}\n`);
});

test('between two Regions: what is published is named, and what may be', async () => {
  const cwd = await project();
  const { code, stdout } = await interrupted(
    cwd,
    ['--json', '--region', region, '--region', 'us-east-1'],
    (asked) => isPublish(asked) && asked.region === 'us-east-1' && aws.lambda.layers.size > 0,
  );
  expect(code).toBe(130);
  expect(JSON.parse(stdout)).toMatchObject({
    error: {
      code: 'interrupted',
      details: [
        `published arn:aws:lambda:${region}:123456789012:layer:demo:1`,
        'demo in us-east-1: stopped before AWS answered',
      ],
      hint: expect.stringContaining('Run the same command again'),
    },
  });
});

test('before anything has changed', async () => {
  const { code, stderr } = await interrupted(await project(), [], ({ path }) =>
    path.endsWith('/account-settings'),
  );
  expect(code).toBe(130);
  expect(stderr).toContain('✖ Interrupted: nothing was written.');
  expect(aws.changes()).toEqual([]);
});
