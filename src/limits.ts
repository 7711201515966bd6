/**
 * AWS's numbers, as data. Each table names its source and the day on which it was read.
 * Nothing else in the program knows a limit. Pure.
 */
import type { Architecture, PythonVersion, SymbolCeilings, Target } from './model.js';

const MIB = 1024 * 1024;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html, read 2026-11. Bytes unless named otherwise. */
export const limits = {
  /** Largest zip that CreateFunction and PublishLayerVersion take directly; equal is accepted. */
  directUpload: 50 * MIB,
  /** Function and all layers, unzipped. AWS rejects a size equal to it: the budget is `< unzipped`. */
  unzipped: 250 * MIB,
  layersPerFunction: 5,
  /** Of a layer version. */
  layerVersion: { description: 256, name: 64 },
  /** Calls a second to Lambda's control plane, all together, in an account and Region; cannot be raised. */
  controlPlaneRate: 15,
  /** /tmp, in MiB. SnapStart forbids more than the default. */
  ephemeralStorage: { default: 512, max: 10_240 },
  /** All environment variables of a function together, as JSON. */
  variablesBytes: 4096,
  /** Memory of a function, in MiB. `oneCpu`: with so much it has the equivalent of one vCPU, and more in proportion. */
  memory: { min: 128, max: 10_240, oneCpu: 1769 },
  /** Of an invocation, in seconds. */
  timeoutSeconds: { max: 900 },
  /** An event, and an answer, of an invocation that is waited for. */
  payloadBytes: 6 * MIB,
  /** Of API Gateway's HTTP APIs: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html, read 2026-11. */
  httpApi: { integrationSeconds: 30, bodyBytes: 10 * MIB, headerBytes: 10_240 },
  /** Initialization is stopped then and done again at the first invocation; with SnapStart, when a version is published. */
  initSeconds: { default: 10, snapStart: 130 },
} as const;

/** Bytes that a build leaves free for a function's code that nobody has named; ours, as most functions have less. */
export const defaultReserve = 10 * MIB;

interface Runtime {
  readonly os: 'Amazon Linux 2' | 'Amazon Linux 2023';
  /** No more updates from this day on. */
  readonly deprecated: string | null;
  /** Creating functions is blocked from this day on. */
  readonly creationBlocked: string | null;
}

/** https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html, read 2026-11. */
export const runtimes: Readonly<Record<PythonVersion, Runtime>> = {
  '3.9': { os: 'Amazon Linux 2', deprecated: '2025-12-15', creationBlocked: null },
  '3.10': { os: 'Amazon Linux 2', deprecated: '2026-10-31', creationBlocked: '2026-11-30' },
  '3.11': { os: 'Amazon Linux 2', deprecated: null, creationBlocked: null },
  '3.12': { os: 'Amazon Linux 2023', deprecated: null, creationBlocked: null },
  '3.13': { os: 'Amazon Linux 2023', deprecated: null, creationBlocked: null },
  '3.14': { os: 'Amazon Linux 2023', deprecated: null, creationBlocked: null },
};

export const pythonVersions = Object.keys(runtimes) as readonly PythonVersion[];
export const architectures: readonly Architecture[] = ['x86_64', 'arm64'];
/** The newest runtime that today's whole ML stack has wheels for. */
export const defaultPython: PythonVersion = '3.13';

interface System {
  readonly glibc: string;
  readonly ceilings: SymbolCeilings;
}

/** glibc and gcc of each system, from its package list and `strings libstdc++.so.6`, 2026-11. */
const systems: Readonly<Record<Runtime['os'], System>> = {
  'Amazon Linux 2': { glibc: '2.26', ceilings: { GLIBC: '2.26', GLIBCXX: '3.4.24', CXXABI: '1.3.11' } },
  'Amazon Linux 2023': { glibc: '2.34', ceilings: { GLIBC: '2.34', GLIBCXX: '3.4.29', CXXABI: '1.3.13' } },
};

