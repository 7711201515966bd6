/** Patches and vendored folders in a build: what is proved of them, said of them, and kept in the manifest. Pure. */
import type { PatchMade, VendoredFolder } from '../amended.js';
import type { Amendments } from '../amend/amend.js';
import { finding, type Finding } from '../findings/findings.js';
import type { Inventory, PrunePlan } from '../model.js';
import { normalizeName } from '../python/names.js';

/** Top-level modules of vendored folders that no distribution of the tree has: nobody else imports these. */
export function looseModules(
  vendored: Amendments['vendored'],
  { distributions }: Pick<Inventory, 'distributions'>,
): readonly string[] {
  const owned = new Set(distributions.flatMap(({ modules }) => modules));
  return vendored.flatMap(({ modules }) => modules).filter((name) => !owned.has(name));
}

/** Patched files that an option takes out again. */
export function unusedPatches(
  patched: ReadonlyMap<string, readonly string[]>,
  { decisions }: PrunePlan,
): readonly Finding[] {
  return decisions.flatMap(({ path, action, rule }) => {
    const patches = action === 'drop' || action === 'stub' ? patched.get(path) : undefined;
    return patches === undefined ? [] : [finding('patch-unused', { path, patches, rule })];
  });
}

/** As the manifest keeps them. */
export function manifestAmendments(
  {
    amendments,
    patched,
  }: { readonly amendments: Amendments; readonly patched: ReadonlyMap<string, readonly string[]> },
  { distributions }: Pick<Inventory, 'distributions'>,
): { readonly patches: readonly PatchMade[]; readonly vendored: readonly VendoredFolder[] } {
  return {
    patches: amendments.patches.map(({ package: name, label, sha256, replace }) => {
      const owner = distributions.find(({ normalized }) => normalized === normalizeName(name));
      const paths = [...patched].filter(([, by]) => by.includes(label)).map(([path]) => path);
      return {
        package: owner?.name ?? name,
        version: owner?.version ?? '',
        ...{ file: label, sha256, replace },
        paths: paths.sort(),
      };
    }),
    vendored: amendments.vendored.map(({ label, sha256, tree, modules }) => ({
      ...{ folder: label, sha256, modules },
      files: tree.files.length,
      bytes: tree.files.reduce((sum, one) => sum + one.bytes, 0),
      distributions: tree.installed.map(({ facts: { name, version } }) => ({ name, version })),
    })),
  };
}
