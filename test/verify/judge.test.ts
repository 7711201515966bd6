import { describe, expect, test } from '@jest/globals';
import { renderFinding } from '../../src/findings/findings.js';
import { judge, judgeTried, short, type Evidence } from '../../src/verify/judge.js';
import type { Attempt, ColdStart } from '../../src/verify/verification.js';
import { exampleManifest } from '../report/example.js';

const good: ColdStart = {
  initMs: 300,
  unpackMs: null,
  importMs: 200,
  coldMs: 500,
  warmMs: [],
  peakMemory: 100,
  tmpBytes: 0,
  memoryExceeded: false,
  exitCode: 0,
  initError: null,
  first: null,
};

const attempt = (change: Partial<Attempt>): Attempt => ({
  kind: 'module',
  name: 'pandas',
  ok: false,
  ms: 10,
  error: 'ImportError: broken',
  causes: [],
  ...change,
});

function judged(change: Partial<Evidence>): readonly string[] {
  return judge({
    manifest: exampleManifest(),
    request: { handler: null, memory: 512, environment: {} },
    proven: true,
    attempts: [],
    coldStarts: [good],
    memoryExceededAlone: false,
    initLimitMs: 10_000,
    hasCode: true,
    tmpLimit: 2 ** 29,
    ...change,
  }).map((one) => {
    const { code, sentence, hint } = renderFinding(one);
    return `${code} ${sentence} | ${hint ?? ''}`;
  });
}

const failed = (type: string, message: string): ColdStart['first'] => ({
  ok: false,
  result: null,
  error: { errorType: type, errorMessage: message, stackTrace: [] },
  ms: 3,
});
const own = { handler: 'app.handler', memory: 512, environment: {} };

describe('nothing is found', () => {
  test.each<readonly [string, Partial<Evidence>]>([
    ['when all works', { attempts: [attempt({ ok: true, error: null })] }],
    [
      'in a handler that answers',
      { request: own, coldStarts: [{ ...good, first: { ok: true, result: 1, error: null, ms: 2 } }] },
    ],
    [
      'when initialization takes just as long as it may',
      { request: own, coldStarts: [{ ...good, initMs: 10_000 }] },
    ],
  ])('%s', (_name, change) => {
    expect(judged(change)).toEqual([]);
  });
});

