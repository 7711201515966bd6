/** `lambda-slim verify` as users run it: small builds in the real sandboxes of this machine. */
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import {
  build,
  environment,
  inCi,
  pythonFor,
  remove,
  repository,
  sharedCache,
  start,
  temporary,
} from './helper-build.js';
import type { PythonVersion } from '../../src/model.js';
import type { Verification } from '../../src/verify/verification.js';

jest.setTimeout(600_000);

const version: PythonVersion = (await pythonFor('3.13')) === null ? '3.12' : '3.13';
const python = await pythonFor(version);
const works = async (command: string, args: readonly string[]): Promise<boolean> =>
  start(command, args).then(
    ({ code }) => code === 0,
    () => false,
  );
const sandboxes = [
  ...((await works('bwrap', ['--ro-bind', '/', '/', '--unshare-user', 'true'])) ? ['bubblewrap'] : []),
  ...((await works('unshare', ['--user', '--map-root-user', '--mount', 'true'])) ? ['unshare'] : []),
];

const app = `
import errno, os, shutil, socket, sys
import slim_verified

def handler(event, context):
    return {"sum": slim_verified.add(event["a"], event["b"]), "table": os.environ.get("TABLE")}

def place(event, context):
    try:
        open("/var/task/new", "w")
        writable = True
    except OSError as error:
        writable = errno.errorcode[error.errno]
    try:
        socket.create_connection(("192.0.2.1", 80), timeout=2)
        network = True
    except OSError:
        network = False
    return {
        "writable": writable,
        "network": network,
        "tmp": shutil.disk_usage("/tmp").total,
        "memory": context.memory_limit_in_mb,
        "path": [one for one in sys.path if one.startswith(("/var/task", "/opt/python"))][:3],
    }

# A nested build: what lies in /tmp when the module is imported, and whether it is still the same.
def opened():
    found = []
    for folder, names, files in os.walk("/tmp/lambda-slim"):
        for one in names + files:
            facts = os.lstat(os.path.join(folder, one))
            found.append([os.path.join(folder, one), facts.st_ino, facts.st_ctime_ns])
    return sorted(found)

at_import = opened()
at_restore = None

def nested(event, context):
    return {
        "at_import": len(at_import),
        "at_restore": at_restore,
        "same": opened() == at_import,
        "data": len(slim_verified.data()),
        "type": os.environ["AWS_LAMBDA_INITIALIZATION_TYPE"],
    }

if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
    from snapshot_restore_py import register_after_restore

    @register_after_restore
    def restored():
        global at_restore
        at_restore = opened() == at_import

def fails(event, context):
    raise ValueError("not today")

def hungry(event, context):
    data = []
    while True:
        data.append(bytearray(b"x" * 2 ** 20))

def fills(event, context):
    with open("/tmp/large", "wb") as file:
        while True:
            file.write(bytes(2 ** 20))

def slow(event, context):
    import time
    time.sleep(30)

def ends(event, context):
    os._exit(9)
`;

const slimVerified = `
import os

def add(a, b):
    return a + b

def data():
    with open(os.path.join(os.path.dirname(__file__), "data.bin"), "rb") as file:
        return file.read()
`;

interface Answer {
  readonly code: number | null;
  readonly found: Verification;
  readonly error: { readonly code: string } | undefined;
}

let root: string;

