/** Where the bytes were, and where they went: sums over the decisions and the plan. All numbers are bytes. Pure. */
import type {
  Decision,
  Distribution,
  FileSize,
  Inventory,
  PackageSize,
  PackPlan,
  RuleSaving,
  SizeStage,
  StagedFile,
} from '../model.js';

export interface Measures {
  readonly sizes: SizeStage;
  /** Heaviest (kept) first. */
  readonly packages: readonly PackageSize[];
  /** The heaviest kept files first. */
  readonly files: readonly FileSize[];
  /** Most saved first. Stripping is one rule. */
  readonly savings: readonly RuleSaving[];
}

/** How many files the manifest lists. */
const listedFiles = 100;

export function measure(inventory: Inventory, decisions: readonly Decision[], plan: PackPlan): Measures {
  const owners = new Map(inventory.entries.map((entry) => [entry.path, entry.distribution]));
  const packedBy = new Map<string, number>();
  const added = new Map<string | null, { kept: number; packed: number }>();
  const decided = new Set(decisions.map((decision) => decision.path));
  const add = (owner: string | null, kept: number, packed: number): void => {
    const sum = added.get(owner) ?? { kept: 0, packed: 0 };
    added.set(owner, { kept: sum.kept + kept, packed: sum.packed + packed });
  };
  for (const file of plan.nesting?.files ?? []) {
    if (decided.has(file.path)) packedBy.set(file.path, file.packed);
    else add(file.distribution, file.bytes, file.packed);
  }
  for (const file of plan.bundles.flatMap((bundle) => bundle.files)) {
    // The payload's bytes are counted with the files in it.
    if (file.stored === true || file.origin === 'provides') continue;
    if (file.place === 'python' && decided.has(file.path)) packedBy.set(file.path, file.packedBytes);
    else {
      const owner = file.place === 'function' ? functionCode : (brought[file.origin] ?? file.distribution);
      add(owner, file.bytes, file.packedBytes);
    }
  }
  return {
    sizes: {
      raw: sum(decisions, (one) => one.bytes),
      pruned: sum(decisions, (one) => (one.action === 'strip' ? one.bytes : one.kept)),
      stripped: sum(decisions, (one) => one.kept),
      unzipped: plan.unzippedBytes,
      zipped: plan.zippedBytes,
    },
    packages: packageSizes(inventory.distributions, decisions, owners, packedBy, added),
    files: decisions
      .filter((one) => one.kept > 0)
      .sort((a, b) => b.kept - a.kept || (a.path < b.path ? -1 : 1))
      .slice(0, listedFiles)
      .map((one) => ({
        path: one.path,
        distribution: owners.get(one.path) ?? null,
        raw: one.bytes,
        kept: one.kept,
        packed: packedBy.get(one.path) ?? 0,
      })),
    savings: savingsByRule(decisions),
  };
}

/** Shown as a package beside the distributions. */
export const functionCode = '(function code)';
export const bootstrap = '(bootstrap)';
export const modelReader = '(lambda_slim_models)';
const brought: Readonly<Partial<Record<StagedFile['origin'], string>>> = {
  boot: bootstrap,
  models: modelReader,
};
export const unowned = '(no owner)';

function packageSizes(
  distributions: readonly Distribution[],
  decisions: readonly Decision[],
  owners: ReadonlyMap<string, string | null>,
  packedBy: ReadonlyMap<string, number>,
  added: ReadonlyMap<string | null, { kept: number; packed: number }>,
): readonly PackageSize[] {
  const rows = new Map<string, { raw: number; kept: number; packed: number; files: number }>();
  const row = (name: string) => {
    const found = rows.get(name) ?? { raw: 0, kept: 0, packed: 0, files: 0 };
    rows.set(name, found);
    return found;
  };
  for (const one of decisions) {
    const found = row(owners.get(one.path) ?? unowned);
    found.raw += one.bytes;
    found.kept += one.kept;
    found.packed += packedBy.get(one.path) ?? 0;
    if (one.action !== 'drop') found.files++;
  }
  for (const [owner, extra] of added) {
    const found = row(owner ?? unowned);
    found.kept += extra.kept;
    found.packed += extra.packed;
  }
  const versions = new Map(distributions.map((one) => [one.normalized, one.version]));
  return [...rows]
    .map(([distribution, size]) => ({ distribution, version: versions.get(distribution) ?? null, ...size }))
    .sort((a, b) => b.kept - a.kept || b.raw - a.raw || (a.distribution < b.distribution ? -1 : 1));
}

function savingsByRule(decisions: readonly Decision[]): readonly RuleSaving[] {
  const rules = new Map<string, { because: string; files: number; bytes: number }>();
  for (const one of decisions) {
    const saved = one.bytes - one.kept;
    if (saved <= 0) continue;
    const rule = one.action === 'strip' ? 'strip' : one.rule;
    const found = rules.get(rule) ?? { because: one.because, files: 0, bytes: 0 };
    rules.set(rule, { because: found.because, files: found.files + 1, bytes: found.bytes + saved });
  }
  return [...rules]
    .map(([rule, saving]) => ({ rule, ...saving }))
    .sort((a, b) => b.bytes - a.bytes || (a.rule < b.rule ? -1 : 1));
}

function sum<Row>(rows: readonly Row[], size: (row: Row) => number): number {
  return rows.reduce((total, row) => total + size(row), 0);
}
