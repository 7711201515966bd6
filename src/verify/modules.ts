/** What `verify` tries when no handler was named: the modules and probes that the build promises. Pure. */
import { moduleOf } from '../python/modules.js';
import type { Manifest } from '../model.js';
import type { LeftOut } from './verification.js';

export interface Promised {
  /** Dotted names, in the order in which they are imported. */
  readonly modules: readonly string[];
  readonly probes: Manifest['probes'];
  /** False: the build did not try them, so a failure may be older than the pruning. */
  readonly proven: boolean;
}

/**
 * What the packages have besides, and why it is not tried.
 * @param promised from `promisedBy`
 */
export function leftOutOf(manifest: Manifest, promised: Promised): readonly LeftOut[] {
  const { proof, distributions, decisions } = manifest;
  const tried = new Set(promised.modules);
  const failed = new Map(proof.failedBefore.map(({ module, error }) => [module, error]));
  const left = new Set(
    [...distributions.flatMap((one) => one.modules), ...failed.keys()].filter((name) => !tried.has(name)),
  );
  const taken = new Map<string, string>();
  for (const { path, action, rule, because } of left.size === 0 ? [] : decisions) {
    if (action !== 'drop' && action !== 'stub' && rule !== 'option/--stub') continue;
    const module = moduleOf(path);
    if (module !== null && left.has(module)) taken.set(module, `left out by ${rule}: ${because}`);
  }
  const probes = new Set(promised.probes.map(({ recipe }) => recipe));
  return [
    ...[...left].sort().map((name): LeftOut => {
      const error = failed.get(name);
      const because =
        error === undefined
          ? (taken.get(name) ?? 'the build does not promise it')
          : `it failed before pruning: ${error}`;
      return { kind: 'module', name, because };
    }),
    ...manifest.probes
      .filter(({ recipe }) => !probes.has(recipe))
      .map(({ recipe: name }): LeftOut => ({ kind: 'probe', name, because: 'it did not run in the build' })),
  ];
}

/**
 * What the build's own proof imported and ran; without a proof, the top-level modules of every distribution whose own file
 * travels (a rule that drops all of a module means it), and every recipe's probe.
 */
export function promisedBy(manifest: Manifest): Promised {
  const { proof, probes } = manifest;
  if (proof.state !== 'not-proven') {
    const ran = new Set(proof.probes);
    return {
      modules: [...new Set(proof.imported)],
      probes: probes.filter(({ recipe }) => ran.has(recipe)),
      proven: true,
    };
  }
  const files = new Map<string, boolean>();
  const above = new Set<string>();
  for (const { path, action, rule } of manifest.decisions) {
    const module = moduleOf(path);
    if (module === null) continue;
    const travels = action !== 'drop' && rule !== 'option/--stub';
    files.set(module, travels || files.get(module) === true);
    if (travels) for (const parent of parentsOf(module)) above.add(parent);
  }
  // A namespace package has no file of its own: what lies below it stands for it.
  const modules = manifest.distributions
    .flatMap((one) => one.modules)
    .filter((name) => files.get(name) ?? above.has(name));
  return { modules: [...new Set(modules)], probes, proven: false };
}

function parentsOf(module: string): readonly string[] {
  const parents: string[] = [];
  for (let dot = module.lastIndexOf('.'); dot > 0; dot = module.lastIndexOf('.', dot - 1)) {
    parents.push(module.slice(0, dot));
  }
  return parents;
}
