import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { finding } from '../../src/findings/findings.js';
import { plainPaint } from '../../src/text/paint.js';
import { verifyText } from '../../src/report/verify-text.js';
import type { Verification } from '../../src/verify/verification.js';

const one = (ms: number): Verification['statistics']['cold'] => ({ count: 1, p50: ms, p95: ms, p99: ms });

const example: Verification = {
  verificationVersion: 1,
  tool: 'lambda-slim 0.1.0',
  target: { python: '3.13', architecture: 'x86_64', glibc: '2.34', custom: false },
  strategy: 'double-zip',
  sandbox: {
    name: 'bubblewrap',
    description: 'bubblewrap 0.8.0 with CPython 3.13.0 of this machine',
    notChecked: ['The libraries of Amazon Linux.'],
  },
  notChecked: ['network and AWS services', 'roles and permissions'],
  leftOut: [],
  network: 'none',
  s3: [],
  remembered: true,
  tried: null,
  layers: [],
  handler: null,
  memory: 1769,
  cpus: 1,
  tmpLimit: 2 ** 29,
  initLimitMs: 10_000,
  timeoutMs: 60_000,
  snapStart: false,
  attempts: [
    { kind: 'module', name: 'numpy', ok: true, ms: 120, error: null, causes: [] },
    { kind: 'probe', name: 'numpy', ok: true, ms: 1500, error: null, causes: [] },
  ],
  invocation: null,
  events: null,
  load: null,
  coldStarts: [
    {
      initMs: 400,
      unpackMs: 210,
      importMs: 120,
      coldMs: 520,
      warmMs: [],
      peakMemory: 2 ** 27,
      tmpBytes: 2 ** 28,
      memoryExceeded: false,
      exitCode: 0,
      initError: null,
      first: null,
    },
  ],
  statistics: { init: one(400), unpack: one(210), import: one(120), cold: one(520), warm: null },
  peakMemory: 2 ** 27,
  tmpBytes: 2 ** 28,
  findings: [],
  log: ['a line of the function'],
  times: [],
};

function text(change: Partial<Verification> = {}, verbose = false): string {
  return verifyText(
    { ...example, ...change },
    { paint: plainPaint, width: 100, wrapAt: Number.POSITIVE_INFINITY, verbose },
  );
}

test('the whole report', () => {
  expect(text())
    .toBe(`python3.13 x86_64 · strategy double-zip · every import and probe that the build promises
sandbox  bubblewrap 0.8.0 with CPython 3.13.0 of this machine
as       memory 1769 MB · 1 CPU · /tmp 512 MB

tried             time
probe of numpy  1.50 s  ok
import numpy    120 ms  ok

time
cold start: initialization and imports  520 ms
  initialization                        400 ms
    unpacking in it                     210 ms
  imports                               120 ms

limit                             used          of
initialization   █░░░░░░░░░     520 ms     10.00 s
memory, at most  █░░░░░░░░░  128.0 MiB  1769.0 MiB
/tmp, at most    █████░░░░░  256.0 MiB   512.0 MiB

✔ 1 module imported and 1 recipe probe run.
not checked  network and AWS services, roles and permissions
`);
});

test('the last lines break between words in a narrow terminal', () => {
  const findings = [finding('verify-import-failed', { module: 'pandas', error: 'E: no', culprit: null })];
  const narrow = { paint: plainPaint, width: 40, wrapAt: 40, verbose: false };
  for (const change of [{}, { findings }]) {
    const lines = verifyText({ ...example, ...change }, narrow).split('\n');
    const last = lines.slice(lines.findLastIndex((line) => /^[✔✖] \d/.test(line)));
    expect(last.length).toBeGreaterThan(2);
    expect(last.filter((line) => stringWidth(line) > 40)).toEqual([]);
  }
});

