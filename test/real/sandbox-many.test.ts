// Many environments beside each other in every sandbox: when the work is interrupted, all of them end.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, jest, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { silent } from '../../src/progress.js';
import { Secrets } from '../../src/text/secrets.js';
import { openPool } from '../../src/verify/load/pool.js';
import { findSandbox } from '../../src/verify/sandbox/find.js';
import { environment, inCi, repository, sharedCache } from './helper-build.js';
import { patience, requestFor, rows } from './helper-sandbox.js';

jest.setTimeout(180_000);

const fixture = path.join(repository, 'fixtures/sandbox');

/** Processes of this machine whose command line names a folder. */
async function processesOf(folder: string): Promise<number> {
  const numbers = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    numbers.map((name) => readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(folder)).length;
}

describe.each(rows)('$name', ({ missing, ...row }) => {
  const check = missing === null || inCi ? test : test.skip;

  check('many that are busy end soon when the work is interrupted, and nothing of them stays', async () => {
    const cache = await Cache.open(sharedCache, true);
    const stop = new AbortController();
    const { signal } = stop;
    const sandbox = await findSandbox({
      request: requestFor(row, sharedCache),
      target: { python: row.python, architecture: 'x86_64' } as never,
      ...{ cache, progress: silent, secrets: new Secrets(), environment, signal },
    });
    const spec = {
      ...({ python: row.python, architecture: 'x86_64', tmpBytes: 2 ** 25, memory: 256 } as const),
      ...{ task: path.join(fixture, 'task'), opt: path.join(fixture, 'opt'), handler: 'app.handler' },
      ...({ environment: {}, initializationType: 'on-demand', cpus: 1, network: 'none', s3: null } as const),
    };
    const lab = { sandbox, spec, signal, initWaitMs: patience, timeoutMs: patience };
    const pool = openPool(lab, { most: () => 3, startsAtOnce: 3 });
    const warm = await Promise.all([1, 2, 3].map(() => pool.serve({ do: 'sleep', seconds: 0.5 })));
    expect([pool.started(), warm.every(({ invocation }) => invocation.ok)]).toEqual([3, true]);
    const busy = [1, 2, 3].map(() =>
      pool.serve({ do: 'sleep', seconds: 60 }).then(
        () => 'answered',
        () => 'stopped',
      ),
    );
    const before = await processesOf(spec.task);
    const began = performance.now();
    stop.abort();
    await pool.close();
    const ms = performance.now() - began;
    expect(await Promise.all(busy)).toEqual(['stopped', 'stopped', 'stopped']);
    // An engine takes a container away when it has ended.
    const soon = row.name === 'docker' ? 3_000 : 2_000;
    expect([before > 0, await processesOf(spec.task), ms < soon]).toEqual([true, 0, true]);
    await cache.close();
  });
});
