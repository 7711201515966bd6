/** What of a build is published, and as what. Pure. */
import path from 'node:path';
import { SlimError } from '../errors.js';
import { isError } from '../findings/findings.js';
import { limits } from '../limits.js';
import type { Artifact, Manifest } from '../model.js';
import { quoted } from '../text/shell.js';
import { bytesText, countText, groupedText } from '../text/units.js';
import type { AccountLimits, LayerPlan, PayloadPlan, PublicationPlan, PublishRequest } from './model.js';

/** How many packages an error about size names. */
const shownHeaviest = 5;

/** @throws SlimError `no-layer`, `bad-option` */
export function planPublication(manifest: Manifest, request: PublishRequest): PublicationPlan {
  const artifacts = manifest.artifacts.filter((one) => one.kind === 'layer');
  if (artifacts.length === 0) throw noLayer(manifest, request.outName);
  const { ephemeralStorage = 0 } = manifest.plan.nesting ?? {};
  return {
    layers: artifacts.map((artifact, index) =>
      planLayer(artifact, artifacts.length === 1 ? null : index + 1, manifest, request),
    ),
    payload: planPayload(manifest, request),
    ephemeralStorage: ephemeralStorage > limits.ephemeralStorage.default ? ephemeralStorage : null,
    ephemeralBytes: manifest.plan.ephemeralBytes,
    nested: manifest.plan.nesting !== null,
    heaviest: [...manifest.packages]
      .sort((a, b) => b.kept - a.kept)
      .slice(0, shownHeaviest)
      .map((one) => `${one.distribution} ${bytesText(one.kept)}`),
    errors: manifest.findings.filter(isError).length,
  };
}

function planLayer(
  artifact: Artifact,
  number: number | null,
  manifest: Manifest,
  { name, description, license }: PublishRequest,
): LayerPlan {
  const { target } = manifest;
  const room = limits.layerVersion.name - 1 - String(number ?? '').length;
  return {
    name: number === null ? name : `${name.slice(0, room)}-${number}`,
    file: artifact.file,
    sha256: artifact.sha256,
    codeSha256: artifact.sha256Base64,
    zippedBytes: artifact.zippedBytes,
    unzippedBytes: artifact.unzippedBytes,
    description: description ?? describe(manifest, number),
    license,
    runtimes: target.custom ? [] : [`python${target.python}`],
    architectures: [target.architecture],
  };
}

/** What was asked for first, then what came with it, as far as there is room. The same for the same build. */
export function describe(
  {
    target,
    requested,
    distributions,
    tool,
  }: Pick<Manifest, 'target' | 'requested' | 'distributions' | 'tool'>,
  number: number | null,
): string {
  const part = number === null ? '' : ` (part ${number})`;
  const head = `python${target.python} ${target.architecture}${part}: `;
  const tail = `; ${tool}`;
  const named = [
    ...distributions.filter((one) => requested.includes(one.name)),
    ...distributions.filter((one) => !requested.includes(one.name)),
  ].map((one) => `${one.name} ${one.version}`);
  const whole = named.join(', ');
  const room = limits.layerVersion.description - head.length - tail.length;
  if (whole.length <= room) return `${head}${whole}${tail}`;
  for (let count = named.length - 1; count > 0; count--) {
    const some = `${named.slice(0, count).join(', ')} and ${named.length - count} more`;
    if (some.length <= room) return `${head}${some}${tail}`;
  }
  return `${head}${countText(named.length, 'distribution')}${tail}`.slice(0, limits.layerVersion.description);
}

function planPayload(manifest: Manifest, { bucket, prefix }: PublishRequest): PayloadPlan | null {
  const artifact = manifest.artifacts.find((one) => one.kind === 'payload');
  const address = manifest.plan.nesting?.s3 ?? null;
  if (artifact === undefined || address === null) return null;
  const { file, sha256, zippedBytes: bytes } = artifact;
  if (address.bucket !== null) {
    const folder = path.posix.dirname(address.key);
    return { file, sha256, bytes, bucket: address.bucket, prefix: folder === '.' ? '' : folder };
  }
  if (bucket === null) {
    throw new SlimError(
      'bad-option',
      `The payload of this build, ${file}, goes to a bucket, and none is named.`,
      {
        hint: 'Name one in the Region of the functions with --bucket, or build again with --upload s3://BUCKET/PREFIX.',
      },
    );
  }
  return { file, sha256, bytes, bucket: null, prefix };
}

function noLayer({ artifacts }: Manifest, out: string): SlimError {
  const code = artifacts.find((one) => one.kind === 'function');
  if (code === undefined) {
    return new SlimError('no-layer', `The build in ${out} is a folder, not a layer.`, {
      hint: 'Build again with --format layer.',
    });
  }
  const place = quoted(`${out}/${code.file}`);
  const upload = code.viaS3
    ? `aws s3 cp ${place} s3://BUCKET/${code.file} && aws lambda update-function-code --function-name NAME --s3-bucket BUCKET --s3-key ${code.file}`
    : `aws lambda update-function-code --function-name NAME --zip-file fileb://${place}`;
  return new SlimError(
    'no-layer',
    `The build in ${out} is the zip of a function, and publish-layer publishes layers.`,
    {
      hint: `Give the zip to your function: ${upload}. For a layer build without --code.`,
    },
  );
}

/**
 * Refuse what Lambda would refuse, before anything is sent.
 * @throws SlimError `does-not-fit`
 */
export function checkLayer(
  { name, file, zippedBytes, unzippedBytes }: LayerPlan,
  { unzipped, zipped }: AccountLimits,
  heaviest: readonly string[],
  bucket: string | null,
  region: string,
): void {
  if (unzippedBytes >= unzipped) {
    const over = countText(unzippedBytes - unzipped + 1, 'byte');
    throw new SlimError(
      'does-not-fit',
      `The layer ${name} has ${groupedText(unzippedBytes)} bytes unzipped, and Lambda in ${region} takes fewer than ${groupedText(unzipped)}: ${over} too many.`,
      {
        hint: 'Build again with --strategy double-zip, or leave out what weighs most.',
        details: heaviestLines(heaviest),
      },
    );
  }
  if (bucket === null && zippedBytes > zipped) {
    const over = countText(zippedBytes - zipped, 'byte');
    throw new SlimError(
      'does-not-fit',
      `${file} has ${groupedText(zippedBytes)} bytes, ${over} over the ${bytesText(zipped)} that Lambda takes directly.`,
      {
        hint: 'Name a bucket in the same Region with --bucket: it goes through S3 then.',
        details: [],
      },
    );
  }
}

export const heaviestLines = (heaviest: readonly string[]): readonly string[] =>
  heaviest.length === 0 ? [] : [`heaviest: ${heaviest.join(', ')}`];
