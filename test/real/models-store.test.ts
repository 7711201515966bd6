/** `lambda-slim models` against an S3 over real HTTP, and `lambda_slim_models` reading what it wrote. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { s3Clients } from '../../src/aws/clients.js';
import { partBytes } from '../../src/aws/send.js';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import type { Collected, Listed, Moved, Pulled, Pushed, Shown } from '../../src/models/model.js';
import type { ModelsTable } from '../../src/models-table.js';
import { silent } from '../../src/progress.js';
import { ModelBucket } from '../../src/models/bucket.js';
import { collect } from '../../src/models/store.js';
import { runtimeBoto, zstdExtension } from '../../src/resolve/support/support.js';
import { Secrets } from '../../src/text/secrets.js';
import { pythons } from '../boot/helper.js';
import { cli } from '../cli/helper.js';
import { sha256 } from '../models/contents.js';
import { makeFunction, run, type Function } from '../models/helper.js';
import { never } from '../never.js';
import { environment, remove, sharedCache, temporary } from './helper-build.js';
import { denied, keys, missingServer, startS3, type LocalS3, type Request } from './s3-server.js';

jest.setTimeout(300_000);

/** Whatever a line of `models` says, and what an error does: a test reads what its line has. */
type Said = Omit<Pushed, 'action'> &
  Omit<Moved, 'action'> &
  Pick<Listed, 'models'> &
  Pick<Shown, 'versions'> &
  Pick<Collected, 'removed' | 'young'> &
  Pick<Pulled, 'folder'> & { readonly code: string; readonly message: string };

const store = 's3://store/team/models';
const models: ModelsTable = {
  dev: { url: `${store}/tagger/`, alias: 'dev', format: 'bytes', member: 'model.bin', refresh: '0s' },
  prod: { url: `${store}/tagger/`, format: 'bytes', member: 'model.bin', refresh: '0s' },
  labels: { url: `${store}/tagger/`, format: 'json', member: 'labels.json', refresh: '0s' },
};

/** Three parts of an upload. */
const large = (letter: string): Buffer => Buffer.alloc(40_000_000, letter);
/** What zstd makes no smaller. */
const dense = Buffer.concat(Array.from({ length: 3000 }, (_, at) => Buffer.from(sha256(String(at)), 'hex')));

