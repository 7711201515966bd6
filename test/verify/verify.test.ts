import { Secrets } from '../../src/text/secrets.js';
import { createHash } from 'node:crypto';
import { appendFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Manifest } from '../../src/model.js';
import { renderFinding } from '../../src/findings/findings.js';
import { verificationName } from '../../src/io/output-folder.js';
import { rememberedVerification } from '../../src/manifest/verification-record.js';
import { silent } from '../../src/progress.js';
import type { Sandbox } from '../../src/verify/model.js';
import type { Verification, VerifyRequest } from '../../src/verify/verification.js';
import { verify } from '../../src/verify/verify.js';
import { listTree, scratch, type Tree } from '../pack/helpers.js';
import { exampleManifest } from '../report/example.js';
import { bareSandbox, make, request } from './made.js';

const folder = scratch();

const tree: Tree = {
  'alpha/__init__.py': 'import beta\n',
  'beta/__init__.py': 'value = 41\n',
  'app.py':
    'import os\nimport beta\ndef handler(event, context):\n  return [beta.value + event["add"], os.environ["NAME"]]\n',
};

const promising = (imported: readonly string[], probes: Manifest['probes'] = []): Partial<Manifest> => ({
  proof: { ...exampleManifest().proof, imported, probes: probes.map(({ recipe }) => recipe) },
  probes,
});

async function run(
  asked: VerifyRequest,
  sandbox: Sandbox = bareSandbox(),
  signal = new AbortController().signal,
): Promise<Verification> {
  return verify(asked, {
    progress: silent,
    secrets: new Secrets(),
    environment: {},
    signal,
    version: '0.0.0',
    times: () => [],
    cwd: '/',
    older: () => Promise.resolve([]),
    findSandbox: () => Promise.resolve(sandbox),
  });
}

const codes = ({ findings }: Verification): readonly string[] => findings.map(({ code }) => code);

describe('without a handler', () => {
  test.each(['layer', 'function', 'directory'] as const)('all that a %s promises', async (format) => {
    const root = await folder();
    const probes = [{ recipe: 'beta', code: 'import beta\nassert beta.value == 41\n' }];
    const { manifest } = await make(root, tree, format, promising(['alpha', 'beta'], probes));
    const before = await listTree(path.join(root, 'out'));
    const found = await run(request(root));
    expect(found.attempts.map(({ kind, name, ok }) => [kind, name, ok])).toEqual([
      ['module', 'alpha', true],
      ['module', 'beta', true],
      ['probe', 'beta', true],
    ]);
    expect(codes(found)).toEqual([]);
    expect(found.statistics.cold?.count).toBe(1);
    // Nothing of ours is left in the output folder but what was measured.
    const after = await listTree(path.join(root, 'out'));
    expect([found.remembered, after]).toEqual([true, [...before, `${verificationName} 644`].sort()]);
    const remembered = await rememberedVerification(path.join(root, 'out'), manifest);
    expect(remembered).toMatchObject({
      record: { handler: null, works: true, peakMemory: 1000, tmpBytes: 10 },
    });
    const [first, ...others] = manifest.artifacts;
    const other = { artifacts: [{ ...first!, sha256: '0'.repeat(64) }, ...others] };
    expect(await rememberedVerification(path.join(root, 'out'), other)).toEqual({
      missing: 'of-another-build',
    });
  });

  test('several cold starts', async () => {
    const root = await folder();
    await make(root, tree, 'layer', promising(['alpha']));
    const sandbox = bareSandbox();
    const found = await run(request(root, { runs: 3 }), sandbox);
    expect([sandbox.starts(), found.coldStarts.length, found.statistics.import?.count]).toEqual([3, 3, 3]);
  });

  test('a failed import names the decision that took its file', async () => {
    const root = await folder();
    await make(
      root,
      { 'pandas/__init__.py': 'from pandas.tests import thing\n', 'numpy/__init__.py': '' },
      'layer',
      promising(['numpy', 'pandas']),
    );
    const found = await run(request(root));
    expect(found.findings).toEqual([
      {
        code: 'verify-import-failed',
        args: {
          module: 'pandas',
          error: "ModuleNotFoundError: No module named 'pandas.tests'",
          culprit: {
            path: 'pandas/tests/__init__.py',
            rule: 'base/tests',
            because: 'Test packages are never imported.',
            keep: 'pandas/tests/**',
          },
        },
      },
    ]);
  });

  test('an import that ends the process loses no other', async () => {
    const root = await folder();
    const crash = 'import os\nos._exit(7)\n';
    await make(
      root,
      { 'a.py': '', 'b.py': crash, 'c.py': '', 'd.py': 'raise SystemExit(3)\n' },
      'layer',
      promising(['a', 'b', 'c', 'd']),
    );
    const found = await run(request(root));
    expect(found.attempts.map(({ name, ok }) => [name, ok])).toEqual([
      ['a', true],
      ['b', false],
      ['c', true],
      ['d', false],
    ]);
    expect(codes(found)).toEqual(['verify-import-failed', 'verify-import-failed']);
  });

  test('what fails only beside another is no failure', async () => {
    const root = await folder();
    const jealous = 'import sys\nif "a" in sys.modules:\n  raise ImportError("not beside a")\n';
    await make(root, { 'a.py': '', 'b.py': jealous }, 'layer', promising(['a', 'b']));
    expect(codes(await run(request(root)))).toEqual([]);
  });

  test('what fails everywhere is not tried again without end', async () => {
    const root = await folder();
    const names = Array.from({ length: 9 }, (_, index) => `m${index}`);
    const broken = Object.fromEntries(names.map((name) => [`${name}.py`, 'raise ImportError("no")\n']));
    await make(root, broken, 'layer', promising(names));
    const sandbox = bareSandbox();
    expect(codes(await run(request(root), sandbox))).toHaveLength(9);
    expect(sandbox.starts()).toBe(1 + 3);
  });

  test('a build that promises nothing must start', async () => {
    const root = await folder();
    await make(root, { 'data/x.txt': 'x' }, 'layer', promising([]));
    expect((await run(request(root))).coldStarts).toHaveLength(1);
  });
});

