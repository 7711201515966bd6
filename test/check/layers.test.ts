/** Attached layers by ARN: AWS's answer, then the zip's directory over HTTP. */
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, describe, expect, test } from '@jest/globals';
import { attachedLayers } from '../../src/check/layers.js';
import { layerNames } from '../../src/layers/names.js';
import { silent } from '../../src/progress.js';
import { layerLookup } from '../../src/aws/layer-address.js';
import { folder } from '../cli/helper.js';
import { makeZip, packageFiles } from '../cli/zips.js';
import { serveRanges } from '../io/range-server.js';

const { signal } = new AbortController();
const cwd = await folder();
const file = await makeZip(
  path.join(cwd, 'layer.zip'),
  packageFiles('numpy', '2.5.5', { 'numpy/__init__.py': 1000, 'numpy/core.so': 2 ** 21 }),
);
const content = await readFile(file);
const bucket = await serveRanges(content);
const gone = await serveRanges(content, { status: 403 });
const arn = (name: string): string => `arn:aws:lambda:eu-central-1:123456789012:layer:${name}:7`;

/** Answers GetLayerVersionByArn as Lambda does. */
const lambda = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://localhost');
  const name = url.searchParams.get('Arn')?.split(':')[6] ?? '';
  const send = (status: number, type: string, body: unknown): void => {
    response
      .writeHead(status, { 'content-type': 'application/json', 'x-amzn-errortype': type })
      .end(JSON.stringify(body));
  };
  const place = { base: bucket.address, expired: gone.address }[name];
  if (url.pathname !== '/2018-10-31/layers' || url.searchParams.get('find') !== 'LayerVersion') {
    send(404, 'UnknownOperationException', {});
  } else if (place !== undefined) send(200, '', { Content: { Location: place, CodeSize: content.length } });
  else if (name === 'secret') send(403, 'AccessDeniedException', { Message: 'not allowed' });
  else send(404, 'ResourceNotFoundException', { Message: 'not there' });
});
await new Promise<void>((resolve) => lambda.listen(0, '127.0.0.1', resolve));
afterAll(async () => {
  lambda.closeAllConnections();
  lambda.close();
  await Promise.all([bucket.close(), gone.close()]);
});

const environment = {
  AWS_ENDPOINT_URL_LAMBDA: `http://127.0.0.1:${(lambda.address() as AddressInfo).port}`,
  AWS_ACCESS_KEY_ID: 'id',
  AWS_SECRET_ACCESS_KEY: 'secret',
};
const read = async (...names: readonly string[]) => {
  const places = names.map((one) => (one.startsWith('arn:') ? one : path.join(cwd, one)));
  const found = await attachedLayers(
    layerNames(places, cwd),
    null,
    { cacheDir: path.join(cwd, 'cache'), cache: false },
    { signal, progress: silent, lookup: () => Promise.resolve(layerLookup(environment, signal)) },
  );
  return found.map(({ attached }) => attached);
};

test('by ARN and as a file: the same', async () => {
  const [remote, local] = await read(arn('base'), 'layer.zip');
  expect(remote).toEqual({ ...local, name: arn('base') });
  expect(remote?.packages).toEqual([expect.objectContaining({ name: 'numpy', version: '2.5.5' })]);
  expect(bucket.sent()).toBeLessThan(content.length / 2);
});

describe('what goes wrong', () => {
  test.each<readonly [string, string, string]>([
    ['no such layer', arn('nothing'), 'aws-refused'],
    ['a layer of others', arn('secret'), 'aws-refused'],
    ['an address that does not answer', arn('expired'), 'bad-archive'],
    ['no version', arn('base').replace(/:7$/, ''), 'bad-option'],
    ['no such file', 'nothing.zip', 'not-found'],
    ['no ARN of a layer', 'arn:aws:s3:::bucket', 'bad-option'],
  ])('%s', async (_name, name, code) => {
    await expect(read(name)).rejects.toMatchObject({ code });
  });

  test('the presigned address is in no error', async () => {
    const error: unknown = await read(arn('expired')).catch((thrown: unknown) => thrown);
    const { message, hint, details } = error as { message: string; hint: string; details: readonly string[] };
    expect([message, hint, ...details].join(' ')).not.toContain('signature');
  });
});
