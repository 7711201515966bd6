/** Settings of `verify`, checked against each other and against the disk. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import { layerNames } from '../layers/names.js';
import { limits } from '../limits.js';
import { isFolder } from '../io/exists.js';
import { standardInput } from '../io/standard-input.js';
import { OddFile, readNamed } from '../io/text-file.js';
import type { SettingsOf } from '../options/row.js';
import { isEventText } from '../options/verify.js';
import { verifyOptions } from '../options/table.js';
import { isTyped, readSettings, type CommandLine, type Given } from '../options/command-line.js';
import { parseSize } from '../options/sizes.js';
import { parseVariables } from '../options/variables.js';
import { placeNamed } from '../manifest/place.js';
import type { BucketFolder } from './s3/model.js';
import type { ServeWish } from './serve/model.js';
import type { NamedEvent, VerifyRequest } from './verification.js';

/**
 * @param given its folder is the one that was built, or its output folder; empty: the working folder
 * @returns the request
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readVerifyRequest({ folder, ...sources }: CommandLine): Promise<VerifyRequest> {
  const place = await placeNamed(folder, sources.cwd);
  const { settings } = await readSettings(verifyOptions, sources, place.folder);
  const { handler = null, event = null, events = null, warm = null, code = null, runs, memory } = settings;
  const serve = serveWish(settings);
  // In the config file it is what "verify" does; a line that asks for something else means that.
  const requests = serve !== null && !isTyped(sources, 'requests') ? null : (settings.requests ?? null);
  const many = requests !== null || serve !== null;
  refuseMany(sources, settings, requests !== null, serve !== null);
  const codeTyped = isTyped(sources, 'code') || (handler === null && isTyped(sources, 'handler'));
  for (const [option, given] of [
    ['--event', event],
    ['--events', events],
    ['--code', codeTyped ? code : null],
    ['--warm', warm],
  ] as const) {
    if (handler !== null || many || given === null) continue;
    throw new SlimError('bad-option', `${option} is for a handler of yours, but --handler is not given.`, {
      hint: "Name it as the function's setting does, for example --handler app.handler.",
    });
  }
  if (events !== null)
    refuseBeside('--events', { '--event': event, '--warm': warm, '--runs': runs === 1 ? null : runs });
  return {
    out: place.out ?? settings.out,
    layers: settings.layers === undefined ? null : layerNames(settings.layers, sources.cwd),
    handler,
    event: event === null ? {} : await readEvent(event),
    events: events === null ? null : await readEvents(events),
    code: handler === null ? null : code,
    codeTyped,
    project: place.folder,
    excludeCode: settings.excludeCode ?? [],
    sandbox: settings.sandbox,
    runs,
    load: requests === null ? null : { requests, concurrency: settings.concurrency ?? concurrency },
    serve,
    warm: handler === null ? 0 : (warm ?? (runs > 1 ? 3 : 0)),
    memory,
    timeoutMs: settings.timeout * 1000,
    ephemeralStorage: settings.verifyEphemeralStorage ?? null,
    environment: parseVariables(settings.env ?? [], settings.verifyNetwork === 'host' ? 'let in' : 'refuse'),
    snapStart: settings.snapStart === true,
    network: settings.verifyNetwork,
    s3: await readBuckets(settings.s3 ?? []),
    cpus: settings.cpus ?? Math.ceil(memory / limits.memory.oneCpu),
    image: settings.verifyImage ?? null,
    containerEngine: settings.containerEngine ?? null,
    interpreter: settings.interpreter ?? null,
    cacheDir: settings.cacheDir ?? defaultCacheFolder(sources.environment),
    cacheLimit: parseSize(settings.cacheLimit) ?? 0,
    cache: settings.noCache !== true,
  };
}

/** Requests at once when nobody says. */
const concurrency = 10;

type VerifySettings = SettingsOf<typeof verifyOptions>;

/** `8080`, `0.0.0.0:8080`, `[::1]:0`. */
function serveWish({ serve, ...settings }: VerifySettings): ServeWish | null {
  if (serve === undefined) return null;
  const at = serve.lastIndexOf(':');
  const port = Number(serve.slice(at + 1));
  if (port > 65_535) {
    throw new SlimError('bad-option', `--serve: there is no port ${port}.`, {
      hint: 'Ports go up to 65535; 0 takes one that is free.',
    });
  }
  const host = at < 0 ? '127.0.0.1' : serve.slice(0, at).replace(/^\[|\]$/g, '');
  return { host, port, concurrency: settings.concurrency ?? concurrency };
}

