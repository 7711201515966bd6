/** The function's other layers in a build: read, what is left to them, and what a layer of ours says of itself. */
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Finding } from '../findings/findings.js';
import type { Confined } from '../confine/confine.js';
import { isFolder } from '../io/exists.js';
import { readText } from '../io/text-file.js';
import { mountLayers } from '../layers/mount.js';
import type { MountedLayers } from '../prove/prove.js';
import { cacheKey } from '../text/cache-key.js';
import { relativePath } from '../text/relative-path.js';
import { copyFindings, countFindings, targetFindings } from '../layers/findings.js';
import { lookupFor } from '../layers/fetch.js';
import { heldLayers, unzippedOf, type HeldLayer } from '../layers/layers.js';
import { leaveToLayers, type Leaving } from '../layers/leave.js';
import { isArn } from '../layers/names.js';
import { providesName, providesText, recordDigest } from '../layers/provides.js';
import type {
  BuildRequest,
  Inventory,
  OtherLayer,
  PackPlan,
  PrunePlan,
  StagedFile,
  Target,
} from '../model.js';
import type { World } from '../world.js';

/** @throws SlimError `no-credentials`, `aws-refused`, and what `heldLayers` throws */
export async function readOtherLayers(
  { layers, offline }: Pick<BuildRequest, 'layers' | 'offline'>,
  target: Target,
  { cache, progress, signal, environment }: World,
): Promise<readonly HeldLayer[]> {
  if (layers.length === 0) return [];
  const step = progress.start('other layers');
  const lookup = lookupFor(environment, signal);
  const held = await heldLayers(layers, target, () =>
    Promise.resolve({ cache, progress, signal, offline, lookup }),
  );
  step.end(held.map(({ name }) => name).join(', '));
  return held;
}

/** The target with the shared objects that these layers bring. */
export function withLibraries(target: Target, layers: readonly HeldLayer[]): Target {
  const brought = layers.flatMap(({ inventory }) =>
    inventory.files.map((one) => path.posix.basename(one.path)).filter((name) => /\.so(?:\.|$)/.test(name)),
  );
  return { ...target, providedLibraries: [...target.providedLibraries, ...brought] };
}

/** Paths that these layers have on sys.path. */
export const pathsIn = (layers: readonly HeldLayer[]): readonly string[] =>
  layers.flatMap(({ held }) => [...held.trees.values()].flatMap((tree) => [...tree.keys()]));

/** @param plan what the build would bring without them */
export async function leavingTo(
  layers: readonly HeldLayer[],
  inventory: Inventory,
  plan: PrunePlan,
): Promise<Leaving> {
  const held = new Set(layers.flatMap((one) => one.held.distributions.map(({ name }) => name)));
  const records = await recordsOf(inventory, (name) => held.has(name));
  return leaveToLayers(inventory, plan, records, layers);
}

async function recordsOf(
  { root, entries, distributions }: Inventory,
  wanted: (name: string) => boolean,
): Promise<ReadonlyMap<string, string>> {
  const present = new Set(entries.filter(({ link }) => link === undefined).map((one) => one.path));
  const records = new Map<string, string>();
  for (const { normalized, folder } of distributions) {
    const record = `${folder}/RECORD`;
    if (!wanted(normalized) || !present.has(record)) continue;
    records.set(normalized, await readText(path.join(root, record)));
  }
  return records;
}

/**
 * The file in which a layer tells what it provides; none when the build can become no layer.
 * @param folder absolute; it is written there
 */
export async function providesFiles(
  inventory: Inventory,
  { decisions }: PrunePlan,
  { format, strategy }: Pick<BuildRequest, 'format' | 'strategy'>,
  { python, architecture }: Pick<Target, 'python' | 'architecture'>,
  folder: string,
): Promise<readonly StagedFile[]> {
  if (format === 'function' || format === 'directory' || strategy === 'direct') return [];
  const owners = new Map(inventory.entries.map((one) => [one.path, one.distribution]));
  const ofActions = (...actions: readonly string[]): ReadonlySet<string | null> =>
    new Set(
      decisions.filter(({ action }) => actions.includes(action)).map((one) => owners.get(one.path) ?? null),
    );
  const [kept, stubbed] = [ofActions('keep', 'strip'), ofActions('stub')];
  const records = await recordsOf(inventory, (name) => kept.has(name) && !stubbed.has(name));
  if (records.size === 0) return [];
  const text = providesText({
    ...{ format: 1, python, architecture },
    distributions: inventory.distributions.flatMap(({ normalized: name, version }) => {
      const record = records.get(name);
      return record === undefined ? [] : [{ name, version, record: recordDigest(record) }];
    }),
  });
  const name = providesName(text);
  const source = path.join(folder, path.posix.basename(name));
  await writeFile(source, text);
  const bytes = Buffer.byteLength(text);
  return [{ path: name, place: 'root', source, bytes, mode: 0o644, distribution: null, origin: 'provides' }];
}

/** What is to be said of them. */
export function otherLayerFindings(
  layers: readonly HeldLayer[],
  target: Target,
  { copies }: Leaving,
  plan: PackPlan,
): readonly Finding[] {
  if (layers.length === 0) return [];
  return [
    ...targetFindings(layers, target),
    ...copyFindings(copies, plan),
    ...countFindings(layers.length, plan),
  ];
}

/** As the manifest keeps them. */
export function manifestLayers(
  layers: readonly HeldLayer[],
  { left }: Leaving,
  out: string,
): readonly OtherLayer[] {
  return layers.map(({ name, place, isFolder, digest, inventory, held }) => ({
    name,
    place: isArn(place) ? place : relativePath(out, place),
    sha256: isFolder ? null : digest,
    unzippedBytes: unzippedOf({ inventory }),
    distributions: held.distributions.map((one) => ({
      ...{ name: one.name, version: one.version, bytes: one.bytes },
      left: left.get(one.name) === name,
    })),
  }));
}

/** As Lambda has them at /opt, for the import proof; null: there are none, or nothing is imported. */
export async function mountedFor(
  layers: readonly HeldLayer[],
  confined: Confined | null,
  python: string,
  { cache, progress }: World,
): Promise<MountedLayers | null> {
  if (layers.length === 0 || confined === null) return null;
  const step = progress.start('mount layers');
  const own = confined.confinement.by === 'none';
  const { path: folder } = await mountLayers(layers, { cache, own, advance: (bytes) => step.advance(bytes) });
  step.end();
  const there = async (...names: readonly string[]): Promise<readonly string[]> => {
    const places = names.map((name) => path.join(folder, name));
    const found = await Promise.all(places.map(isFolder));
    return places.filter((_, index) => found[index]);
  };
  return {
    folder,
    path: await there(`python/lib/python${python}/site-packages`, 'python'),
    libraries: await there('lib'),
    key: cacheKey({ layers: layers.map(({ digest }) => digest) }),
  };
}