describe('with a handler', () => {
  const asked = { handler: 'app.handler', event: { add: 1 }, environment: { NAME: 'a,b' } };

  test('several events: each has its result, and one that ends the process stops no other', async () => {
    const root = await folder();
    const code =
      'import os\ndef handler(event, context):\n  if event == 9: os._exit(3)\n  return 10 / event\n';
    await make(root, { 'app.py': code }, 'function');
    const events = [5, 0, 9, 2, 1].map((event, index) => ({ name: `${index}.json`, event }));
    const sandbox = bareSandbox();
    const found = await run(request(root, { handler: 'app.handler', events }), sandbox);
    expect(found.events?.map(({ cold, invocation }) => [cold, invocation?.ok, invocation?.result])).toEqual([
      [true, true, 2],
      [false, false, null],
      [false, false, null],
      [true, true, 5],
      [false, true, 10],
    ]);
    expect(found.findings).toMatchObject([
      {
        code: 'verify-event-failed',
        args: { event: '1.json', error: 'ZeroDivisionError: division by zero' },
      },
      { code: 'verify-event-failed', args: { event: '2.json' } },
    ]);
    expect([sandbox.starts(), found.statistics.cold?.count, found.statistics.warm?.count]).toEqual([2, 2, 1]);
  });

  test('a function that cannot be loaded is tried with none of the events', async () => {
    const root = await folder();
    await make(root, { 'app.py': 'import nothing_of_the_kind\n' }, 'function');
    const events = [{ name: 'a.json', event: 1 }];
    const found = await run(request(root, { handler: 'app.handler', events }));
    expect(found.events).toEqual([{ name: 'a.json', cold: false, invocation: null }]);
    expect(codes(found)).toEqual(['verify-handler-failed']);
  });

  test('its answer, and warm invocations', async () => {
    const root = await folder();
    await make(root, tree, 'function');
    const found = await run(request(root, { ...asked, runs: 2, warm: 3 }));
    expect(found.invocation?.result).toEqual([42, 'a,b']);
    expect([found.statistics.cold?.count, found.statistics.warm?.count, codes(found)]).toEqual([2, 6, []]);
  });

  test('many requests at once: as many environments as are busy, errors by kind', async () => {
    const root = await folder();
    const code = 'def handler(event, context):\n  return 10 / event\n';
    const { manifest } = await make(root, { 'app.py': code }, 'function');
    const events = [5, 0, 2, 'x'].map((event, index) => ({ name: `${index}.json`, event }));
    const sandbox = bareSandbox();
    const load = { requests: 12, concurrency: 3 };
    const found = await run(request(root, { handler: 'app.handler', events, load }), sandbox);
    expect(found.load).toMatchObject({
      ...{ ...load, failed: 6, room: 3, environments: 3, waiting: null, peakMemory: 1000, tmpBytes: 10 },
      errors: [
        { type: 'TypeError', count: 3, example: { event: '3.json' } },
        { type: 'ZeroDivisionError', count: 3, example: { event: '1.json', message: 'division by zero' } },
      ],
    });
    const { cold, warm, all } = found.load!;
    expect([cold!.count + warm!.count, all!.count]).toEqual([6, 6]);
    // The first runs alone, and shows what one needs.
    expect(sandbox.starts()).toBe(4);
    expect(codes(found).at(-1)).toBe('load-failed');
    const { sentence } = renderFinding(found.findings.at(-1)!);
    expect(sentence).toContain('6 requests of 12 failed: TypeError 3× for 3.json (unsupported');
    const remembered = await rememberedVerification(path.join(root, 'out'), manifest);
    expect(remembered).toEqual({ missing: 'failed' });
  });

  test('what many requests measured is remembered, of the only handler of the build', async () => {
    const root = await folder();
    const { manifest } = await make(root, tree, 'function', { handlers: ['app.handler'] });
    const found = await run(
      request(root, { ...asked, handler: null, load: { requests: 4, concurrency: 1 } }),
    );
    expect([found.handler, found.load?.warm?.count, codes(found)]).toEqual(['app.handler', 3, []]);
    const remembered = await rememberedVerification(path.join(root, 'out'), manifest);
    expect(remembered).toMatchObject({
      record: {
        load: { requests: 4, concurrency: 1, environments: 1, failed: 0, all: { count: 4 } },
        times: { cold: { count: 1 }, warm: { count: 3 } },
      },
    });
  });

  test('requests that fail now and then are a number for a budget, and an error here', async () => {
    const root = await folder();
    const code =
      'count = 0\ndef handler(event, context):\n  global count\n  count += 1\n  return 1 / (count % 2)\n';
    const { manifest } = await make(root, { 'app.py': code }, 'function');
    const load = { requests: 4, concurrency: 1 };
    const found = await run(request(root, { handler: 'app.handler', load }));
    expect([found.load?.failed, codes(found)]).toEqual([2, ['load-failed']]);
    const remembered = await rememberedVerification(path.join(root, 'out'), manifest);
    expect(remembered).toMatchObject({ record: { works: true, load: { failed: 2, all: { count: 2 } } } });
  });

  test('a function that cannot be loaded says so once', async () => {
    const root = await folder();
    await make(root, { 'app.py': 'import nothing_of_the_kind\n' }, 'function');
    const sandbox = bareSandbox();
    const load = { requests: 100, concurrency: 10 };
    const found = await run(request(root, { handler: 'app.handler', load }), sandbox);
    expect([found.load, codes(found), sandbox.starts()]).toEqual([null, ['verify-handler-failed'], 1]);
  });

  test.each([
    [[], 'for a layer, with --code'],
    [['a.handler', 'b.main'], 'Name one: --handler a.handler.'],
  ])('many requests need a handler: %j', async (handlers, hint) => {
    const root = await folder();
    await make(root, tree, 'function', { handlers });
    await expect(run(request(root, { load: { requests: 1, concurrency: 1 } }))).rejects.toMatchObject({
      code: 'bad-option',
      hint: expect.stringContaining(hint),
    });
  });

  test('code beside a layer', async () => {
    const root = await folder();
    const code = path.join(root, 'code');
    await mkdir(path.join(code, '.venv'), { recursive: true });
    await writeFile(
      path.join(code, 'own.py'),
      'import os\ndef handler(event, context):\n  return sorted(os.listdir(os.path.dirname(__file__)))\n',
    );
    await writeFile(path.join(code, '.venv', 'x.py'), '');
    await make(root, tree, 'layer');
    const found = await run(request(root, { ...asked, handler: 'own.handler', code }));
    // Only what a build would pack; the probe handler is not there.
    expect(found.invocation?.result).toEqual(['own.py']);
  });

  test.each<readonly [string, Partial<VerifyRequest>, string]>([
    ['it is not there', { handler: 'nowhere.handler' }, 'initialization'],
    ['it raises', { event: {} }, 'invocation'],
  ])('%s', async (_name, change, phase) => {
    const root = await folder();
    await make(root, tree, 'function');
    const sandbox = bareSandbox();
    const found = await run(request(root, { ...asked, ...change, runs: 5 }), sandbox);
    expect(found.findings).toMatchObject([{ code: 'verify-handler-failed', args: { phase } }]);
    expect(sandbox.starts()).toBe(1);
  });
});

