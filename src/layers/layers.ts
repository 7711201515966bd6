/** The function's other layers: found, fetched where they are AWS's, and read. */
import { open, stat } from 'node:fs/promises';
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { hashFile } from '../io/hash.js';
import { exists } from '../io/exists.js';
import { isOutput, manifestName } from '../io/output-folder.js';
import { walkTree } from '../io/tree.js';
import { readManifest } from '../manifest/manifest.js';
import type { LayerName, Target } from '../model.js';
import { folderDigest } from '../pack/folder-digest.js';
import { withZip } from '../pack/zip/contents.js';
import { cachedZip, fetchInventory, fetchZip, type Declared, type FetchContext } from './fetch.js';
import { folderInventory, zipInventory, type LayerInventory } from './inventory.js';
import { defaultOut } from '../text/own-names.js';
import { isArn } from './names.js';
import { heldPackages, type HeldPackages } from './read.js';

/** A layer's list of files. */
export interface ListedLayer {
  readonly name: string;
  /** The ARN, or an absolute path. */
  readonly place: string;
  readonly inventory: LayerInventory;
  /** What its owner says that it is for; null when it is not from AWS. */
  readonly declared: Declared | null;
}

/** A layer whose bytes lie on this machine. */
export interface Layer extends ListedLayer {
  /** Absolute path of its zip or folder. */
  readonly file: string;
  readonly isFolder: boolean;
  /** sha256 of the zip, or over a folder's paths, modes and contents; hex. */
  readonly digest: string;
}

/**
 * Lists alone: of an ARN not the whole zip is fetched.
 * @returns in their order; a build with several layers is several
 * @throws SlimError `not-found`, `bad-archive`, `artifact-changed`, `no-manifest`, `bad-manifest`, `unusable-file`, and
 *   what `fetchInventory` throws
 */
export async function listLayers(
  names: readonly LayerName[],
  context: () => Promise<FetchContext>,
): Promise<readonly ListedLayer[]> {
  return eachOf(names, async (one): Promise<ListedLayer> => {
    if (!isArn(one.place)) return { ...one, ...(await listed(one, one.place)), declared: null };
    const given = await context();
    const whole = await cachedZip(one.place, given.cache);
    if (whole !== null) return { ...one, ...(await listed(one, whole.file)), declared: whole };
    const { inventory, ...declared } = await fetchInventory(one.place, given).catch((cause: unknown) => {
      given.signal.throwIfAborted();
      throw badLayer(one.name, cause);
    });
    return { ...one, inventory, declared };
  });
}

/**
 * With their bytes, to be mounted: the zip of an ARN is fetched once.
 * @returns in their order; a build with several layers is several
 * @throws SlimError `not-found`, `bad-archive`, `artifact-changed`, `no-manifest`, `bad-manifest`, `unusable-file`, and
 *   what `fetchZip` throws
 */
export async function readLayers(
  names: readonly LayerName[],
  context: () => Promise<FetchContext>,
): Promise<readonly Layer[]> {
  return eachOf(names, async (one): Promise<Layer> => {
    if (isArn(one.place)) {
      const whole = await fetchZip(one.place, await context());
      const { file, sha256: digest } = whole;
      return { ...one, ...(await listed(one, file)), file, isFolder: false, digest, declared: whole };
    }
    const found = await listed(one, one.place);
    const { isFolder } = found;
    const digest = isFolder
      ? await folderDigest(await walkTree(one.place), one.place)
      : await hashFile(one.place);
    return { ...one, ...found, file: one.place, digest, declared: null };
  });
}

/** A layer, and what it holds of which packages. */
export interface HeldLayer extends Layer {
  readonly held: HeldPackages;
}

/**
 * As `readLayers`, with the packages in them.
 * @throws SlimError of `readLayers`
 */
export async function heldLayers(
  names: readonly LayerName[],
  target: Pick<Target, 'python' | 'architecture'>,
  context: () => Promise<FetchContext>,
): Promise<readonly HeldLayer[]> {
  const read = await readLayers(names, context);
  return Promise.all(read.map(async (one) => ({ ...one, held: await heldPackages(one.inventory, target) })));
}

