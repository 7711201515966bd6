/**
 * A payload goes into a bucket, and the bootstrap opens it from there: real HTTP, the runtime's own botocore in a fresh process,
 * and everything that can break on the way either healed or named.
 */
import { Secrets } from '../../src/text/secrets.js';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import type { PayloadAddress, PayloadIndex, PythonVersion } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { s3Clients } from '../../src/aws/clients.js';
import { uploadPayload } from '../../src/aws/upload.js';
import { runtimeBoto } from '../../src/resolve/support/support.js';
import {
  kept,
  makePackage,
  makePlace,
  pythons,
  readIndex,
  run,
  script,
  single,
  type Answer,
  type Contents,
  type Made,
  type Place,
  type RunSettings,
} from '../boot/helper.js';
import { environment, remove, sharedCache } from './helper-build.js';
import {
  keys,
  isRange,
  denied,
  first,
  missingServer,
  slowDown,
  startS3,
  type Fault,
  type LocalS3,
  type Request,
} from './s3-server.js';
import { never } from '../never.js';

jest.setTimeout(300_000);

const bucket = 'payloads';
const isGet = ({ method, url }: Request): boolean => method === 'GET' && url.includes('.tar.');

if (missingServer !== null) test.skip(`S3: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('from S3', () => {
  let s3: LocalS3;
  /** The same package in two folders: its payload in the bucket, and whole. */
  let place: Place;
  let made: Made;
  let index: PayloadIndex;
  let address: PayloadAddress;
  const boto = new Map<string, string>();

  beforeAll(async () => {
    s3 = await startS3();
    await (await direct()).send(new CreateBucketCommand({ Bucket: bucket }));
    place = await makePlace(
      'import sys, slimmed\ndef handler():\n    import hashlib, os\n' +
        '    with open(os.path.join(os.path.dirname(slimmed.__file__), "data.bin"), "rb") as file:\n' +
        '        return hashlib.sha256(file.read()).hexdigest()\n',
    );
    // 8 MB packed: several ranges.
    const contents = { ...single('slimmed', 16_000_000), frameBytes: 1_000_000 };
    ({ made, address } = await publish(place, contents));
    index = await readIndex(made);
    for (const [version] of pythons) {
      const context = {
        cache: await Cache.open(sharedCache, true),
        progress: silent,
        secrets: new Secrets(),
        environment,
        signal: never,
      };
      boto.set(version, await runtimeBoto(targetFor(version as PythonVersion, 'x86_64'), context));
    }
  });
  afterAll(async () => {
    await s3.stop();
    await remove(place.root);
  });
  beforeEach(async () => {
    s3.breakWith();
    await rm(place.tmp, { recursive: true, force: true });
    await writeIndex(address);
  });

  const direct = async (): Promise<S3Client> =>
    (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))(null);

  /** A package whose payload lies in the bucket only. */
  async function publish(
    where: Place,
    contents: Contents,
  ): Promise<{ readonly made: Made; readonly address: PayloadAddress }> {
    const package_ = await makePackage(where.layer, contents);
    const { payload } = await readIndex(package_);
    const { uploaded, ...rest } = await uploadPayload({
      ...{ file: package_.payload, bytes: payload.bytes, sha256: payload.sha256 },
      address: { bucket, prefix: 'some/where' },
      clients: await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }),
      progress: silent,
      signal: new AbortController().signal,
    });
    expect(uploaded).toBe(true);
    await rm(package_.payload);
    const text = JSON.stringify({ ...(await readIndex(package_)), s3: rest });
    await writeFile(package_.index, text);
    return { made: package_, address: rest };
  }

  async function writeIndex(s3: PayloadIndex['s3']): Promise<void> {
    await writeFile(made.index, JSON.stringify({ ...index, s3 }));
  }

  const environmentOf = (version: string, where = place): Readonly<Record<string, string>> => ({
    ...keys,
    AWS_ENDPOINT_URL_S3: s3.endpoint,
    AWS_EC2_METADATA_DISABLED: 'true',
    HOME: where.root,
    LAMBDA_RUNTIME_DIR: boto.get(version) ?? '',
  });

  const open = async (
    [version, python]: readonly [string, string],
    env: RunSettings['env'] = {},
    settings: RunSettings = {},
    where = place,
  ): Promise<Answer> =>
    run(python, where, {
      ...settings,
      env: { ...environmentOf(version, where), ...env },
    });

  const digest = async (): Promise<string> => {
    // What the payload's maker wrote: half noise from a seed, half zeros. Read back from a run that used no network.
    const file = path.join(place.tmp, 'lambda-slim', made.digest, 'python/slimmed/data.bin');
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  };

  const sound = async (answer: Answer): Promise<void> => {
    expect(answer).toMatchObject({ stderr: '', ok: expect.any(String) });
    expect(answer.ok).toBe(await digest());
    expect(answer.debug).toMatchObject([{ source: 's3' }]);
    expect(await kept(place)).toEqual([made.digest, `${made.digest}.lock`]);
  };

  describe.each(pythons)('Python %s', (version, python) => {
    const it = [version, python] as const;

    test('ranges are read at the same time, even by one processor, and then nothing is left to read', async () => {
      const answer = await open(it, {}, { before: ['taskset', '-c', '0'] });
      await sound(answer);
      expect(answer.debug[0]?.threads).toBeGreaterThan(1);
      expect(s3.most()).toBeGreaterThan(1);
      expect(s3.requests.every(isRange)).toBe(true);
      s3.breakWith();
      expect((await open(it)).debug).toMatchObject([{ source: 'already-open' }]);
      expect(s3.requests).toEqual([]);
    });

    test('only the files themselves are written, nothing beside them', async () => {
      const written = await script(
        python,
        place,
        'written = set()\n' +
          'def note(event, given):\n' +
          '    if event == "open" and given[2] & (os.O_WRONLY | os.O_RDWR):\n' +
          '        written.add(os.path.relpath(given[0], os.environ["LAMBDA_SLIM_TMP"]))\n' +
          'sys.addaudithook(note)\nsite.addsitedir(layer)\nsys.path.insert(0, layer)\n' +
          'import slimmed\nprint(json.dumps(sorted(written)))\n',
        { env: environmentOf(version) },
      );
      const draft = new RegExp(`^lambda-slim/${made.digest}\\.[^/]+\\.part/`);
      expect((written as string[]).map((file) => file.replace(draft, 'DRAFT/')).sort()).toEqual([
        // The mark that says it is whole.
        'DRAFT/.whole',
        'DRAFT/python/slimmed/__init__.py',
        'DRAFT/python/slimmed/data.bin',
        `lambda-slim/${made.digest}.lock`,
      ]);
      expect(s3.requests.every(isRange)).toBe(true);
    });

    test('the wrapper opens it, whose interpreter sees no folder of the runtime', async () => {
      const before = [path.join(place.layer, 'lambda-slim-wrapper')];
      const answer = await open(it, {}, { before });
      expect(answer).toMatchObject({ stderr: '', ok: await digest() });
      expect(answer.debug.map(({ source }) => source)).toEqual(['s3', 'already-open']);
    });

    const healed: readonly (readonly [string, Fault, number])[] = [
      ['SlowDown', slowDown, 2],
      ['an internal error', { status: 500, code: 'InternalError' }, 1],
      ['a connection that breaks before the answer', 'lost', 2],
      ['a connection that breaks in the body', 'cut', 2],
      ['half of a range', 'short', 2],
      ['another byte', 'flip', 1],
      ['the whole object instead of a range', 'whole', 1],
    ];
    test.each(healed)('%s is healed', async (_, fault, many) => {
      s3.breakWith(first(many, fault, isGet));
      await sound(await open(it));
      expect(s3.faults()).toBe(many);
    });

    const object = /s3:\/\/payloads\/some\/where\/\w{64}\.tar\.gz/.source;
    const named: readonly (readonly [string, Fault, string])[] = [
      [
        'SlowDown for ever',
        slowDown,
        `does not give out ${object} now: SlowDown, HTTP 503, tried 6 times\\.`,
      ],
      [
        'bodies that always break',
        'cut',
        `${object} cannot be read: its transfer broke 6 times, .*VPC endpoint`,
      ],
      ['ranges that are always short', 'short', `${object} cannot be read: its transfer broke 6 times`],
      [
        'bytes that are always others',
        'flip',
        `${object}, frame \\d+ \\(bytes \\d+ to \\d+\\), is damaged: its bytes are not those that were built\\. Upload the payload`,
      ],
      ['an object of another size', 'lie', `${object} is not this build's payload: it has 9\\d+ bytes`],
      [
        'no permission',
        denied,
        `may not read ${object} \\(AccessDenied, HTTP 403\\)\\. Allow its execution role the action s3:GetObject on arn:aws:s3:::payloads/some/where/\\w+\\.tar\\.gz;`,
      ],
      [
        'no permission for the key',
        { status: 403, code: 'AccessDenied', message: 'is not authorized to perform: kms:Decrypt' },
        `may not decrypt ${object} .*kms:Decrypt`,
      ],
      [
        'old credentials',
        { status: 400, code: 'ExpiredToken' },
        `does not take the function's credentials for ${object}`,
      ],
      [
        'another Region',
        { status: 301, code: 'PermanentRedirect' },
        `The bucket of ${object} is not in the Region us-east-1`,
      ],
      ['an archive', { status: 403, code: 'InvalidObjectState' }, `${object} is in an archive tier`],
    ];
    test.each(named)('%s: named at the import, and nothing is left', async (_, fault, text) => {
      s3.breakWith((asked) => (asked.method === 'GET' ? fault : null));
      const answer = await open(it);
      expect(answer).toMatchObject({
        error: 'LambdaSlimError',
        text: expect.stringMatching(new RegExp(text)),
      });
      expect(await kept(place)).toEqual([`${made.digest}.lock`]);
    });

    test('a bucket that has moved is followed', async () => {
      const moved: Fault = {
        status: 301,
        code: 'PermanentRedirect',
        headers: { 'x-amz-bucket-region': 'eu-west-1' },
      };
      s3.breakWith(({ headers }) =>
        headers.authorization?.includes('/us-east-1/s3/') === true ? moved : null,
      );
      await sound(await open(it, {}));
    });

    test('the index names the Region', async () => {
      await writeIndex({ ...address, region: 'eu-north-1' });
      await sound(await open(it));
      expect(s3.requests.every(({ headers }) => headers.authorization?.includes('/eu-north-1/s3/'))).toBe(
        true,
      );
    });

    test('what is not there is named: object, bucket', async () => {
      await writeIndex({ ...address, key: 'some/where/else.tar.gz' });
      expect(await open(it)).toMatchObject({
        text: expect.stringMatching(
          /^The payload s3:\/\/payloads\/some\/where\/else\.tar\.gz is not there \(NoSuchKey/,
        ),
      });
      await writeIndex({ ...address, bucket: 'nobody-made-this' });
      expect(await open(it)).toMatchObject({
        text: expect.stringMatching(/^The bucket nobody-made-this is not there \(NoSuchBucket/),
      });
    });

    test('an address that only the function knows', async () => {
      await writeIndex({ bucket: null, key: path.posix.basename(address.key), region: null });
      await sound(await open(it, { LAMBDA_SLIM_PAYLOAD: `s3://${bucket}/some/where/` }));
      await rm(place.tmp, { recursive: true });
      expect(await open(it)).toMatchObject({ text: expect.stringContaining('its bucket is not known') });
      expect(await open(it, { LAMBDA_SLIM_PAYLOAD: 'https://payloads' })).toMatchObject({
        text: expect.stringContaining('Set it to s3://BUCKET/PREFIX'),
      });
    });

    test('no network, no credentials, no botocore', async () => {
      expect(await open(it, { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:9' })).toMatchObject({
        text: expect.stringMatching(/^S3 cannot be reached for s3:.*tried 3 times.*gateway endpoint for S3/),
      });
      expect(await open(it, { AWS_ACCESS_KEY_ID: '' })).toMatchObject({
        text: expect.stringMatching(/^There are no AWS credentials|^The credentials/),
      });
      expect(await open(it, { LAMBDA_RUNTIME_DIR: '/nowhere' })).toMatchObject({
        text: expect.stringContaining('put boto3 into the requirements'),
      });
      expect(await kept(place)).toEqual([`${made.digest}.lock`]);
    });
  });

  test('a botocore in the payload is what the handler gets, not the runtime’s that opened it', async () => {
    const own = await makePlace(
      'import sys\nbefore = sorted(n for n in sys.modules if n.split(".")[0] in ("botocore", "urllib3", "jmespath"))\n' +
        'import botocore\ndef handler():\n    return [botocore.mine, before]\n',
    );
    const contents: Contents = {
      files: [
        { path: 'python/botocore/__init__.py', text: 'mine = True\n' },
        { path: 'python/botocore/data.bin', random: 300_000 },
      ],
      tree: { folders: ['botocore'], links: [] },
      modules: ['botocore'],
    };
    await publish(own, contents);
    for (const one of pythons) {
      await rm(own.tmp, { recursive: true, force: true });
      const answer = await open(one, {}, {}, own);
      expect(answer).toMatchObject({ ok: [true, []], stderr: '', debug: [{ source: 's3' }] });
    }
    await remove(own.root);
  });
});