describe('findings', () => {
  test.each<readonly [string, Partial<Evidence>, readonly string[]]>([
    [
      'an import that misses a dropped file',
      { attempts: [attempt({ error: "ModuleNotFoundError: No module named 'pandas.tests'" })] },
      [
        'verify-import-failed',
        'pandas/tests/__init__.py was left out by base/tests',
        '--keep "pandas/tests/**"',
      ],
    ],
    [
      'an import that misses nothing',
      { attempts: [attempt({})] },
      ['verify-import-failed import pandas fails: ImportError: broken. |', '--verbose'],
    ],
    [
      'a probe, by its innermost cause',
      { attempts: [attempt({ kind: 'probe', name: 'numpy', causes: ['A: a', 'OSError: deep'] })] },
      ['verify-probe-failed The probe of recipe numpy fails: OSError: deep.'],
    ],
    [
      'what was never proved and not asked for',
      { proven: false, attempts: [attempt({ name: 'numpy' })] },
      ['verify-not-known import numpy fails', 'may never have worked'],
    ],
    [
      'what was never proved but asked for',
      { proven: false, attempts: [attempt({ name: 'pandas' })] },
      ['verify-import-failed import pandas'],
    ],
    [
      'what the runtime brings',
      { attempts: [attempt({ error: "ModuleNotFoundError: No module named 'boto3'" })] },
      ['verify-not-known', "Lambda's own Python runtime has boto3"],
    ],
    [
      'a handler that does not load',
      {
        request: own,
        hasCode: false,
        coldStarts: [
          {
            ...good,
            initMs: null,
            initError: {
              errorType: 'Runtime.ImportModuleError',
              errorMessage: "Unable to import module 'app'",
              stackTrace: [],
            },
          },
        ],
      },
      ['verify-handler-failed app.handler fails at initialization: Runtime.ImportModuleError', '--code'],
    ],
    [
      'a handler that raises',
      { request: own, coldStarts: [{ ...good, first: failed('KeyError', "'x'") }] },
      ["verify-handler-failed app.handler fails at invocation: KeyError: 'x'."],
    ],
    [
      'a process that ends',
      { request: own, coldStarts: [{ ...good, initMs: null, exitCode: 139 }] },
      ['the process ended with code 139'],
    ],
    [
      'a full /tmp',
      {
        request: own,
        coldStarts: [
          { ...good, tmpBytes: 2 ** 29, first: failed('OSError', '[Errno 28] No space left on device') },
        ],
      },
      ['tmp-full /tmp was full: 512.0 MiB of 512.0 MiB', '--ephemeral-storage'],
    ],
    [
      'slow imports',
      { coldStarts: [{ ...good, initMs: 4000, importMs: 7000, unpackMs: 1500 }] },
      ['init-too-slow Initialization takes 11.0 s (1.5 s of them unpacking); after 10.0 s'],
    ],
    [
      'too little memory for the handler',
      { request: own, coldStarts: [{ ...good, memoryExceeded: true }] },
      ["memory-exceeded app.handler was stopped for using more than the function's 512 MB"],
    ],
    [
      'too little memory for all together',
      { coldStarts: [{ ...good, memoryExceeded: true }, good] },
      ['memory-tight'],
    ],
    [
      'too little memory for one alone',
      { coldStarts: [{ ...good, memoryExceeded: true }], memoryExceededAlone: true },
      ['memory-exceeded'],
    ],
  ])('%s', (_name, change, expected) => {
    const text = judged(change).join('\n');
    for (const part of expected) expect(text).toContain(part);
  });

  const nested = exampleManifest().plan;
  const broken = [attempt({ error: "ModuleNotFoundError: No module named 'pandas'" })];
  const withPath = (PYTHONPATH: string, more: Readonly<Record<string, string>> = {}): Partial<Evidence> => ({
    manifest: exampleManifest({ plan: { ...nested, nesting: {} as never } }),
    request: { handler: null, memory: 512, environment: { PYTHONPATH, ...more } },
    attempts: broken,
  });
  test.each<readonly [string, Partial<Evidence>, readonly string[]]>([
    [
      'with a payload that nothing opens',
      withPath('/opt/python'),
      ['"/opt/python"', 'nothing opens the payload', 'import lambda_slim_boot', 'lambda-slim-wrapper'],
    ],
    [
      'without the layer’s folder',
      { ...withPath('lib'), manifest: exampleManifest() },
      ['"lib"', 'If not, add /opt/python to it.'],
    ],
    [
      'without the layer’s folder, although the wrapper is set',
      withPath('lib', { AWS_LAMBDA_EXEC_WRAPPER: '/opt/lambda-slim-wrapper' }),
      ['If not, add /opt/python to it.'],
    ],
  ])('PYTHONPATH %s', (_name, change, expected) => {
    const text = judged(change)[0];
    for (const part of ['python-path-set', ...expected]) expect(text).toContain(part);
  });

  test.each<readonly [string, Partial<Evidence>]>([
    ['all works', { ...withPath('/opt/python'), attempts: [attempt({ ok: true, error: null })] }],
    ['a function has no layer', { ...withPath('lib'), manifest: exampleManifest({ artifacts: [] }) }],
    [
      'the wrapper opens the payload',
      withPath('lib:/opt/python/', { AWS_LAMBDA_EXEC_WRAPPER: '/opt/lambda-slim-wrapper' }),
    ],
  ])('PYTHONPATH is no finding when %s', (_name, change) => {
    expect(judged(change).filter((text) => text.startsWith('python-path-set'))).toEqual([]);
  });

  test('a handler that fails in every cold start is one finding', () => {
    const bad = { ...good, first: failed('KeyError', 'x') };
    expect(judged({ request: own, coldStarts: [bad, bad, bad] })).toHaveLength(1);
  });
});

test('a long error is one line that ends', () => {
  expect(short('ImportError: \n\n  first\n second.\n')).toBe('ImportError: first second');
  expect(short('x'.repeat(1000))).toHaveLength(400);
});

describe('a handler that nobody named, with an empty event', () => {
  const tried = (change: Partial<ColdStart>): readonly string[] =>
    judgeTried(
      {
        manifest: exampleManifest(),
        request: { handler: null, memory: 512, environment: {} },
        proven: true,
        attempts: [],
        coldStarts: [{ ...good, ...change }],
        memoryExceededAlone: false,
        initLimitMs: 10_000,
        hasCode: true,
        tmpLimit: 2 ** 29,
      },
      'app.handler',
    ).map(({ code }) => code);
  const nothing = {
    errorType: 'Runtime.ImportModuleError',
    errorMessage: "No module named 'yaml'",
    stackTrace: [],
  };

  test.each<readonly [string, Partial<ColdStart>, readonly string[]]>([
    ['answers', { first: { ok: true, result: 1, error: null, ms: 1 } }, []],
    ['misses what is in the event', { first: failed('KeyError', "'Records'") }, ['verify-not-known']],
    [
      'cannot load something',
      { first: failed('ModuleNotFoundError', "No module named 'yaml'") },
      ['verify-handler-failed'],
    ],
    ['cannot be loaded', { initMs: null, initError: nothing }, ['verify-handler-failed']],
    ['needs too much memory', { memoryExceeded: true, first: null }, ['memory-exceeded']],
  ])('%s', (_name, change, expected) => {
    expect(tried(change)).toEqual(expected);
  });
});

test('a handler that is spelled nearly like one of the build is named', () => {
  const found = judged({
    manifest: { ...exampleManifest(), handlers: ['app.handler'] },
    request: { handler: 'app.hander', memory: 512, environment: {} },
    coldStarts: [
      {
        ...good,
        initMs: null,
        initError: {
          errorType: 'Runtime.HandlerNotFound',
          errorMessage: "Handler 'hander' missing on module 'app'",
          stackTrace: [],
        },
      },
    ],
  });
  expect(found.map((one) => one.split('| ')[1])).toEqual(['Did you mean app.handler?']);
});
