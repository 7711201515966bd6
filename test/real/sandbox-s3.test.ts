/** A folder as a bucket in every sandbox: the boto3 of the runtime, as it is, and the handler of fixtures/sandbox. */
import { createHash } from 'node:crypto';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { silent } from '../../src/progress.js';
import { Secrets } from '../../src/text/secrets.js';
import { s3Server } from '../../src/verify/s3/serve.js';
import { Store } from '../../src/verify/s3/store.js';
import { findSandbox } from '../../src/verify/sandbox/find.js';
import { never } from '../never.js';
import { environment, inCi, repository, sharedCache, temporary } from './helper-build.js';
import { patience, requestFor, rows } from './helper-sandbox.js';

jest.setTimeout(180_000);

const MIB = 2 ** 20;
const fixture = path.join(repository, 'fixtures/sandbox');

describe.each(rows)('$name', ({ missing, ...row }) => {
  const check = missing === null || inCi ? test : test.skip;
  const label = missing === null ? '' : ` (cannot run here: ${missing})`;

  check(`boto3 finds the bucket${label}`, async () => {
    const models = path.join(await temporary('bucket'), 'models');
    await mkdir(models);
    const large = Buffer.alloc(9 * MIB, 'ab');
    await writeFile(path.join(models, 'large.bin'), large);
    const cache = await Cache.open(sharedCache, true);
    const store = await Store.open([{ bucket: 'models', folder: models }], await cache.workFolder('s3'));
    const target = { python: row.python, architecture: 'x86_64' } as never;
    const request = requestFor(row, sharedCache);
    const around = { cache, progress: silent, secrets: new Secrets(), environment, signal: never };
    const sandbox = await findSandbox({ request, target, ...around });
    const started = await sandbox.start(
      {
        python: row.python,
        architecture: 'x86_64',
        task: path.join(fixture, 'task'),
        opt: path.join(fixture, 'opt'),
        tmpBytes: 64 * MIB,
        memory: 512,
        handler: 'app.handler',
        environment: {},
        initializationType: 'on-demand',
        cpus: 1,
        network: 'none',
        s3: s3Server(store, 'us-east-1'),
      },
      never,
    );
    try {
      await started.initialized(patience);
      const { result, error } = await started.invoke({ do: 'objects' }, patience);
      const sum = createHash('sha256').update(large).digest('hex');
      expect([error, result]).toEqual([
        null,
        {
          downloaded: sum,
          again: sum,
          range: 'bab',
          metadata: { score: '0.5' },
          parts: true,
          listed: ['copy.bin', 'large.bin', 'small.txt'],
          virtual: 3,
          errors: ['NoSuchKey', 'NoSuchBucket', 'PreconditionFailed', '304'],
        },
      ]);
    } finally {
      await started.stop();
      await cache.close();
    }
    expect(store.uses()).toMatchObject([
      { written: [{ key: 'copy.bin' }, { key: 'small.txt' }], missing: ['none'] },
    ]);
    expect(await readdir(models)).toEqual(['large.bin']);
  });
});
