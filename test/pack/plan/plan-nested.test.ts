/** Plans with a payload: which archive holds it, what is told about /tmp and buckets, and what is refused. */
import { describe, expect, test } from '@jest/globals';
import { SlimError } from '../../../src/errors.js';
import { renderFinding } from '../../../src/findings/findings.js';
import { limits } from '../../../src/limits.js';
import type { Nesting, PackedFile, PackPlan, Rejection } from '../../../src/model.js';
import { ephemeralNeed, ephemeralSetting } from '../../../src/pack/plan/nest.js';
import {
  planFindings,
  planPack,
  refuseTooLarge,
  strategiesFor,
  willNest,
  type PackRequest,
} from '../../../src/pack/plan/plan.js';
import { packed } from '../helpers.js';

const MIB = 2 ** 20;
const request: PackRequest = {
  format: null,
  prune: 'safe',
  strategy: 'auto',
  excludeRuntime: false,
  ephemeralStorage: 512,
};

const nestingOf = (bytes: number, s3: Nesting['s3'] = null): Nesting => ({
  codec: 'zstd',
  level: 9,
  files: [{ path: 'torch/lib/x.so', distribution: 'torch', bytes, packed: bytes / 4, way: 'library' }],
  payloadBytes: bytes / 4,
  bootBytes: 100_000,
  ephemeralStorage: ephemeralSetting(bytes),
  digest: 'd',
  s3,
  because: 'Too large.',
});

const payloadPath = 'lambda_slim_payloads/d/payload.tar.zst';
/** What travels when the payload has so many bytes. */
const travelling = (payload: number, code = false): readonly PackedFile[] => [
  packed('torch/__init__.py', { bytes: 1000 }),
  packed('lambda-slim-wrapper', { bytes: 700, place: 'root', origin: 'boot' }),
  packed(payloadPath, { bytes: payload, stored: true, origin: 'boot' }),
  ...(code ? [packed('app.py', { bytes: 10, place: 'function', origin: 'function' })] : []),
];

const summary = (plan: PackPlan): string =>
  plan.bundles
    .map(
      (one) =>
        `${one.name}${one.viaS3 ? ' (S3)' : ''}: ${one.files.map((file) => file.archivePath).join(' ')}`,
    )
    .join(' | ');

describe('where the payload travels', () => {
  const layer = 'lambda-slim-wrapper python/lambda_slim_payloads/d/payload.tar.zst python/torch/__init__.py';
  const whole = `app.py lambda-slim-wrapper ${payloadPath} torch/__init__.py`;
  test.each<readonly [string, PackRequest['format'], PackRequest['strategy'], boolean, number, string]>([
    ['a layer', null, 'auto', false, 20, `layer.zip: ${layer}`],
    ['a layer that needs S3', null, 'auto', false, 60, `layer.zip (S3): ${layer}`],
    ['a small function zip', null, 'auto', true, 20, `function.zip: ${whole}`],
    [
      'a layer, so that the code can be uploaded alone',
      null,
      'auto',
      true,
      60,
      `function.zip: app.py | layer.zip (S3): ${layer}`,
    ],
    ['a function zip that was asked for', 'function', 'double-zip', true, 60, `function.zip (S3): ${whole}`],
    [
      'a layer that was asked for',
      'layer',
      'double-zip',
      true,
      20,
      `function.zip: app.py | layer.zip: ${layer}`,
    ],
  ])('%s', (_name, format, strategy, code, mib, expected) => {
    const nested = { nesting: nestingOf(400 * MIB), payload: null, rejected: [] };
    const plan = planPack(travelling(mib * MIB, code), { ...request, format, strategy }, nested);
    expect(summary(plan)).toBe(expected);
    expect(plan).toMatchObject({
      strategy: 'double-zip',
      ephemeralBytes: 400 * MIB,
      nesting: nested.nesting,
    });
  });

  test('a bucket: an archive of its own, which does not count as unzipped', () => {
    const s3 = { bucket: null, key: 'abc.tar.zst', region: null };
    const payload = packed('abc.tar.zst', { bytes: 300 * MIB, origin: 'boot' });
    const rejected: Rejection[] = [
      {
        strategy: 'double-zip',
        limit: 'unzipped',
        limitBytes: limits.unzipped,
        actualBytes: limits.unzipped,
        overBytes: 1,
        because: 'x',
      },
    ];
    const plan = planPack(travelling(0).slice(0, 2), request, {
      nesting: nestingOf(400 * MIB, s3),
      payload,
      rejected,
    });
    expect(plan.strategy).toBe('s3');
    expect(plan.rejected).toEqual(rejected);
    expect(plan.bundles.map((one) => [one.name, one.kind, one.zippedBytes, one.unzippedBytes])).toEqual([
      ['layer.zip', 'layer', expect.any(Number), 1700],
      ['abc.tar.zst', 'payload', 300 * MIB, 0],
    ]);
    expect(plan.unzippedBytes).toBe(1700);
    // It goes through S3, but not as the code of a function.
    expect(planFindings(plan).map((one) => one.code)).toEqual(['payload-in-s3']);
  });
});

