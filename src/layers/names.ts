/** What `--layer` names: an ARN with its version, or a path. Pure. */
import path from 'node:path';
import { relativePath } from '../text/relative-path.js';
import { SlimError } from '../errors.js';
import type { LayerName, OtherLayer } from '../model.js';

const layerArn = /^arn:aws[\w-]*:lambda:([a-z0-9-]+):\d{12}:layer:[\w-]+(?::(\d+))?$/;

export const isArn = (place: string): boolean => place.startsWith('arn:');

/**
 * @param given ARNs and absolute paths, in the order in which the function has them
 * @param folder absolute; people are told paths as seen from it
 * @throws SlimError `bad-option` for an ARN that is none, without a version, or of another Region than the one before
 */
export function layerNames(given: readonly string[], folder: string): readonly LayerName[] {
  const regions = new Map<string, string>();
  for (const place of given.filter(isArn)) {
    const [, region, version] = layerArn.exec(place) ?? [];
    if (region === undefined) {
      throw new SlimError('bad-option', `--layer ${place} is no ARN of a layer.`, {
        hint: 'It looks like arn:aws:lambda:REGION:ACCOUNT:layer:NAME:VERSION, with 12 digits as the account.',
      });
    }
    if (version === undefined) {
      throw new SlimError('bad-option', `--layer ${place} names no version.`, {
        hint: `Functions have one version of a layer: end the ARN with it, for example ${place}:1.`,
      });
    }
    regions.set(region, place);
  }
  const [one, other] = [...regions.values()];
  if (one !== undefined && other !== undefined) {
    throw new SlimError('bad-option', `--layer ${one} and ${other} are of two Regions.`, {
      hint: 'A function takes layers of its own Region only: name those that it has there.',
    });
  }
  return given.map((place) =>
    isArn(place) ? { name: place, place } : { name: shown(place, folder), place },
  );
}

/**
 * Those that a build was told, from its manifest.
 * @param out the folder that the manifest lies in, absolute
 */
export function toldLayers(told: readonly OtherLayer[], out: string): readonly LayerName[] {
  return told.map(({ name, place }) => ({ name, place: isArn(place) ? place : path.resolve(out, place) }));
}

const shown = (place: string, folder: string): string => relativePath(folder, place) || '.';
