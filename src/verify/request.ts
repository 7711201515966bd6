/** Settings of `verify`, checked against each other and against the disk. */
import { readFile } from 'node:fs/promises';
import { SlimError } from '../errors.js';
import { defaultCacheFolder } from '../io/cache-folder.js';
import { limits } from '../limits.js';
import { verifyOptions } from '../options/table.js';
import { isTyped, readSettings, type CommandLine } from '../options/command-line.js';
import { parseSize } from '../options/sizes.js';
import { placeNamed } from '../manifest/place.js';
import type { Network } from './model.js';
import type { VerifyRequest } from './verification.js';

/**
 * @param given its folder is the one that was built, or its output folder; empty: the working folder
 * @returns the request
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readVerifyRequest({ folder, ...sources }: CommandLine): Promise<VerifyRequest> {
  const place = await placeNamed(folder, sources.cwd);
  const { settings } = await readSettings(verifyOptions, sources, place.folder);
  const { handler = null, event = null, warm = null, code = null, runs, memory } = settings;
  const codeTyped = isTyped(sources, 'code') || (handler === null && isTyped(sources, 'handler'));
  for (const [option, given] of [
    ['--event', event],
    ['--code', codeTyped ? code : null],
    ['--warm', warm],
  ] as const) {
    if (handler !== null || given === null) continue;
    throw new SlimError('bad-option', `${option} is for a handler of yours, but --handler is not given.`, {
      hint: "Name it as the function's setting does, for example --handler app.handler.",
    });
  }
  return {
    out: place.out ?? settings.out,
    handler,
    event: event === null ? {} : await readEvent(event),
    code: handler === null ? null : code,
    codeTyped,
    sandbox: settings.sandbox,
    runs,
    warm: handler === null ? 0 : (warm ?? (runs > 1 ? 3 : 0)),
    memory,
    timeoutMs: settings.timeout * 1000,
    ephemeralStorage: settings.verifyEphemeralStorage ?? null,
    environment: variables(settings.env ?? [], settings.verifyNetwork),
    snapStart: settings.snapStart === true,
    network: settings.verifyNetwork,
    cpus: settings.cpus ?? Math.ceil(memory / limits.memory.oneCpu),
    image: settings.verifyImage ?? null,
    containerEngine: settings.containerEngine ?? null,
    interpreter: settings.interpreter ?? null,
    cacheDir: settings.cacheDir ?? defaultCacheFolder(sources.environment),
    cacheLimit: parseSize(settings.cacheLimit) ?? 0,
    cache: settings.noCache !== true,
  };
}

async function readEvent(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new SlimError('not-found', `--event: ${file} cannot be read.`, {
      hint: 'Name a JSON file with the event that the handler is invoked with.',
      cause,
    });
  });
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (cause) {
    throw new SlimError('bad-option', `--event: ${file} is not JSON: ${(cause as Error).message}`, {
      hint: 'The event is one JSON value, for example {"name": "value"}.',
      cause,
    });
  }
}

/** Names that Lambda itself sets: its console refuses them, too. */
const reserved =
  /^(?:_HANDLER|_X_AMZN_TRACE_ID|AWS_(?:DEFAULT_REGION|REGION|EXECUTION_ENV|LAMBDA_FUNCTION_.*|LAMBDA_RUNTIME_API|LAMBDA_LOG_.*|LAMBDA_INITIALIZATION_TYPE|ACCESS_KEY(?:_ID)?|SECRET_ACCESS_KEY|SESSION_TOKEN)|LAMBDA_(?:TASK_ROOT|RUNTIME_DIR))$/;

/** Of these, who may go out needs his own to be let in. */
const credentials = /^AWS_(?:DEFAULT_REGION|REGION|ACCESS_KEY_ID|SECRET_ACCESS_KEY|SESSION_TOKEN)$/;

function variables(given: readonly string[], network: Network): Readonly<Record<string, string>> {
  const pairs = given.map((one): readonly [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1)];
  });
  const taken = pairs
    .map(([name]) => name)
    .find((name) => reserved.test(name) && !(network === 'host' && credentials.test(name)));
  if (taken !== undefined) {
    throw new SlimError(
      'bad-option',
      `--env: Lambda sets ${taken} itself and refuses it among the settings.`,
      {
        hint: credentials.test(taken)
          ? 'A function without a network needs none; with --network host it may have them.'
          : 'Use another name.',
      },
    );
  }
  return Object.fromEntries(pairs);
}
