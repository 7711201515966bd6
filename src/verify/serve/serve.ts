/** `verify --serve`: the build's function behind a local URL, until it is told to stop. */
import { availableParallelism } from 'node:os';
import { availableMemory } from 'node:process';
import { withCache } from '../../io/cache.js';
import type { Finding } from '../../findings/findings.js';
import { limits } from '../../limits.js';
import { readManifest } from '../../manifest/manifest.js';
import { coldStart } from '../cold-start.js';
import { withHandler } from '../handler.js';
import { judge } from '../judge.js';
import { openPool } from '../load/pool.js';
import { roomFor, startsFor } from '../load/summary.js';
import { prepare, refuseImpossible, withVariables, type Prepared, type VerifyContext } from '../prepare.js';
import { percentiles } from '../statistics.js';
import type { VerifyRequest } from '../verification.js';
import type { Listening, LoggedLine, ServedRequest, ServeSummary, ServeWish } from './model.js';
import { gateway, listen } from './server.js';

const gatewayMs = limits.httpApi.integrationSeconds * 1000;

/** Who hears what happens. */
export interface ServeEars {
  /** Before anything is served. */
  readonly found: (findings: readonly Finding[]) => void;
  readonly listening: (one: Listening) => void;
  readonly logged: (one: LoggedLine) => void;
  readonly served: (one: ServedRequest) => void;
  readonly ended: (summary: ServeSummary) => void;
}

/**
 * Load the function once, then answer requests until the signal is aborted, which is how it ends well.
 * @returns what is wrong with the function, when it cannot be loaded: then nothing was served
 * @throws SlimError what `prepare` and `listen` throw, `no-manifest`, `bad-manifest`, `bad-option`, `bad-config`,
 *   `lock-export-failed`
 */
export async function serve(
  given: VerifyRequest,
  wish: ServeWish,
  context: VerifyContext,
  ears: ServeEars,
): Promise<readonly Finding[]> {
  const manifest = await readManifest(given.out);
  const request = withVariables(withHandler(given, manifest, '--serve'), manifest, context.secrets);
  refuseImpossible(request, manifest);
  return withCache(
    request.cacheDir,
    request.cache,
    async (cache) => {
      const prepared = await prepare(cache, manifest, request, context);
      const { lab, initLimitMs, hasCode } = prepared;
      const step = context.progress.start('load the function');
      const first = await coldStart(lab, () =>
        Promise.resolve({ first: null, importMs: null, firstMs: null, warmMs: [] }),
      );
      step.end(first.coldStart.initMs === null ? 'failed' : undefined);
      const evidence = {
        coldStarts: [first.coldStart],
        attempts: [],
        memoryExceededAlone: false,
        proven: true,
      };
      const around = { manifest, request, initLimitMs, hasCode, tmpLimit: lab.spec.tmpBytes };
      const findings = [
        ...(await context.older(request.out, manifest, context.cwd)),
        ...judge({ ...evidence, ...around }),
      ];
      if (findings.length > 0) ears.found(findings);
      if (first.coldStart.initMs === null) {
        for (const line of first.log) ears.logged({ event: 'log', environment: 0, line });
      } else {
        const { peakMemory, tmpBytes } = first.coldStart;
        await serveLab(prepared, request.handler ?? '', wish, peakMemory + tmpBytes, ears);
      }
      return findings;
    },
    request.cacheLimit,
  );
}

/** @param each bytes that an environment needs, as far as is known before it has done anything */
async function serveLab(
  { lab }: Pick<Prepared, 'lab'>,
  handler: string,
  wish: ServeWish,
  each: number,
  ears: ServeEars,
): Promise<void> {
  const { signal } = lab;
  const free = availableMemory();
  const room = (bytes: number): number => Math.min(wish.concurrency, roomFor(free, Math.max(each, bytes)));
  const pool = openPool(
    lab,
    {
      most: ({ peakMemory, tmpBytes }) => room(peakMemory + tmpBytes),
      startsAtOnce: startsFor(availableParallelism(), lab.spec.cpus),
    },
    (environment, line) => ears.logged({ event: 'log', environment, line }),
  );
  const seen = tally();
  const server = gateway(pool, { gatewayMs }, (one) => {
    if (signal.aborted) return;
    seen.add(one);
    ears.served(one);
  });
  try {
    const url = await listen(server, wish);
    ears.listening({ event: 'listening', url, handler, concurrency: wish.concurrency, room: room(0) });
    await aborted(signal);
  } finally {
    server.close();
    server.closeAllConnections();
    const peaks = await pool.close();
    if (signal.aborted)
      ears.ended({ event: 'summary', ...seen.summary(), environments: pool.started(), ...peaks });
  }
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve) => {
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Counts, and the times of the function's own answers. */
function tally(): {
  readonly add: (one: ServedRequest) => void;
  readonly summary: () => Pick<ServeSummary, 'requests' | 'failed' | 'cold' | 'warm'>;
} {
  let requests = 0;
  let failed = 0;
  const times = { cold: [] as number[], warm: [] as number[] };
  return {
    add: ({ status, cold, initMs, functionMs, because }) => {
      requests++;
      if (status !== null && status >= 500) failed++;
      if (functionMs === null || because !== null) return;
      const list = cold ? times.cold : times.warm;
      list.push((initMs ?? 0) + functionMs);
      // A server may run for days: the last ones say enough.
      if (list.length > keptTimes) list.shift();
    },
    summary: () => ({
      requests,
      failed,
      cold: percentiles(times.cold),
      warm: percentiles(times.warm),
    }),
  };
}

const keptTimes = 100_000;
