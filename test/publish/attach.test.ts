/** `publish-layer --attach` against a fake AWS: functions with layers of their own, of others, and in the way. */
import { exampleNesting } from '../report/example.js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { limits } from '../../src/limits.js';
import { lambdaError } from '../fake-aws/answer.js';
import { account, type FakeFunction } from '../fake-aws/lambda.js';
import { startFakeAws, type FakeAws } from '../fake-aws/server.js';
import {
  changeManifest,
  codes,
  failure,
  project,
  published,
  region,
  runtime,
  secondLayer,
  zipOf,
} from './made-layer.js';

let aws: FakeAws;
let cwd: string;
beforeEach(async () => {
  aws = await startFakeAws();
  cwd = await project();
});
afterEach(() => aws.stop());

const arn = (name: string, version: number): string =>
  `arn:aws:lambda:${region}:${account}:layer:${name}:${version}`;
const orders = (more: Record<string, unknown> = {}, zip = zipOf(5000)): FakeFunction =>
  aws.lambda.makeFunction(region, 'orders', zip, { Runtime: runtime, ...more });
const layersOf = (one: FakeFunction): readonly string[] => one.configuration.Layers.map(({ Arn }) => Arn);
/** A layer that somebody has published before. */
function otherLayer(name: string, bytes = 100): string {
  aws.lambda.layers.set(`${region}/${name}`, {
    last: 1,
    versions: [
      {
        version: 1,
        arn: arn(name, 1),
        zip: zipOf(bytes),
        sha256: '',
        unzipped: bytes,
        input: { Content: {} },
        statements: [],
      },
    ],
  });
  return arn(name, 1);
}
const layers = (...arns: readonly string[]): { Layers: { Arn: string }[] } => ({
  Layers: arns.map((Arn) => ({ Arn })),
});
/** The build opens so much into /tmp, MiB. */
const needsTmp = (ephemeralStorage: number): Promise<void> =>
  changeManifest(cwd, ({ plan }) => ({
    plan: { ...plan, nesting: exampleNesting({ ephemeralStorage }) },
  }));
const isUpdate = ({ method }: { readonly method: string; readonly path: string }): boolean =>
  method === 'PUT';

describe('the layer', () => {
  test('comes last at first, takes its own place later, and a third run changes nothing', async () => {
    const base = otherLayer('base');
    const after = otherLayer('after');
    const made = orders(layers(base));
    const first = await published(aws, cwd, ['--attach', 'orders']);
    expect(layersOf(made)).toEqual([base, arn('demo', 1)]);
    const unzipped = first.layers[0]?.unzippedBytes ?? 0;
    expect(first.regions[0]?.functions).toEqual([
      {
        ...{ name: 'orders', state: 'updated', ephemeralStorage: null, payload: null },
        ...{ layers: [base, arn('demo', 1)], unzippedBytes: 5000 + 100 + unzipped },
      },
    ]);
    made.configuration.Layers.push({ Arn: after });
    await changeManifest(cwd, ({ target }) => ({ target: { ...target, custom: true } }));
    await published(aws, cwd, ['--attach', 'orders']);
    expect(layersOf(made)).toEqual([base, arn('demo', 2), after]);
    const before = aws.changes().length;
    const third = await published(aws, cwd, ['--attach', 'orders']);
    expect(third.regions[0]?.functions[0]?.state).toBe('unchanged');
    expect(aws.changes()).toHaveLength(before);
  });

  test('is waited for, and a function that is just being updated, too', async () => {
    const made = orders();
    made.busy = 2;
    made.configuration.LastUpdateStatus = 'InProgress';
    await published(aws, cwd, ['--attach', `arn:aws:lambda:${region}:${account}:function:orders`]);
    expect(layersOf(made)).toEqual([arn('demo', 1)]);
    expect(made.configuration.LastUpdateStatus).toBe('Successful');
  });

  test('a layer of the same name in another account stays', async () => {
    const foreign = `arn:aws:lambda:${region}:999999999999:layer:demo:4`;
    orders(layers(foreign));
    const result = await published(aws, cwd, ['--attach', 'orders', '--dry-run']);
    expect(result.regions[0]?.functions[0]?.layers).toEqual([foreign, 'demo:NEW']);
    expect(result.findings).toMatchObject([{ code: 'attached-size-not-known', args: { what: foreign } }]);
    expect(result.calls.at(-1)).toBe(
      `aws lambda update-function-configuration --function-name orders --layers ${foreign} demo:NEW --region ${region}`,
    );
  });

  test('what somebody else changes meanwhile is kept', async () => {
    const made = orders();
    const other = otherLayer('other');
    aws.fail(
      isUpdate,
      lambdaError(412, 'PreconditionFailedException', 'The Revision Id provided does not match'),
      1,
      () => {
        made.configuration.Layers = [{ Arn: other }];
        made.configuration.RevisionId = 'theirs';
      },
    );
    await published(aws, cwd, ['--attach', 'orders']);
    expect(layersOf(made)).toEqual([other, arn('demo', 1)]);
  });

  test.each([
    ['the answer to the update is lost', 'lost'],
    ['another update began', lambdaError(409, 'ResourceConflictException', 'An update is in progress')],
  ] as const)('%s: it is looked at again', async (_name, fault) => {
    const made = orders();
    aws.fail(isUpdate, fault);
    const { regions } = await published(aws, cwd, ['--attach', 'orders']);
    expect(regions[0]?.functions[0]?.state).toBe('updated');
    expect(layersOf(made)).toEqual([arn('demo', 1)]);
  });

  test('parts of an earlier build that had one layer are named', async () => {
    await published(aws, cwd);
    orders(layers(arn('demo', 1)));
    await secondLayer(cwd);
    const result = await published(aws, cwd, ['--attach', 'orders']);
    expect(result.findings).toMatchObject([
      { code: 'other-parts-attached', args: { layers: [arn('demo', 1)] } },
    ]);
  });
});

