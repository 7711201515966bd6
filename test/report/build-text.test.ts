import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { finding } from '../../src/findings/findings.js';
import { plainPaint } from '../../src/text/paint.js';
import { textReport } from '../../src/report/build-text.js';
import { exampleManifest, exampleNesting } from './example.js';

const options = {
  paint: plainPaint,
  width: 110,
  wrapAt: Infinity,
  times: [],
  verbose: false,
  out: '.lambda-slim',
};
const report = (change = {}, other = {}) => textReport(exampleManifest(change), { ...options, ...other });

describe('what the reader must find', () => {
  test.each([
    ['the target', 'python3.13 x86_64, glibc 2.34 · 2 distributions by uv 0.13.8'],
    ['all stages in bytes', /bytes\s+300,000,000\s+240,000,000\s+230,000,000\s+250,000,000\s+60,000,000/],
    ['the direct limit', /direct upload \(largest zip\).*28\.6 MiB \(30,000,000\).*50\.0 MiB \(52,428,800\)/],
    ['the unzipped limit', /unzipped.*238\.4 MiB \(250,000,000\).*250\.0 MiB \(262,144,000\)/],
    ['a package', /pandas 3\.1\.1\s+190\.7 MiB\s+143\.1 MiB/],
    ['a file', /numpy\/big\.so\s+28\.6 MiB\s+23\.8 MiB/],
    ['a rule', /base\/tests\s+57\.2 MiB\s+700/],
    [
      'the proof',
      'proven: 2 modules imported and 2 recipe probes run from only what was kept, by CPython 3.13.0 (host)',
    ],
    ['the import time', 'imports take 0.90 s without bytecode, 0.40 s with it'],
    ['what was rejected', /not layer: layer\.zip would be too large.*7,571,200 bytes over/],
    ['the artifact', /→ \.lambda-slim\/layer-1\.zip {2}30,000,000 bytes zipped/],
  ])('%s', (_what, expected) => {
    expect(report()).toMatch(expected);
  });
});

describe.each([40, 60, 71])('a terminal of %d columns', (columns) => {
  const lines = report({}, { width: columns, wrapAt: columns }).split('\n');
  const tables = lines.slice(
    0,
    lines.findIndex((line) => line.startsWith('proven')),
  );

  test('has room for every line of a table, and the names and sizes stay', () => {
    expect(tables.length).toBeGreaterThan(15);
    const names =
      /^(?: +raw|bytes|MiB|of raw|limit|direct|unzipped|\/tmp|heaviest|saved|pandas|…?\S+\.so|base)/;
    const rows = tables.filter((line) => names.test(line));
    expect(rows.length).toBeGreaterThan(10);
    expect(rows.filter((line) => stringWidth(line) > columns)).toEqual([]);
    expect(rows.find((line) => line.startsWith('pandas'))).toContain('143.1 MiB');
    expect(rows.find((line) => line.startsWith('base/tests'))).toContain('57.2 MiB');
    expect(rows.find((line) => /^unzipped (?!counts)/.test(line))).toContain('238.4 MiB');
  });

  test('has room for the last line of a build that failed', () => {
    const failed = report(
      { findings: [finding('import-lost', { module: 'a', error: 'E' })] },
      { width: columns, wrapAt: columns },
    ).split('\n');
    const last = failed.slice(failed.findIndex((line) => line.startsWith('✖ 1 error')));
    expect(last.join(' ').replace(/\s+/g, ' ')).toContain(
      '✖ 1 error above: do not deploy this (exit code 1).',
    );
    expect(last.filter((line) => stringWidth(line) > columns)).toEqual([]);
  });

  test('has room for every other line, but for sums and commands, which are copied', () => {
    const told = lines.slice(0, lines.indexOf('next')).filter((line) => !/^ +sha256 /.test(line));
    expect(told.length).toBeGreaterThan(20);
    expect(told.filter((line) => stringWidth(line) > columns)).toEqual([]);
  });
});

test('an import time of another moment is marked as such', () => {
  const proof = { ...exampleManifest().proof, importMs: { plain: 900, compiled: 400, remembered: true } };
  expect(report({ proof })).toContain(
    'imports take 0.90 s without bytecode (remembered from an earlier build), 0.40 s with it',
  );
});

test('one byte over says so, and colour is not needed to see it', () => {
  const plan = { ...exampleManifest().plan, unzippedBytes: 262_144_000 };
  expect(report({ plan })).toContain('over by 1 byte');
});