async function eachOf<Result>(
  names: readonly LayerName[],
  read: (one: LayerName) => Promise<Result>,
): Promise<readonly Result[]> {
  const single = (await pMap(names, expanded, { concurrency: 3 })).flat();
  return pMap(single, read, { concurrency: 3 });
}

/** A build stands for the layers that it made. */
async function expanded(one: LayerName): Promise<readonly LayerName[]> {
  const out = isArn(one.place) ? null : await buildAt(one);
  if (out === null) return [one];
  const { artifacts } = await readManifest(out);
  const layers = artifacts.filter(({ kind }) => kind === 'layer');
  if (layers.length === 0) {
    throw new SlimError('bad-archive', `--layer ${one.name}: the build there made no layer.`, {
      hint: 'Build it with --format layer, or name a layer’s zip, folder or ARN.',
    });
  }
  return pMap(layers, async ({ file, sha256 }) => {
    const place = path.join(out, file);
    const now = await hashFile(place).catch(() => null);
    if (now === sha256) return { name: `${one.name.replace(/\/?lambda-slim\.json$/, '')}/${file}`, place };
    throw new SlimError(
      'artifact-changed',
      `--layer ${one.name}: ${file} ${now === null ? 'is not there.' : 'has changed since it was built.'}`,
      { hint: 'Build it again, or name the zip itself.' },
    );
  });
}

/** The output folder of a build; null: it is none. */
async function buildAt({ name, place }: LayerName): Promise<string | null> {
  const facts = await stat(place).catch((cause: unknown) => {
    const { code } = cause as NodeJS.ErrnoException;
    const gone = code === 'ENOENT' || code === 'ENOTDIR';
    throw new SlimError(
      'not-found',
      `--layer: ${name} ${gone ? 'is not there' : `cannot be read (${code ?? ''})`}.`,
      {
        hint: 'Name a zip, a folder with python/, the output folder of a build, or an ARN with its version.',
        cause,
      },
    );
  });
  if (!facts.isDirectory()) return facts.isFile() && (await beginsAsJson(place)) ? path.dirname(place) : null;
  if (await exists(path.join(place, manifestName))) return place;
  // The folder that was built, as the other commands take it; what is a layer itself stays one.
  const inside = path.join(place, defaultOut);
  return isOutput(inside) && !(await exists(path.join(place, 'python'))) ? inside : null;
}

async function beginsAsJson(file: string): Promise<boolean> {
  const handle = await open(file);
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(1), 0, 1, 0);
    return bytesRead === 1 && buffer.toString('latin1') === '{';
  } finally {
    await handle.close();
  }
}

async function listed(
  { name }: LayerName,
  file: string,
): Promise<{ readonly inventory: LayerInventory; readonly isFolder: boolean }> {
  const isFolder = (await stat(file)).isDirectory();
  const inventory = await (isFolder ? folderInventory(file) : withZip(file, zipInventory)).catch(
    (cause: unknown) => {
      throw badLayer(name, cause);
    },
  );
  return { inventory, isFolder };
}

/** @returns with the layer's name in it */
function badLayer(name: string, cause: unknown): SlimError {
  if (cause instanceof SlimError) {
    const { code, message, hint, details } = cause;
    return code === 'bad-archive'
      ? new SlimError(code, `--layer ${name}: ${message}`, { hint, details, cause })
      : cause;
  }
  return new SlimError('bad-archive', `--layer ${name} cannot be read as a zip.`, {
    hint: 'Name a zip, a folder with python/, the output folder of a build, or an ARN with its version.',
    details: [cause instanceof Error ? cause.message : String(cause)],
    cause,
  });
}

/** Bytes that a layer has unzipped, as Lambda counts. */
export const unzippedOf = ({ inventory }: Pick<ListedLayer, 'inventory'>): number =>
  inventory.files.reduce((sum, one) => sum + one.bytes, 0);
