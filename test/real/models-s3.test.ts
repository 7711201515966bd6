/**
 * Models from S3 over real HTTP, with the runtime's own botocore in a fresh process: what breaks on the way heals or is named,
 * never a wrong byte, and every answer is of exactly one version.
 */
import { PutObjectCommand, CreateBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, beforeEach, describe, expect, jest, test } from '@jest/globals';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { s3Clients } from '../../src/aws/clients.js';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import type { ModelsTable } from '../../src/models-table.js';
import { silent } from '../../src/progress.js';
import { runtimeBoto } from '../../src/resolve/support/support.js';
import { Secrets } from '../../src/text/secrets.js';
import { pythons } from '../boot/helper.js';
import { pushed } from '../models/contents.js';
import { makeFunction, run, type Function, type Ran } from '../models/helper.js';
import { never } from '../never.js';
import { build, environment, remove, sharedCache, temporary, verify } from './helper-build.js';
import {
  keys,
  isRange,
  denied,
  first,
  missingServer,
  slowDown,
  startS3,
  type LocalS3,
  type Request,
  type Rule,
} from './s3-server.js';

jest.setTimeout(300_000);

const bucket = 'models';
const isPointer = ({ url }: Request): boolean => url.includes('prod.json');

/** 9 MB of one letter: three ranges, and two versions in one answer would show. */
const large = (letter: string): Buffer => Buffer.alloc(9_000_000, letter);

const models: ModelsTable = {
  plain: { url: 's3://models/plain.bin', refresh: '0s' },
  pushed: { url: 's3://models/pushed/', format: 'bytes', refresh: '0s' },
  small: { url: 's3://models/small.json', refresh: '0s' },
  ...Object.fromEntries(
    [
      'cut',
      'short',
      'flip',
      'whole',
      'throttled',
      'broken',
      'lost',
      'denied',
      'missing',
      'flipped',
      'replaced',
      'away',
      'down',
    ].map((name) => [name, { url: `s3://models/${name}.bin` }]),
  ),
  elsewhere: { url: 's3://no-such-bucket/a.json' },
  inTmp: { url: 's3://models/plain.bin', format: 'path' },
};

test('verify serves a folder as S3 to a function with models, as it is deployed', async () => {
  const [version, python] = pythons.at(-1)!;
  const folder = await temporary('models');
  const write = async (name: string, text: string): Promise<void> => {
    await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
    await writeFile(path.join(folder, name), text);
  };
  await write('requirements.txt', 'idna==3.10\n');
  await write(
    'lambda-slim.toml',
    'code = "src"\n[models.labels]\nurl = "s3://models-${STAGE}/labels.json"\n',
  );
  await write(
    'src/app.py',
    'import idna\nfrom lambda_slim_models import model\ndef handler(event, context):\n    return model("labels")[event["at"]]\n',
  );
  await write('bucket/labels.json', '["cat", "dog"]');
  const built = await build(folder, ['--python', version, '--interpreter', python]);
  expect([built.code, built.error.message]).toEqual([0, '']);
  const s3 = ['--s3', `models-dev=${path.join(folder, 'bucket')}`, '--env', 'STAGE=dev'];
  const ran = await verify(built, [
    '--handler',
    'app.handler',
    '--interpreter',
    python,
    '--event',
    '{"at": 1}',
    ...s3,
  ]);
  expect([ran.code, ran.found.invocation?.result]).toEqual([0, 'dog']);
  await remove(folder);
});

if (missingServer !== null) test.skip(`S3: ${missingServer}`, () => {});