describe('refused', () => {
  test.each<readonly [string, Partial<VerifyRequest>, Partial<Manifest>, string]>([
    ['no artifacts', {}, { artifacts: [] }, 'no artifacts'],
    ['SnapStart with a large /tmp', { snapStart: true, ephemeralStorage: 1024 }, {}, '1024 MB of /tmp'],
    [
      'SnapStart before Python 3.12',
      { snapStart: true },
      { target: { ...exampleManifest().target, python: '3.11' } },
      'Python 3.11',
    ],
    [
      'code for a build that has code',
      { handler: 'a.b', code: '/nowhere' },
      {},
      '--code was given, but function.zip',
    ],
  ])('%s', async (_name, asked, change, why) => {
    const root = await folder();
    await make(root, tree, 'function', change);
    await expect(run(request(root, asked))).rejects.toThrow(why);
  });

  test('no code folder', async () => {
    const root = await folder();
    await make(root, tree, 'layer');
    const asked = request(root, { handler: 'a.b', code: path.join(root, 'nothing') });
    await expect(run(asked)).rejects.toMatchObject({ code: 'not-found' });
  });

  test.each<readonly [string, 'layer' | 'directory', (out: string) => Promise<void>, string]>([
    ['a zip is gone', 'layer', (out) => rm(path.join(out, 'layer.zip')), 'is not there'],
    ['a zip has changed', 'layer', (out) => appendFile(path.join(out, 'layer.zip'), 'x'), 'has changed'],
    [
      'a file is edited',
      'directory',
      (out) => appendFile(path.join(out, 'package/app.py'), 'x'),
      'has changed',
    ],
    ['a file is added', 'directory', (out) => writeFile(path.join(out, 'package/new.py'), ''), 'has changed'],
    [
      'a folder is gone',
      'directory',
      (out) => rm(path.join(out, 'package'), { recursive: true }),
      'is not there',
    ],
  ])('%s', async (_name, format, spoil, why) => {
    const root = await folder();
    const { out } = await make(root, tree, format);
    await spoil(out);
    await expect(run(request(root))).rejects.toMatchObject({
      code: 'artifact-changed',
      message: expect.stringContaining(why),
    });
  });

  test('an interrupted run leaves nothing behind', async () => {
    const root = await folder();
    await make(root, tree, 'function', promising(['alpha']));
    await expect(run(request(root), bareSandbox(), AbortSignal.abort())).rejects.toThrow();
    expect(await readdir(path.join(root, 'cache/v1/work'))).toEqual([]);
  });
});