describe('/tmp', () => {
  test('is raised to what the build needs', async () => {
    const made = orders();
    await needsTmp(1024);
    const { regions, calls } = await published(aws, cwd, ['--attach', 'orders']);
    expect(regions[0]?.functions[0]?.ephemeralStorage).toEqual({ from: 512, to: 1024 });
    expect(made.configuration.EphemeralStorage).toEqual({ Size: 1024 });
    expect(calls.at(-1)).toContain('--ephemeral-storage Size=1024');
  });

  test('is never lowered', async () => {
    const made = orders({ EphemeralStorage: { Size: 2048 } });
    await needsTmp(1024);
    await published(aws, cwd, ['--attach', 'orders']);
    expect(made.configuration.EphemeralStorage).toEqual({ Size: 2048 });
  });
});

describe('what people should know', () => {
  test('a stack owns the function, and PYTHONPATH keeps the payload closed', async () => {
    const made = orders({ Environment: { Variables: { PYTHONPATH: '/opt/mine' } } });
    Object.assign(made.tags, { 'aws:cloudformation:stack-name': 'shop' });
    await needsTmp(512);
    expect(codes(await published(aws, cwd, ['--attach', 'orders']))).toEqual([
      'function-in-stack',
      'attached-python-path',
    ]);
  });

  test('without the right to see the code its size is not guessed', async () => {
    orders();
    aws.fail(
      ({ path }) => path.endsWith('/functions/orders'),
      lambdaError(403, 'AccessDeniedException', 'not authorized to perform: lambda:GetFunction'),
    );
    const { findings, regions } = await published(aws, cwd, ['--attach', 'orders']);
    expect(findings).toMatchObject([{ code: 'attached-size-not-known', args: { what: 'the code' } }]);
    expect(regions[0]?.functions[0]?.state).toBe('updated');
  });

  test('a zip that cannot be read is said to be so', async () => {
    orders({}, Buffer.from('no zip at all'));
    const { findings } = await published(aws, cwd, ['--attach', 'orders', '--dry-run']);
    expect(findings).toMatchObject([
      { code: 'attached-size-not-known', args: { because: expect.stringContaining('cannot be read') } },
    ]);
    expect(JSON.stringify(findings)).not.toContain('Signature');
  });
});

