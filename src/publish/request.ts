/** Settings of `publish-layer`, checked against each other. */
import path from 'node:path';
import { SlimError } from '../errors.js';
import { limits } from '../limits.js';
import { publishOptions } from '../options/table.js';
import { placeNamed } from '../manifest/place.js';
import { readSettings, type CommandLine } from '../options/command-line.js';
import { parseGrant } from './grants.js';
import type { PublishRequest } from './model.js';
import { awsEnvironment } from '../aws/environment.js';
import { parseS3Address } from '../aws/s3-address.js';

/**
 * @param given its folder is the one that was built, or its output folder; empty: the working folder
 * @throws SlimError `bad-option`, `bad-config`, `not-found`
 */
export async function readPublishRequest({ folder, ...sources }: CommandLine): Promise<PublishRequest> {
  const { environment, cwd } = sources;
  const place = await placeNamed(folder, cwd);
  const { settings } = await readSettings(publishOptions, sources, place.folder);
  const once = (values: readonly string[] = []): readonly string[] => [...new Set(values)];
  const out = place.out ?? settings.out;
  const request: PublishRequest = {
    out,
    outName: path.relative(cwd, out) || '.',
    name: settings.layerName ?? layerNameOf(path.basename(place.folder)),
    regions: once(settings.regions),
    bucket: settings.bucket ?? null,
    prefix: (settings.prefix ?? '').replace(/^\/+|\/+$/g, ''),
    storageMode: settings.storageMode ?? null,
    description: settings.description ?? null,
    license: settings.license ?? null,
    allow: once(settings.allow).map(parseGrant),
    keep: settings.keepVersions ?? null,
    attach: once(settings.attach),
    dryRun: settings.dryRun === true,
    environment: awsEnvironment(environment, settings.profile ?? null, settings.endpointUrl ?? null),
  };
  checkBucket(request);
  return request;
}

/**
 * A layer name from a folder's: letters, digits, hyphens and underscores, with room for a number behind it.
 * `my prøject` → `my-pr-ject`.
 */
export function layerNameOf(folder: string): string {
  const name = folder
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^A-Za-z0-9_]+/g, '-')
    .slice(0, limits.layerVersion.name - 3)
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'layer' : name;
}

/** The bucket for a Region. */
export const bucketFor = (bucket: string, region: string): string => bucket.replaceAll('{region}', region);

function checkBucket({ bucket, prefix, regions, storageMode }: PublishRequest): void {
  if (bucket === null) {
    if (storageMode !== 'reference') return;
    throw new SlimError('bad-option', '--storage-mode reference needs a --bucket.', {
      hint: 'Name a bucket with versioning that Lambda may read for as long as the layer is used.',
    });
  }
  if (bucket.startsWith('s3://') || bucket.includes('/')) {
    throw new SlimError('bad-option', `--bucket is "${bucket}", but must be the name of a bucket alone.`, {
      hint: 'For example --bucket my-artifacts --prefix layers.',
    });
  }
  for (const region of regions.length === 0 ? ['eu-central-1'] : regions) {
    parseS3Address(`s3://${bucketFor(bucket, region)}/${prefix}`);
  }
  if (regions.length > 1 && !bucket.includes('{region}')) {
    throw new SlimError(
      'bad-option',
      `Lambda takes zips only from a bucket in its own Region, and --bucket ${bucket} is one bucket for ${regions.length} Regions.`,
      {
        hint: 'Have a bucket in each, with the Region in its name, and write --bucket "my-artifacts-{region}".',
      },
    );
  }
}
