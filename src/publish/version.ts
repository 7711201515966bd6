/** Publishes one layer version, once. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Architecture, Runtime } from '@aws-sdk/client-lambda';
import { SlimError } from '../errors.js';
import { deleteCall, publishCall } from './calls.js';
import type { ControlPlane } from './control-plane.js';
import { isBusy, isNetwork, readAwsError } from '../aws/failure.js';
import { newestVersion, publishVersion } from './lambda.js';
import { explainLambda } from './lambda-failure.js';
import type { LayerPlan, PublishedLayer, PublishRequest, StoredObject } from './model.js';
import { heaviestLines } from './plan.js';
import { isSame, type Shared, type View } from './region.js';

/** A layer of which nothing is known yet. */
export const nothing = (name: string): PublishedLayer => ({
  ...{ name, state: 'planned', arn: null, version: null, stored: null, allowed: [], deleted: [] },
});

/**
 * Publish it, unless the newest version is the same.
 * @param stored where Lambda fetches it; null: it is sent with the call
 * @throws SlimError `no-credentials`, `aws-unreachable`, `does-not-fit`, `aws-refused`; the signal's reason
 */
export async function publishOne(
  layer: LayerPlan,
  { plane, same }: View,
  { request, plan, ledger }: Shared,
  stored: StoredObject | null,
  note: (text: string) => void,
): Promise<PublishedLayer> {
  const { region } = plane;
  const { name } = layer;
  const version = same.get(name);
  if (version !== undefined) {
    return { ...nothing(name), state: 'reused', arn: version.arn, version: version.version };
  }
  const mode = request.storageMode;
  const call = publishCall(region, layer, `${request.outName}/${layer.file}`, stored, mode);
  if (request.dryRun) {
    ledger.plan(region, call);
    return { ...nothing(name), stored };
  }
  note(`${name} (${region})`);
  const made = await ledger.make(
    { region, call, begun: `${name} in ${region}` },
    () => publishOnce(plane, layer, request, stored, plan.heaviest),
    ({ arn }) => `published ${arn}`,
  );
  return { ...nothing(name), state: 'published', arn: made.arn, version: made.version, stored };
}

const publishAttempts = 3;

/** When the answer is lost the version may be there: then it is taken, as AWS would make another one. */
async function publishOnce(
  plane: ControlPlane,
  layer: LayerPlan,
  request: PublishRequest,
  stored: StoredObject | null,
  heaviest: readonly string[],
): Promise<{ readonly arn: string; readonly version: number }> {
  for (let attempt = 1; ; attempt++) {
    try {
      const made = await publishVersion(plane, {
        LayerName: layer.name,
        Content:
          stored === null
            ? { ZipFile: await readFile(path.join(request.out, layer.file)) }
            : {
                S3Bucket: stored.bucket,
                S3Key: stored.key,
                ...(stored.version === null ? {} : { S3ObjectVersion: stored.version }),
                ...(request.storageMode === 'reference' ? { S3ObjectStorageMode: 'REFERENCE' } : {}),
              },
        CompatibleRuntimes: layer.runtimes as Runtime[],
        CompatibleArchitectures: layer.architectures as Architecture[],
        Description: layer.description,
        ...(layer.license === null ? {} : { LicenseInfo: layer.license }),
      });
      if (made.codeSha256 === layer.codeSha256 || made.codeSha256 === '') return made;
      throw otherBytes(plane, layer, made);
    } catch (error) {
      plane.signal.throwIfAborted();
      const said = readAwsError(error);
      const lost = said.status === null ? isNetwork(said) : isBusy(said) && said.status !== 429;
      if (!lost || attempt === publishAttempts) {
        throw explainLambda(error, {
          subject: `the layer ${layer.name}`,
          region: plane.region,
          actions: ['lambda:PublishLayerVersion'],
          heaviest: heaviestLines(heaviest),
        });
      }
      const newest = await newestVersion(plane, layer.name);
      if (newest !== null && isSame(newest, layer, request)) return newest;
    }
  }
}

function otherBytes(
  { region }: ControlPlane,
  { name, file }: LayerPlan,
  made: { readonly arn: string; readonly version: number },
): SlimError {
  return new SlimError('aws-refused', `${made.arn} does not hold ${file}, but something else.`, {
    hint: `Another object lies under its name in the bucket, or the file has changed: use another --prefix. Delete the version: ${deleteCall(region, name, made.version)}.`,
  });
}