test('a payload in a bucket is read from the output folder', async () => {
  const root = await folder();
  const s3 = { bucket: 'bucket', key: 'some/prefix/payload.tar.zst', region: null };
  const { out, manifest } = await make(root, tree, 'layer');
  await writeFile(path.join(out, 'payload.tar.zst'), 'PAYLOAD');
  const [layer] = manifest.artifacts;
  const payload = {
    ...layer!,
    file: 'payload.tar.zst',
    kind: 'payload',
    sha256: createHash('sha256').update('PAYLOAD').digest('hex'),
  } as const;
  const nesting = {
    codec: 'zstd',
    level: 9,
    files: [],
    payloadBytes: 7,
    bootBytes: 0,
    ephemeralStorage: 512,
    digest: 'ab',
    s3,
    because: '',
  } as const;
  const changed = {
    ...manifest,
    ...promising([]),
    artifacts: [layer, payload],
    plan: { ...manifest.plan, nesting },
  };
  await writeFile(path.join(out, 'lambda-slim.json'), JSON.stringify(changed));
  let seen: readonly string[] = [];
  const bare = bareSandbox();
  const found = await run(request(root), {
    ...bare,
    start: async (spec, signal) => {
      seen = [
        spec.environment['LAMBDA_SLIM_PAYLOAD'] ?? '',
        ...(await readdir(path.join(spec.opt, 'lambda-slim-payload'))),
      ];
      return bare.start(spec, signal);
    },
  });
  expect(seen).toEqual(['file:///opt/lambda-slim-payload', 'payload.tar.zst']);
  expect(found.sandbox.notChecked.at(-1)).toContain('S3');
});
