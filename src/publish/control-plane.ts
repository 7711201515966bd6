/**
 * Calls to Lambda in one Region: under the account's rate, and again when AWS is busy. The SDK's own retries are switched
 * off: they wait for Retry-After only in part, and would send a publication again whose answer was lost.
 */
import { LambdaClient } from '@aws-sdk/client-lambda';
import { limits } from '../limits.js';
import type { Environment } from '../model.js';
import { clientSettings } from '../aws/clients.js';
import { isBusy, isNetwork, readAwsError } from '../aws/failure.js';
import { Pace, realClock, type Clock } from './pace.js';

/** `safe`: the same call again changes nothing more. `once`: again only when AWS has surely not begun. */
export type Repeat = 'safe' | 'once';

export interface ControlPlane {
  readonly region: string;
  readonly signal: AbortSignal;
  /** @returns rejects with the SDK's error, or the signal's reason */
  readonly call: <Result>(
    send: (client: LambdaClient, options: { readonly abortSignal: AbortSignal }) => Promise<Result>,
    repeat?: Repeat,
  ) => Promise<Result>;
  /** Rejects with the signal's reason. */
  readonly sleep: (ms: number) => Promise<void>;
  readonly close: () => void;
}

export interface ControlPlaneOptions {
  readonly environment: Environment;
  readonly region: string;
  readonly signal: AbortSignal;
  /** Told when it waits for AWS. */
  readonly onWait: (text: string) => void;
  readonly clock?: Clock;
}

/** How often AWS is asked when it is busy, and when no answer comes at all. */
const attempts = { busy: 9, silent: 3 };
const firstWaitMs = 250;
const longestWaitMs = 20_000;
/** Lambda unzips a layer before it answers. */
const answerMs = 300_000;

export async function controlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { environment, region, signal, onWait, clock = realClock } = options;
  const pace = new Pace(limits.controlPlaneRate, clock);
  const settings = await clientSettings(environment, region, 'LAMBDA');
  const client = new LambdaClient({
    ...settings,
    maxAttempts: 1,
    requestHandler: { ...settings.requestHandler, socketTimeout: answerMs },
  });
  return {
    region,
    signal,
    sleep: (ms) => clock.sleep(ms, signal),
    close: () => client.destroy(),
    call: async (send, repeat = 'safe') => {
      for (let attempt = 1; ; attempt++) {
        await pace.turn(signal);
        try {
          return await send(client, { abortSignal: signal });
        } catch (error) {
          signal.throwIfAborted();
          if (!mayRepeat(error, attempt, repeat)) throw error;
          const ms = retryAfterMs(error) ?? backoffMs(attempt);
          onWait(`AWS is busy: again in ${Math.ceil(ms / 1000)} s`);
          await clock.sleep(ms, signal);
        }
      }
    },
  };
}

function mayRepeat(error: unknown, attempt: number, repeat: Repeat): boolean {
  const said = readAwsError(error);
  // Refused at the door; everything else may have been begun.
  if (said.status === 429 || /^(?:Throttl|TooManyRequests)/.test(said.name)) return attempt < attempts.busy;
  if (repeat === 'once') return false;
  if (said.status !== null) return isBusy(said) && attempt < attempts.busy;
  return isNetwork(said) && attempt < attempts.silent;
}

/** Twice as long each time, and not all at the same moment. */
function backoffMs(attempt: number): number {
  const longest = Math.min(longestWaitMs, firstWaitMs * 2 ** (attempt - 1));
  return longest * (0.5 + Math.random() / 2);
}

/** Retry-After: seconds, or a date. At most a minute: nobody waits longer without knowing why. */
export function retryAfterMs(error: unknown, now = Date.now()): number | null {
  const { $response, retryAfterSeconds } = error as {
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
    readonly retryAfterSeconds?: string;
  };
  const given = retryAfterSeconds ?? $response?.headers?.['retry-after'];
  if (given === undefined) return null;
  const seconds = /^\d+(?:\.\d+)?$/.test(given) ? Number(given) : (Date.parse(given) - now) / 1000;
  return Number.isFinite(seconds) ? Math.min(60_000, Math.max(0, seconds * 1000)) : null;
}
