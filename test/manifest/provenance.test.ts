import { expect, test } from '@jest/globals';
import { provenanceOf } from '../../src/manifest/provenance.js';
import type { Manifest } from '../../src/model.js';

const [one, two] = ['1'.repeat(64), '2'.repeat(64)];

/** What the statement tells of. */
const manifest = {
  tool: 'lambda-slim 0.1.0',
  target: { python: '3.13', architecture: 'arm64', glibc: '2.34', custom: false },
  resolver: { name: 'uv', version: 'uv 0.13.9' },
  requested: ['idna'],
  handler: 'app.handler',
  plan: { strategy: 'layers' },
  distributions: [
    { name: 'idna', version: '3.10', neededBy: [], modules: ['idna'] },
    { name: 'torch', version: '2.13.0+cpu', neededBy: [], modules: ['torch'] },
    { name: 'my-lib', version: '1.0', neededBy: [], modules: ['my_lib'] },
  ],
  artifacts: [
    { file: 'layer.zip', kind: 'layer', sha256: one, contentDigest: two },
    { file: 'function', kind: 'directory', sha256: one, contentDigest: two },
  ],
  patches: [
    { package: 'idna', version: '3.10', file: 'a.patch', sha256: one, replace: null, paths: ['idna/x.py'] },
  ],
  vendored: [
    {
      folder: 'libs',
      sha256: two,
      files: 1,
      bytes: 1,
      modules: ['my_lib'],
      distributions: [{ name: 'My_Lib', version: '1.0' }],
    },
  ],
  layers: [
    {
      name: 'base',
      place: 'arn:aws:lambda:eu-central-1:123456789012:layer:base:7',
      sha256: one,
      unzippedBytes: 1,
      distributions: [],
    },
  ],
  inputs: {
    folder: '..',
    detected: false,
    read: [
      { path: 'a.patch', kind: 'file', sha256: one },
      { path: 'libs', kind: 'vendored', sha256: two },
      { path: 'requirements.txt', kind: 'file', sha256: two },
    ],
    code: { path: 'src', sha256: one, keep: [], exclude: [] },
    config: { path: 'lambda-slim.toml', given: ['python'], values: { patches: one } },
  },
  times: [{ step: 'resolve', ms: 12, cached: false }],
} as unknown as Manifest;

test('inputs, tool and outputs, as in-toto and SLSA have them', () => {
  const { _type, subject, predicateType, predicate } = provenanceOf(manifest);
  expect([_type, predicateType]).toEqual([
    'https://in-toto.io/Statement/v1',
    'https://slsa.dev/provenance/v1',
  ]);
  expect(subject).toEqual([
    { name: 'layer.zip', digest: { sha256: one } },
    { name: 'function', digest: { lambdaSlimContent: two } },
  ]);
  expect(predicate.buildDefinition.resolvedDependencies).toEqual([
    { name: 'a.patch', digest: { sha256: one } },
    { name: 'libs', digest: { lambdaSlimContent: two } },
    { name: 'requirements.txt', digest: { sha256: two } },
    { name: 'src', digest: { lambdaSlimContent: one } },
    { name: 'base', uri: 'arn:aws:lambda:eu-central-1:123456789012:layer:base:7', digest: { sha256: one } },
    { name: 'idna', uri: 'pkg:pypi/idna@3.10' },
    { name: 'torch', uri: 'pkg:pypi/torch@2.13.0%2Bcpu' },
  ]);
  expect(predicate.buildDefinition.externalParameters).toMatchObject({
    requested: ['idna'],
    handler: 'app.handler',
    vendored: ['libs'],
  });
  expect(predicate.runDetails.builder).toEqual({
    id: 'https://github.com/lambda-slim/lambda-slim',
    version: { 'lambda-slim': '0.1.0' },
  });
});

test('how long it took, and when, is not in it', () => {
  const slower = { ...manifest, times: [{ step: 'resolve', ms: 99, cached: true }] };
  expect(JSON.stringify(provenanceOf(slower))).toBe(JSON.stringify(provenanceOf(manifest)));
});