/** What makes no sense beside many requests. */
function refuseMany(
  sources: Given,
  { event, events, warm, runs }: VerifySettings,
  load: boolean,
  serve: boolean,
): void {
  const once = { '--warm': warm ?? null, '--runs': runs === 1 ? null : runs };
  if (serve)
    refuseBeside('--serve', {
      '--requests': load ? true : null,
      ...{ '--event': event ?? null, '--events': events ?? null, ...once },
    });
  if (load) refuseBeside('--requests', once);
  if (load || serve || !isTyped(sources, 'concurrency')) return;
  throw new SlimError('bad-option', '--concurrency is for many requests, and there are none.', {
    hint: 'Say how many with --requests, or serve them with --serve PORT.',
  });
}

/** @param others what was given of what makes no sense beside an option, by its name; null: it was not */
function refuseBeside(option: string, others: Readonly<Record<string, unknown>>): void {
  const [other] = Object.entries(others).find(([, given]) => given !== null) ?? [];
  if (other === undefined) return;
  throw new SlimError('bad-option', `${option} and ${other} cannot be given together.`, {
    hint: `Leave one of them out: ${option} says how often and with what the handler is invoked.`,
  });
}

/** @param given an absolute path, `-`, or the event itself */
async function readEvent(given: string): Promise<unknown> {
  if (given === '-') return parseEvent(await standardInput(), '--event: standard input');
  if (isEventText.test(given)) return parseEvent(given, '--event: what was given');
  return parseEvent(await textOf('--event', given), `--event: ${given}`);
}

/** Bytes; Lambda takes 6 MB. */
const largestEvent = 64 << 20;

async function textOf(option: string, file: string): Promise<string> {
  const bytes = await readNamed(file, largestEvent).catch((cause: unknown) => {
    const because = cause instanceof OddFile ? cause.message : `${file} cannot be read.`;
    throw new SlimError('not-found', `${option}: ${because}`, {
      hint: 'Name a JSON file with the event that the handler is invoked with.',
      cause,
    });
  });
  return bytes.toString('utf8');
}

function parseEvent(text: string, what: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new SlimError('bad-option', `${what} is not JSON: ${(cause as Error).message}`, {
      hint: 'The event is one JSON value, for example {"name": "value"}.',
      cause,
    });
  }
}

async function readEvents(folder: string): Promise<readonly NamedEvent[]> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new SlimError('not-found', `--events: ${folder} is no folder that can be read.`, {
      hint: 'Name a folder of JSON files, each with one event.',
      cause,
    });
  });
  const files = names.filter((name) => name.endsWith('.json')).sort();
  if (files.length === 0) {
    throw new SlimError('not-found', `--events: no file in ${folder} ends in .json.`, {
      hint: 'Name a folder of JSON files, each with one event.',
    });
  }
  const events: NamedEvent[] = [];
  for (const name of files) {
    const file = path.join(folder, name);
    events.push({ name, event: parseEvent(await textOf('--events', file), `--events: ${file}`) });
  }
  return events;
}

/** @param given `BUCKET=FOLDER`, with absolute folders */
async function readBuckets(given: readonly string[]): Promise<readonly BucketFolder[]> {
  const buckets = new Map<string, string>();
  for (const one of given) {
    const at = one.indexOf('=');
    const [bucket, folder] = [one.slice(0, at), one.slice(at + 1)];
    if (buckets.has(bucket)) {
      throw new SlimError('bad-option', `--s3 names the bucket ${bucket} twice.`, {
        hint: 'A bucket is one folder: put the files together, or leave one out.',
      });
    }
    if (!(await isFolder(folder))) {
      throw new SlimError('not-found', `--s3: ${folder} is not a folder.`, {
        hint: 'Name a folder whose files are the objects of the bucket, for example --s3 my-models=./models.',
      });
    }
    buckets.set(bucket, folder);
  }
  return [...buckets].map(([bucket, folder]) => ({ bucket, folder }));
}
