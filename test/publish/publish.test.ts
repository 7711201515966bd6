/** `publish-layer` against a fake AWS with AWS's own limits, checks and words. */
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Publication } from '../../src/publish/model.js';
import { lambdaError, s3Error, throttled, type Asked } from '../fake-aws/answer.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import {
  changeManifest,
  failure,
  isPublish,
  project,
  publishApart,
  publishLayer,
  published,
  region,
  runtime,
  secondLayer,
} from './made-layer.js';

let aws: FakeAws;
beforeEach(async () => {
  aws = await startFakeAws();
});
afterEach(() => aws.stop());

const arn = (version: number, name = 'demo', where = region): string =>
  `arn:aws:lambda:${where}:123456789012:layer:${name}:${version}`;

describe('a layer', () => {
  test('is published with what the build knows, and not a second time', async () => {
    const cwd = await project();
    const first = await published(aws, cwd);
    expect(first.regions).toMatchObject([
      { region, limits: { from: 'account' }, layers: [{ name: 'demo', state: 'published', arn: arn(1) }] },
    ]);
    const [version] = aws.lambda.versions(region, 'demo');
    expect(version?.zip).toEqual(await readFile(path.join(cwd, '.lambda-slim/layer.zip')));
    expect(version?.input).toMatchObject({
      CompatibleRuntimes: [runtime],
      CompatibleArchitectures: ['x86_64'],
      Description: expect.stringContaining('alpha 1.0, beta 2.0; lambda-slim'),
    });
    const before = aws.changes();
    const second = await published(aws, cwd, ['--allow', '210987654321']);
    expect(second.regions[0]?.layers).toMatchObject([
      { state: 'reused', arn: arn(1), version: 1, allowed: ['210987654321'] },
    ]);
    const third = await published(aws, cwd, ['--allow', '210987654321']);
    expect(third.calls).toEqual([]);
    expect(aws.changes().slice(before.length)).toEqual([
      `${region} POST /2018-10-31/layers/demo/versions/1/policy`,
    ]);
  });

  test('is another version when bytes, runtimes or architectures differ', async () => {
    const cwd = await project();
    await published(aws, cwd);
    await changeManifest(cwd, ({ target }) => ({ target: { ...target, architecture: 'arm64' } }));
    expect((await published(aws, cwd)).regions[0]?.layers).toMatchObject([
      { state: 'published', version: 2 },
    ]);
  });

  test('goes through a bucket of each Region, under its own name, and Lambda fetches it', async () => {
    const cwd = await project();
    aws.s3.make('shelf-eu-central-1', 'eu-central-1');
    aws.s3.make('shelf-us-east-1', 'us-east-1');
    const args = [
      '--bucket',
      'shelf-{region}',
      '--prefix',
      '/layers/',
      '--region',
      region,
      '--region',
      'us-east-1',
    ];
    const { layers, regions } = await published(aws, cwd, [
      ...args,
      '--allow',
      'o-a1b2c3d4e5',
      '--allow',
      'public',
    ]);
    const key = `layers/${layers[0]?.sha256}.zip`;
    for (const { region: where, layers: done } of regions) {
      expect(done).toMatchObject([
        { arn: arn(1, 'demo', where), stored: { bucket: `shelf-${where}`, key, version: null } },
      ]);
      expect([...(aws.s3.buckets.get(`shelf-${where}`)?.objects.keys() ?? [])]).toEqual([key]);
      expect(aws.lambda.versions(where, 'demo')[0]?.statements).toMatchObject([
        {
          Principal: '*',
          Condition: { StringEquals: { 'aws:PrincipalOrgID': 'o-a1b2c3d4e5' } },
        },
        { Sid: 'lambda-slim-public', Principal: '*' },
      ]);
    }
    const before = aws.changes().length;
    await published(aws, cwd, args);
    expect(aws.changes()).toHaveLength(before);
  });

  test('stays in a bucket with versions when that is wanted', async () => {
    const cwd = await project();
    const bucket = aws.s3.make('shelf', region, { versioned: true });
    const args = ['--bucket', 'shelf', '--storage-mode', 'reference'];
    const { regions } = await published(aws, cwd, args);
    const [object] = bucket.objects.values();
    expect(regions[0]?.layers[0]?.stored?.version).toBe(object?.version);
    expect(aws.lambda.versions(region, 'demo')[0]?.input.Content).toMatchObject({
      S3ObjectStorageMode: 'REFERENCE',
      S3ObjectVersion: object?.version,
    });
    expect((await published(aws, cwd, args)).regions[0]?.layers[0]?.state).toBe('reused');
    expect((await published(aws, cwd, ['--storage-mode', 'copy'])).regions[0]?.layers[0]?.version).toBe(2);
  });

  test('without versions in the bucket it cannot stay there', async () => {
    aws.s3.make('shelf', region);
    const failed = await failure(aws, await project(), ['--bucket', 'shelf', '--storage-mode', 'reference']);
    expect(failed.message).toContain('has no version, and --storage-mode reference needs one');
    expect(failed.hint).toContain('put-bucket-versioning --bucket shelf');
    expect(aws.lambda.versions(region, 'demo')).toEqual([]);
  });

  test('older versions are deleted, but never the newest N or the one that was published', async () => {
    const cwd = await project();
    for (const architecture of ['arm64', 'x86_64', 'arm64', 'x86_64'] as const) {
      await changeManifest(cwd, ({ target }) => ({ target: { ...target, architecture } }));
      await published(aws, cwd);
    }
    const planned = await published(aws, cwd, ['--keep', '2', '--dry-run']);
    expect(planned.regions[0]?.layers[0]).toMatchObject({ state: 'reused', deleted: [1, 2] });
    expect(aws.lambda.versions(region, 'demo')).toHaveLength(4);
    const { stderr, code } = await publishLayer(aws, cwd, ['--keep', '2']);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: expect.stringContaining('older versions: demo:1, demo:2 (eu-central-1)'),
    });
    expect(aws.lambda.versions(region, 'demo').map((one) => one.version)).toEqual([3, 4]);
    await published(aws, cwd, ['--keep', '1']);
    expect(aws.lambda.versions(region, 'demo').map((one) => one.version)).toEqual([4]);
  });

  test('more versions than a page holds are all seen', async () => {
    const cwd = await project();
    await published(aws, cwd);
    const [first] = aws.lambda.versions(region, 'demo');
    for (let version = 2; version <= 120; version++) {
      aws.lambda.versions(region, 'demo').push({ ...first!, version, arn: arn(version) });
    }
    const { regions } = await published(aws, cwd, ['--keep', '3', '--dry-run']);
    expect(regions[0]?.layers[0]?.deleted).toHaveLength(117);
  });

  test('a dry run changes nothing, and what it prints is what a real one does', async () => {
    const cwd = await project();
    aws.s3.make('shelf', region);
    const args = ['--bucket', 'shelf', '--allow', '210987654321', '--license', "it's MIT"];
    const planned = await published(aws, cwd, ['--dry-run', ...args]);
    expect(aws.changes()).toEqual([]);
    const real = await published(aws, cwd, args);
    expect(planned.calls.map((call) => call.replace('NEW', '1'))).toEqual(real.calls);
    expect(real.calls).toHaveLength(3);
    expect(real.calls[1]).toContain(`--license-info 'it'\\''s MIT'`);
  });

  test('GITHUB_OUTPUT gets the ARNs', async () => {
    const cwd = await project();
    const output = path.join(cwd, 'output');
    const { code } = await publishLayer(aws, cwd, ['--region', region, '--region', 'us-east-1'], {
      GITHUB_OUTPUT: output,
    });
    expect(code).toBe(0);
    const other = arn(1, 'demo', 'us-east-1');
    expect(await readFile(output, 'utf8')).toBe(`arn=${arn(1)}\narns=${JSON.stringify([arn(1), other])}\n`);
  });

  test('the limits of the documentation hold where the account does not tell its own', async () => {
    aws.lambda.settingsAllowed = false;
    const { regions } = await published(aws, await project());
    expect(regions[0]?.limits).toEqual({ unzipped: 262_144_000, zipped: 52_428_800, from: 'documentation' });
  });
});

