/** A layer of AWS's, over real HTTP: fetched once from its own Region, compared with CodeSha256, and kept. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { fetchInventory, fetchZip, lookupFor, type FetchContext } from '../../src/layers/fetch.js';
import { silent } from '../../src/progress.js';
import { folder } from '../cli/helper.js';
import { makeZip, packageFiles } from '../cli/zips.js';
import { account } from '../fake-aws/lambda.js';
import { startFakeAws } from '../fake-aws/server.js';
import { never } from '../never.js';

const aws = await startFakeAws();
afterAll(() => aws.stop());
const zip = await readFile(
  await makeZip(
    path.join(await folder(), 'layer.zip'),
    packageFiles('one', '1.0', { 'one/__init__.py': 10 }),
  ),
);
const arn = `arn:aws:lambda:eu-central-1:${account}:layer:base:1`;
const environment = {
  ...{ AWS_ENDPOINT_URL: aws.endpoint, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'secret' },
  // Not the layer's: an ARN names its own.
  AWS_REGION: 'us-east-1',
};

function give(sha256 = createHash('sha256').update(zip).digest('base64')): void {
  const input = { Content: {}, CompatibleRuntimes: ['python3.13'], CompatibleArchitectures: ['arm64'] };
  const version = { version: 1, arn, zip, sha256, unzipped: 10, statements: [], input };
  aws.lambda.layers.set('eu-central-1/base', { last: 1, versions: [version] });
}

beforeEach(() => {
  give();
  aws.log.length = 0;
});

const context = (cache: Cache, offline = false): FetchContext => ({
  ...{ cache, offline, progress: silent, signal: never, lookup: lookupFor(environment, never) },
});

test('once, whole, and then from the cache, also offline', async () => {
  const cache = await Cache.open(await folder(), true);
  const first = await fetchZip(arn, context(cache));
  expect(await readFile(first.file)).toEqual(zip);
  expect(first).toMatchObject({
    sha256: createHash('sha256').update(zip).digest('hex'),
    ...{ runtimes: ['python3.13'], architectures: ['arm64'] },
  });
  expect(aws.log).toEqual(['eu-central-1 GET /2018-10-31/layers']);
  expect(await fetchZip(arn, context(cache, true))).toEqual(first);
  expect(aws.log).toHaveLength(1);
  await cache.close();
});

test('the list of its files alone is kept, too', async () => {
  const cache = await Cache.open(await folder(), true);
  const { inventory } = await fetchInventory(arn, context(cache));
  expect(inventory.files.map((one) => one.path)).toContain('python/one/__init__.py');
  aws.log.length = 0;
  expect((await fetchInventory(arn, context(cache, true))).inventory).toEqual(inventory);
  expect(aws.log).toEqual([]);
  await cache.close();
});

describe('what goes wrong', () => {
  test.each<readonly [string, boolean, () => void, string]>([
    ['offline, and not in the cache', true, () => {}, 'not-in-cache'],
    ['other bytes than AWS says', false, () => give('AAAA'), 'hash-mismatch'],
    ['no such layer', false, () => aws.lambda.layers.clear(), 'aws-refused'],
  ])('%s', async (_what, offline, change, code) => {
    change();
    const cache = await Cache.open(await folder(), true);
    await expect(fetchZip(arn, context(cache, offline))).rejects.toMatchObject({ code });
    // A failure leaves nothing behind.
    await expect(fetchZip(arn, context(cache, true))).rejects.toMatchObject({ code: 'not-in-cache' });
    await cache.close();
  });
});
