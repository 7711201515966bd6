/** The bootstrap killed at random moments, and with the real zstd extension, on every Python present. */
import { Secrets } from '../../src/text/secrets.js';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Cache } from '../../src/io/cache.js';
import { targetFor } from '../../src/limits.js';
import type { PythonVersion } from '../../src/model.js';
import { silent } from '../../src/progress.js';
import { zstdExtension } from '../../src/resolve/support/support.js';
import {
  both,
  kept,
  makePackage,
  makePlace,
  openedFolder,
  pythons,
  run,
  single,
  useBoth,
} from '../boot/helper.js';
import type { Made, Place } from '../boot/helper.js';
import { environment, remove, repository, sharedCache } from './helper-build.js';
import { never } from '../never.js';

jest.setTimeout(300_000);

const MiB = 1024 * 1024;
/** On each Python. */
const kills = 200;

/** The same numbers in [0, 1) at each run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

describe(`SIGKILL at ${kills} random moments, each followed by a clean run`, () => {
  let place: Place;
  let made: Made;
  let content: string;
  /** Kills that left a draft: they hit the unpacking itself. */
  let hits = 0;

  const code = `
import hashlib, data_one
def handler():
    with open(data_one.__path__[0] + "/data.bin", "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()
`;

  beforeAll(async () => {
    place = await makePlace(code);
    made = await makePackage(place.layer, {
      ...single('data_one', 16 * MiB),
      frameBytes: MiB,
      largeBytes: MiB,
    });
    await run(pythons[0]![1], place);
    const opened = await readFile(path.join(openedFolder(place, made), 'python/data_one/data.bin'));
    content = createHash('sha256').update(opened).digest('hex');
  });
  afterAll(async () => remove(place.root));

  /** Start it and kill it after so many milliseconds (or let it end). */
  async function kill(python: string, { tmp }: Place, after: number): Promise<void> {
    const args = ['-B', path.join(repository, 'test/setup/boot_runtime.py'), place.task, place.layer];
    const env = { PATH: '/usr/bin:/bin', _HANDLER: 'app.handler', LAMBDA_SLIM_TMP: tmp };
    const child = spawn(python, args, { env, stdio: 'ignore' });
    const ended = new Promise((resolve) => child.on('close', resolve));
    const timer = setTimeout(() => child.kill('SIGKILL'), after);
    await ended;
    clearTimeout(timer);
  }

  /** Kill it and run it again, so many times. */
  async function lane(python: string, own: Place, seed: number, times: number): Promise<void> {
    const random = randomFrom(seed);
    const whole = [made.digest, `${made.digest}.lock`];
    const began = performance.now();
    await kill(python, own, 60_000);
    const length = performance.now() - began;
    for (let count = 0; count < times; count++) {
      await rm(own.tmp, { recursive: true, force: true });
      // Now and then twice before the clean run.
      for (let left = 1 + Math.floor(random() * 1.5); left > 0; left--)
        await kill(python, own, random() * length);
      const left = await kept(own);
      if (left.some((name) => name.endsWith('.part'))) hits++;
      const answer = await run(python, own);
      expect(answer).toMatchObject({ code: 0, ok: content, stderr: '' });
      // What looks whole is whole: a killed run's folder is either used as it is, or never was.
      expect(answer.debug[0]?.source).toBe(left.includes(made.digest) ? 'already-open' : 'package');
      expect(await kept(own)).toEqual(whole);
    }
  }

  test.each(pythons)('Python %s', async (version, python) => {
    const lanes = availableParallelism();
    const seeds = [...Array(lanes).keys()];
    await Promise.all(
      seeds.map(async (seed) => {
        const own = { ...place, tmp: path.join(place.root, `tmp-${version}-${seed}`) };
        await lane(python, own, seed + 1, Math.ceil(kills / lanes));
      }),
    );
  });

  test('some of them hit the unpacking', () => {
    expect(hits).toBeGreaterThan(0);
  });
});

describe.each(pythons)('zstd on Python %s', (version, python) => {
  test('the extension of the target opens the frames; damage is named', async () => {
    const cache = await Cache.open(sharedCache, true);
    const files = await zstdExtension(targetFor(version as PythonVersion, 'x86_64'), {
      cache,
      progress: silent,
      secrets: new Secrets(),
      signal: never,
      environment,
    });
    const module = files.find((file) => file.path.endsWith('.so'));
    const place = await makePlace(useBoth);
    const contents = {
      ...both,
      codec: 'zstd' as const,
      ...(module === undefined
        ? {}
        : { extension: { from: module.source, name: path.basename(module.path) } }),
    };
    const made = await makePackage(place.layer, contents, python);
    const answer = await run(python, place);
    expect(answer).toMatchObject({ ok: [42, 3, 3], stderr: '' });
    expect(answer.debug[0]?.source).toBe('package');
    await rm(openedFolder(place, made), { recursive: true });
    const packed = await readFile(made.payload);
    packed[packed.length >> 1]! ^= 1;
    await writeFile(made.payload, packed);
    expect(await run(python, place)).toMatchObject({
      error: 'LambdaSlimError',
      text: expect.stringMatching(/payload\.tar\.zst, frame \d+ .* is damaged/),
    });
    await remove(place.root);
  });
});