describe('several layers of one build', () => {
  test('are numbered', async () => {
    const cwd = await project();
    await secondLayer(cwd);
    const { regions } = await published(aws, cwd);
    expect(regions[0]?.layers.map((one) => one.arn)).toEqual([arn(1, 'demo-1'), arn(1, 'demo-2')]);
  });

  test('when one fails the report names each, and the next run does only the rest', async () => {
    const cwd = await project();
    await secondLayer(cwd);
    const isSecond = (asked: Asked): boolean => isPublish(asked) && asked.path.includes('demo-2');
    aws.fail(isSecond, lambdaError(400, 'CodeStorageExceededException', 'Code storage limit exceeded.'));
    const first = await published(aws, cwd, ['--allow', 'public'], 1);
    expect(first.regions[0]?.layers).toMatchObject([
      { name: 'demo-1', state: 'published', arn: arn(1, 'demo-1'), allowed: [] },
      { name: 'demo-2', state: 'failed', arn: null },
    ]);
    expect(first.findings).toMatchObject([
      {
        code: 'layer-not-published',
        args: { layer: 'demo-2', region, hint: expect.stringContaining('--keep N') },
      },
    ]);
    const second = await published(aws, cwd, ['--allow', 'public']);
    expect(second.regions[0]?.layers).toMatchObject([
      { name: 'demo-1', state: 'reused', allowed: ['public'] },
      { name: 'demo-2', state: 'published', allowed: ['public'] },
    ]);
  });

  test('one Region fails, the other does not', async () => {
    const cwd = await project();
    aws.fail(
      (asked) => isPublish(asked) && asked.region === 'us-east-1',
      lambdaError(
        403,
        'AccessDeniedException',
        'not authorized with an explicit deny in a service control policy',
      ),
    );
    const { regions, findings } = await published(aws, cwd, ['--region', region, '--region', 'us-east-1'], 1);
    expect(regions.map((one) => one.layers[0]?.state)).toEqual(['published', 'failed']);
    expect(findings).toMatchObject([
      { args: { region: 'us-east-1', hint: expect.stringContaining('explicit deny') } },
    ]);
  });
});

