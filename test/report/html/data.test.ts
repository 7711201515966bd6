import { describe, expect, test } from '@jest/globals';
import { finding } from '../../../src/findings/findings.js';
import { kindOf } from '../../../src/report/html/kind.js';
import { pageData, type PagePackage } from '../../../src/report/html/data.js';
import { exampleManifest } from '../example.js';
import { largeManifest, madeManifest } from './made.js';

const total = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0);

const nested = madeManifest({
  packages: {
    torch: [
      ['torch/lib/libtorch.so', 'strip', 9000, 7000],
      ['torch/__init__.py', 'keep', 50, 50],
      ['torch/tests/a.py', 'drop', 500, 0],
    ],
    small: [['small.py', 'keep', 10, 10]],
  },
  bytecode: { small: 7 },
  tmp: [
    ['torch/lib/libtorch.so', 'torch', 7000],
    ['torch/__init__.pyc', 'torch', 40],
  ],
});

describe('the files of each package add up to what the manifest says of it', () => {
  const rows: readonly (readonly [string, readonly PagePackage[]])[] = [
    ['nested', pageData(nested).packages],
    ['20,000 files', pageData(largeManifest(20_000)).packages],
  ];
  test.each(rows)('%s', (_name, packages) => {
    for (const { files, raw, kept } of packages) {
      expect(total(files.map((file) => file[1]))).toBe(raw);
      expect(total(files.map((file) => file[2]))).toBe(kept);
    }
    expect(packages.length).toBeGreaterThan(1);
  });

  test('and all of them to what was installed', () => {
    const { packages, sizes } = pageData(nested);
    expect(total(packages.map((one) => one.raw))).toBe(sizes.raw);
  });
});

test('each file has its sizes, its reason, its kind, and whether it is opened into /tmp', () => {
  const { packages, reasons } = pageData(nested);
  const files = packages
    .flatMap((one) => one.files)
    .map(([path, raw, kept, reason, kind, tmp]) => [path, raw, kept, reasons[reason]?.rule, kind, tmp]);
  expect(files).toEqual([
    ['torch/lib/libtorch.so', 9000, 7000, 'strip/symbols', 'native', 1],
    ['torch/__init__.py', 50, 50, 'kept/default', 'python', 0],
    ['torch/tests/a.py', 500, 0, 'base/tests', 'python', 0],
    ['torch/__init__.pyc', 0, 40, 'build/bytecode', 'added', 1],
    ['small.py', 10, 10, 'kept/default', 'python', 0],
    ['(bytecode)', 0, 7, 'build/bytecode', 'added', 0],
  ]);
});

test.each(['__proto__', 'constructor', 'toString'])('a package called %s', (name) => {
  const manifest = madeManifest({ packages: { small: [['small.py', 'keep', 10, 10]] } });
  const size = { version: null, raw: 0, kept: 5, packed: 1, files: 0 };
  const { packages } = pageData({ ...manifest, packages: [{ ...size, distribution: name }] });
  expect(packages.map((one) => [one.name, one.files.map(([path]) => path)])).toEqual([
    [name, ['(bytecode)']],
  ]);
});
test('a reason is there once', () => {
  const { reasons } = pageData(largeManifest(300));
  expect(reasons.map(({ action }) => action).sort()).toEqual(['drop', 'keep', 'strip']);
});

test("the function's code, the bootstrap and files without an owner are packages, too", () => {
  const size = { version: null, raw: 0, kept: 5, packed: 1, files: 0 };
  const manifest = madeManifest({ packages: { small: [['small.py', 'keep', 10, 10]] } });
  const { packages } = pageData({
    ...manifest,
    decisions: [
      ...manifest.decisions,
      {
        path: 'lost.py',
        action: 'keep',
        rule: 'kept/default',
        because: 'No rule.',
        bytes: 3,
        kept: 3,
        distribution: null,
      },
    ],
    packages: [
      ...manifest.packages,
      { ...size, distribution: '(function code)' },
      { ...size, distribution: '(bootstrap)' },
      { ...size, distribution: '(no owner)', raw: 3, kept: 3 },
    ],
  });
  expect(packages.map(({ name, files }) => [name, files.map(([path]) => path)])).toEqual([
    ['small', ['small.py']],
    ['(function code)', ['(function code)']],
    ['(bootstrap)', ['(bootstrap)']],
    ['(no owner)', ['lost.py']],
  ]);
});

test('why a package is there', () => {
  const { packages } = pageData(nested);
  expect(packages.map(({ because }) => because)).toEqual(['you asked for it', 'needed by others']);
});

describe('limits', () => {
  test.each(pageData(nested).limits.map((row) => [row.name, row] as const))(
    'the parts of %s add up',
    (_name, { parts, used }) => {
      expect(total(parts.map((part) => part.bytes))).toBe(used);
    },
  );

  test('the payload is a part of what is unzipped, and what it holds of /tmp', () => {
    const names = pageData(nested).limits.map(({ parts }) => parts.map((part) => part.name));
    expect(names).toEqual([['the largest zip'], ['packages', 'payload, compressed', 'bootstrap'], ['torch']]);
  });

  test('at the unzipped limit equal is too much', () => {
    const { plan } = exampleManifest();
    const { limits } = pageData(exampleManifest({ plan: { ...plan, unzippedBytes: 262_144_000 } }));
    expect(limits[1]).toMatchObject({ fits: false, left: -1 });
  });
});

test('findings are sentences, errors first', () => {
  const findings = [
    finding('via-s3', { artifact: 'layer.zip', bytes: 60_000_000 }),
    finding('import-lost', { module: 'numpy', error: 'gone' }),
  ];
  const rendered = pageData(exampleManifest({ findings })).findings;
  expect(rendered.map(({ code, severity }) => [code, severity])).toEqual([
    ['import-lost', 'error'],
    ['via-s3', 'info'],
  ]);
  expect(rendered[0]?.sentence).toContain('import numpy worked before pruning');
});

test.each([
  ['a/b.so', 'native'],
  ['a/libx.so.2.1', 'native'],
  ['a/b.cpython-313-x86_64-linux-gnu.so', 'native'],
  ['a/b.py', 'python'],
  ['a/b.pyi', 'python'],
  ['a/so', 'data'],
  ['a.so/readme', 'data'],
])('%s is %s', (path, kind) => {
  expect(kindOf(path)).toBe(kind);
});
