/** What AWS refuses, and what breaks on the way, as a SlimError. */
import { partitionOf } from '../text/partition.js';
import { SlimError } from '../errors.js';

/** What was tried: all that the words need. */
export interface Attempt {
  readonly bucket: string;
  /** Null: the bucket itself. */
  readonly key: string | null;
  /** IAM actions that it needs, e.g. `s3:PutObject`. */
  readonly actions: readonly string[];
}

/** The parts of the SDK's errors that say something. */
export interface AwsError {
  readonly name: string;
  readonly message: string;
  readonly code: string | null;
  /** HTTP status; null when no answer came. */
  readonly status: number | null;
  /** The bucket's Region, where S3 tells it. */
  readonly region: string | null;
}

/** Never throws, whatever was thrown. */
export function readAwsError(error: unknown): AwsError {
  const given = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: string;
    readonly message?: string;
    readonly code?: string;
    readonly Code?: string;
    readonly $metadata?: { readonly httpStatusCode?: number };
    readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  };
  return {
    name: given.name ?? 'Error',
    message: given.message ?? String(error),
    code: given.Code ?? given.code ?? null,
    status: given.$metadata?.httpStatusCode ?? null,
    region: given.$response?.headers?.['x-amz-bucket-region'] ?? null,
  };
}

/** Names of what AWS says about credentials that it does not take. */
export const badCredentials = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'InvalidAccessKeyId',
  'InvalidToken',
  'SignatureDoesNotMatch',
  'TokenRefreshRequired',
]);
const elsewhere = new Set([
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
  'PermanentRedirect',
  'TemporaryRedirect',
]);

/**
 * A SlimError (`no-credentials`, `aws-refused`, `aws-unreachable`) for what AWS or the way to it is the cause of. Anything
 * else is given back as it is: a SlimError, the file system's error, our bug.
 */
export function explainAws(error: unknown, attempt: Attempt): unknown {
  if (error instanceof SlimError) return error;
  const said = readAwsError(error);
  const place = attempt.key === null ? `s3://${attempt.bucket}` : `s3://${attempt.bucket}/${attempt.key}`;
  const details = [`${said.name}${said.status === null ? '' : ` (HTTP ${said.status})`}: ${said.message}`];
  const make = (code: SlimError['code'], sentence: string, hint: string): SlimError =>
    new SlimError(code, sentence, { hint, details, cause: error });

  if (/^(?:Credentials|Token)ProviderError$/.test(said.name))
    return make(
      'no-credentials',
      `There are no AWS credentials to reach ${place} with.`,
      'Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login" or "aws configure".',
    );
  if (badCredentials.has(said.name))
    return make(
      'no-credentials',
      `AWS does not take these credentials (${said.name}).`,
      'They may have expired: run "aws sso login", or set new ones. "aws sts get-caller-identity" shows whose they are.',
    );
  if (said.name === 'RequestTimeTooSkewed')
    return make('aws-refused', 'AWS refuses: this machine’s clock is wrong.', 'Set the clock and try again.');
  if (said.name === 'NoSuchBucket' || (attempt.key === null && said.status === 404))
    return make(
      'aws-refused',
      `The bucket ${attempt.bucket} is not there.`,
      `Create it in the function's Region: aws s3 mb s3://${attempt.bucket} --region REGION.`,
    );
  if (elsewhere.has(said.name) || said.status === 301 || said.status === 307)
    return make(
      'aws-refused',
      `The bucket ${attempt.bucket} is in another Region${said.region === null ? '' : ` (${said.region})`}.`,
      `Set AWS_REGION=${said.region ?? "the bucket's Region"}. A function's payload must lie in the function's own Region.`,
    );
  if (said.status === 403)
    return make('aws-refused', `AWS does not allow access to ${place}.`, allow(said, attempt));
  if (isBusy(said))
    return make('aws-unreachable', `S3 does not take ${place} now (${said.name}).`, 'Try again in a minute.');
  if (said.status === null && isNetwork(said))
    return make(
      'aws-unreachable',
      `S3 cannot be reached for ${place}.`,
      'Check the network, HTTPS_PROXY, AWS_REGION and AWS_ENDPOINT_URL_S3, then try again: what is there already is not sent again.',
    );
  if (said.status === null) return error;
  return make('aws-refused', `S3 refuses ${place} (${said.name}).`, 'See what AWS says above.');
}

function allow({ message, region }: AwsError, { bucket, key, actions }: Attempt): string {
  const objects = `${bucket}${key === null ? '' : `/${key.slice(0, key.lastIndexOf('/') + 1)}*`}`;
  // Where the Region is not told, nobody knows with what the ARN begins.
  const what = region === null ? `s3://${objects}` : `arn:${partitionOf(region)}:s3:::${objects}`;
  const kms = /kms/i.test(message)
    ? ' The bucket is encrypted: kms:GenerateDataKey and kms:Decrypt on its key are needed, too.'
    : '';
  return `Allow ${actions.join(', ')} on ${what}; "aws sts get-caller-identity" shows who asks. The bucket's policy may refuse it, too.${kms}`;
}

const busyNames =
  /^(?:SlowDown|Throttl\w*|TooManyRequests\w*|RequestLimitExceeded|RequestTimeout\w*|InternalError|ServiceUnavailable)$/;

/** AWS answers that it cannot now. */
export const isBusy = ({ name, status }: AwsError): boolean =>
  status !== null && (status >= 500 || status === 429 || busyNames.test(name));

/** Node's and the SDK's own: no answer came. Not the file system's. The SDK wraps some so that only the message tells. */
export const isNetwork = ({ name, code, message }: AwsError): boolean =>
  name === 'TimeoutError' || networkCodes.test(`${code ?? ''} ${message}`);

const networkCodes =
  /\b(?:TimeoutError|socket hang up|ECONN\w+|ENOTFOUND|EAI_\w+|ETIMEDOUT|EPIPE|EPROTO|EHOSTUNREACH|ENETUNREACH|HPE_\w+|ERR_(?:TLS|SSL)\w*|\w*CERT_\w+|\w+_CERT\w*|\w+_LEAF_SIGNATURE)\b/;