describe('what goes wrong for a moment is waited out', () => {
  test.each([
    ['throttling', throttled(), 3],
    ['a date in Retry-After', throttled(new Date().toUTCString()), 1],
    ['ServiceException', lambdaError(500, 'ServiceException', 'An error occurred'), 1],
  ] as const)('%s', async (_name, fault, times) => {
    aws.fail(({ service }) => service === 'lambda', fault, times);
    expect((await published(aws, await project())).regions[0]?.layers[0]?.state).toBe('published');
  });

  test('more calls than Lambda takes in a second', async () => {
    const accounts = Array.from({ length: 25 }, (_, index) => String(210_000_000_000 + index));
    const { regions } = await published(
      aws,
      await project(),
      accounts.flatMap((one) => ['--allow', one]),
    );
    expect(regions[0]?.layers[0]?.allowed).toEqual(accounts);
    expect(aws.lambda.versions(region, 'demo')[0]?.statements).toHaveLength(25);
  });

  test('throttled at the publication itself: still one version', async () => {
    aws.fail(isPublish, throttled(), 2);
    await published(aws, await project());
    expect(aws.lambda.versions(region, 'demo')).toHaveLength(1);
  });

  test('the answer of the publication is lost: the version that is there is taken', async () => {
    aws.fail(isPublish, 'lost');
    const { regions } = await published(aws, await project());
    expect(regions[0]?.layers).toMatchObject([{ state: 'published', version: 1 }]);
    expect(aws.lambda.versions(region, 'demo')).toHaveLength(1);
  });

  test('the answer to a permission is lost: it is not an error that it is there', async () => {
    aws.fail(({ path: where }) => where.endsWith('/policy'), 'lost');
    const { regions } = await published(aws, await project(), ['--allow', 'public']);
    expect(regions[0]?.layers[0]?.allowed).toEqual(['public']);
    expect(aws.lambda.versions(region, 'demo')[0]?.statements).toHaveLength(1);
  });

  const isUpload = ({ method, service }: Asked): boolean => service === 's3' && method === 'PUT';
  test.each([
    ['409: somebody else sends the same', s3Error(409, 'ConditionalRequestConflict', 'try again'), true],
    ['412: somebody else has sent it', 'lost', false],
  ] as const)('%s', async (_name, fault, again) => {
    const bucket = aws.s3.make('shelf', region);
    aws.fail(isUpload, fault);
    const { calls } = await published(aws, await project(), ['--bucket', 'shelf']);
    expect(bucket.objects.size).toBe(1);
    expect(calls.some((call) => call.startsWith('aws s3 cp'))).toBe(again);
  });
});

test('a profile names who asks, and where', async () => {
  const cwd = await project();
  const [config, keys] = [path.join(cwd, 'config'), path.join(cwd, 'credentials')];
  await writeFile(config, '[profile work]\nregion = ap-south-1\n');
  await writeFile(keys, '[work]\naws_access_key_id = work\naws_secret_access_key = secret\n');
  const env = { AWS_CONFIG_FILE: config, AWS_SHARED_CREDENTIALS_FILE: keys };
  const { code, stdout, stderr } = await publishApart(aws, cwd, ['--profile', 'work', '--json'], { env });
  expect({ code, stderr }).toMatchObject({ code: 0 });
  expect((JSON.parse(stdout) as Publication).regions.map((one) => one.region)).toEqual(['ap-south-1']);
});
