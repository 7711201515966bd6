/** What AWS tells of a layer version: where its zip is, and what it is for. */
import { GetLayerVersionByArnCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import { clientSettings } from './clients.js';
import { readAwsError } from './failure.js';

/**
 * Asks in the ARN's own Region. The address is presigned and holds for ten minutes.
 * @returns rejects with SlimError `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export function layerLookup(environment: Environment, signal: AbortSignal): LayerLookup {
  return async (arn) => {
    const client = new LambdaClient(await clientSettings(environment, arn.split(':')[3] ?? null, 'LAMBDA'));
    try {
      const answer = await client.send(new GetLayerVersionByArnCommand({ Arn: arn }), {
        abortSignal: signal,
      });
      const { Location, CodeSha256 } = answer.Content ?? {};
      if (Location === undefined) throw refused(arn, 'AWS gives no address for it.');
      return {
        address: Location,
        sha256: CodeSha256 === undefined ? null : Buffer.from(CodeSha256, 'base64').toString('hex'),
        runtimes: answer.CompatibleRuntimes ?? [],
        architectures: answer.CompatibleArchitectures ?? [],
      };
    } catch (error) {
      signal.throwIfAborted();
      throw explain(error, arn);
    } finally {
      client.destroy();
    }
  };
}

function explain(error: unknown, arn: string): unknown {
  if (error instanceof SlimError) return error;
  const { name, message, status } = readAwsError(error);
  const details = [`${name}${status === null ? '' : ` (HTTP ${status})`}: ${message}`];
  if (/^(?:Credentials|Token)ProviderError$/.test(name) || /ExpiredToken|UnrecognizedClient/.test(name)) {
    return new SlimError('no-credentials', `There are no AWS credentials to look into ${arn} with.`, {
      hint: 'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name the layer’s zip with --layer.',
      details,
      cause: error,
    });
  }
  if (status === null || status >= 500 || status === 429) {
    return new SlimError('aws-unreachable', `AWS does not answer about ${arn}.`, {
      hint: 'Check the network and try again, or name the layer’s zip with --layer.',
      details,
      cause: error,
    });
  }
  return refused(arn, details[0] ?? '', error);
}

function refused(arn: string, detail: string, cause?: unknown): SlimError {
  return new SlimError('aws-refused', `AWS does not let you look into ${arn}.`, {
    hint: 'Check the ARN and its version; lambda:GetLayerVersion is needed for it, and a layer of others must be shared with you.',
    details: [detail],
    cause,
  });
}
/** A layer version as GetLayerVersionByArn tells it. */
export interface LayerVersion {
  /** Presigned, for ten minutes; it is in no message, as it carries a signature. */
  readonly address: string;
  /** Of the zip, hex; null when AWS does not tell. */
  readonly sha256: string | null;
  /** Those that its owner named; empty: any. */
  readonly runtimes: readonly string[];
  readonly architectures: readonly string[];
}

export type LayerLookup = (arn: string) => Promise<LayerVersion>;
