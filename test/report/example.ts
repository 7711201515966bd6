/** A small whole manifest for report tests; `change` replaces what a test is about. */
import type { Manifest, Nesting } from '../../src/model.js';

export function exampleManifest(change: Partial<Manifest> = {}): Manifest {
  return {
    manifestVersion: 1,
    tool: 'lambda-slim 0.1.0',
    target: { python: '3.13', architecture: 'x86_64', glibc: '2.34', custom: false },
    resolver: { name: 'uv', version: 'uv 0.13.8' },
    requested: ['pandas'],
    distributions: [
      { name: 'numpy', version: '2.5.5', neededBy: ['pandas'], modules: ['numpy'] },
      { name: 'pandas', version: '3.1.1', neededBy: [], modules: ['pandas'] },
    ],
    sizes: {
      raw: 300_000_000,
      pruned: 240_000_000,
      stripped: 230_000_000,
      unzipped: 250_000_000,
      zipped: 60_000_000,
    },
    packages: [
      {
        distribution: 'pandas',
        version: '3.1.1',
        raw: 200_000_000,
        kept: 150_000_000,
        packed: 40_000_000,
        files: 900,
      },
      {
        distribution: 'numpy',
        version: '2.5.5',
        raw: 100_000_000,
        kept: 100_000_000,
        packed: 20_000_000,
        files: 800,
      },
    ],
    files: [
      { path: 'numpy/big.so', distribution: 'numpy', raw: 30_000_000, kept: 25_000_000, packed: 9_000_000 },
    ],
    savings: [
      { rule: 'base/tests', because: 'Test packages are never imported.', files: 700, bytes: 60_000_000 },
      { rule: 'strip', because: 'Symbols are not needed.', files: 60, bytes: 10_000_000 },
    ],
    plan: {
      strategy: 'layers',
      rejected: [
        {
          strategy: 'layer',
          limit: 'direct-upload',
          limitBytes: 52_428_800,
          actualBytes: 60_000_000,
          overBytes: 7_571_200,
          because: 'layer.zip would be too large to be uploaded directly',
        },
      ],
      zippedBytes: 60_000_000,
      unzippedBytes: 250_000_000,
      ephemeralBytes: 0,
      nesting: null,
    },
    ephemeralStorage: 512,
    artifacts: [
      {
        file: 'layer-1.zip',
        kind: 'layer',
        sha256: 'ab'.repeat(32),
        sha256Base64: 'q6urq6urq6urq6urq6urq6urq6urq6urq6urq6urq6s=',
        contentDigest: 'cd'.repeat(32),
        zippedBytes: 30_000_000,
        unzippedBytes: 125_000_000,
        ephemeralBytes: 0,
        viaS3: false,
        fileCount: 800,
      },
    ],
    bytecode: { files: 900, bytes: 20_000_000, policy: 'auto' },
    proof: {
      state: 'proven',
      interpreter: 'CPython 3.13.0 (host)',
      imported: ['numpy', 'pandas'],
      failedBefore: [],
      probes: ['numpy', 'pandas'],
      because: null,
      confinedBy: 'bubblewrap',
      importMs: { plain: 900, compiled: 400 },
    },
    findings: [],
    decisions: [
      {
        path: 'numpy/__init__.py',
        action: 'keep',
        rule: 'keep',
        because: 'No rule drops it.',
        bytes: 100,
        kept: 100,
        distribution: 'numpy',
      },
      {
        path: 'numpy/big.so',
        action: 'strip',
        rule: 'strip',
        because: 'Symbols are not needed.',
        bytes: 30_000_000,
        kept: 25_000_000,
        distribution: 'numpy',
      },
      {
        path: 'pandas/tests/__init__.py',
        action: 'drop',
        rule: 'base/tests',
        because: 'Test packages are never imported.',
        bytes: 60,
        kept: 0,
        distribution: 'pandas',
      },
      {
        path: 'pandas/tests/test_a.py',
        action: 'drop',
        rule: 'base/tests',
        because: 'Test packages are never imported.',
        bytes: 600,
        kept: 0,
        distribution: 'pandas',
      },
    ],
    times: [{ step: 'resolve', ms: 1200, cached: false }],
    stamp: 'ef'.repeat(32),
    probes: [],
    ...change,
  };
}

/** What the plan of a double zip tells of its payload. */
export function exampleNesting(change: Partial<Nesting> = {}): Nesting {
  return {
    codec: 'zstd',
    level: 9,
    files: [],
    payloadBytes: 1,
    bootBytes: 1,
    ephemeralStorage: 512,
    digest: 'd',
    s3: null,
    because: '',
    ...change,
  };
}
