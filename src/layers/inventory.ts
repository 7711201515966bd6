/** What is in a layer: the list of its files, and the few texts that say which packages these are. */
import { readText } from '../io/text-file.js';
import path from 'node:path';
import { SlimError } from '../errors.js';
import { walkTree } from '../io/tree.js';
import type { ZipContents } from '../pack/zip/contents.js';
import { providesPath } from './provides.js';

export interface LayerFile {
  /** In the layer, e.g. `python/numpy/__init__.py`. */
  readonly path: string;
  /** 0 for a link, as Lambda counts it. */
  readonly bytes: number;
}

export interface LayerInventory {
  /** Bytes of the zip; null for a folder. */
  readonly zipped: number | null;
  readonly files: readonly LayerFile[];
  /** Metadata of packages, indexes of payloads, and what our own layers say of themselves; by path. */
  readonly texts: Readonly<Record<string, string>>;
}

/** What `readDistributions` and the sizes of a zip are made from. */
const telling =
  /(?:^|\/)[^/]+\.(?:dist|egg)-info\/(?:METADATA|RECORD|PKG-INFO|requires\.txt|installed-files\.txt|top_level\.txt)$|\.egg-info$|(?:^|\/)lambda_slim_payloads\/[^/]+\/index\.json$/;

const wanted = (name: string): boolean => telling.test(name) || providesPath.test(name);

/** Folders in /opt that Lambda and its runtimes look into. */
const layerFolder = /^(?:python|lib|bin|extensions|nodejs|java|ruby|dotnet)\//;

/**
 * Of a zip, on the disk or behind an address.
 * @throws SlimError `bad-archive`
 */
export async function zipInventory({ bytes, files, read }: ZipContents): Promise<LayerInventory> {
  refuseOther(files.map((one) => one.path));
  const texts: Record<string, string> = {};
  for (const { path: name } of files) if (wanted(name)) texts[name] = (await read(name)) ?? '';
  return { zipped: bytes, files: files.map((one) => ({ path: one.path, bytes: one.bytes })), texts };
}

/**
 * Of a folder as Lambda would have it at /opt.
 * @throws SlimError `bad-archive`, `unusable-file`
 */
export async function folderInventory(folder: string): Promise<LayerInventory> {
  const files = await walkTree(folder);
  refuseOther(files.map((one) => one.path));
  const texts: Record<string, string> = {};
  for (const one of files) {
    if (wanted(one.path) && one.link === undefined)
      texts[one.path] = await readText(path.join(folder, one.path));
  }
  return { zipped: null, files: files.map((one) => ({ path: one.path, bytes: one.bytes })), texts };
}

/** Packages at the top are the mistake that everybody makes once: in /opt they are on nobody's path. */
function refuseOther(paths: readonly string[]): void {
  if (paths.some((name) => layerFolder.test(name))) return;
  const [top] = paths;
  throw new SlimError(
    'bad-archive',
    top === undefined ? 'there is no file in it.' : `it has no python/ folder, so it is no layer.`,
    {
      hint: `A layer's packages lie below python/ (and its libraries below lib/)${top === undefined ? '' : `; this has ${top.split('/', 1)[0] ?? top} at its top`}. A function's own zip or code is no layer.`,
    },
  );
}
