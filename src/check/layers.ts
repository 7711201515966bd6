/** Layers that the function has besides what is checked: AWS counts them, so they are looked into. */
import path from 'node:path';
import pMap from 'p-map';
import { SlimError } from '../errors.js';
import { withRemoteZip } from '../pack/zip/contents.js';
import { badArchive, contentsSizes, zipSizes } from './measure.js';
import type { AttachedLayer } from './model.js';
import type { LayerLookup } from '../aws/layer-address.js';

const layerArn = /^arn:aws[\w-]*:lambda:[a-z0-9-]+:\d{12}:layer:[\w-]+(?::(\d+))?$/;

/**
 * Their zips' directories are read, over the network as in a file.
 * @param names ARNs with a version, or files
 * @param lookup asks AWS; loaded only when it is needed
 * @throws SlimError `bad-option`, `not-found`, `bad-archive`, and those of AWS
 */
export async function readLayers(
  names: readonly string[],
  { cwd, signal, lookup }: { cwd: string; signal: AbortSignal; lookup: () => Promise<LayerLookup> },
): Promise<readonly AttachedLayer[]> {
  return pMap(
    names,
    async (name) => {
      const arn = layerArn.exec(name);
      if (arn !== null && arn[1] === undefined) {
        throw new SlimError('bad-option', `--layer ${name} names no version.`, {
          hint: `Functions have one version of a layer: end the ARN with it, for example ${name}:1.`,
        });
      }
      if (arn === null && name.startsWith('arn:')) {
        throw new SlimError('bad-option', `--layer ${name} is no ARN of a layer.`, {
          hint: 'It looks like arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION, with 12 digits as the account.',
        });
      }
      const { bytes, sizes } =
        arn === null
          ? await zipSizes(path.resolve(cwd, name), name)
          : await withRemoteZip(await (await lookup())(name), signal, contentsSizes).catch(
              (cause: unknown) => {
                signal.throwIfAborted();
                throw badArchive(name, cause);
              },
            );
      return { name, zipped: bytes, unzipped: sizes.unzipped, packages: sizes.packages };
    },
    { concurrency: 3 },
  );
}
