/** Options of a build that cannot both be meant. */
import { parseS3Address } from '../aws/s3-address.js';
import { SlimError } from '../errors.js';
import type { BuildRequest } from '../model.js';

/** What each `--strategy` can make. */
const strategyFormats: Readonly<Record<string, readonly string[]>> = {
  direct: ['function'],
  layer: ['layer'],
  'double-zip': ['function', 'layer'],
  s3: ['function', 'layer'],
};

/** Strategies that leave nothing for a bucket. */
const keepsAll: readonly string[] = ['direct', 'layer', 'double-zip'];

type Judged = Pick<
  BuildRequest,
  | 'from'
  | 'resolver'
  | 'requirements'
  | 'strategy'
  | 'format'
  | 'upload'
  | 'codec'
  | 'codecLevel'
  | 'offline'
  | 'plan'
>;

/**
 * @param request as typed: `resolver` is not `directory` yet because of `from`
 * @throws SlimError `bad-option`
 */
export function refuseContradictions(request: Judged): void {
  const { from, resolver, strategy, format, codec, codecLevel } = request;
  if (from !== null && resolver !== 'auto' && resolver !== 'directory') {
    throw contradiction(
      `--from slims an installed folder, but --resolver ${resolver} was asked to install.`,
      'Give one of the two.',
    );
  }
  if (resolver === 'directory' && from === null) {
    throw contradiction(
      '--resolver directory needs --from DIR.',
      'Name the folder of installed packages with --from.',
    );
  }
  if (from !== null && request.requirements.length > 0) {
    throw contradiction(
      '--from slims an installed folder, so there is nothing to install from --requirement.',
      'Give one of the two.',
    );
  }
  if (strategy !== 'auto' && format !== null && strategyFormats[strategy]?.includes(format) !== true) {
    throw contradiction(
      `--strategy ${strategy} and --format ${format} contradict each other.`,
      'Give one of the two.',
    );
  }
  refuseUpload(request);
  if (codec === 'gzip' && codecLevel !== null && codecLevel > 9) {
    throw contradiction(
      `--level is ${codecLevel}, but gzip has levels 1 to 9.`,
      'Give a lower level, or use --codec zstd.',
    );
  }
}

function refuseUpload({ upload, strategy, offline, plan }: Judged): void {
  if (upload === null) return;
  parseS3Address(upload);
  if (offline && !plan) {
    throw contradiction(
      '--upload sends the payload to a bucket, which needs the network that --offline forbids.',
      'Give one of the two: build with --upload where there is a network, or leave it out here.',
    );
  }
  if (keepsAll.includes(strategy)) {
    throw contradiction(
      `--upload sends a payload to a bucket, but --strategy ${strategy} makes none for it.`,
      'Use --strategy s3 or auto, or leave --upload out.',
    );
  }
}

const contradiction = (sentence: string, hint: string): SlimError =>
  new SlimError('bad-option', sentence, { hint });
