/** From a layer's list of files to the distributions that it holds, and for which Python they are. Pure. */
import { readDistributions } from '../inventory/distributions.js';
import { machineTags } from '../limits.js';
import type { Architecture, PythonVersion } from '../model.js';
import { topModules } from '../python/modules.js';
import type { LayerInventory } from './inventory.js';
import { parseProvides, providesPath, wheelRows, type Provides } from './provides.js';

/** One distribution in a layer. */
export interface HeldDistribution {
  /** PEP 503. */
  readonly name: string;
  readonly version: string;
  /** Of its files in the layer, unzipped; what lies in a payload is not among them. */
  readonly bytes: number;
  /** Top-level names. */
  readonly modules: readonly string[];
  /** Where on sys.path, e.g. `python/`; `python/lib/python3.13/site-packages/` comes before it. */
  readonly folder: string;
  /** Of its RECORD in the layer. */
  readonly rows: ReadonlyMap<string, { readonly hash: string; readonly size: string }>;
  /** `recordDigest` of the wheel that it was made from, when the layer says so. */
  readonly record: string | null;
}

export interface HeldPackages {
  readonly distributions: readonly HeldDistribution[];
  /** Python files and extension modules as they lie on sys.path → bytes, by the folder on sys.path. */
  readonly trees: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Names in lib/, which the loader searches. */
  readonly libraries: readonly string[];
  /** True when it opens a payload at start. */
  readonly nested: boolean;
  /** Why it is not for the target, as a clause; null: nothing speaks against it. */
  readonly otherTarget: string | null;
}

const onPath = /^python\/(?:lib\/python(3\.\d+)\/site-packages\/)?/;

/** @param target null: it is not known what it is for */
export async function heldPackages(
  inventory: LayerInventory,
  target: { readonly python: PythonVersion; readonly architecture: Architecture } | null,
): Promise<HeldPackages> {
  const trees = treesOf(inventory, target?.python ?? null);
  const provides = Object.entries(inventory.texts)
    .filter(([name]) => providesPath.test(name))
    .map(([, text]) => parseProvides(text))
    .filter((one) => one !== null);
  const told = new Map(
    provides.flatMap((one) =>
      one.distributions.map(({ name, version, record }) => [`${name} ${version}`, record] as const),
    ),
  );
  const distributions: HeldDistribution[] = [];
  for (const [folder, files] of trees) {
    const read = (name: string): Promise<string | null> =>
      Promise.resolve(inventory.texts[folder + name] ?? null);
    for (const { facts, owned } of await readDistributions([...files.keys()], read)) {
      const { normalized: name, version } = facts;
      const own = owned.paths.filter((one) => files.has(one));
      distributions.push({
        ...{ name, version, folder },
        bytes: own.reduce((sum, one) => sum + (files.get(one) ?? 0), 0),
        modules: topModules(own.filter((one) => /\.(?:py|so)$/.test(one))),
        rows: wheelRows(inventory.texts[`${folder}${facts.folder}/RECORD`] ?? ''),
        record: told.get(`${name} ${version}`) ?? null,
      });
    }
  }
  return {
    distributions,
    trees,
    libraries: inventory.files.flatMap(({ path }) => /^lib\/([^/]+)$/.exec(path)?.[1] ?? []),
    nested: inventory.files.some(({ path }) => path.startsWith('python/lambda_slim_payloads/')),
    otherTarget: target === null ? null : otherTarget(inventory, provides, target),
  };
}

/** @param python null: any; else what only another version sees is not on its path */
function treesOf(
  { files }: LayerInventory,
  python: PythonVersion | null,
): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const trees = new Map<string, Map<string, number>>();
  for (const { path, bytes } of files) {
    const [folder, version] = onPath.exec(path) ?? [];
    if (folder === undefined || (version !== undefined && python !== null && version !== python)) continue;
    const tree = trees.get(folder) ?? new Map<string, number>();
    tree.set(path.slice(folder.length), bytes);
    trees.set(folder, tree);
  }
  return trees;
}

const extension = /\.cpython-(3)(\d+)-(\w+)-linux-gnu\.so$/;

/** What the layer says of itself, then what its files' names say. */
function otherTarget(
  { files }: LayerInventory,
  provides: readonly Provides[],
  { python, architecture }: { readonly python: PythonVersion; readonly architecture: Architecture },
): string | null {
  const [told] = provides;
  if (told !== undefined) {
    const same = told.python === python && told.architecture === architecture;
    return same ? null : `was built for Python ${told.python} on ${told.architecture}`;
  }
  const tags = files.flatMap(({ path }) => {
    const [, major, minor, machine] = extension.exec(path) ?? [];
    return minor === undefined ? [] : [{ python: `${major ?? ''}.${minor}`, machine: machine ?? '' }];
  });
  const [first] = tags;
  const wanted = machineTags[architecture];
  if (first !== undefined && !tags.some((one) => one.python === python && one.machine === wanted)) {
    return `has extension modules for Python ${first.python} on ${first.machine === 'aarch64' ? 'arm64' : first.machine} alone`;
  }
  const folders = [...new Set(files.flatMap(({ path }) => onPath.exec(path)?.[0] ?? []))];
  const seen = ['python/', `python/lib/python${python}/site-packages/`];
  const [other] = folders.flatMap((one) => onPath.exec(one)?.[1] ?? []);
  return other === undefined || folders.some((one) => seen.includes(one))
    ? null
    : `has its packages in the folder of Python ${other}, where Python ${python} does not look`;
}