beforeAll(async () => {
  root = await temporary('verify');
  const tree = path.join(root, 'tree');
  const info = path.join(tree, 'slim_verified-1.0.dist-info');
  await mkdir(path.join(tree, 'slim_verified/tests'), { recursive: true });
  await mkdir(info);
  await writeFile(path.join(tree, 'slim_verified/__init__.py'), slimVerified);
  // Large enough to be worth nesting.
  await writeFile(path.join(tree, 'slim_verified/data.bin'), Buffer.alloc(2 ** 21, 'data'));
  // Gone after the build: nothing imports it there.
  await writeFile(path.join(tree, 'slim_verified/tests/__init__.py'), '');
  await writeFile(path.join(tree, 'slim_verified/tests/test_add.py'), '');
  await writeFile(path.join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: slim-verified\nVersion: 1.0\n');
  const files = ['__init__.py', 'data.bin', 'tests/__init__.py', 'tests/test_add.py'].map(
    (name) => `slim_verified/${name},,\n`,
  );
  await writeFile(path.join(info, 'RECORD'), `${files.join('')}slim_verified-1.0.dist-info/METADATA,,\n`);
  await mkdir(path.join(root, 'code'));
  await writeFile(path.join(root, 'code/app.py'), app);
  await writeFile(path.join(root, 'event.json'), '{"a": 40, "b": 2}');
  const common = ['--from', tree, '--python', version, ...(python === null ? [] : ['--interpreter', python])];
  for (const [name, args] of [
    ['layer', []],
    ['nested', ['--strategy', 'double-zip']],
    ['function', ['--code', 'code', '--format', 'function']],
    ['directory', ['--code', 'code', '--format', 'directory']],
  ] as const) {
    const built = await build(root, [...common, ...args], { out: path.join(root, name) });
    if (built.code !== 0) throw new Error(`${JSON.stringify(built.error)}\n${built.stderr}`);
  }
});
afterAll(() => remove(root));

async function verify(out: string, args: readonly string[]): Promise<Answer> {
  const line = [
    'bin/lambda-slim.js',
    'verify',
    '--json',
    '--out',
    path.join(root, out),
    '--cache-dir',
    sharedCache,
  ];
  const ran = await start(
    process.execPath,
    [
      path.join(repository, line[0]!),
      ...line.slice(1),
      ...(python === null ? [] : ['--interpreter', python]),
      ...args,
    ],
    { cwd: root, env: environment },
  );
  try {
    const document = JSON.parse(ran.stdout) as Verification & { readonly error?: Answer['error'] };
    return { code: ran.code, found: document, error: document.error };
  } catch {
    throw new Error(`exit ${ran.code ?? '?'}: ${ran.stdout.slice(0, 500)}\n${ran.stderr}`);
  }
}

const codes = ({ findings }: Verification): readonly string[] => findings.map(({ code }) => code);

test('there is a sandbox here (bubblewrap or unshare) and a CPython to run in it', () => {
  if (inCi) expect([sandboxes.length > 0, python !== null]).toEqual([true, true]);
  else expect(Array.isArray(sandboxes)).toBe(true);
});

const runnable =
  python !== null && sandboxes.length > 0 ? describe.each(sandboxes) : describe.skip.each(['any sandbox']);

runnable(`in %s (CPython ${version})`, (sandbox) => {
  const given = ['--sandbox', sandbox];

  test.each(['layer', 'function', 'directory'])('all that a %s promises', async (out) => {
    const { code, found } = await verify(out, given);
    expect({ code, codes: codes(found), name: found.sandbox.name }).toEqual({
      code: 0,
      codes: [],
      name: sandbox,
    });
    expect(found.attempts).toContainEqual(expect.objectContaining({ name: 'slim_verified', ok: true }));
    expect(found.peakMemory).toBeGreaterThan(2 ** 20);
  });

  test.each<readonly [string, readonly string[]]>([
    ['function', []],
    ['directory', []],
    ['layer', ['--code', 'code']],
  ])('a handler of a %s', async (out, more) => {
    const args = ['--handler', 'app.handler', '--event', 'event.json', '--env', 'TABLE=a,b'];
    const { code, found } = await verify(out, [...given, ...args, ...more, '--runs', '2']);
    expect({ code, result: found.invocation?.result }).toEqual({
      code: 0,
      result: { sum: 42, table: 'a,b' },
    });
    expect([found.statistics.cold?.count, found.statistics.warm?.count]).toEqual([2, 6]);
  });

  test('the place is like Lambda', async () => {
    const args = [
      '--handler',
      'app.place',
      '--code',
      'code',
      '--memory',
      '256',
      '--ephemeral-storage',
      '600',
    ];
    const { found } = await verify('layer', [...given, ...args]);
    expect(found.findings).toEqual([]);
    expect(found.invocation?.result).toEqual({
      writable: 'EROFS',
      network: false,
      tmp: 600 * 2 ** 20,
      memory: '256',
      path: ['/var/task', `/opt/python/lib/python${version}/site-packages`, '/opt/python'],
    });
  });

  test.each<readonly [string, readonly string[], readonly string[]]>([
    ['raises', ['app.fails'], ['verify-handler-failed']],
    ['is not there', ['app.nothing'], ['verify-handler-failed']],
    ['has no module', ['nothing.handler'], ['verify-handler-failed']],
    ['ends the process', ['app.ends'], ['verify-handler-failed']],
    ['takes too long', ['app.slow', '--timeout', '2'], ['verify-handler-failed']],
    ['takes all memory', ['app.hungry', '--memory', '256'], ['memory-exceeded']],
    ['fills /tmp', ['app.fills', '--memory', '1024'], ['tmp-full', 'verify-handler-failed']],
  ])('a handler that %s', async (_name, [handler = '', ...more], expected) => {
    const { code, found } = await verify('function', [...given, '--handler', handler, ...more]);
    expect({ code, codes: codes(found) }).toEqual({ code: 1, codes: expected });
  });

  test('SnapStart: the payload is opened before the snapshot, and nothing is done when it is restored', async () => {
    const args = ['--handler', 'app.nested', '--code', 'code', '--snap-start'];
    const { code, found } = await verify('nested', [...given, ...args]);
    expect({ code, codes: codes(found), result: found.invocation?.result }).toEqual({
      code: 0,
      codes: [],
      result: {
        at_import: expect.any(Number),
        at_restore: true,
        same: true,
        data: 2 ** 21,
        type: 'snap-start',
      },
    });
    expect((found.invocation?.result as { at_import: number }).at_import).toBeGreaterThan(0);
    expect(found.log.filter((line) => line.includes('"lambda-slim"'))).toHaveLength(1);
  });

  test('PYTHONPATH keeps a payload closed, which is told; the wrapper opens it', async () => {
    const args = [...given, '--handler', 'app.nested', '--code', 'code', '--env', 'PYTHONPATH=/opt/python'];
    const closed = await verify('nested', args);
    expect({ code: closed.code, codes: codes(closed.found) }).toEqual({
      code: 1,
      codes: ['python-path-set', 'verify-handler-failed'],
    });
    const wrapper = ['--env', 'AWS_LAMBDA_EXEC_WRAPPER=/opt/lambda-slim-wrapper'];
    const { code, found } = await verify('nested', [...args, ...wrapper]);
    expect({ code, codes: codes(found), result: found.invocation?.result }).toMatchObject({
      code: 0,
      codes: [],
      result: { data: 2 ** 21 },
    });
  });

  test('what was dropped is named with the rule that dropped it', async () => {
    const code = path.join(root, 'wants-tests');
    await mkdir(code, { recursive: true });
    await writeFile(
      path.join(code, 'app.py'),
      'import slim_verified.tests.test_add\ndef handler(event, context): pass\n',
    );
    const { found } = await verify('layer', [...given, '--handler', 'app.handler', '--code', code]);
    expect(found.findings).toMatchObject([
      {
        code: 'verify-handler-failed',
        args: { phase: 'initialization', culprit: { rule: 'base/test-suites' } },
      },
    ]);
  });
});