/**
 * Libraries that are in the zip runtimes for sure: glibc's family, libgcc, libstdc++ and zlib (2026-11).
 * manylinux also allows libGL, glib, X11 and libexpat; Lambda does not have them.
 */
const providedLibraries: readonly string[] = [
  'ld-linux-x86-64.so.2',
  'ld-linux-aarch64.so.1',
  'libBrokenLocale.so.1',
  'libanl.so.1',
  'libc.so.6',
  'libcrypt.so.1',
  'libdl.so.2',
  'libgcc_s.so.1',
  'libm.so.6',
  'libmvec.so.1',
  'libnsl.so.1',
  'libpthread.so.0',
  'libresolv.so.2',
  'librt.so.1',
  'libstdc++.so.6',
  'libthread_db.so.1',
  'libutil.so.1',
  'libz.so.1',
];

/** How wheels and environment markers spell our architectures. */
export const machineTags: Readonly<Record<Architecture, string>> = { x86_64: 'x86_64', arm64: 'aarch64' };

/** Older names of manylinux platforms, with the glibc that they stand for (PEP 513, 571, 599). */
const legacyPlatforms: readonly { minor: number; name: string; architectures: readonly Architecture[] }[] = [
  { minor: 17, name: 'manylinux2014', architectures: ['x86_64', 'arm64'] },
  { minor: 12, name: 'manylinux2010', architectures: ['x86_64'] },
  { minor: 5, name: 'manylinux1', architectures: ['x86_64'] },
];

/** Every manylinux tag from the ceiling down, best first. pip's `--platform` is exact, so all are needed. */
export function wheelPlatforms(glibc: string, architecture: Architecture): readonly string[] {
  const machine = machineTags[architecture];
  const ceiling = Number(glibc.split('.')[1]);
  const lowest = architecture === 'x86_64' ? 5 : 17;
  const tags: string[] = [];
  for (let minor = ceiling; minor >= lowest; minor--) {
    tags.push(`manylinux_2_${minor}_${machine}`);
    const legacy = legacyPlatforms.find(
      (one) => one.minor === minor && one.architectures.includes(architecture),
    );
    if (legacy) tags.push(`${legacy.name}_${machine}`);
  }
  return tags;
}

const minorOf = (glibc: string): number => Number(glibc.split('.')[1]);

/** The glibc of Lambda's own runtime, e.g. `2.34`. */
export const runtimeGlibc = (python: PythonVersion): string => systems[runtimes[python].os].glibc;

/**
 * What a build is for.
 * @param glibc `2.34`, for custom runtimes and images; null takes the runtime's own.
 */
export function targetFor(
  python: PythonVersion,
  architecture: Architecture,
  glibc: string | null = null,
): Target {
  const system = systems[runtimes[python].os];
  const custom = glibc !== null && minorOf(glibc) > minorOf(system.glibc);
  const version = glibc ?? system.glibc;
  // A custom image with a newer glibc has a libstdc++ of its own time; the table's newest known ceilings stand in for it.
  const ceilings = custom && minorOf(version) >= 34 ? systems['Amazon Linux 2023'].ceilings : system.ceilings;
  return {
    python,
    architecture,
    glibc: version,
    custom,
    platforms: wheelPlatforms(version, architecture),
    ceilings: { ...ceilings, GLIBC: version },
    providedLibraries,
  };
}

/** Distributions in Lambda's Python runtimes (versions vary by Region and patch), 2026-11. `--exclude-runtime` drops them. */
export const runtimeDistributions: readonly string[] = [
  'boto3',
  'botocore',
  'jmespath',
  'python-dateutil',
  's3transfer',
  'six',
  'urllib3',
];

/** What these are imported as. */
export const runtimeModules: readonly string[] = runtimeDistributions.map((name) =>
  name === 'python-dateutil' ? 'dateutil' : name,
);