(missingServer === null ? describe : describe.skip)('models from S3', () => {
  let s3: LocalS3;
  let client: S3Client;
  let one: Function;
  const boto = new Map<string, string>();
  const [version = '', python = ''] = pythons.at(-1) ?? [];

  beforeAll(async () => {
    s3 = await startS3();
    client = (await s3Clients({ ...keys, AWS_ENDPOINT_URL_S3: s3.direct }))(null);
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    one = await makeFunction(models);
    for (const [name] of pythons) {
      const context = {
        ...{ progress: silent, secrets: new Secrets(), environment, signal: never },
        cache: await Cache.open(sharedCache, true),
      };
      boto.set(name, await runtimeBoto(targetFor(name as PythonVersion, 'x86_64'), context));
    }
  });
  afterAll(async () => {
    await s3.stop();
    await remove(one.root);
  });
  beforeEach(async () => {
    s3.breakWith();
    await rm(path.join(one.tmp, 'lambda-slim-models'), { recursive: true, force: true });
    await put({
      'plain.bin': large('a'),
      'small.json': '{"v": 1}',
      ...pushed('pushed', [{ name: 'model.bin', data: large('p') }]),
    });
  });

  const put = async (files: Readonly<Record<string, string | Uint8Array>>): Promise<void> => {
    for (const [Key, Body] of Object.entries(files))
      await client.send(new PutObjectCommand({ Bucket: bucket, Key, Body }));
  };

  const ask = (
    lines: string,
    [name, program] = [version, python] as readonly [string, string],
  ): Promise<Ran> =>
    run(program, one, `def kind(data): return [len(data), sorted(set(data[:: 4096]))]\n${lines}`, {
      ...keys,
      PYTHONPATH: `${one.task}:${boto.get(name) ?? ''}`,
      AWS_ENDPOINT_URL_S3: s3.endpoint,
    });

  test.each(pythons)('on Python %s: a plain object, a pushed one, into memory and /tmp', async (...which) => {
    const { answers, loads, stderr } = await ask(
      `answer([kind(model("plain")), kind(model("pushed")), model("small"), os.path.getsize(model("inTmp"))])`,
      which,
    );
    expect(stderr).toBe('');
    expect(answers).toEqual([[[9_000_000, [97]], [9_000_000, [112]], { v: 1 }, 9_000_000]]);
    expect(loads.map(({ source }) => source)).toEqual(['s3', 's3', 's3', 's3']);
    expect(s3.most()).toBeGreaterThan(1);
  });

  /** Each has its own object, so that one process asks for all: most of its time is the import of botocore. */
  const healed: Readonly<Record<string, Rule>> = {
    cut: first(2, 'cut', isRange),
    short: first(2, 'short', isRange),
    flip: first(1, 'flip', isRange),
    whole: first(1, 'whole', isRange),
    throttled: first(4, slowDown, () => true),
    broken: first(3, { status: 500, code: 'InternalError' }, () => true),
    lost: first(2, 'lost', () => true),
  };
  const named: Readonly<Record<string, readonly [Rule, RegExp]>> = {
    denied: [() => denied, /s3:GetObject on arn:aws:s3:::models\/denied\.bin/],
    missing: [() => null, /^Missing: The model s3:\/\/models\/missing\.bin is not there/],
    flipped: [(one) => (isRange(one) ? 'flip' : null), /^Damaged: .*other bytes than were stored/],
    replaced: [
      (one) => (isRange(one) ? { status: 412, code: 'PreconditionFailed' } : null),
      /^Changed: s3:\/\/models\/replaced\.bin was replaced while it was read/,
    ],
    away: [() => ({ status: 301, code: 'PermanentRedirect' }), /is not in the Region us-east-1/],
    down: [() => slowDown, /S3 does not give out the model .* now: .*503, tried 6 times/],
  };
  const nameIn = ({ url }: Request): string => /\/models\/(\w+)\.bin/.exec(url)?.[1] ?? '';

  test('what breaks on the way heals', async () => {
    await put(
      Object.fromEntries(Object.keys(healed).map((name) => [`${name}.bin`, large(name.slice(0, 1))])),
    );
    const faults = new Set<string>();
    s3.breakWith((asked, count) => {
      const fault = healed[nameIn(asked)]?.(asked, count) ?? null;
      if (fault !== null) faults.add(nameIn(asked));
      return fault;
    });
    const names = JSON.stringify(Object.keys(healed));
    const { answers, stderr } = await ask(`answer({name: kind(model(name)) for name in ${names}})`);
    expect(stderr).toBe('');
    expect([...faults].sort()).toEqual(Object.keys(healed).sort());
    expect(answers).toEqual([
      Object.fromEntries(Object.keys(healed).map((name) => [name, [9_000_000, [name.charCodeAt(0)]]])),
    ]);
  });

  test('what does not is named', async () => {
    const there = Object.keys(named).filter((name) => name !== 'missing');
    await put(Object.fromEntries(there.map((name) => [`${name}.bin`, large('x')])));
    s3.breakWith((asked, count) => named[nameIn(asked)]?.[0](asked, count) ?? null);
    const names = JSON.stringify(Object.keys(named));
    const { answers } = await ask(
      `answer({name: failure(lambda: model(name)) for name in ${names}})\nanswer(failure(lambda: model("elsewhere")))`,
    );
    expect(answers).toEqual([
      Object.fromEntries(
        Object.entries(named).map(([name, [, text]]) => [name, expect.stringMatching(text)]),
      ),
      expect.stringContaining('no-such-bucket'),
    ]);
  });

  test('a warm function asks for the pointer only, with its ETag; a stream only for what is read', async () => {
    const { answers } = await ask(`
model("pushed"), model("plain")
answer(1)
for _ in range(5): model("pushed"), model("plain")
file = stream("s3://models/plain.bin")
file.seek(8_999_990)
answer([len(file.read()), file.name])`);
    expect(answers).toEqual([1, [10, 's3://models/plain.bin']]);
    // The stream asks for the object's facts, and for the range that it is read by.
    expect(s3.requests.pop()?.headers.range).toBe('bytes=8999990-8999999');
    expect(s3.requests.pop()?.method).toBe('HEAD');
    const last = s3.requests.slice(-10);
    expect(last.map(({ headers }) => headers['if-none-match'] !== undefined)).toEqual(
      Array.from({ length: 10 }, () => true),
    );
    expect(last.filter(isPointer)).toHaveLength(5);
    expect(s3.requests.filter(isRange)).toHaveLength(6);
  });

  test('what cannot be asked leaves the old model in use, in one line each time', async () => {
    let fails = false;
    s3.breakWith((asked) => {
      if (asked.url.includes('small') && asked.headers['if-none-match'] !== undefined) fails = true;
      return fails ? denied : null;
    });
    const { answers, stderr } = await ask('answer([model("small"), model("small"), model("small")])');
    expect(answers).toEqual([[{ v: 1 }, { v: 1 }, { v: 1 }]]);
    expect(stderr.trim().split('\n')).toHaveLength(2);
    expect(stderr).toMatch(/the one before goes on .*s3:GetObject/);
  });

  test('two versions that change under load: every answer is of exactly one', async () => {
    const letters = ['a', 'b'];
    const both = letters.map((letter) => pushed('pushed', [{ name: 'model.bin', data: large(letter) }]));
    for (const files of both) await put(files);
    const asking = ask(`
found = {"plain": set(), "pushed": set()}
failures = []
stop = time.time() + 4
def ask():
    while time.time() < stop:
        for name in found:
            try:
                data = model(name)
            except lambda_slim_models.LambdaSlimError as error:
                failures.append([name, str(error)])
                continue
            found[name].add((len(data), bytes(sorted(set(data[:: 4096]))).decode()))
            time.sleep(0.01)
threads = [threading.Thread(target=ask) for _ in range(6)]
for one in threads: one.start()
for one in threads: one.join()
answer(failures)
answer({name: sorted(map(list, seen)) for name, seen in found.items()})`);
    const state = { ended: false };
    void asking.then(() => (state.ended = true));
    for (let round = 0; !state.ended; round++) {
      const pointer = both[round % 2]?.['pushed/prod.json'] ?? '';
      await put({ 'plain.bin': large(letters[round % 2] ?? ''), 'pushed/prod.json': pointer });
      // An object that is replaced without a pause can be read whole by nobody.
      await after(300);
    }
    const { answers } = await asking;
    const wanted = letters.map((letter) => [9_000_000, letter]);
    const [failures, found] = answers as [[name: string, error: string][], unknown];
    // On a slow machine a plain object may be another one whenever it is read; what a pointer names never changes.
    expect(failures.filter(([name, error]) => name !== 'plain' || !/replaced|changed/.test(error))).toEqual(
      [],
    );
    expect(found).toEqual({ plain: wanted, pushed: wanted });
  });
});
