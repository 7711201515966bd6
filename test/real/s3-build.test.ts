/** `build --upload` from end to end: the real program, real wheels, a bucket over HTTP, and the function that opens it. */
import { Secrets } from '../../src/text/secrets.js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import { silent } from '../../src/progress.js';
import { s3Clients } from '../../src/aws/clients.js';
import { runtimeBoto } from '../../src/resolve/support/support.js';
import { makePlace, run, type Place } from '../boot/helper.js';
import {
  build,
  environment,
  extract,
  inCi,
  pythonFor,
  remove,
  sharedCache,
  type BuildSettings,
  type Built,
} from './helper-build.js';
import { keys, missingServer, startS3, type LocalS3 } from './s3-server.js';
import { never } from '../never.js';

jest.setTimeout(300_000);

const version = '3.13';
const python = await pythonFor(version);
const missing = missingServer ?? (python === null && !inCi ? `there is no CPython ${version}` : null);

if (missing !== null) test.skip(`build --upload: ${missing}`, () => {});

(missing === null ? describe : describe.skip)('build --upload', () => {
  const interpreter = python ?? 'missing';
  let s3: LocalS3;
  let place: Place;
  const env = (): Record<string, string> => ({ ...keys, AWS_ENDPOINT_URL_S3: s3.endpoint });

  beforeAll(async () => {
    s3 = await startS3();
    const client = (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))(null);
    await client.send(new CreateBucketCommand({ Bucket: 'payloads' }));
    place = await makePlace(
      'import numpy\ndef handler():\n    return round(float(numpy.linalg.det(2 * numpy.eye(3))), 6)\n',
    );
    await writeFile(path.join(place.root, 'requirements.txt'), 'numpy==2.5.5\n');
  });
  afterAll(async () => {
    await s3.stop();
    await remove(place.root);
  });

  const make = async (args: readonly string[], settings: BuildSettings = {}): Promise<Built> =>
    build(
      place.root,
      [
        ...['-r', 'requirements.txt', '--python', version, '--interpreter', interpreter],
        ...['--strategy', 's3', ...args],
      ],
      { env: { ...environment, ...env() }, ...settings },
    );

  test('uploads once, and a function opens the payload from the bucket', async () => {
    const built = await make(['--upload', 's3://payloads/some/where']);
    expect({ code: built.code, stderr: built.stderr.match(/Error.*/)?.[0] }).toEqual({ code: 0 });
    const { plan } = built.manifest;
    expect(plan.strategy).toBe('s3');
    expect(existsSync(built.out)).toBe(true);
    expect(plan.nesting?.s3).toMatchObject({
      bucket: 'payloads',
      key: expect.stringMatching(/^some\/where\//),
    });
    expect(s3.requests.filter(({ method }) => method === 'PUT' || method === 'POST')).not.toEqual([]);

    // The second build finds the object and sends nothing.
    s3.breakWith();
    const again = await make(['--upload', 's3://payloads/some/where']);
    expect(again.manifest.artifacts).toEqual(built.manifest.artifacts);
    expect(s3.requests.map(({ method }) => method).filter((method) => method !== 'HEAD')).toEqual([]);

    await extract(interpreter, built, place.layer);
    const context = {
      cache: await Cache.open(sharedCache, true),
      progress: silent,
      secrets: new Secrets(),
      environment,
      signal: never,
    };
    const boto = await runtimeBoto(targetFor(version, 'x86_64'), context);
    const answer = await run(interpreter, place, {
      env: { ...env(), AWS_EC2_METADATA_DISABLED: 'true', HOME: place.root, LAMBDA_RUNTIME_DIR: boto },
    });
    expect(answer).toMatchObject({ ok: 8, stderr: '', debug: [{ source: 's3' }] });
  });

  test('--plan says where it would lie, and asks nobody', async () => {
    s3.breakWith();
    const { code, manifest } = await make(['--upload', 's3://payloads/planned', '--plan']);
    expect(code).toBe(0);
    expect(manifest.plan.nesting?.s3).toMatchObject({
      bucket: 'payloads',
      key: expect.stringMatching(/^planned\//),
    });
    expect(s3.requests).toEqual([]);
  });

  test('a bucket that is not there is named, and nothing is written', async () => {
    const out = path.join(place.root, 'refused');
    const built = await make(['--upload', 's3://nowhere/prefix'], { out });
    expect(built).toMatchObject({
      code: 2,
      error: { code: 'aws-refused', message: 'The bucket nowhere is not there.' },
    });
    expect(existsSync(out)).toBe(false);
  });
});