describe('refused before anything is published', () => {
  const own = (count: number): readonly string[] =>
    Array.from({ length: count }, (_, index) => otherLayer(`other-${index}`));
  const cases: readonly (readonly [string, () => unknown, string, string])[] = [
    [
      'there is no such function',
      () => undefined,
      'The function orders is not there in eu-central-1',
      'Check the name',
    ],
    [
      'another runtime',
      () => orders({ Runtime: 'python3.9' }),
      'runs python3.9, and this build is for',
      '--python 3.9',
    ],
    ['no Python', () => orders({ Runtime: 'nodejs22.x' }), 'runs nodejs22.x', 'another function'],
    ['another architecture', () => orders({ Architectures: ['arm64'] }), 'orders is arm64', '--arch arm64'],
    [
      'an image',
      () => orders({ PackageType: 'Image', Runtime: undefined }),
      'container image',
      '--format directory',
    ],
    [
      'five layers',
      () => orders(layers(...own(5))),
      'would have 6 layers, and Lambda allows 5',
      'Take one of the others',
    ],
    [
      'SnapStart and a large /tmp',
      async () => {
        orders({ SnapStart: { ApplyOn: 'PublishedVersions' } });
        await needsTmp(1024);
      },
      'has SnapStart, which takes no more than 512 MB',
      'SnapStart off',
    ],
    ['one byte too many', () => tight(0), '1 byte too many', '--strategy double-zip'],
  ];
  /** The function leaves room for the layer, and so many bytes. */
  const tight = async (left: number): Promise<void> => {
    const { layers: planned } = await published(aws, cwd, ['--dry-run']);
    const rest = limits.unzipped - (planned[0]?.unzippedBytes ?? 0) - left;
    orders(layers(otherLayer('large', 200_000_000)), zipOf(rest - 200_000_000));
  };
  test.each(cases)('%s', async (_name, prepare, message, hint) => {
    await prepare();
    expect(await failure(aws, cwd, ['--attach', 'orders'])).toMatchObject({
      message: expect.stringContaining(message),
      hint: expect.stringContaining(hint),
    });
    expect(aws.lambda.versions(region, 'demo')).toEqual([]);
    expect(aws.changes()).toEqual([]);
  });

  test('every part is named when it is too much', async () => {
    await tight(-10);
    const { details, code } = await failure(aws, cwd, ['--attach', 'orders']);
    expect(code).toBe('does-not-fit');
    expect(details).toEqual([
      expect.stringMatching(/^the code: 59\.\d MiB/),
      expect.stringContaining(`${arn('large', 1)}: 190.7 MiB (200,000,000)`),
      expect.stringContaining('demo (this build):'),
    ]);
  });

  test('one byte less fits', async () => {
    await tight(1);
    expect((await published(aws, cwd, ['--attach', 'orders'])).regions[0]?.functions[0]).toMatchObject({
      state: 'updated',
      unzippedBytes: limits.unzipped - 1,
    });
  });
});

describe('the layer is published, and the function is not updated', () => {
  test('AWS refuses: exit code 1, and no older version is deleted', async () => {
    await published(aws, cwd);
    const made = orders(layers(arn('demo', 1)));
    await changeManifest(cwd, ({ target }) => ({ target: { ...target, custom: true } }));
    aws.fail(isUpdate, lambdaError(403, 'AccessDeniedException', 'not authorized'));
    const result = await published(aws, cwd, ['--attach', 'orders', '--keep', '1'], 1);
    expect(result.regions[0]).toMatchObject({
      layers: [{ state: 'published', version: 2, deleted: [] }],
      functions: [{ state: 'failed' }],
    });
    expect(codes(result)).toEqual(['function-not-updated', 'layer-not-finished']);
    expect(layersOf(made)).toEqual([arn('demo', 1)]);
    expect(aws.lambda.versions(region, 'demo')).toHaveLength(2);
  });

  test('the update itself fails', async () => {
    const made = orders();
    aws.fail(isUpdate, { status: 200, body: '{}' }, 1, () => {
      Object.assign(made.configuration, {
        ...{ LastUpdateStatus: 'Failed', LastUpdateStatusReasonCode: 'SubnetOutOfIPAddresses' },
        LastUpdateStatusReason: 'no address left',
      });
    });
    const { findings } = await published(aws, cwd, ['--attach', 'orders'], 1);
    expect(findings).toMatchObject([
      { code: 'function-not-updated', args: { because: expect.stringContaining('no address left') } },
    ]);
  });
});

test('what could not be looked into is too large: AWS’s own words reach the report', async () => {
  orders({}, zipOf(limits.unzipped - 100));
  aws.fail(
    ({ path }) => path.endsWith('/functions/orders'),
    lambdaError(403, 'AccessDeniedException', 'not authorized to perform: lambda:GetFunction'),
  );
  const result = await published(aws, cwd, ['--attach', 'orders'], 1);
  expect(codes(result)).toEqual(['attached-size-not-known', 'function-not-updated']);
  expect(result.findings[1]).toMatchObject({
    args: {
      because: expect.stringMatching(/together have [\d,]+ bytes unzipped in eu-central-1, [\d,]+ over/),
    },
  });
});
