/** `publish-layer` end to end: the built program with the real SDK, and moto's server for S3 and Lambda over HTTP. */
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateFunctionCommand,
  GetFunctionConfigurationCommand,
  GetLayerVersionCommand,
  GetLayerVersionPolicyCommand,
  LambdaClient,
  ListLayerVersionsCommand,
} from '@aws-sdk/client-lambda';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketVersioningCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import type { Publication } from '../../src/publish/model.js';
import { build, environment, remove, repository, start, temporary, type Ran } from './helper-build.js';
import { missingServer, startS3, type LocalS3 } from './s3-server.js';

jest.setTimeout(300_000);

const credentials = { accessKeyId: 'key', secretAccessKey: 'secret' };
const [home, other] = ['eu-central-1', 'us-east-1'] as const;

if (missingServer !== null) test.skip(`publish-layer: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('publish-layer', () => {
  let aws: LocalS3;
  let folder: string;
  /** A built layer, and the same build with a payload that goes to a bucket. */
  let plain: string;
  let nested: string;

  const settings = (region: string): ConstructorParameters<typeof LambdaClient>[0] => ({
    ...{ region, credentials, endpoint: aws.direct },
  });
  const lambda = (region: string): LambdaClient => new LambdaClient(settings(region) ?? {});
  const s3 = (region: string): S3Client =>
    new S3Client({ region, credentials, endpoint: aws.direct, forcePathStyle: true });
  const publish = (cwd: string, args: readonly string[]): Promise<Ran> =>
    start(
      process.execPath,
      [path.join(repository, 'bin/lambda-slim.js'), 'publish-layer', '--endpoint-url', aws.endpoint, ...args],
      {
        cwd,
        env: {
          ...environment,
          ...{ AWS_ACCESS_KEY_ID: 'key', AWS_SECRET_ACCESS_KEY: 'secret', AWS_REGION: home },
        },
      },
    );
  const published = async (cwd: string, args: readonly string[]): Promise<Publication> => {
    const { code, stdout, stderr } = await publish(cwd, ['--json', ...args]);
    if (code !== 0) throw new Error(`exit code ${code}: ${stdout}${stderr}`);
    return JSON.parse(stdout) as Publication;
  };
  const makeBucket = async (name: string, region: string): Promise<void> => {
    const place = region === 'us-east-1' ? {} : { LocationConstraint: region as 'eu-central-1' };
    await s3(region).send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: place }));
  };
  const keysOf = async (bucket: string, region: string): Promise<readonly (string | undefined)[]> => {
    const { Contents = [] } = await s3(region).send(new ListObjectsV2Command({ Bucket: bucket }));
    return Contents.map((one) => one.Key);
  };

  beforeAll(async () => {
    aws = await startS3();
    folder = await temporary('publish');
    plain = path.join(folder, 'My Project');
    nested = path.join(folder, 'nested');
    await mkdir(plain);
    await writeFile(path.join(plain, 'requirements.txt'), 'numpy==2.3.5\n');
    const out = { out: path.join(plain, '.lambda-slim') };
    const made = await build(plain, ['--python', '3.13', '--no-proof', '--pyc', 'none'], out);
    expect(made.error.message).toBe('');
    await cp(plain, nested, { recursive: true });
    const inBucket = { out: path.join(nested, '.lambda-slim') };
    const args = ['--python', '3.13', '--no-proof', '--pyc', 'none', '--strategy', 's3'];
    expect((await build(nested, args, inBucket)).error.message).toBe('');
  });
  afterAll(async () => {
    await aws.stop();
    await remove(folder);
  });

  test('directly, to two Regions, with permissions; a second time nothing changes', async () => {
    const args = ['--region', home, '--region', other, '--allow', '210987654321', '--allow', 'o-a1b2c3d4e5'];
    const first = await published(plain, args);
    expect(first.regions.map(({ layers }) => layers[0]?.arn)).toEqual(
      [home, other].map((region) => `arn:aws:lambda:${region}:123456789012:layer:My-Project:1`),
    );
    const zip = await readFile(path.join(plain, '.lambda-slim/layer.zip'));
    const version = { LayerName: 'My-Project', VersionNumber: 1 };
    const { Content, Description, CompatibleRuntimes, CompatibleArchitectures } = await lambda(other).send(
      new GetLayerVersionCommand(version),
    );
    expect(Content).toMatchObject({
      CodeSha256: createHash('sha256').update(zip).digest('base64'),
      CodeSize: zip.length,
    });
    expect(Description).toMatch(/^python3\.13 x86_64: numpy 2\.3\.5; lambda-slim /);
    expect([CompatibleRuntimes, CompatibleArchitectures]).toEqual([['python3.13'], ['x86_64']]);
    const { Policy = '' } = await lambda(home).send(new GetLayerVersionPolicyCommand(version));
    expect(JSON.parse(Policy)).toMatchObject({ Statement: [{}, {}] });

    aws.breakWith();
    const second = await published(plain, ['--region', home, '--region', other]);
    expect(second.regions.map(({ layers }) => layers[0]?.state)).toEqual(['reused', 'reused']);
    expect(aws.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
  });

  test('through a bucket in each Region', async () => {
    await makeBucket(`slim-${home}`, home);
    await makeBucket(`slim-${other}`, other);
    const args = ['--name', 'shelved', '--bucket', 'slim-{region}', '--prefix', 'a/b'];
    const regions = ['--region', home, '--region', other];
    const { layers } = await published(plain, [...args, ...regions]);
    const key = `a/b/${layers[0]?.sha256}.zip`;
    for (const region of [home, other]) {
      expect(await keysOf(`slim-${region}`, region)).toEqual([key]);
      const { Content } = await lambda(region).send(
        new GetLayerVersionCommand({ LayerName: 'shelved', VersionNumber: 1 }),
      );
      expect(Content?.CodeSha256).toBe(layers[0]?.codeSha256);
    }
  });

  test('from a bucket that keeps versions', async () => {
    await makeBucket('slim-kept', home);
    await s3(home).send(
      new PutBucketVersioningCommand({
        Bucket: 'slim-kept',
        VersioningConfiguration: { Status: 'Enabled' },
      }),
    );
    const args = ['--name', 'kept', '--bucket', 'slim-kept', '--storage-mode', 'reference'];
    const { regions, calls } = await published(plain, args);
    const stored = regions[0]?.layers[0]?.stored;
    expect(stored?.version).toEqual(expect.any(String));
    expect(calls.at(-1)).toContain(`S3ObjectVersion=${stored?.version},S3ObjectStorageMode=REFERENCE`);
  });

  test('the payload goes to the bucket, too', async () => {
    await makeBucket('slim-payloads', home);
    const { payloads, findings } = await published(nested, ['--bucket', 'slim-payloads']);
    expect(findings).toMatchObject([
      { code: 'payload-variable-needed', args: { value: 's3://slim-payloads' } },
    ]);
    const { key = '', uploaded } = payloads[0] ?? {};
    expect(uploaded).toBe(true);
    const { Body } = await s3(home).send(new GetObjectCommand({ Bucket: 'slim-payloads', Key: key }));
    const hash = createHash('sha256').update((await Body?.transformToByteArray()) ?? '');
    expect(key).toBe(`${hash.digest('hex')}.tar.zst`);
  });

  test('a function gets it', async () => {
    const role = await makeRole(aws.direct);
    await lambda(home).send(
      new CreateFunctionCommand({
        ...{ FunctionName: 'orders', Runtime: 'python3.13', Handler: 'app.handler', Role: role },
        Code: { ZipFile: await readFile(path.join(plain, '.lambda-slim/layer.zip')) },
      }),
    );
    const { regions } = await published(plain, ['--attach', 'orders']);
    expect(regions[0]?.functions).toMatchObject([{ name: 'orders', state: 'updated' }]);
    const found = await lambda(home).send(new GetFunctionConfigurationCommand({ FunctionName: 'orders' }));
    expect(found.Layers?.map((one) => one.Arn)).toEqual([regions[0]?.layers[0]?.arn]);
    const again = await published(plain, ['--attach', 'orders']);
    expect(again.regions[0]?.functions).toMatchObject([{ state: 'unchanged' }]);
  });

  test('a function is told where its payload lies, and keeps its other variables', async () => {
    await makeBucket('slim-told', home);
    const role = await makeRole(aws.direct, 'told');
    await lambda(home).send(
      new CreateFunctionCommand({
        ...{ FunctionName: 'told', Runtime: 'python3.13', Handler: 'app.handler', Role: role },
        Code: { ZipFile: await readFile(path.join(plain, '.lambda-slim/layer.zip')) },
        Environment: { Variables: { STAGE: 'dev' } },
      }),
    );
    const args = ['--name', 'told', '--bucket', 'slim-told', '--attach', 'told'];
    const { regions, findings } = await published(nested, args);
    expect(regions[0]?.functions).toMatchObject([{ state: 'updated', payload: { to: 's3://slim-told' } }]);
    expect(findings.map((one) => one.code)).not.toContain('payload-variable-needed');
    const found = await lambda(home).send(new GetFunctionConfigurationCommand({ FunctionName: 'told' }));
    expect(found.Environment?.Variables).toEqual({ STAGE: 'dev', LAMBDA_SLIM_PAYLOAD: 's3://slim-told' });
    const again = await published(nested, args);
    expect(again.regions[0]?.functions).toMatchObject([{ state: 'unchanged', payload: null }]);
  });

  test('older versions are deleted', async () => {
    const manifest = path.join(plain, '.lambda-slim/lambda-slim.json');
    const text = await readFile(manifest, 'utf8');
    // The same bytes for another architecture are another version.
    for (const architecture of ['x86_64', 'arm64']) {
      await writeFile(manifest, text.replace(/"architecture":"\w+"/, `"architecture":"${architecture}"`));
      await published(plain, ['--name', 'many']);
    }
    const { regions } = await published(plain, ['--name', 'many', '--keep', '1']);
    expect(regions[0]?.layers[0]).toMatchObject({ state: 'reused', version: 2, deleted: [1] });
    const { LayerVersions } = await lambda(home).send(new ListLayerVersionsCommand({ LayerName: 'many' }));
    expect(LayerVersions?.map((one) => one.Version)).toEqual([2]);
  });

  test('AWS’s own errors reach people as sentences', async () => {
    await makeBucket('slim-elsewhere', other);
    const { code, stderr } = await publish(plain, ['--bucket', 'slim-elsewhere']);
    expect(code).toBe(2);
    expect(stderr).toContain(`✖ The bucket slim-elsewhere is in ${other}, and the layer is for ${home}.`);
  });
});

/** Functions need one. moto takes any signature. */
async function makeRole(endpoint: string, name = 'slim'): Promise<string> {
  const principal = { Service: 'lambda.amazonaws.com' };
  const body = new URLSearchParams({
    ...{ Action: 'CreateRole', Version: '2010-05-08', RoleName: name, Path: '/' },
    AssumeRolePolicyDocument: JSON.stringify({
      ...{ Version: '2012-10-17' },
      Statement: [{ Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole' }],
    }),
  });
  const authorization =
    'AWS4-HMAC-SHA256 Credential=key/20261121/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body });
  const [, arn] = /<Arn>([^<]+)<\/Arn>/.exec(await answer.text()) ?? [];
  if (arn === undefined) throw new Error(`no role: HTTP ${answer.status}`);
  return arn;
}
