import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { kindNames, planInit, templatesOf, type KindName } from '../../src/init/kinds.js';
import { checkFunction, plugFor, type Plug, type PlugChoice } from '../../src/init/plug.js';
import type { Artifact, Manifest } from '../../src/model.js';
import { exampleManifest } from '../report/example.js';

const choice: PlugChoice = {
  build: '.lambda-slim',
  python: '3.13',
  architecture: 'x86_64',
  handler: null,
  codeFolder: null,
  typed: { python: false, arch: false, handler: false },
};

const artifact = (file: string, kind: Artifact['kind']): Artifact => ({
  file,
  kind,
  sha256: '00',
  sha256Base64: 'AA==',
  contentDigest: '00',
  zippedBytes: 1,
  unzippedBytes: 1,
  ephemeralBytes: 0,
  viaS3: false,
  fileCount: 1,
});

const two = [artifact('layer-1.zip', 'layer'), artifact('layer-2.zip', 'layer')];
const nesting = (s3: NonNullable<Manifest['plan']['nesting']>['s3']): Manifest['plan'] => ({
  ...exampleManifest().plan,
  nesting: {
    codec: 'zstd',
    level: 9,
    files: [],
    payloadBytes: 1,
    bootBytes: 1,
    ephemeralStorage: 832,
    digest: 'd',
    s3,
    because: '',
  },
});

const plugs = {
  nothing: plugFor(null, choice),
  code: plugFor(null, { ...choice, handler: 'app.handler', python: '3.12', architecture: 'arm64' }),
  stored: plugFor(
    exampleManifest({
      artifacts: two,
      plan: nesting({ bucket: 'b', key: 'k/payload.tar.zst', region: null }),
    }),
    { ...choice, build: 'out/my build' },
  ),
} satisfies Record<string, Plug>;

function planned(kind: KindName, plug: Plug): ReadonlyMap<string, string> {
  const templates = new Map(
    templatesOf(kind).map((name) => [name, readFileSync(`templates/${name}`, 'utf8')] as const),
  );
  return new Map(planInit(kind, plug, templates, '1.2.3').files.map((file) => [file.path, file.text]));
}

/** CloudFormation's `!Ref` is read as a plain string. */
const yaml = (text: string | undefined): unknown => parse(text ?? '', { logLevel: 'error' }) as unknown;

describe('what is known of a build', () => {
  test('without one: a layer, or with a handler a function.zip', () => {
    expect(plugs.nothing).toMatchObject({ built: false, layers: ['layer.zip'], code: null });
    expect(plugs.code).toMatchObject({ built: false, layers: [], code: 'function.zip' });
  });

  test('with one: its zips, and the larger /tmp', () => {
    expect(plugs.stored).toMatchObject({
      built: true,
      layers: ['layer-1.zip', 'layer-2.zip'],
      ephemeralStorage: 832,
      payload: { bucket: 'b', key: 'k/payload.tar.zst' },
    });
  });

  const own = [artifact('function.zip', 'function')];

  test.each<[string, Partial<Manifest>, Partial<PlugChoice>, string | null]>([
    ['the one of the build', { artifacts: own, handler: 'a.b' }, {}, 'a.b'],
    ['another', { artifacts: own, handler: 'a.b' }, { handler: 'c.d' }, 'c.d'],
    ['that of a config file, for packages alone', { artifacts: two }, { handler: 'c.d' }, null],
    ['that of the build, for packages alone', { artifacts: two, handler: 'a.b' }, {}, null],
  ])('the handler: %s', (_, change, options, handler) => {
    const plug = plugFor(exampleManifest(change), { ...choice, ...options });
    checkFunction(plug);
    expect(plug.handler).toBe(handler);
  });

  test('code that is to be built', () => {
    expect(plugFor(null, { ...choice, codeFolder: 'src' })).toMatchObject({
      layers: [],
      code: 'function.zip',
    });
  });

  test.each<[string, Partial<Manifest>, Partial<PlugChoice>, string]>([
    ['another Python', {}, { python: '3.12', typed: { ...choice.typed, python: true } }, '--python is 3.12'],
    [
      'another processor',
      {},
      { architecture: 'arm64', typed: { ...choice.typed, arch: true } },
      '--arch is arm64',
    ],
    ['a folder', { artifacts: [artifact('package', 'directory')] }, {}, 'there is no zip'],
    ['code without handler', { artifacts: own }, {}, '--handler is not given'],
    [
      'a handler without code',
      { artifacts: two },
      { handler: 'a.b', typed: { ...choice.typed, handler: true } },
      'packages alone',
    ],
    ['no bucket', { plan: nesting({ bucket: null, key: 'k', region: null }) }, {}, 'was not told which'],
  ])('%s is refused', (_, change, options, message) => {
    expect(() => {
      checkFunction(plugFor(exampleManifest(change), { ...choice, ...options }));
    }).toThrow(message);
  });
});

