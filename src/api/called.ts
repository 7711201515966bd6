/** What every function of the API does around its work: read what was given, tell of progress, stop when it is told to. */
import path from 'node:path';
import { asInterrupted, throwIfAborted } from '../errors.js';
import type { Environment } from '../model.js';
import { interruptible } from '../progress.js';
import { Secrets } from '../text/secrets.js';
import type { Call } from './call.js';
import { hiddenError, hidingProgress } from './outgoing.js';
import { asEvents, type ProgressEvent } from './progress.js';
import { optionsIn, type Around, type OwnKeys } from './settings.js';

/** What a call has when it says nothing else. */
export interface Defaults {
  readonly cwd: string;
  readonly environment: Environment;
  readonly version: string;
}

/** What a function takes besides settings and what every call has, and of which type. */
export interface Own {
  readonly own: OwnKeys;
  /** Those of them that are options, too. */
  readonly passed?: readonly string[];
  /** Those of them that must be there. */
  readonly needed?: readonly string[];
}

/**
 * @throws SlimError `bad-option` for what was given, `interrupted` when the signal was aborted; and what the work throws
 */
export async function called<Result>(
  given: Around & object,
  { own, ...lists }: Own,
  defaults: Defaults,
  work: (call: Call) => Promise<Result>,
): Promise<Result> {
  const flags = optionsIn({ ...given }, own, lists);
  const { signal: asked, onProgress = () => {} } = given;
  const environment = { ...(given.environment ?? defaults.environment) };
  const secrets = new Secrets(environment);
  secrets.readIn(flags);
  const controller = new AbortController();
  const { signal } = controller;
  const stop = (): void => controller.abort(asked?.reason);
  const broken: { error: unknown }[] = [];
  // It may be called from within a stream's callback, where nobody would catch it.
  const progress = asEvents((event: ProgressEvent) => {
    if (broken.length > 0) return;
    try {
      onProgress(event);
    } catch (error) {
      broken.push({ error });
      controller.abort(error);
    }
  });
  if (asked?.aborted === true) stop();
  asked?.addEventListener('abort', stop, { once: true });
  try {
    throwIfAborted(signal);
    const result = await work({
      flags,
      spelling: 'keys',
      configFile: given.config !== false,
      environment,
      secrets,
      cwd: path.resolve(defaults.cwd, given.cwd ?? ''),
      signal,
      progress: interruptible(hidingProgress(progress, secrets), signal),
      times: () => progress.times,
      version: defaults.version,
    });
    if (broken[0]) throw broken[0].error;
    return secrets.hideIn(result);
  } catch (error) {
    if (broken[0]) throw broken[0].error;
    throw hiddenError(signal.aborted ? asInterrupted(error, flags.noCache !== true) : error, secrets);
  } finally {
    asked?.removeEventListener('abort', stop);
  }
}
