import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../../src/errors.js';
import { limits } from '../../../src/limits.js';
import type { PackedFile, PackPlan } from '../../../src/model.js';
import { planFindings, planPack, type PackRequest } from '../../../src/pack/plan/plan.js';
import { zippedEntryBytes } from '../../../src/pack/zip/size.js';
import { packed } from '../helpers.js';

const MIB = 1024 * 1024;
const request: PackRequest = {
  format: null,
  prune: 'safe',
  strategy: 'auto',
  excludeRuntime: false,
  ephemeralStorage: 512,
};

/** Unzipped size as given, next to nothing zipped. */
const light = (name: string, bytes: number, facts: Partial<PackedFile> = {}): PackedFile =>
  packed(name, { bytes, packedBytes: 10, method: 'deflate', ...facts });

/** Zipped so that the archive with this file alone has exactly `zip` bytes. */
function filling(archivePath: string, zip: number): number {
  return zip - 22 - zippedEntryBytes(archivePath, 0);
}

const summary = (plan: PackPlan): string =>
  `${plan.strategy}: ${plan.bundles.map((bundle) => bundle.name + (bundle.viaS3 ? ' (S3)' : '')).join(' ')}`;

function refusalOf(files: readonly PackedFile[], given: Partial<PackRequest> = {}): SlimError {
  try {
    planPack(files, { ...request, ...given });
  } catch (error) {
    if (error instanceof SlimError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('limits, one byte on either side', () => {
  test.each([
    ['unzipped, the largest that fits', 262_143_999, 'layer: layer.zip'],
    ['unzipped, equal to the limit', 262_144_000, 'does-not-fit, 1 byte too much'],
    ['unzipped, one more', 262_144_001, 'does-not-fit, 2 bytes too much'],
  ])('%s', (_name, bytes, expected) => {
    const files = [light('numpy/a.so', bytes - 1), light('scipy/b.so', 1)];
    if (expected.startsWith('layer')) {
      expect(summary(planPack(files, request))).toBe(expected);
    } else {
      const error = refusalOf(files);
      expect(`${error.code}, ${/(\d+ bytes?) too much/.exec(error.message)?.[1] ?? ''} too much`).toBe(
        expected,
      );
    }
  });

  test.each([
    ['smaller', 52_428_799, 'direct: function.zip'],
    ['equal', 52_428_800, 'direct: function.zip'],
    ['one more', 52_428_801, 'layers: layer-1.zip layer-2.zip'],
  ])('direct upload of a function zip, %s', (_name, zip, expected) => {
    const code = light('app.py', 0, { place: 'function', packedBytes: 0 });
    const most = filling('numpy/a.so', zip) - zippedEntryBytes('app.py', 0);
    const files = [
      packed('numpy/a.so', { bytes: 0, packedBytes: most - 100 - zippedEntryBytes('scipy/b', 0) }),
      packed('scipy/b', { bytes: 0, packedBytes: 100 }),
      code,
    ];
    const plan = planPack(files, request);
    expect(summary(plan).replace('function.zip layer-', 'layer-')).toBe(
      expected.replace('layers: layer-1.zip layer-2.zip', 'layer: function.zip layer.zip'),
    );
    if (zip > limits.directUpload) {
      expect(plan.rejected).toEqual([
        expect.objectContaining({
          strategy: 'direct',
          limit: 'direct-upload',
          actualBytes: zip,
          overBytes: 1,
        }),
      ]);
    }
  });

  test.each([
    ['equal', 52_428_800, 'layer: layer.zip'],
    ['one more', 52_428_801, 'layers: layer-1.zip layer-2.zip'],
  ])('direct upload of a layer zip, %s', (_name, zip, expected) => {
    const small = zippedEntryBytes('python/scipy/b', 100);
    const files = [
      packed('numpy/a.so', { bytes: 0, packedBytes: filling('python/numpy/a.so', zip) - small }),
      packed('scipy/b', { bytes: 0, packedBytes: 100 }),
    ];
    const plan = planPack(files, request);
    expect(summary(plan)).toBe(expected);
    expect(plan.rejected.map((one) => `${one.strategy} ${one.overBytes}`)).toEqual(
      plan.strategy === 'layers' ? ['layer 1'] : [],
    );
  });

  test.each([
    ['fits a layer exactly', 0, 'layers: layer-1.zip layer-2.zip'],
    ['is one byte too large for any', 1, 'layer: layer.zip (S3)'],
  ])('a single file that %s', (_name, more, expected) => {
    const files = [
      packed('torch/big.so', {
        bytes: 0,
        packedBytes: filling('python/torch/big.so', limits.directUpload) + more,
      }),
      packed('numpy/a.so', { bytes: 0, packedBytes: MIB }),
    ];
    const plan = planPack(files, request);
    expect(summary(plan)).toBe(expected);
    expect(plan.rejected.map((one) => `${one.strategy} ${one.limit} ${one.overBytes}`)).toEqual(
      more === 0 ? [expect.stringMatching(/^layer direct-upload \d+$/)] : ['layers direct-upload 1'],
    );
  });

  test('five layers are the most: what needs a sixth goes through S3', () => {
    const size = 30 * MIB;
    const six = 'abcdef'.split('').map((name) => packed(`${name}/x`, { bytes: 0, packedBytes: size }));
    expect(summary(planPack(six.slice(0, 5), request))).toBe(
      'layers: layer-1.zip layer-2.zip layer-3.zip layer-4.zip layer-5.zip',
    );
    const plan = planPack(six, request);
    expect(summary(plan)).toBe('layer: layer.zip (S3)');
    expect(plan.rejected).toEqual([expect.objectContaining({ strategy: 'layers', limit: 'layers' })]);
  });
});

describe('where files go', () => {
  const files = [
    light('numpy/__init__.py', 100),
    light('libgomp.so.1', 50, { place: 'lib', distribution: 'scikit-learn' }),
    light('app.py', 10, { place: 'function', distribution: null, origin: 'function' }),
  ];
  test.each([
    [null, 'function.zip: app.py lib/libgomp.so.1 numpy/__init__.py'],
    ['function', 'function.zip: app.py lib/libgomp.so.1 numpy/__init__.py'],
    ['layer', 'function.zip: app.py | layer.zip: lib/libgomp.so.1 python/numpy/__init__.py'],
    ['directory', 'package: app.py lib/libgomp.so.1 numpy/__init__.py'],
  ] as const)('format %s', (format, expected) => {
    const plan = planPack(files, { ...request, format });
    expect(
      plan.bundles
        .map((one) => `${one.name}: ${one.files.map((file) => file.archivePath).join(' ')}`)
        .join(' | '),
    ).toBe(expected);
    expect(plan.unzippedBytes).toBe(160);
  });

  test('without function code the default is a layer; with nothing but code, a function zip', () => {
    expect(summary(planPack(files.slice(0, 2), request))).toBe('layer: layer.zip');
    expect(summary(planPack(files.slice(2), { ...request, format: 'layer' }))).toBe('direct: function.zip');
    expect(refusalOf([]).code).toBe('nothing-to-build');
  });

  test.each([
    ['the same path', 'numpy/__init__.py'],
    ['a file where a folder must be', 'numpy'],
    ['a folder where a file must be', 'numpy/__init__.py/x'],
  ])('function code with %s as a dependency is refused by name', (_name, name) => {
    const clash = [files[0]!, light(name, 1, { place: 'function', distribution: null })];
    const error = refusalOf(clash);
    expect(error.code).toBe('path-clash');
    expect(error.message).toContain(`${name} of the function's code`);
    expect(error.message).toContain('numpy/__init__.py of numpy');
    expect(summary(planPack(clash, { ...request, format: 'layer' }))).toBe('layer: function.zip layer.zip');
  });

  test('a function zip that must be one goes through S3, and the finding says so', () => {
    const plan = planPack([packed('torch/x', { bytes: 0, packedBytes: 60 * MIB })], {
      ...request,
      format: 'function',
    });
    expect(summary(plan)).toBe('direct: function.zip (S3)');
    expect(planFindings(plan)).toEqual([
      { code: 'via-s3', args: { artifact: 'function.zip', bytes: plan.zippedBytes } },
    ]);
  });

  test('a folder may be larger than Lambda takes, and the finding says so', () => {
    const plan = planPack([light('torch/x', 300_000_000)], { ...request, format: 'directory' });
    expect(plan.bundles.map((one) => [one.zippedBytes, one.unzippedBytes, one.viaS3])).toEqual([
      [0, 300_000_000, false],
    ]);
    expect(plan.rejected.map((one) => one.overBytes)).toEqual([37_856_001, 37_856_001]);
    expect(planFindings(plan).map((one) => one.code)).toEqual(['directory-over-limit']);
  });

  test('a symbolic link counts with the length of its target', () => {
    const link = packed('numpy/l.so', { bytes: 0, packedBytes: 5, link: 'x.so.' });
    expect(planPack([link], request).unzippedBytes).toBe(5);
  });
});

describe('several layers', () => {
  const sizes: readonly (readonly [string, number])[] = [
    ['torch/lib/a.so', 40],
    ['torch/lib/b.so', 20],
    ['torch/nn/c.py', 5],
    ['torch-1.dist-info/RECORD', 1],
    ['numpy/a.so', 30],
    ['scipy/a.so', 25],
    ['pandas/a.so', 20],
  ];
  const files = sizes.map(([name, mib]) =>
    packed(name, { bytes: mib, packedBytes: mib * MIB, distribution: name.split(/[-/]/)[0]! }),
  );
  const plan = planPack(files, request);

  test('every file is in exactly one of them, and each can be uploaded directly', () => {
    expect(plan.strategy).toBe('layers');
    const paths = plan.bundles.flatMap((one) => one.files.map((file) => file.path));
    expect([...paths].sort()).toEqual(files.map((file) => file.path).sort());
    expect(plan.bundles.every((one) => one.zippedBytes <= limits.directUpload && !one.viaS3)).toBe(true);
  });

  test('only the distribution that is too large is split, by folder', () => {
    const owners = plan.bundles.map((one) => new Set(one.files.map((file) => file.distribution)));
    const spread = (name: string): number => owners.filter((set) => set.has(name)).length;
    expect(['numpy', 'scipy', 'pandas'].map(spread)).toEqual([1, 1, 1]);
    expect(spread('torch')).toBeGreaterThan(1);
  });

  test('the order of the files does not matter', () => {
    const names = (one: PackPlan): unknown =>
      one.bundles.map((bundle) => bundle.files.map((file) => file.path));
    expect(names(planPack([...files].reverse(), request))).toEqual(names(plan));
  });
});

describe('the refusal', () => {
  const files = [
    ...['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => light(`${name}/x`, (60 - index) * MIB)),
    light('botocore/data', 5 * MIB),
    light('a/__pycache__/x.pyc', 3 * MIB, { origin: 'bytecode' }),
  ];
  test('names the five heaviest, the strategies with numbers, and what would help', () => {
    const error = refusalOf(files);
    expect(error.message).toBe(
      'Unzipped it is 353.0 MiB (370,147,328 bytes): 103.0 MiB (108,003,329 bytes) too much. Lambda takes less than 250.0 MiB (262,144,000 bytes) for a function and its layers.',
    );
    expect(error.details).toEqual([
      'Heaviest, unzipped:',
      '  a  63.0 MiB (66,060,288 bytes)',
      '  b  59.0 MiB (61,865,984 bytes)',
      '  c  58.0 MiB (60,817,408 bytes)',
      '  d  57.0 MiB (59,768,832 bytes)',
      '  e  56.0 MiB (58,720,256 bytes)',
      'Tried:',
      '  direct, layer, layers: 353.0 MiB (370,147,328 bytes), limit 250.0 MiB (262,144,000 bytes) (unzipped), 103.0 MiB (108,003,329 bytes) over',
    ]);
    expect(error.hint).toContain('--prune aggressive');
    expect(error.hint).toContain('--exclude-runtime leaves out what Lambda has already (5.0 MiB');
    expect(error.hint).toContain('--pyc none leaves out bytecode (3.0 MiB');
    expect(error.hint).toContain('container image');
  });
  test('does not offer what is on already', () => {
    const error = refusalOf(files, { prune: 'aggressive', excludeRuntime: true });
    expect(error.hint).not.toMatch(/aggressive|exclude-runtime/);
  });
});
