/** What is to be said of the function's other layers. Pure. */
import { finding, type Finding } from '../findings/findings.js';
import { limits } from '../limits.js';
import type { OtherLayer, PackPlan, Target } from '../model.js';
import type { OtherCopy } from './leave.js';
import type { ListedLayer } from './layers.js';
import type { HeldPackages } from './read.js';

export type For = Pick<Target, 'python' | 'architecture' | 'custom'>;

/** Layers that are for another Python or processor, by their files or by what their owner says. */
export function targetFindings(
  layers: readonly (Pick<ListedLayer, 'name' | 'declared'> & { readonly held: HeldPackages })[],
  { python, architecture, custom }: For,
): readonly Finding[] {
  return layers.flatMap(({ name, declared, held }) => {
    if (held.otherTarget !== null) {
      return [
        finding('layer-other-target', { layer: name, because: held.otherTarget, python, architecture }),
      ];
    }
    const runtimes = custom ? [] : (declared?.runtimes ?? []);
    const architectures = declared?.architectures ?? [];
    const told = [
      ...(runtimes.length > 0 && !runtimes.includes(`python${python}`) ? runtimes : []),
      ...(architectures.length > 0 && !architectures.includes(architecture) ? architectures : []),
    ];
    return told.length === 0
      ? []
      : [finding('layer-not-declared', { layer: name, declared: told, python, architecture })];
  });
}

/** Copies of packages that both have and that are not the same. */
export function copyFindings(copies: readonly OtherCopy[], plan: PackPlan): readonly Finding[] {
  // A folder for an image knows no layers.
  if (plan.strategy === 'directory') return [];
  const inTask = new Set(
    plan.bundles
      .filter(({ kind }) => kind === 'function')
      .flatMap(({ files }) => files.map(({ distribution }) => distribution)),
  );
  return copies.map(({ distribution, version, layer, other, because, first }) => {
    const wins = inTask.has(distribution)
      ? ('task' as const)
      : first
        ? ('layer' as const)
        : ('last' as const);
    return because === null
      ? finding('layer-other-version', { distribution, version, layer, other, wins })
      : finding('layer-copy-differs', { distribution, version, layer, because, wins });
  });
}

/** Own layers and others together. */
export function countFindings(others: number, plan: PackPlan): readonly Finding[] {
  const count = others + plan.bundles.filter(({ kind }) => kind === 'layer').length;
  const max = limits.layersPerFunction;
  return others > 0 && count > max ? [finding('too-many-layers', { count, max })] : [];
}

/** What a build left to a layer that the function does not have now. */
export function absentFindings(
  told: readonly OtherLayer[],
  layers: readonly { readonly held: HeldPackages }[],
): readonly Finding[] {
  const there = new Set(
    layers.flatMap(({ held }) => held.distributions.map(({ name, version }) => `${name} ${version}`)),
  );
  return told.flatMap(({ name: layer, distributions }) => {
    const missing = distributions
      .filter(({ left, name, version }) => left && !there.has(`${name} ${version}`))
      .map(({ name, version }) => `${name} ${version}`);
    return missing.length === 0 ? [] : [finding('layer-absent', { layer, distributions: missing })];
  });
}
