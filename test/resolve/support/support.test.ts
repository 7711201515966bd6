import { Secrets } from '../../../src/text/secrets.js';
import { describe, expect, test } from '@jest/globals';
import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SlimError } from '../../../src/errors.js';
import { Cache } from '../../../src/io/cache.js';
import { architectures, pythonVersions, targetFor } from '../../../src/limits.js';
import type { Environment, Target } from '../../../src/model.js';
import { silent } from '../../../src/progress.js';
import {
  runtimeBoto,
  runtimeClient,
  zstdExtension,
  type SupportContext,
} from '../../../src/resolve/support/support.js';
import { botoPins, clientPins, zstdPin, type SupportPin } from '../../../src/resolve/support/pins.js';
import { environment, fixtures, hostTools } from '../helper.js';
import { never } from '../../never.js';

const targets = pythonVersions.flatMap((python) =>
  architectures.map((architecture) => targetFor(python, architecture)),
);
const before314 = targets.filter(({ python }) => python !== '3.14');

/** Nothing was ever fetched. */
async function fresh(changes: Partial<SupportContext> = {}): Promise<SupportContext> {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
  const cache = await Cache.open(folder, true);
  return { cache, progress: silent, environment, signal: never, secrets: new Secrets(), ...changes };
}

async function failureOf(work: Promise<unknown>): Promise<SlimError> {
  const error: unknown = await work.catch((one: unknown) => one);
  if (!(error instanceof SlimError)) throw new Error('it did not fail as it should', { cause: error });
  return error;
}

describe('the pins', () => {
  const name = ({ python, architecture }: Target): string => `${python} ${architecture}`;

  test.each(targets.map((target) => [name(target), target] as const))(
    '%s: each has a version and a hash',
    (_, target) => {
      const zstd = zstdPin(target);
      const pins: readonly SupportPin[] = [
        ...clientPins(target),
        ...botoPins(target),
        ...(zstd === null ? [] : [zstd]),
      ];
      expect(zstd === null).toBe(target.python === '3.14');
      for (const pin of pins) {
        expect(pin.version).toMatch(/^\d+(\.\w+)+$/);
        expect(pin.sha256).toMatch(/^[0-9a-f]{64}$/);
      }
      expect(new Set(pins.map((pin) => pin.name)).size).toBe(pins.length);
    },
  );

  test('no wheel is named for two targets', () => {
    const hashes = before314.map((target) => zstdPin(target)?.sha256);
    expect(new Set(hashes).size).toBe(before314.length);
  });
});

test.each(architectures)('Python 3.14 on %s needs no extension, and no tool either', async (architecture) => {
  const context = await fresh({ environment: { PATH: '' } });
  expect(await zstdExtension(targetFor('3.14', architecture), context)).toEqual([]);
});

describe('neither uv nor pip', () => {
  const nothing = path.join(fixtures, 'programs', 'nothing');

  test.each([
    ['zstd', zstdExtension, /^The zstd extension cannot be fetched: Neither uv nor/, /--codec gzip/],
    ['client', runtimeClient, /^The runtime client cannot be fetched: Neither uv nor/, /container engine/],
    ['boto3', runtimeBoto, /^The runtime’s boto3 cannot be fetched: Neither uv nor/, /into the package/],
  ] as const)('%s: what it is for, and two ways out', async (_, get, message, remedy) => {
    const context = await fresh({ environment: { PATH: nothing }, resolver: 'docker' });
    const error = await failureOf(get(targetFor('3.13', 'x86_64'), context));
    expect(error).toMatchObject({ code: 'no-resolver' });
    expect(error.message).toMatch(message);
    expect(error.hint).toMatch(/Install uv/);
    expect(error.hint).toMatch(remedy);
  });
});

describe.each(hostTools)('%s', (resolver) => {
  const closed: Environment = {
    ...environment,
    PIP_INDEX_URL: 'http://me:hunter-22@127.0.0.1:9/simple',
    UV_DEFAULT_INDEX: 'http://me:hunter-22@127.0.0.1:9/simple',
    PIP_RETRIES: '0',
    UV_HTTP_RETRIES: '0',
    // What was fetched for other builds must not answer.
    UV_NO_CACHE: '1',
    PIP_NO_CACHE_DIR: '1',
  };

  test('no network: --codec gzip needs none; no password is shown', async () => {
    const context = await fresh({ environment: closed, resolver });
    const error = await failureOf(zstdExtension(targetFor('3.12', 'arm64'), context));
    expect(error).toMatchObject({
      code: 'index-unreachable',
      message: 'The zstd extension cannot be fetched: The package index cannot be reached (127.0.0.1:9).',
    });
    expect(error.hint).toMatch(/HTTPS_PROXY.*--codec gzip/);
    expect(JSON.stringify([error.message, error.hint, error.details])).not.toMatch(/hunter/);
  });

  test('an index without it', async () => {
    const server = createServer((_, response) => response.writeHead(404).end());
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
    const own: Environment = { ...closed, PIP_INDEX_URL: index, UV_DEFAULT_INDEX: index };
    const context = await fresh({ environment: own, resolver });
    const error = await failureOf(zstdExtension(targetFor('3.13', 'x86_64'), context)).finally(() =>
      server.close(),
    );
    expect(error.code).toBe('resolution-failed');
    expect(error.message).toMatch(
      /^The zstd extension cannot be fetched: No index has .*"backports[.-]zstd"\.$/,
    );
    expect(error.hint).toMatch(/must have this wheel, as pypi\.org does.*--codec gzip/);
  });

  test('offline: what is not there is not asked for', async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.writeHead(404).end();
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const index = `http://127.0.0.1:${(server.address() as AddressInfo).port}/simple`;
    const own: Environment = { ...closed, PIP_INDEX_URL: index, UV_DEFAULT_INDEX: index };
    const context = await fresh({ environment: own, resolver, offline: true });
    const error = await failureOf(zstdExtension(targetFor('3.13', 'x86_64'), context)).finally(() =>
      server.close(),
    );
    expect(error).toMatchObject({
      code: 'not-in-cache',
      message: 'The zstd extension is not in the cache.',
      hint: expect.stringMatching(/^Build once without --offline\. Or build with --codec gzip/) as unknown,
    });
    expect(asked).toBe(0);
  });

  test('stopped before it begins', async () => {
    const context = await fresh({ resolver, signal: AbortSignal.abort() });
    expect((await failureOf(zstdExtension(targetFor('3.13', 'x86_64'), context))).code).toBe('interrupted');
  });
});
