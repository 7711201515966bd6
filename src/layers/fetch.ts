/**
 * A layer version of AWS's, by its ARN. What an ARN with its version stands for never changes, so its zip is fetched once
 * and then taken from the cache, as is the list of its files where only that was asked for.
 */
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { LayerLookup, LayerVersion } from '../aws/layer-address.js';
import type { Environment } from '../model.js';
import { SlimError } from '../errors.js';
import type { Cache } from '../io/cache.js';
import { withRemoteZip } from '../pack/zip/contents.js';
import type { Progress, StepProgress } from '../progress.js';
import { cacheKey } from '../text/cache-key.js';
import { zipInventory, type LayerInventory } from './inventory.js';

export interface FetchContext {
  readonly cache: Cache;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** No network: only the cache answers. */
  readonly offline: boolean;
  /** Asks AWS; loaded only when it is needed. */
  readonly lookup: () => Promise<LayerLookup>;
}

/** Loads the SDK when it is asked, which takes a fifth of a second. */
export const lookupFor =
  (environment: Environment, signal: AbortSignal): FetchContext['lookup'] =>
  async () => {
    const { layerLookup } = await import('../aws/layer-address.js');
    return layerLookup(environment, signal);
  };

/** What its owner says of it. */
export type Declared = Pick<LayerVersion, 'runtimes' | 'architectures'>;

export interface FetchedZip extends Declared {
  /** Absolute path of the zip. */
  readonly file: string;
  /** Hex; compared with what AWS says of it. */
  readonly sha256: string;
}

export interface FetchedInventory extends Declared {
  readonly inventory: LayerInventory;
}

const [zipKind, inventoryKind] = ['layers', 'layer-lists'] as const;
const keyOf = (arn: string): string => cacheKey({ arn });
const [zipName, factsName] = ['layer.zip', 'facts.json'] as const;

/** Null when it is not in the cache. */
export async function cachedZip(arn: string, cache: Cache): Promise<FetchedZip | null> {
  const entry = await cache.find(zipKind, keyOf(arn));
  return entry === null ? null : zipIn(entry.path);
}

async function zipIn(folder: string): Promise<FetchedZip> {
  const facts = JSON.parse(await readFile(path.join(folder, factsName), 'utf8')) as Omit<FetchedZip, 'file'>;
  return { ...facts, file: path.join(folder, zipName) };
}

/** Null when it is not in the cache. */
export async function cachedInventory(arn: string, cache: Cache): Promise<FetchedInventory | null> {
  const entry = await cache.find(inventoryKind, keyOf(arn));
  if (entry === null) return null;
  return JSON.parse(await readFile(path.join(entry.path, factsName), 'utf8')) as FetchedInventory;
}

/**
 * The zip, from the cache or from AWS.
 * @throws SlimError `not-in-cache` (offline), `hash-mismatch`, `aws-unreachable`, and what the lookup throws
 */
export async function fetchZip(arn: string, context: FetchContext): Promise<FetchedZip> {
  const { cache, progress, offline } = context;
  if (offline && (await cache.find(zipKind, keyOf(arn))) === null) throw notHere(arn);
  const entry = await cache.folder(zipKind, keyOf(arn), async (folder) => {
    const { address, sha256, runtimes, architectures } = await (await context.lookup())(arn);
    const step = progress.start('fetch layer');
    const file = path.join(folder, zipName);
    const got = await downloaded(arn, address, file, step, context.signal);
    if (got !== sha256) throw otherBytes(arn, sha256, got);
    await writeFile(path.join(folder, factsName), JSON.stringify({ sha256: got, runtimes, architectures }));
    step.end(arn.split(':').slice(6).join(':'));
  });
  return zipIn(entry.path);
}

/**
 * The list of its files, without fetching the whole: from the cache, or from AWS by ranges.
 * @throws SlimError `not-in-cache` (offline), `bad-archive`, and what the lookup throws; RemoteZipError
 */
export async function fetchInventory(arn: string, context: FetchContext): Promise<FetchedInventory> {
  const { cache, signal, offline } = context;
  const known = await cachedInventory(arn, cache);
  if (known !== null) return known;
  if (offline) throw notHere(arn);
  const { address, runtimes, architectures } = await (await context.lookup())(arn);
  const inventory = await withRemoteZip(address, signal, zipInventory);
  const found = { inventory, runtimes, architectures };
  await cache.folder(inventoryKind, keyOf(arn), (folder) =>
    writeFile(path.join(folder, factsName), JSON.stringify(found)),
  );
  return found;
}

/** @returns sha256, hex */
async function downloaded(
  arn: string,
  address: string,
  file: string,
  step: StepProgress,
  signal: AbortSignal,
): Promise<string> {
  const hash = createHash('sha256');
  const through = new Transform({
    transform(block: Buffer, _encoding, done) {
      hash.update(block);
      step.advance(block.length);
      done(null, block);
    },
  });
  const response = await fetch(address, { signal }).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw broken(arn, 'no answer came', cause);
  });
  if (!response.ok || response.body === null) {
    await response.body?.cancel();
    throw broken(arn, `the server answered with HTTP ${response.status}`);
  }
  await pipeline(Readable.fromWeb(response.body), through, createWriteStream(file), { signal }).catch(
    (cause: unknown) => {
      signal.throwIfAborted();
      // A full disk has its own words, which the cache knows.
      if ((cause as NodeJS.ErrnoException).syscall === 'write') throw cause;
      throw broken(arn, 'the connection broke', cause);
    },
  );
  return hash.digest('hex');
}

function notHere(arn: string): SlimError {
  return new SlimError(
    'not-in-cache',
    `The layer ${arn} is not in the cache, and --offline forbids to fetch it.`,
    {
      hint: 'Build once with a network, or name the layer’s zip with --layer.',
    },
  );
}

function otherBytes(arn: string, wanted: string | null, got: string): SlimError {
  return new SlimError('hash-mismatch', `What AWS sent for ${arn} is not what it says of it.`, {
    hint: 'Try again; if it stays so, something between here and AWS changes what is sent.',
    details: [`sha256 of the zip: ${got}`, `CodeSha256 of the layer: ${wanted ?? 'not told'}`],
  });
}

/** The address is in no message: it carries a signature. */
function broken(arn: string, because: string, cause?: unknown): SlimError {
  return new SlimError('aws-unreachable', `The zip of ${arn} could not be fetched: ${because}.`, {
    hint: 'Check the network and try again, or name the layer’s zip with --layer.',
    ...(cause === undefined ? {} : { cause }),
  });
}