if (missingServer !== null) test.skip(`S3: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('models in S3', () => {
  let s3: LocalS3;
  let client: S3Client;
  let work: string;
  let one: Function;
  let boto = '';
  const [version = '', python = ''] = pythons.at(-1) ?? [];

  beforeAll(async () => {
    s3 = await startS3();
    client = (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))(null);
    const target = targetFor(version as PythonVersion, 'x86_64');
    const context = {
      ...{ progress: silent, secrets: new Secrets(), environment, signal: never },
      cache: await Cache.open(sharedCache, true),
    };
    boto = await runtimeBoto(target, context);
    one = await makeFunction(models, '', await zstdExtension(target, context));
    await client.send(new CreateBucketCommand({ Bucket: 'store' }));
  });
  afterAll(async () => {
    await s3.stop();
    await remove(one.root);
  });
  beforeEach(async () => {
    s3.breakWith();
    work = await temporary('store');
    await forget('team/');
  });

  const forget = async (prefix: string): Promise<void> => {
    const { Contents = [] } = await client.send(
      new ListObjectsV2Command({ Bucket: 'store', Prefix: prefix }),
    );
    for (const { Key = '' } of Contents) await client.send(new DeleteObjectCommand({ Bucket: 'store', Key }));
  };
  const ask = async (...words: readonly string[]): Promise<{ code: number | null; said: Said }> => {
    const { code, stdout } = await cli(['models', ...words, '--store', store, '--json'], {
      cwd: work,
      env: { ...keys, AWS_ENDPOINT_URL_S3: s3.endpoint },
    });
    const { error, ...said } = JSON.parse(stdout) as Said & { readonly error?: Said };
    return { code, said: error ?? said };
  };
  const file = async (name: string, data: string | Uint8Array): Promise<string> => {
    await mkdir(path.dirname(path.join(work, name)), { recursive: true });
    await writeFile(path.join(work, name), data);
    return name;
  };
  const loaded = async (lines: string): Promise<readonly unknown[]> => {
    const env = {
      ...keys,
      PYTHONPATH: `${one.task}${path.delimiter}${boto}`,
      AWS_ENDPOINT_URL_S3: s3.direct,
    };
    const ran = await run(python, one, lines, env);
    expect(ran.stderr).toBe('');
    return ran.answers;
  };
  const isPart = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('partNumber=');

  test('push, promote, roll back: the function loads what each alias names', async () => {
    const push = async (text: string): Promise<Said> => {
      const files = [await file('model.bin', text), await file('labels.json', `["${text}"]`)];
      const { code, said } = await ask('push', ...files, '--name', 'tagger');
      expect(code).toBe(0);
      return said;
    };
    const first = await push('one');
    expect(first).toMatchObject({
      alias: 'dev',
      before: null,
      changed: true,
      files: [{}, { uploaded: true }],
    });
    expect((await ask('promote', 'tagger', 'dev', 'prod')).said).toMatchObject({
      ...{ alias: 'prod', from: 'dev', version: first.version, before: null, changed: true },
    } satisfies Partial<Moved>);
    const second = await push('two');
    expect(second.before).toBe(first.version);
    expect(await loaded('answer([model("dev").decode(), model("prod").decode(), model("labels")])')).toEqual([
      ['two', 'one', ['one']],
    ]);

    expect((await ask('promote', 'tagger', 'dev', 'prod')).said.before).toBe(first.version);
    expect((await ask('promote', 'tagger', 'dev', 'prod')).said.changed).toBe(false);
    expect(await loaded('answer(model("prod").decode())')).toEqual(['two']);
    expect((await ask('rollback', 'tagger', 'prod')).said).toMatchObject({ version: first.version });
    expect(await loaded('answer(model("prod").decode())')).toEqual(['one']);
    // Nothing is before it now, but what has a name can be named.
    expect((await ask('rollback', 'tagger', 'prod')).said.code).toBe('model-not-there');
    const named = await ask('rollback', 'tagger', 'prod', '--to-version', second.version.slice(0, 10));
    expect(named.said).toMatchObject({ version: second.version, before: first.version });

    const { models: listed } = (await ask('list')).said;
    expect(listed).toMatchObject([
      {
        model: 'tagger',
        aliases: [
          { alias: 'dev', version: second.version, files: 2 },
          { alias: 'prod', version: second.version, history: [first.version] },
        ],
      },
    ]);
    const shown = (await ask('show', 'tagger', 'prod')).said;
    expect(shown.files.map((each) => each.name)).toEqual(['labels.json', 'model.bin']);
    expect(shown.versions.map((each) => each.version)).toEqual([second.version, first.version]);
    const pulled = (await ask('pull', 'tagger', first.version.slice(0, 8), '--to', 'old')).said;
    expect(await readFile(path.join(pulled.folder, 'model.bin'), 'utf8')).toBe('one');
    expect((await ask('pull', 'tagger', '--to', 'old')).said.code).toBe('output-unwritable');
  });

  test('the same files are sent once, and packed only where that gains something', async () => {
    const words = [
      'push',
      await file('m/weights/a.bin', large('w')),
      '--name',
      'tagger',
      '--compress',
      'zstd',
    ];
    await file('m/weights/dense.bin', dense);
    await file('m/model.bin', 'packed'.repeat(5000));
    const folder = [...words.slice(0, 1), 'm', ...words.slice(2)];
    const dry = (await ask(...folder, '--dry-run')).said;
    expect(dry.files.map((each) => [each.name, each.encoding, each.uploaded])).toEqual([
      ['model.bin', 'zstd', true],
      ['weights/a.bin', 'zstd', true],
      ['weights/dense.bin', null, true],
    ]);
    expect(s3.requests.filter(({ method }) => method !== 'GET' && method !== 'HEAD')).toEqual([]);
    const first = (await ask(...folder)).said;
    expect(first.version).toBe(dry.version);
    const again = (await ask(...folder)).said;
    expect(again).toMatchObject({ version: first.version, changed: false });
    expect(again.files.map((each) => each.uploaded)).toEqual([false, false, false]);
    expect(await loaded('answer(len(model("dev")))')).toEqual([30_000]);
    await ask('pull', 'tagger', 'dev', '--to', 'back');
    expect((await readFile(path.join(work, 'back/weights/a.bin'))).equals(large('w'))).toBe(true);
    expect((await readFile(path.join(work, 'back/weights/dense.bin'))).equals(dense)).toBe(true);
  });

  test('an upload that breaks goes on where it stopped', async () => {
    const data = Buffer.concat([large('x'), dense]);
    const name = await file('model.bin', data);
    s3.breakWith((asked) => (isPart(asked) && asked.url.includes('partNumber=3') ? denied : null));
    const broken = await ask('push', name, '--name', 'tagger');
    expect([broken.code, broken.said.code]).toEqual([2, 'aws-refused']);
    expect((await ask('list')).said.models[0]?.aliases ?? []).toEqual([]);
    s3.breakWith();
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: 'store' }));
    expect(Uploads).toHaveLength(1);
    const { Key, UploadId } = Uploads[0]!;
    // Which parts had arrived is chance; here the first two have.
    for (const PartNumber of [1, 2])
      await client.send(
        new UploadPartCommand({
          ...{ Bucket: 'store', Key, UploadId, PartNumber },
          Body: data.subarray((PartNumber - 1) * partBytes, PartNumber * partBytes),
        }),
      );
    expect((await ask('push', name, '--name', 'tagger')).code).toBe(0);
    expect(s3.requests.filter(isPart).map(({ url }) => /partNumber=(\d)/.exec(url)?.[1])).toEqual(['3']);
    expect(await loaded('answer(len(model("dev")))')).toEqual([40_000_000 + dense.length]);
  });

  test('of two who set an alias at the same moment one is told, and nothing is lost', async () => {
    await ask('push', await file('a.bin', 'a'), '--name', 'tagger');
    const isPointer = ({ method, url }: Request): boolean => method === 'PUT' && url.includes('prod.json');
    s3.breakWith((asked) => (isPointer(asked) ? { status: 412, code: 'PreconditionFailed' } : null));
    expect((await ask('promote', 'tagger', 'dev', 'prod')).said.code).toBe('alias-moved');
    s3.breakWith();
    const both = await Promise.all(
      ['b', 'c'].map(async (text) => ask('push', await file(`${text}.bin`, text), '--name', 'tagger')),
    );
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    const { aliases } = (await ask('list')).said.models[0]!;
    expect(new Set([aliases[0]!.version, ...aliases[0]!.history]).size).toBe(3);
  });

  test('gc takes what no alias names, never what is young, and leaves what it is told', async () => {
    for (const text of ['1', '2', '3', '4'])
      await ask('push', await file('model.bin', text), '--name', 'tagger');
    expect((await ask('gc', '--keep', '1')).said.removed).toMatchObject({
      files: 0,
      versions: 0,
    });
    await file('orphan', '');
    const orphan = sha256('orphan');
    await client.send(
      new PutObjectCommand({ Bucket: 'store', Key: `team/models/sha256/${orphan}`, Body: 'orphan' }),
    );
    expect((await ask('gc')).said.young).toBe(1);
    const bucket = await ModelBucket.open(
      { bucket: 'store', prefix: 'team/models' },
      { ...keys, AWS_ENDPOINT_URL_S3: s3.direct },
      never,
    );
    const inTwoDays = Date.now() + 2 * 24 * 60 * 60 * 1000;
    const wanted = { keep: 0, dryRun: false };
    await client.send(
      new CreateMultipartUploadCommand({ Bucket: 'store', Key: `team/models/sha256/${sha256('half')}` }),
    );
    expect(await collect(bucket, { keep: 2, dryRun: true }, inTwoDays)).toMatchObject({
      removed: { files: 2, versions: 1, uploads: 1 },
      young: 0,
    });
    expect((await ask('show', 'tagger')).said.versions).toHaveLength(4);
    expect(await collect(bucket, wanted, inTwoDays)).toMatchObject({
      removed: { files: 4, versions: 3, uploads: 1 },
      left: { files: 1, versions: 1 },
    });
    expect(await loaded('answer(model("dev").decode())')).toEqual(['4']);
    expect((await ask('rollback', 'tagger', 'dev')).said.code).toBe('model-not-there');
    expect(await collect(bucket, wanted, inTwoDays)).toMatchObject({
      removed: { files: 0, versions: 0, uploads: 0 },
    });
  });

  test('what is wrong is told with its names', async () => {
    await ask('push', await file('model.bin', 'm'), '--name', 'tagger');
    const told = async (...words: readonly string[]): Promise<string> => {
      const { code, said } = await ask(...words);
      expect(code).toBe(2);
      return `${said.code}: ${said.message}`;
    };
    expect(await told('show', 'taggr')).toMatch(
      /^model-not-there: .*model "taggr" \(did you mean tagger\?\)/,
    );
    expect(await told('promote', 'tagger', 'staging', 'prod')).toContain('alias "staging" of tagger');
    expect(await told('push', 'nowhere.bin', '--name', 'tagger')).toBe(
      'not-found: nowhere.bin is not there.',
    );
    await client.send(
      new PutObjectCommand({ Bucket: 'store', Key: 'team/models/tagger/bad.json', Body: '{"format": 2}' }),
    );
    expect(await told('show', 'tagger', 'bad')).toMatch(
      /^bad-pointer: s3:\/\/store\/team\/models\/tagger\/bad.json/,
    );
    // A damaged pointer may name what would go; a folder of something else is nobody's model.
    expect(await told('gc')).toContain('tagger/bad.json is no pointer');
    await forget('team/models/tagger/bad');
    await client.send(
      new PutObjectCommand({ Bucket: 'store', Key: 'team/models/other/report.json', Body: '[1]' }),
    );
    expect((await ask('gc')).code).toBe(0);
    expect((await ask('list')).said.models.map(({ model }) => model)).toEqual(['tagger']);
    s3.breakWith((asked) => (asked.method === 'PUT' ? denied : null));
    expect(await told('push', await file('n.bin', 'n'), '--name', 'tagger')).toMatch(
      /^aws-refused: AWS does not allow/,
    );
    expect((await readdir(work)).filter((name) => name.startsWith('.lambda-slim-'))).toEqual([]);
  });
});
