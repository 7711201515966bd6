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
  await writeFile(path.join(tree, 'slim_verified/__init__.py'), 'def add(a, b):\n    return a + b\n');
  // Gone after the build: nothing imports it there.
  await writeFile(path.join(tree, 'slim_verified/tests/__init__.py'), '');
  await writeFile(path.join(tree, 'slim_verified/tests/test_add.py'), '');
  await writeFile(path.join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: slim-verified\nVersion: 1.0\n');
  const files = ['__init__.py', 'tests/__init__.py', 'tests/test_add.py'].map(
    (name) => `slim_verified/${name},,\n`,
  );
  await writeFile(path.join(info, 'RECORD'), `${files.join('')}slim_verified-1.0.dist-info/METADATA,,\n`);
  await mkdir(path.join(root, 'code'));
  await writeFile(path.join(root, 'code/app.py'), app);
  await writeFile(path.join(root, 'event.json'), '{"a": 40, "b": 2}');
  const common = ['--from', tree, '--python', version, ...(python === null ? [] : ['--interpreter', python])];
  for (const [name, args] of [
    ['layer', []],
    ['function', ['--handler', 'code', '--format', 'function']],
    ['directory', ['--handler', 'code', '--format', 'directory']],
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