describe('files', () => {
  test.each(kindNames)('%s: the same paths each time, an example only without code', (kind) => {
    const [layer, code] = [planned(kind, plugs.nothing), planned(kind, plugs.code)];
    expect([...layer.keys()].filter((one) => !code.has(one))).toEqual(
      kind === 'action' ? [] : ['slim_example/app.py'],
    );
    for (const text of layer.values()) expect(text).toMatch(/^\S[\s\S]*\n$/);
  });

  test('SAM: layers in the place of the template’s, comments kept', () => {
    const text = planned('sam', plugs.stored).get('template.yaml') ?? '';
    expect(text).toContain('# From 1769 MB on');
    expect(text).toContain('Layers: [!Ref Packages1, !Ref Packages2]');
    expect(Object.keys((yaml(text) as { Resources: object }).Resources)).toEqual([
      'Packages1',
      'Packages2',
      'Example',
    ]);
    expect(yaml(text)).toMatchObject({
      Resources: {
        Packages2: { Properties: { ContentUri: 'out/my build/layer-2.zip' } },
        Example: { Properties: { CodeUri: 'slim_example', EphemeralStorage: { Size: 832 } } },
      },
    });
  });

  test('SAM: code of the user', () => {
    const document = yaml(planned('sam', plugs.code).get('template.yaml')) as {
      Resources: Record<string, { Properties: object }>;
    };
    expect(Object.keys(document.Resources)).toEqual(['Example']);
    expect(document.Resources['Example']?.Properties).toMatchObject({
      CodeUri: '.lambda-slim/function.zip',
      Handler: 'app.handler',
      Runtime: 'python3.12',
      Architectures: ['arm64'],
    });
    expect(document.Resources['Example']?.Properties).not.toHaveProperty('Layers');
  });

  test('Serverless: reads the manifest, names each layer’s resource', () => {
    expect(yaml(planned('serverless', plugs.stored).get('serverless.yml'))).toMatchObject({
      provider: { runtime: 'python${file(out/my build/lambda-slim.json):target.python}' },
      layers: { packages1: { package: { artifact: 'out/my build/layer-1.zip' } } },
      functions: { example: { layers: ['Packages1LambdaLayer', 'Packages2LambdaLayer'] } },
    });
  });

  test('CDK and Terraform: settings as JSON', () => {
    const settings = { build: 'out/my build', handler: 'app.handler' };
    expect(JSON.parse(planned('cdk', plugs.stored).get('cdk.json') ?? '')).toMatchObject({
      app: 'python3 cdk_app.py',
      context: { 'lambda-slim': settings },
    });
    expect(JSON.parse(planned('terraform', plugs.stored).get('lambda_slim.auto.tfvars.json') ?? '')).toEqual({
      lambda_slim: settings,
    });
  });

  test('the workflow builds for the target on a machine of its kind, checks, then verifies', () => {
    const document = yaml(planned('action', plugs.code).get('.github/workflows/lambda-slim.yml')) as {
      jobs: { size: { steps: { id?: string; run?: string; with?: object }[] } };
    };
    const { steps } = document.jobs.size;
    expect(document.jobs.size).toMatchObject({
      'runs-on': 'ubuntu-24.04-arm',
      env: { LAMBDA_SLIM_PYTHON: '3.12', LAMBDA_SLIM_ARCH: 'arm64' },
    });
    expect(steps.some((step) => JSON.stringify(step.with).includes('"python-version":"3.12"'))).toBe(true);
    const size = steps.findIndex((step) => step.id === 'size');
    expect(steps[size + 1]?.run).toBe('npx --yes lambda-slim@1.2.3 verify');
  });

  test('without a build, the first thing to do is that build', () => {
    const { next } = planInit(
      'cdk',
      plugs.code,
      new Map(templatesOf('cdk').map((name) => [name, '{}'])),
      '1',
    );
    expect(next[0]).toBe(
      'lambda-slim build --python 3.12 --arch arm64 --code FOLDER --handler app.handler --format function',
    );
    const elsewhere = planInit(
      'cdk',
      { ...plugs.code, build: 'my out' },
      new Map(templatesOf('cdk').map((name) => [name, '{}'])),
      '1',
    );
    expect(elsewhere.next[0]).toContain("--out 'my out'");
  });
});
