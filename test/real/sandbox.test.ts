// Every sandbox against what Lambda does, by a function that looks around in it (fixtures/sandbox).
import { Secrets } from '../../src/text/secrets.js';
import { once } from 'node:events';
import { cp, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { Cache } from '../../src/io/cache.js';
import { silent } from '../../src/progress.js';
import type {
  ExecutionEnvironment,
  Initialization,
  Network,
  Sandbox,
  SandboxSpec,
  Usage,
} from '../../src/verify/model.js';
import { findSandbox } from '../../src/verify/sandbox/find.js';
import { environment, inCi, remove, repository, sharedCache, temporary } from './helper-build.js';
import { containersOf } from './helper-docker.js';
import { lackedByLambda, patience, requestFor, rows } from './helper-sandbox.js';

jest.setTimeout(180_000);

const MIB = 2 ** 20;
/** A copy: what has it mounted is of this test, whatever else runs on the machine. */
let fixture: string;
beforeAll(async () => {
  fixture = await temporary('function');
  await cp(path.join(repository, 'fixtures/sandbox'), fixture, { recursive: true });
});
afterAll(() => remove(fixture));

const signal = new AbortController().signal;

describe.each(rows)('$name', ({ missing, ...row }) => {
  // In CI all of them must run.
  const check = missing === null || inCi ? test : test.skip;
  const label = missing === null ? '' : ` (cannot run here: ${missing})`;
  let cache: Cache;
  let sandbox: Sandbox;
  let empty: string;

  beforeAll(async () => {
    if (missing !== null && !inCi) return;
    empty = await temporary('opt');
    cache = await Cache.open(sharedCache, true);
    sandbox = await sandboxWith('none');
  });

  const sandboxWith = async (network: Network): Promise<Sandbox> =>
    findSandbox({
      request: { ...requestFor(row, sharedCache), network },
      target: { python: row.python, architecture: 'x86_64' } as never,
      cache,
      progress: silent,
      secrets: new Secrets(),
      environment,
      signal,
    });

  afterAll(async () => {
    await (cache as Cache | undefined)?.close();
    await remove(empty);
  });

  const specOf = (changes: Partial<SandboxSpec>): SandboxSpec => ({
    python: row.python,
    architecture: 'x86_64',
    task: path.join(fixture, 'task'),
    opt: path.join(fixture, 'opt'),
    tmpBytes: 32 * MIB,
    memory: 256,
    handler: 'app.handler',
    environment: {},
    initializationType: 'on-demand',
    cpus: 1,
    network: 'none',
    s3: null,
    ...changes,
  });

  interface Seen {
    readonly init: Initialization;
    readonly usage: Usage;
    readonly log: readonly string[];
  }

  /** One environment from start to end. */
  async function inside(
    changes: Partial<SandboxSpec>,
    use: (environment: ExecutionEnvironment, init: Initialization) => Promise<void> = async () => {},
  ): Promise<Seen> {
    const started = await sandbox.start(specOf(changes), signal);
    try {
      const init = await started.initialized(patience);
      await use(started, init);
      return { init, usage: await started.stop(), log: started.log() };
    } finally {
      await started.stop();
    }
  }

  /** The function's answer to one event. */
  async function answer(
    event: Readonly<Record<string, unknown>>,
    changes: Partial<SandboxSpec> = {},
  ): Promise<unknown> {
    let result: unknown = null;
    await inside(changes, async (started) => {
      const invocation = await started.invoke(event, patience);
      if (!invocation.ok) throw new Error(JSON.stringify([invocation, started.log()]));
      result = invocation.result;
    });
    return result;
  }

  const describeIt = async (changes: Partial<SandboxSpec> = {}): Promise<Record<string, unknown>> =>
    (await answer({ do: 'describe' }, changes)) as Record<string, unknown>;

  check(`says what it is and what it does not check${label}`, () => {
    expect(sandbox.name).toBe(row.name);
    expect(sandbox.description).toContain(row.name === 'unshare' ? 'namespaces' : row.name);
    expect(sandbox.notChecked.length).toBeGreaterThan(0);
  });

  check('Lambda’s environment and nothing of the caller’s', async () => {
    const seen = await describeIt({
      environment: { OWN: 'set', TZ: 'Europe/Berlin', AWS_REGION: 'not mine to set' },
    });
    const { OWN, TZ, PYTHONPATH, LC_CTYPE, _X_AMZN_TRACE_ID, ...rest } = seen['environment'] as Record<
      string,
      string
    >;
    expect([OWN, TZ, PYTHONPATH]).toEqual(['set', 'Europe/Berlin', '/var/runtime']);
    // Python's own, where the locale is not there.
    expect(LC_CTYPE ?? 'C.UTF-8').toBe('C.UTF-8');
    expect(_X_AMZN_TRACE_ID).toMatch(/^Root=1-/);
    expect(rest).toEqual({
      LANG: 'en_US.UTF-8',
      PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
      LD_LIBRARY_PATH:
        '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
      LAMBDA_TASK_ROOT: '/var/task',
      LAMBDA_RUNTIME_DIR: '/var/runtime',
      _HANDLER: 'app.handler',
      AWS_LAMBDA_RUNTIME_API: '127.0.0.1:9001',
      AWS_EXECUTION_ENV: `AWS_Lambda_python${row.python}`,
      AWS_REGION: 'us-east-1',
      AWS_DEFAULT_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: expect.any(String),
      AWS_SECRET_ACCESS_KEY: expect.any(String),
      AWS_SESSION_TOKEN: expect.any(String),
      AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
      AWS_LAMBDA_FUNCTION_NAME: 'lambda-slim-verify',
      AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/lambda-slim-verify',
      AWS_LAMBDA_LOG_STREAM_NAME: expect.any(String),
      AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    });
  });

  check('sys.path, user, folder and context are Lambda’s', async () => {
    const seen = await describeIt();
    const site = `/var/lang/lib/python${row.python}/site-packages`;
    expect((seen['path'] as string[]).slice(0, 5)).toEqual([
      '/var/task',
      `/opt/python/lib/python${row.python}/site-packages`,
      '/opt/python',
      site,
      '/var/runtime',
    ]);
    const { executable, prefix, folder, uid, home, cpus, memory, arn } = seen;
    expect({ executable, prefix, folder, uid, home, cpus, memory }).toEqual({
      executable: `/var/lang/bin/python${row.python}`,
      prefix: '/var/lang',
      folder: '/var/task',
      uid: 993,
      home: '/home/sbx_user1051',
      cpus: 1,
      memory: '256',
    });
    expect(arn).toBe('arn:aws:lambda:us-east-1:123456789012:function:lambda-slim-verify');
    expect(seen['remaining']).toBeGreaterThan(0);
    expect(seen['remaining']).toBeLessThanOrEqual(patience);
  });

  check('.pth files of the function and of a layer run', async () => {
    expect(await describeIt()).toMatchObject({ task: true, layer: true });
    expect(await answer({ do: 'origin', module: 'in_layer' })).toBe('/opt/python/in_layer.py');
  });

  check('a PYTHONPATH of the user’s switches those of layers off', async () => {
    const seen = await describeIt({ environment: { PYTHONPATH: '/opt/python' } });
    expect(seen).toMatchObject({ task: true, layer: false });
    expect((seen['path'] as string[]).slice(0, 3)).toEqual(['/var/task', '/var/runtime', '/opt/python']);
  });

  check('only /tmp can be written', async () => {
    const places = ['/var/task', '/opt', '/opt/python', '/var/runtime', '/var/lang', '/'];
    expect(await answer({ do: 'write', places })).toEqual(
      Object.fromEntries(places.map((one) => [one, 'EROFS'])),
    );
    expect(await answer({ do: 'writable' })).toEqual(['/tmp']);
  });

  check('/tmp is empty, runs programs, and takes its size and no more', async () => {
    expect(await answer({ do: 'listed', place: '/tmp' })).toEqual([]);
    expect(await answer({ do: 'execute' })).toBe('ran\n');
    expect(await answer({ do: 'fill' })).toEqual({ bytes: 32 * MIB, error: 'ENOSPC', listed: [] });
  });

  check('no network, no shared memory, no process of the machine’s', async () => {
    expect(await answer({ do: 'connect' })).toEqual([true, true, true, true]);
    expect(await answer({ do: 'interfaces' })).toEqual(['lo']);
    expect(await answer({ do: 'shared_memory' })).toBe(true);
    expect(((await answer({ do: 'processes' })) as number[]).length).toBeLessThanOrEqual(3);
  });

  check('packages of this machine do not leak in, the runtime’s boto3 is there', async () => {
    expect(await answer({ do: 'origin', module: 'boto3' })).toMatch(
      /^\/var\/(?:runtime|lang\/lib\/[^/]+\/site-packages)\/boto3\//,
    );
    const standard = (await answer({ do: 'installed' })) as readonly string[];
    expect(
      standard.filter((name) => ['pip', 'setuptools', 'numpy', 'yaml', 'requests'].includes(name)),
    ).toEqual([]);
    expect(await answer({ do: 'child' })).toEqual(['/var/runtime', `/var/lang/bin/python${row.python}`]);
  });

  check('libraries of the system that Lambda lacks are not there, those that it has are', async () => {
    const provided = ['libc.so.6', 'libm.so.6', 'libstdc++.so.6', 'libz.so.1'];
    const lacking = row.name === 'docker' ? [] : await lackedByLambda();
    expect(await answer({ do: 'load', names: [...provided, ...lacking] })).toEqual({
      ...Object.fromEntries(provided.map((name) => [name, null])),
      ...Object.fromEntries(
        lacking.map((name) => [name, expect.stringContaining('cannot open shared object')]),
      ),
    });
  });

  check('the log has both streams', async () => {
    const { log } = await inside({});
    expect(log).toEqual(expect.arrayContaining(['loaded, on standard output', 'loaded, on standard error']));
  });

  check('events and answers of megabytes go through', async () => {
    const text = 'ä'.repeat(2 * MIB);
    expect(await answer({ do: 'length', text })).toBe(text.length);
    expect(await answer({ do: 'large', bytes: 5 * MIB })).toHaveLength(5 * MIB);
  });

  check('an import that fails is init/error as the runtime client posts it', async () => {
    const { init, usage, log } = await inside({ environment: { AT_IMPORT: 'missing' } });
    expect(init).toMatchObject({
      ok: false,
      error: {
        errorType: 'Runtime.ImportModuleError',
        errorMessage: "Unable to import module 'app': No module named 'not_in_the_package'",
        stackTrace: [],
      },
    });
    expect(usage.memoryExceeded).toBe(false);
    expect(log.join('\n')).toContain('Runtime.ImportModuleError');
  });

  check('a handler that is not there', async () => {
    const { init } = await inside({ handler: 'app.nothing' });
    expect(init.error).toMatchObject({
      errorType: 'Runtime.HandlerNotFound',
      errorMessage: "Handler 'nothing' missing on module 'app'",
    });
  });

  check('a process that ends while it is imported', async () => {
    const { init, usage } = await inside({ environment: { AT_IMPORT: 'exit' } });
    expect(init).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError', errorMessage: 'Runtime exited with error: exit status 3' },
    });
    expect(usage.exitCode).toBe(3);
  });

  check('an initialization that takes too long', async () => {
    const started = await sandbox.start(specOf({ environment: { AT_IMPORT: 'sleep' } }), signal);
    const init = await started.initialized(500);
    await started.stop();
    expect(init).toMatchObject({ ok: false, error: { errorType: 'Sandbox.Timedout' } });
  });

  check('an exception of the handler’s, and the environment goes on', async () => {
    await inside({}, async (started) => {
      const failed = await started.invoke({ do: 'fail' }, patience);
      expect(failed).toMatchObject({ ok: false, error: { errorType: 'KeyError', errorMessage: "'left'" } });
      expect(failed.error?.stackTrace.join('')).toContain('File "/var/task/app.py"');
      expect((await started.invoke({ do: 'listed', place: '/tmp' }, patience)).ok).toBe(true);
    });
  });

  check('a handler that takes too long', async () => {
    await inside({}, async (started) => {
      const late = await started.invoke({ do: 'sleep', seconds: 60 }, 300);
      expect(late.error?.errorType).toBe('Sandbox.Timedout');
      expect(late.error?.errorMessage).toMatch(/^RequestId: \S+ Error: Task timed out after 0\.30 seconds$/);
    });
  });

  check.each([
    ['leaves', { do: 'leave', code: 7 }, 'Runtime exited with error: exit status 7', 7],
    ['leaves without an error', { do: 'leave', code: 0 }, 'Runtime exited without providing a reason', 0],
    ['crashes', { do: 'crash' }, 'Runtime exited with error: signal: segmentation fault', null],
  ])('a process that %s', async (_, event, message, exitCode) => {
    const { usage } = await inside({}, async (started) => {
      const gone = await started.invoke(event, patience);
      expect(gone.error?.errorType).toBe('Runtime.ExitError');
      expect(gone.error?.errorMessage.replace(/^RequestId: \S+ Error: /, '')).toBe(message);
      expect((await started.invoke({}, patience)).ok).toBe(false);
    });
    expect(usage).toMatchObject({ exitCode, memoryExceeded: false });
  });

  check('more memory than the function has', async () => {
    const { usage } = await inside({ memory: 128 }, async (started) => {
      const gone = await started.invoke({ do: 'allocate', mebibytes: 400 }, patience);
      expect(gone).toMatchObject({ ok: false, error: { errorType: 'Runtime.OutOfMemory' } });
    });
    expect(usage.memoryExceeded).toBe(true);
    expect(usage.peakMemory).toBeGreaterThan(128 * MIB);
    expect(usage.peakMemory).toBeLessThan(400 * MIB);
  });

  check('peak memory and the most in /tmp are measured', async () => {
    const { usage } = await inside({}, async (started) => {
      expect((await started.invoke({ do: 'allocate', mebibytes: 100 }, patience)).result).toBe(100);
      expect((await started.invoke({ do: 'grow', mebibytes: 20 }, patience)).ok).toBe(true);
    });
    expect(usage.memoryExceeded).toBe(false);
    expect(usage.peakMemory).toBeGreaterThan(100 * MIB);
    expect(usage.peakMemory).toBeLessThan(200 * MIB);
    expect(usage.tmpBytes).toBe(20 * MIB);
  });

  check.each([
    ['script', '/opt/wrapper', `/var/lang/bin/python${row.python} /var/runtime/bootstrap.py`],
    ['script without a first line', '/opt/bare-wrapper', 'bare'],
  ])('a wrapper %s gets the interpreter’s command line', async (_, wrapper, wrapped) => {
    expect(await describeIt({ environment: { AWS_LAMBDA_EXEC_WRAPPER: wrapper } })).toMatchObject({
      wrapped,
    });
  });

  check(
    'this machine’s network, where it was asked for: several at once, and with keys of one’s own',
    async () => {
      const server = createServer((_request, response) => response.end('from outside')).listen(
        0,
        '127.0.0.1',
      );
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      const out = await sandboxWith('host');
      const keys = { AWS_ACCESS_KEY_ID: 'AKIAOWN', AWS_SECRET_ACCESS_KEY: 'own', AWS_REGION: 'eu-central-1' };
      const spec = specOf({ network: 'host', environment: { ...keys, OWN: '1' } });
      const both = await Promise.all([out.start(spec, signal), out.start(spec, signal)]);
      try {
        for (const started of both) {
          expect(await started.initialized(patience)).toMatchObject({ ok: true });
          expect(
            await started.invoke({ do: 'fetch', url: `http://127.0.0.1:${port}/` }, patience),
          ).toMatchObject({
            result: { text: 'from outside', named: true },
          });
        }
        const seen = (await both[0].invoke({ do: 'describe' }, patience)).result as Record<string, object>;
        expect(seen['environment']).toMatchObject({ ...keys, AWS_DEFAULT_REGION: 'eu-central-1' });
        expect(seen['environment']).not.toHaveProperty('AWS_SESSION_TOKEN');
      } finally {
        await Promise.all(both.map((started) => started.stop()));
        server.close();
      }
      expect(await answer({ do: 'reach', port })).toBe('ECONNREFUSED');
    },
  );

  check('a wrapper that is not there', async () => {
    const { init, log } = await inside({ environment: { AWS_LAMBDA_EXEC_WRAPPER: '/opt/none' } });
    expect(init.error?.errorMessage).toBe('Runtime exited with error: exit status 127');
    expect(log).toContain('/opt/none: No such file or directory');
  });

  check('SnapStart: hooks run before the snapshot and after it is restored', async () => {
    const snapStart = { handler: 'restoring.handler', initializationType: 'snap-start' } as const;
    expect(await answer({}, snapStart)).toEqual({ seen: ['before', 'after'], type: 'snap-start' });
    const { init } = await inside({ ...snapStart, environment: { AT_RESTORE: 'fail' } });
    expect(init).toMatchObject({ ok: false, error: { errorMessage: 'not restored' } });
  });

  check('a folder of layers that is empty', async () => {
    expect(await answer({ do: 'listed', place: '/opt' }, { opt: empty })).toEqual([]);
  });

  check('stopping twice, and in the middle of an invocation', async () => {
    const started = await sandbox.start(specOf({}), signal);
    await started.initialized(patience);
    const running = started.invoke({ do: 'sleep', seconds: 60 }, patience);
    const usage = await started.stop();
    expect(await running).toMatchObject({ ok: false });
    expect(await started.stop()).toEqual(usage);
    expect(usage.exitCode).toBeNull();
  });

  check('an interruption ends it', async () => {
    const control = new AbortController();
    const started = await sandbox.start(specOf({}), control.signal);
    await started.initialized(patience);
    const running = started.invoke({ do: 'sleep', seconds: 60 }, patience);
    expect(await processesOf(fixture)).not.toEqual([]);
    if (row.name === 'docker') expect(await containersOf(fixture)).not.toEqual([]);
    control.abort();
    expect(await running).toMatchObject({ ok: false });
    await started.stop();
    await expect(sandbox.start(specOf({}), control.signal)).rejects.toThrow();
  });

  check('nothing is left running or mounted', async () => {
    expect(await processesOf(fixture)).toEqual([]);
    if (row.name === 'docker') expect(await containersOf(fixture)).toEqual([]);
  });
});

/** Command lines of this machine's processes that have something of that folder mounted: this one, too, if a mount stayed. */
async function processesOf(folder: string): Promise<readonly string[]> {
  const pids = (await readdir('/proc')).filter((one) => /^\d+$/.test(one));
  const lines = await Promise.all(
    pids.map(async (pid) => {
      const mounts = await readFile(`/proc/${pid}/mountinfo`, 'utf8').catch(() => '');
      return mounts.includes(folder) ? await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '') : '';
    }),
  );
  return lines.filter((line) => line !== '');
}
