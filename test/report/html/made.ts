/** Whole manifests whose numbers agree with each other, as a build writes them. */
import type { Action, Manifest, OwnedDecision } from '../../../src/model.js';
import { exampleManifest } from '../example.js';

/** `[path, action, bytes, kept]` */
export type Row = readonly [path: string, action: Action, bytes: number, kept: number];

export interface Made {
  /** Rows by the name of the distribution. */
  readonly packages: Readonly<Record<string, readonly Row[]>>;
  /** Bytes of bytecode by the name of the distribution. */
  readonly bytecode?: Readonly<Record<string, number>>;
  /** Paths that are opened into /tmp; a path without a row is bytecode that the build made. */
  readonly tmp?: readonly (readonly [path: string, distribution: string, bytes: number])[];
  readonly change?: Partial<Manifest>;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, one) => total + one, 0);

export function madeManifest({ packages, bytecode = {}, tmp = [], change = {} }: Made): Manifest {
  const decisions = Object.entries(packages).flatMap(([distribution, rows]) =>
    rows.map(([path, action, bytes, kept]): OwnedDecision => {
      const rule = action === 'keep' ? 'kept/default' : action === 'strip' ? 'strip/symbols' : 'base/tests';
      return { path, action, rule, because: `${rule} says so.`, bytes, kept, distribution };
    }),
  );
  const decided = new Set(decisions.map((one) => one.path));
  const added = (name: string): number =>
    (bytecode[name] ?? 0) +
    sum(tmp.filter(([path, owner]) => owner === name && !decided.has(path)).map(([, , bytes]) => bytes));
  const sizes = Object.entries(packages).map(([distribution, rows]) => ({
    distribution,
    version: '1.0',
    raw: sum(rows.map(([, , bytes]) => bytes)),
    kept: sum(rows.map(([, , , kept]) => kept)) + added(distribution),
    packed: 0,
    files: rows.length,
  }));
  const example = exampleManifest();
  const raw = sum(sizes.map((one) => one.raw));
  const ephemeralBytes = sum(tmp.map(([, , bytes]) => bytes));
  const unzippedBytes = sum(sizes.map((one) => one.kept)) - ephemeralBytes + (tmp.length > 0 ? 1100 : 0);
  return {
    ...example,
    requested: Object.keys(packages).slice(0, 1),
    distributions: Object.keys(packages).map((name) => ({
      name,
      version: '1.0',
      neededBy: ['others'],
      modules: [name],
    })),
    sizes: { raw, pruned: raw, stripped: raw, unzipped: unzippedBytes, zipped: 1000 },
    packages: sizes.sort((a, b) => b.kept - a.kept),
    savings: [{ rule: 'base/tests', because: 'Tests.', files: 1, bytes: 5 }],
    decisions,
    plan: {
      ...example.plan,
      unzippedBytes,
      ephemeralBytes,
      nesting:
        tmp.length === 0
          ? null
          : {
              codec: 'zstd',
              level: 9,
              files: tmp.map(([path, distribution, bytes]) => ({
                path,
                distribution,
                bytes,
                packed: 10,
                way: 'library',
              })),
              payloadBytes: 1000,
              bootBytes: 100,
              ephemeralStorage: 512,
              digest: 'aa',
              s3: null,
              because: 'It is too large.',
            },
    },
    ...change,
  };
}

/** As many files as the largest stacks have, in many packages. */
export function largeManifest(files: number): Manifest {
  const packages: Record<string, Row[]> = {};
  for (let index = 0; index < files; index++) {
    const name = `package${index % 41}`;
    const bytes = 1000 + ((index * 7919) % 100_000) * (index % 97 === 0 ? 400 : 1);
    const kind = index % 3;
    const path = `${name}/part${index % 13}/deep${index % 7}/file${index}.${kind === 0 ? 'so' : 'py'}`;
    const row: Row =
      kind === 0
        ? [path, 'strip', bytes, bytes >> 1]
        : [path, kind === 1 ? 'keep' : 'drop', bytes, kind === 1 ? bytes : 0];
    (packages[name] ??= []).push(row);
  }
  return madeManifest({ packages });
}
