/** A hand-made tree in memory: paths with their text, distributions by the top folder of their files. */
import { kindOf } from '../../src/inventory/kind.js';
import { normalizeName } from '../../src/python/names.js';
import { topModules } from '../../src/python/modules.js';
import { targetFor } from '../../src/limits.js';
import type { ElfFacts, Entry, Inventory, PrunePlan } from '../../src/model.js';
import { scanSource } from '../../src/inventory/imports.js';
import { planPrune } from '../../src/prune/plan.js';
import type { PruneOptions } from '../../src/prune/plan.js';
import base from '../../src/recipes/base.js';

export const elfFacts: ElfFacts = {
  machine: 'x86_64',
  bits: 64,
  littleEndian: true,
  type: 'shared',
  soname: null,
  needed: [],
  searchPath: [],
  versionNeeds: [],
  pythonModules: [],
  interpreter: null,
};

/** A file's text, or what is special about it. */
export type FileSpec =
  | string
  | {
      readonly elf?: Partial<ElfFacts>;
      readonly foreign?: string;
      readonly linkTo?: string;
      readonly sharedWith?: readonly string[];
      /** Normalized owner, when the folder does not tell. */
      readonly owner?: string | null;
    };

export interface DistributionSpec {
  readonly version?: string;
  readonly requires?: readonly string[];
  /** Top-level names that it owns; default: its own name. */
  readonly owns?: readonly string[];
  readonly record?: boolean;
}

const elfHead = new Uint8Array([0x7f, 0x45, 0x4c, 0x46]);

/** Every distribution gets METADATA, RECORD and INSTALLER; files belong to the distribution that owns their first folder. */
export function makeTree(
  files: Readonly<Record<string, FileSpec>>,
  distributions: Readonly<Record<string, DistributionSpec>> = {},
): { inventory: Inventory; sources: PruneOptions['sources'] } {
  const owners = new Map<string, string>();
  const metadata: Record<string, FileSpec> = {};
  for (const [name, spec] of Object.entries(distributions)) {
    const folder = folderOf(name, spec);
    for (const top of [...(spec.owns ?? [name]), folder]) owners.set(top, normalizeName(name));
    metadata[`${folder}/METADATA`] = 'Name: x';
    metadata[`${folder}/INSTALLER`] = 'uv';
    if (spec.record !== false) metadata[`${folder}/RECORD`] = '';
  }
  const entries = Object.entries({ ...files, ...metadata })
    .map(([path, spec]) => toEntry(path, spec, owners))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const sources = new Map(
    Object.entries(files).flatMap(([path, spec]) =>
      typeof spec === 'string' && path.endsWith('.py') ? [[path, scanSource(spec, path)] as const] : [],
    ),
  );
  const inventory: Inventory = {
    root: '/nowhere',
    entries,
    distributions: Object.entries(distributions)
      .map(([name, spec]) => ({
        name,
        normalized: normalizeName(name),
        version: spec.version ?? '1.0',
        folder: folderOf(name, spec),
        requires: spec.requires ?? [],
        modules: topModules(
          entries.filter((one) => one.distribution === normalizeName(name)).map((one) => one.path),
        ),
      }))
      .sort((a, b) => (a.normalized < b.normalized ? -1 : 1)),
  };
  return { inventory, sources };
}

function folderOf(name: string, spec: DistributionSpec): string {
  return `${name.replaceAll('-', '_')}-${spec.version ?? '1.0'}.dist-info`;
}

function toEntry(path: string, spec: FileSpec, owners: ReadonlyMap<string, string>): Entry {
  const top = path.split('/', 1)[0] ?? '';
  const owner = owners.get(top) ?? owners.get(top.replace(/\.py$|\.libs$/, '')) ?? null;
  const common = { path, bytes: 100, mode: 0o644, distribution: owner };
  if (typeof spec === 'string') return { ...common, kind: kindOf(path, null).kind };
  const distribution = spec.owner === undefined ? owner : spec.owner;
  const shared = spec.sharedWith ? { sharedWith: spec.sharedWith } : {};
  if (spec.linkTo !== undefined)
    return { ...common, ...shared, distribution, bytes: 0, kind: 'data', link: spec.linkTo };
  if (spec.foreign !== undefined)
    return { ...common, ...shared, distribution, kind: 'foreign', format: spec.foreign };
  const { kind } = kindOf(path, spec.elf ? elfHead : null);
  return {
    ...common,
    ...shared,
    distribution,
    kind,
    ...(spec.elf ? { elf: { ...elfFacts, ...spec.elf } } : {}),
  };
}

export const defaults: Omit<PruneOptions, 'sources'> = {
  target: targetFor('3.12', 'x86_64'),
  requested: [],
  recipes: [base],
  prune: 'safe',
  proving: true,
  exclude: [],
  excludeRuntime: false,
  stub: [],
  keep: [],
  drop: [],
  services: [],
};

/** The plan for a tree, with the base recipe unless told otherwise. */
export function planFor(tree: ReturnType<typeof makeTree>, options: Partial<PruneOptions> = {}): PrunePlan {
  return planPrune(tree.inventory, { ...defaults, sources: tree.sources, ...options });
}

/** `action rule` by path, for files outside of dist-info unless asked for. */
export function decisionsOf(plan: PrunePlan, metadata = false): Record<string, string> {
  return Object.fromEntries(
    plan.decisions
      .filter(({ path }) => metadata || !path.includes('.dist-info/'))
      .map(({ path, action, rule }) => [path, `${action} ${rule}`]),
  );
}

export function droppedBy(plan: PrunePlan): readonly string[] {
  return plan.decisions
    .filter(({ action, path }) => action === 'drop' && !path.endsWith('/INSTALLER'))
    .map((one) => one.path);
}