test('after --upload the payload is asked for no more, and commands begin with what was typed', () => {
  const example = exampleManifest();
  const payload = {
    ...example.artifacts[0]!,
    kind: 'payload' as const,
    file: 'payload.tar.zst',
    viaS3: true,
  };
  const layer = { ...example.artifacts[0]!, viaS3: false };
  const after = (bucket: string | null) => {
    const s3 =
      bucket === null ? { bucket, key: 'k', region: null } : { bucket, key: 'k', region: 'eu-west-1' };
    const plan = { ...example.plan, nesting: exampleNesting({ s3 }) };
    return report({ artifacts: [layer, payload], plan }, { program: 'npx lambda-slim' });
  };
  expect(after(null)).toContain('aws s3 cp .lambda-slim/payload.tar.zst');
  expect(after(null)).toContain('--bucket BUCKET');
  expect(after('mine')).not.toMatch(/aws s3 cp|--bucket BUCKET|LAMBDA_SLIM_PAYLOAD=/);
  expect(after('mine')).toMatch(/^ {2}npx lambda-slim verify$/m);
});

test('without proof it says why', () => {
  const proof = {
    ...exampleManifest().proof,
    state: 'not-proven' as const,
    because: 'no Python 3.13 was found',
    importMs: null,
  };
  expect(report({ proof })).toContain('not proven here: no Python 3.13 was found');
});

test('findings: errors first, each with its code and what to do', () => {
  const findings = [
    finding('drop-matched-nothing', { option: '--drop', glob: 'x/**' }),
    finding('library-missing', { path: 'cv2/cv2.so', library: 'libGL.so.1', distribution: 'opencv-python' }),
  ];
  const text = report({ findings });
  expect(text.indexOf('library-missing')).toBeLessThan(text.indexOf('drop-matched-nothing'));
  expect(text).toMatch(/✖ error library-missing {2}cv2\/cv2\.so \(of opencv-python\) needs libGL\.so\.1/);
  expect(text).toContain('--drop x/** matched no file.');
});

test('--plan says that nothing was written', () => {
  expect(report({ artifacts: [] }, { out: null })).toContain('Nothing was written (--plan).');
});

test('colours change nothing but colour', () => {
  // Chalk joins all its arguments, and so would show what `map` passes beside the text.
  const joins = (...texts: readonly unknown[]): string => texts.join(' ');
  const paint = { bold: joins, dim: joins, red: joins, yellow: joins, green: joins, cyan: joins };
  expect(report({}, { paint })).toBe(report());
});

test.each([80, 120])('%i columns are enough; only commands to copy are longer', (width) => {
  const findings = [
    finding('library-missing', { path: 'cv2/cv2.so', library: 'libGL.so.1', distribution: 'opencv-python' }),
  ];
  const times = [
    'resolve',
    'inventory',
    'import before pruning',
    'prove',
    'compress',
    'write',
    'read back',
  ].map((step) => ({ step, ms: 1234, cached: true }));
  const lines = report({ findings }, { width, wrapAt: width, times }).split('\n');
  const long = lines.filter((line) => stringWidth(line) > width && !line.startsWith('  aws '));
  expect(long).toEqual([]);
});

test('a payload for a bucket is no zip, and no direct upload', () => {
  const [artifact] = exampleManifest().artifacts;
  const payload = { ...artifact!, file: 'p.tar.zst', kind: 'payload' as const, zippedBytes: 70_000_000 };
  const text = report({ artifacts: [artifact!, payload] });
  expect(text).toMatch(/p\.tar\.zst {2}70,000,000 bytes, for a bucket$/m);
  expect(text).toMatch(/direct upload \(largest zip\).*30,000,000/);
});

test('what goes through S3 says how', () => {
  const [artifact] = exampleManifest().artifacts;
  const text = report({ artifacts: [{ ...artifact!, file: 'layer.zip', viaS3: true }] }, { out: "it's" });
  expect(text).toContain("aws s3 cp 'it'\\''s/layer.zip' s3://BUCKET/layer.zip");
  expect(text).toContain('--content S3Bucket=BUCKET,S3Key=layer.zip --compatible-runtimes python3.13');
});

test('one step by one name, even when it ran twice', () => {
  const times = [
    { step: 'compress bytecode', ms: 1000, cached: true },
    { step: 'compress bytecode', ms: 500, cached: false },
    { step: 'write', ms: 100, cached: false },
  ];
  expect(report({}, { times })).toContain('time   compress bytecode 1.5 s · write 0.1 s · 1.6 s in all');
});
