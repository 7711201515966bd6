import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from '@jest/globals';
import type { Format } from '../../src/model.js';
import { writeArtifacts } from '../../src/pack/artifacts.js';
import { packFiles } from '../../src/pack/compress/pack-files.js';
import { planPack } from '../../src/pack/plan/plan.js';
import { silent } from '../../src/progress.js';
import { listTree, openCache, scratch, stage } from './helpers.js';

const folder = scratch();
const tree = {
  'numpy/__init__.py': 'x = 1\n'.repeat(100),
  'numpy/bin/tool': ['#!/bin/sh\n'] as const,
  'numpy/lib.so': { link: '__init__.py' },
};

async function build(format: Format, level: number) {
  const root = await folder();
  const cache = await openCache(path.join(root, 'cache'));
  const out = path.join(root, 'out');
  await mkdir(out);
  const files = await packFiles(await stage(path.join(root, 'tree'), tree), {
    cache,
    progress: silent,
    level,
  });
  const plan = planPack(files, {
    format,
    prune: 'safe',
    strategy: 'auto',
    excludeRuntime: false,
    ephemeralStorage: 512,
  });
  const artifacts = await writeArtifacts(plan, out, silent);
  await cache.close();
  return { out, artifacts };
}

describe('artifacts', () => {
  test("carry the zip's digests and sizes", async () => {
    const { out, artifacts } = await build('layer', 7);
    const bytes = await readFile(path.join(out, 'layer.zip'));
    expect(artifacts).toEqual([
      {
        file: 'layer.zip',
        kind: 'layer',
        sha256: createHash('sha256').update(bytes).digest('hex'),
        sha256Base64: createHash('sha256').update(bytes).digest('base64'),
        contentDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
        zippedBytes: bytes.length,
        unzippedBytes: 600 + 10 + 11,
        ephemeralBytes: 0,
        viaS3: false,
        fileCount: 3,
      },
    ]);
    expect(await readdir(out)).toEqual(['layer.zip']);
  });

  test('have one content digest for every compression level', async () => {
    const [fast, best] = [await build('layer', 1), await build('layer', 9)];
    expect(fast.artifacts[0]?.contentDigest).toBe(best.artifacts[0]?.contentDigest);
    expect((await build('function', 9)).artifacts[0]?.contentDigest).not.toBe(
      best.artifacts[0]?.contentDigest,
    );
  });

  test('a folder has normalized modes and times', async () => {
    const { out, artifacts } = await build('directory', 7);
    const place = path.join(out, 'package');
    expect(await listTree(place)).toEqual([
      'numpy/__init__.py 644',
      'numpy/bin/tool 755',
      'numpy/lib.so -> __init__.py',
    ]);
    for (const name of ['', 'numpy', 'numpy/bin', 'numpy/bin/tool', 'numpy/__init__.py']) {
      expect((await stat(path.join(place, name))).mtimeMs).toBe(315_532_800_000);
    }
    expect(artifacts[0]).toMatchObject({
      kind: 'directory',
      zippedBytes: 0,
      unzippedBytes: 621,
      fileCount: 3,
    });
  });
});