describe('more', () => {
  const answered = {
    handler: 'app.handler',
    attempts: [],
    invocation: { ok: true, result: { sum: 3 }, error: null, ms: 5 },
  };
  const failing = {
    attempts: [{ kind: 'module', name: 'pandas', ok: false, ms: 3, error: 'E: no', causes: [] }],
    findings: [finding('verify-import-failed', { module: 'pandas', error: 'E: no', culprit: null })],
  } as const;
  const many = {
    statistics: { ...example.statistics, cold: { count: 10, p50: 500, p95: 900, p99: 950 }, warm: one(2) },
    coldStarts: Array.from({ length: 10 }, () => example.coldStarts[0]!),
  };

  test.each<readonly [string, Partial<Verification>, boolean, readonly string[], readonly string[]]>([
    [
      'a handler',
      answered,
      false,
      ['answer  {"sum":3}', 'timeout 60 s', '✔ app.handler answers.'],
      ['tried'],
    ],
    ['a failure', failing, false, ['✖ fails', 'verify-import-failed', '✖ 1 error above'], ['✔']],
    [
      'the traceback of a handler',
      {
        ...answered,
        invocation: null,
        coldStarts: [
          {
            ...example.coldStarts[0]!,
            first: {
              ok: false,
              result: null,
              ms: 1,
              error: {
                errorType: 'E',
                errorMessage: 'no',
                stackTrace: ['  File "/var/task/app.py", line 2\n    fail()\n'],
              },
            },
          },
        ],
      },
      false,
      ['traceback\n    File "/var/task/app.py", line 2\n      fail()'],
      [],
    ],
    ['several runs', many, false, ['p50', 'p95', '500 ms', '950 ms'], []],
    [
      'several events',
      {
        ...answered,
        invocation: null,
        events: [
          { name: 'a.json', cold: true, invocation: { ok: true, result: { sum: 3 }, error: null, ms: 5 } },
          { name: 'b.json', cold: false, invocation: { ok: false, result: null, error: null, ms: 1200 } },
          { name: 'c.json', cold: false, invocation: null },
        ],
      },
      false,
      [
        'event     time        answer\na.json    5 ms  cold  {"sum":3}',
        '1.20 s        ✖ fails',
        'not tried',
        'answers 3 events',
      ],
      [],
    ],
    ['the log', {}, true, ['  a line of the function'], []],
    ['how the sandbox differs', {}, true, ['permissions\n  - The libraries of Amazon Linux.'], []],
    ['nothing to write it to', { remembered: false }, false, ['could not be written'], []],
    [
      'buckets',
      {
        s3: [
          {
            bucket: 'models',
            requests: 9,
            written: [{ key: 'out.txt', bytes: 3, metadata: {} }],
            deleted: [],
            missing: ['none.txt'],
          },
        ],
      },
      false,
      ['s3       models: 9 requests; wrote out.txt (3 bytes); not there: none.txt'],
      [],
    ],
    ['a network', { network: 'host' }, false, ["/tmp 512 MB · this machine's network"], []],
    [
      'warm invocations',
      { ...answered, statistics: { ...example.statistics, warm: { ...one(2)!, count: 3 } } },
      false,
      ['warm', '2 ms    2 ms    2 ms   3', 'Python and imports in it'],
      [],
    ],
    ['no log', {}, false, [], ['a line of the function']],
    ['SnapStart', { snapStart: true }, false, ['SnapStart'], []],
    [
      'no initialization',
      { coldStarts: [{ ...example.coldStarts[0]!, initMs: null }] },
      false,
      ['memory, at most'],
      ['10.00 s'],
    ],
  ])('%s', (_name, change, verbose, there, absent) => {
    const report = text(change, verbose);
    for (const part of there) expect(report).toContain(part);
    for (const part of absent) expect(report).not.toContain(part);
  });

  test('of many that work, the slowest', () => {
    const attempts = Array.from({ length: 30 }, (_, index) => ({
      kind: 'module' as const,
      name: `m${index}`,
      ok: true,
      ms: index,
      error: null,
      causes: [],
    }));
    expect(text({ attempts })).toContain('… and 20 more that work (--verbose)');
    expect(text({ attempts }, true)).toContain('import m0 ');
  });
});

describe('what was left out', () => {
  const lines = (leftOut: Verification['leftOut'], verbose = false): string => text({ leftOut }, verbose);

  test('is named with the reason, also when nothing failed', () => {
    const text = lines([
      { kind: 'module', name: 'tests', because: 'left out by base/tests: they test.' },
      { kind: 'probe', name: 'keras', because: 'it did not run in the build' },
    ]);
    expect(text).toContain(
      'left out     tests (left out by base/tests: they test), the probe of keras (it did not run in the build)',
    );
    expect(lines([])).not.toContain('left out');
  });

  test('of many the names alone', () => {
    const many = Array.from({ length: 30 }, (_, index) => ({
      ...{ kind: 'module', name: `m${index}`, because: 'x' },
    })) as unknown as Verification['leftOut'];
    expect(lines(many)).toContain('m8, m9 and 20 more (--verbose tells why)');
    expect(lines(many, true)).toContain('m29 (x)');
  });
});
