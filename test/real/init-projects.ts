/** Projects with a small build in them, in the shapes that builds have, and copies of them in which `init` was run. */
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { Artifact, Manifest, Nesting } from '../../src/model.js';
import { build, environment, remove, repository, start, temporary } from './helper-build.js';

const wheels = [
  '--no-index',
  `--find-links ${path.join(repository, 'fixtures/wheels')}`,
  'slim-plain==1.0',
  '',
];

export interface Made {
  readonly folder: string;
  readonly sha256: readonly string[];
}
export type Shape = 'layer' | 'function' | 'stored';
const folders: string[] = [];

export async function removeProjects(): Promise<void> {
  await Promise.all(folders.splice(0).map(remove));
}

/** One build of each shape. */
export async function makeProjects(): Promise<ReadonlyMap<Shape, Made>> {
  const layer = await project([]);
  const code = ['--code', 'src', '--format', 'function', '--python', '3.12', '--arch', 'arm64'];
  return new Map([
    ['layer', layer],
    ['function', await project(code)],
    ['stored', await asStored(layer)],
  ]);
}

async function project(args: readonly string[]): Promise<Made> {
  const folder = await temporary('init');
  folders.push(folder);
  await mkdir(path.join(folder, 'src'));
  await writeFile(path.join(folder, 'src/app.py'), 'def handler(event, context):\n    return event\n');
  await writeFile(path.join(folder, 'requirements.txt'), wheels.join('\n'));
  const { code, manifest } = await build(folder, ['--no-proof', ...args], {
    out: path.join(folder, '.lambda-slim'),
  });
  expect(code).toBe(0);
  return { folder, sha256: manifest.artifacts.map((one) => one.sha256) };
}

/** As a build of hundreds of megabytes leaves it: two layers, one of them over the direct limit, and a payload in a bucket. */
async function asStored({ folder: from, sha256 }: Made): Promise<Made> {
  const folder = await temporary('init');
  folders.push(folder);
  await cp(from, folder, { recursive: true });
  const out = path.join(folder, '.lambda-slim');
  const manifest = JSON.parse(await readFile(path.join(out, 'lambda-slim.json'), 'utf8')) as Manifest;
  const [layer] = manifest.artifacts as [Artifact];
  const zip = path.join(out, layer.file);
  // Other bytes, so that no tool takes the two for one.
  const other = Buffer.concat([await readFile(zip), Buffer.from('.')]);
  await cp(zip, path.join(out, 'layer-1.zip'));
  await writeFile(path.join(out, 'layer-2.zip'), other);
  const nesting: Nesting = {
    codec: 'zstd',
    level: 9,
    files: [],
    payloadBytes: 1,
    bootBytes: 1,
    ephemeralStorage: 832,
    digest: 'd',
    s3: { bucket: 'my-bucket', key: 'payloads/payload.tar.zst', region: null },
    because: '',
  };
  const artifacts = [
    { ...layer, file: 'layer-1.zip' },
    { ...layer, file: 'layer-2.zip', viaS3: true, sha256: sha256Of(other) },
  ];
  const changed: Manifest = { ...manifest, artifacts, plan: { ...manifest.plan, nesting } };
  await writeFile(path.join(out, 'lambda-slim.json'), JSON.stringify(changed));
  return { folder, sha256: [...sha256, sha256Of(other)] };
}

export const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');

/** A fresh copy of the project, with what `init` wrote in it. */
export async function initializedIn(
  projects: ReadonlyMap<Shape, Made>,
  shape: Shape,
  kind: string,
): Promise<Made> {
  const { folder: from, sha256 } = projects.get(shape)!;
  const folder = await temporary('init');
  folders.push(folder);
  await cp(from, folder, { recursive: true });
  const args = shape === 'function' && kind !== 'action' ? ['--handler', 'app.handler'] : [];
  const ran = await start(
    process.execPath,
    [path.join(repository, 'bin/lambda-slim.js'), 'init', kind, ...args],
    {
      cwd: folder,
      env: environment,
    },
  );
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  return { folder, sha256 };
}