describe('what is told', () => {
  const told = (bytes: number, s3: Nesting['s3'] = null): readonly string[] => {
    const plan = planPack(travelling(MIB), request, {
      nesting: nestingOf(bytes, s3),
      payload: null,
      rejected: [],
    });
    return planFindings(plan).map((one) => {
      const { sentence, hint } = renderFinding(one);
      return `${sentence} ${hint}`;
    });
  };

  test('nothing while 512 MB of /tmp are enough', () => {
    expect(told(500 * MIB)).toEqual([]);
  });

  test('the setting for a larger /tmp, and that SnapStart is not possible then', () => {
    expect(told(700 * MIB)).toEqual([
      "At start 700.0 MiB are unpacked into /tmp: set the function's ephemeral storage to at least 768 MB (the default is 512). aws lambda update-function-configuration --function-name NAME --ephemeral-storage Size=768. SnapStart takes no function with more than 512 MB, so it is not possible then.",
    ]);
  });

  test.each<readonly [string, Nesting['s3'], string]>([
    ['nobody has sent it', { bucket: null, key: 'k.tar.zst', region: null }, 'must lie in a bucket'],
    [
      'it is there',
      { bucket: 'mine', key: 'a/k.tar.zst', region: 'eu-west-1' },
      'lies in s3://mine/a/k.tar.zst.',
    ],
  ])('a payload in a bucket: %s', (_name, s3, text) => {
    expect(told(MIB, s3)).toEqual([expect.stringContaining(text)]);
    expect(told(MIB, s3)[0]).toContain('s3:GetObject');
  });
});

describe('who nests', () => {
  const files = (bytes: number): readonly PackedFile[] => [packed('torch/x.so', { bytes })];
  test.each<readonly [string, Partial<PackRequest>, number, boolean]>([
    ['auto, below the limit', {}, limits.unzipped - 1, false],
    ['auto, at the limit', {}, limits.unzipped, true],
    ['auto for an image', { format: 'directory' }, 2 * limits.unzipped, false],
    ['double-zip, however small', { strategy: 'double-zip' }, 1, true],
    ['s3, however small', { strategy: 's3' }, 1, true],
    ['direct, however large', { strategy: 'direct' }, 2 * limits.unzipped, false],
    ['layer, however large', { strategy: 'layer' }, 2 * limits.unzipped, false],
  ])('%s', (_name, given, bytes, expected) => {
    expect(willNest(files(bytes), { ...request, ...given })).toBe(expected);
  });

  test.each<readonly [Partial<PackRequest>, readonly string[]]>([
    [{}, ['direct', 'layer', 'layers']],
    [{ format: 'layer' }, ['layer', 'layers']],
    [{ format: 'function' }, ['direct']],
    [{ strategy: 'direct' }, ['direct']],
    [{ strategy: 'layer' }, ['layer', 'layers']],
    [{ strategy: 'double-zip' }, []],
    [{ strategy: 's3', format: 'layer' }, []],
  ])('tried before, with %j: %j', (given, expected) => {
    expect(strategiesFor({ ...request, ...given })).toEqual(expected);
  });
});

describe('what is refused at once', () => {
  const refused = (bytes: number, given: Partial<PackRequest> = {}): SlimError | null => {
    try {
      refuseTooLarge([packed('torch/x.so', { bytes })], { ...request, ...given });
    } catch (error) {
      if (error instanceof SlimError) return error;
      throw error;
    }
    return null;
  };
  /** The most that could be nested in 512 MB, if the payload weighed nothing. */
  let most = 512 * MIB;
  while (ephemeralNeed(most) > 512 * MIB) most--;

  test.each<readonly [string, number, Partial<PackRequest>, string | null]>([
    ['what may fit in a payload', limits.unzipped - 1 + most, {}, null],
    ['one byte more than /tmp takes', limits.unzipped + most, {}, 'ephemeral-storage'],
    ['not with a larger /tmp', limits.unzipped + most, { ephemeralStorage: 576 }, null],
    ['not for an image', 3 * limits.unzipped, { format: 'directory' }, null],
    ['one byte too much without a payload', limits.unzipped, { strategy: 'layer' }, 'unzipped'],
    ['nothing that fits', limits.unzipped - 1, { strategy: 'direct' }, null],
  ])('%s', (_name, bytes, given, limit) => {
    const error = refused(bytes, given);
    expect(error?.code ?? null).toBe(limit === null ? null : 'does-not-fit');
    if (limit !== null) expect(error?.details.join('\n')).toContain(`(${limit})`);
  });

  test('the refusal tells the setting that would be enough, what it rules out, and an image', () => {
    const error = refused(900 * MIB);
    expect(error?.hint).toContain('--ephemeral-storage 896 nests more');
    expect(error?.hint).toContain('SnapStart takes no more than 512');
    expect(error?.hint).toContain('container image');
    expect(error?.details.slice(-2)).toEqual([
      expect.stringMatching(/^ {2}direct, layer, layers: 900\.0 MiB .*\(unzipped\), .* over$/),
      expect.stringMatching(/^ {2}double-zip, s3: .*limit 512\.0 MiB .*\(ephemeral-storage\), .* over$/),
    ]);
  });

  test('no setting is told that Lambda does not have', () => {
    expect(refused(12_000 * MIB)?.hint).not.toContain('--ephemeral-storage');
  });

  test('a strategy that nests nothing is told what the others would do', () => {
    expect(refused(300 * MIB, { strategy: 'layer' })?.hint).toContain(
      'without --strategy layer the heaviest files go into a payload',
    );
  });
});
