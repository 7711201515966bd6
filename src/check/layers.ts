/** Layers that the function has besides what is checked: AWS counts them, so they are looked into. */
import { withCache } from '../io/cache.js';
import type { FetchContext } from '../layers/fetch.js';
import { listLayers, unzippedOf, type ListedLayer } from '../layers/layers.js';
import { isArn } from '../layers/names.js';
import { heldPackages, type HeldPackages } from '../layers/read.js';
import type { LayerName, Manifest } from '../model.js';
import { sizesOf } from './contents.js';
import type { AttachedLayer } from './model.js';
import type { CheckRequest } from './request.js';

/** A layer, and what it holds of which packages. */
export interface LookedInto extends ListedLayer {
  readonly held: HeldPackages;
  readonly attached: AttachedLayer;
}

/**
 * Their zips' directories are read, over the network as in a file.
 * @throws SlimError of `listLayers`
 */
export async function attachedLayers(
  names: readonly LayerName[],
  target: Manifest['target'] | null,
  { cacheDir, cache: keep }: Pick<CheckRequest, 'cacheDir' | 'cache'>,
  context: Pick<FetchContext, 'signal' | 'progress' | 'lookup'>,
): Promise<readonly LookedInto[]> {
  const look = async (fetching: () => Promise<FetchContext>): Promise<readonly LookedInto[]> =>
    Promise.all((await listLayers(names, fetching)).map(async (one) => lookedInto(one, target)));
  // Without an ARN nothing is fetched, and no cache is made.
  if (!names.some(({ place }) => isArn(place))) {
    return look(() => Promise.reject(new Error('Only an ARN is fetched.')));
  }
  return withCache(cacheDir, keep, (cache) =>
    look(() => Promise.resolve({ ...context, cache, offline: false })),
  );
}

async function lookedInto(layer: ListedLayer, target: Manifest['target'] | null): Promise<LookedInto> {
  const { name, inventory } = layer;
  const { packages } = await sizesOf(inventory.files, (path) =>
    Promise.resolve(inventory.texts[path] ?? null),
  );
  const attached = { name, zipped: inventory.zipped, unzipped: unzippedOf(layer), packages };
  return { ...layer, attached, held: await heldPackages(inventory, target) };
}
