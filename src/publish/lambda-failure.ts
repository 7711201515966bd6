/** What Lambda refuses, as a SlimError: AWS's own words are kept below the sentence. */
import { SlimError, type ErrorCode } from '../errors.js';
import { groupedText } from '../text/units.js';
import { badCredentials, isBusy, isNetwork, readAwsError, type AwsError } from '../aws/failure.js';

/** What was tried: all that the words need. */
export interface LambdaAttempt {
  /** e.g. `the layer demo`, `the function orders`. */
  readonly subject: string;
  readonly region: string;
  /** IAM actions that it needs, e.g. `lambda:PublishLayerVersion`. */
  readonly actions: readonly string[];
  /** More lines for errors about size. */
  readonly heaviest?: readonly string[];
}

interface Words {
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly hint: string;
}

/**
 * A SlimError (`no-credentials`, `aws-refused`, `aws-unreachable`, `does-not-fit`) for what AWS or the way to it is the
 * cause of. Anything else is given back as it is: a SlimError, the signal's reason, our bug.
 */
export function explainLambda(error: unknown, attempt: LambdaAttempt): unknown {
  if (error instanceof SlimError) return error;
  const said = readAwsError(error);
  const words =
    aboutCredentials(said, attempt) ??
    aboutTheWay(said, attempt) ??
    (said.status === null
      ? null
      : (aboutSize(said, attempt) ??
        aboutTheZip(said, attempt) ??
        aboutTheAccount(said, attempt) ??
        aboutTheThing(said, attempt) ?? {
          code: 'aws-refused' as const,
          sentence: `Lambda in ${attempt.region} refuses ${attempt.subject} (${said.name}).`,
          hint: 'See what AWS says above.',
        }));
  if (words === null) return error;
  return new SlimError(words.code, words.sentence, {
    hint: words.hint,
    details: [
      `${said.name}${said.status === null ? '' : ` (HTTP ${said.status})`}: ${said.message}`,
      ...(words.code === 'does-not-fit' ? (attempt.heaviest ?? []) : []),
    ],
    cause: error,
  });
}

const wrongToken =
  /^(?:UnrecognizedClient|InvalidClientTokenId|InvalidSignature|IncompleteSignature|MissingAuthenticationToken)/;

function aboutCredentials({ name, message, status }: AwsError, { region }: LambdaAttempt): Words | null {
  if (/^(?:Credentials|Token)ProviderError$/.test(name)) {
    return {
      code: 'no-credentials',
      sentence: `There are no AWS credentials to publish with in ${region}.`,
      hint: 'Name a profile with --profile, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login" or "aws configure".',
    };
  }
  if (
    name === 'RequestTimeTooSkewed' ||
    (status === 403 && /Signature (?:expired|not yet current)/.test(message))
  ) {
    return {
      code: 'aws-refused',
      sentence: 'AWS refuses: this machine’s clock is wrong.',
      hint: 'Set the clock and try again.',
    };
  }
  if (!badCredentials.has(name) && !wrongToken.test(name)) return null;
  return {
    code: 'no-credentials',
    sentence: `AWS does not take these credentials in ${region} (${name}).`,
    hint: `They may have expired: run "aws sso login", or set new ones. "aws sts get-caller-identity" shows whose they are. Where it works elsewhere, the account has not enabled the Region ${region}.`,
  };
}

function aboutTheWay(said: AwsError, { subject, region }: LambdaAttempt): Words | null {
  if (said.status === 429 || said.name === 'TooManyRequestsException') {
    return {
      code: 'aws-unreachable',
      sentence: `Lambda in ${region} still throttles after many attempts: too many calls are made in this account.`,
      hint: 'Wait for other deployments to end, then run it again: what was published is not published twice.',
    };
  }
  if (isBusy(said)) {
    return {
      code: 'aws-unreachable',
      sentence: `Lambda in ${region} cannot take ${subject} now (${said.name}).`,
      hint: 'Try again in a minute: what was published is not published twice.',
    };
  }
  if (said.status !== null || !isNetwork(said)) return null;
  return {
    code: 'aws-unreachable',
    sentence: `Lambda cannot be reached in ${region}.`,
    hint: `Check the network, HTTPS_PROXY, --endpoint-url, and that there is a Region ${region}.`,
  };
}

const number = (digits: string): string => groupedText(Number(digits));

function aboutSize({ name, message }: AwsError, { subject, region }: LambdaAttempt): Words | null {
  const tooBig = (sentence: string, hint: string): Words => ({ code: 'does-not-fit', sentence, hint });
  const slimmer = 'Build again with --strategy double-zip, or leave out what weighs most.';
  // What is left when the function has layers already, so the number differs.
  const [, left] = /Unzipped size must be smaller than (\d+) bytes/i.exec(message) ?? [];
  if (left !== undefined) {
    return tooBig(`Unzipped, ${subject} must be smaller than ${number(left)} bytes in ${region}.`, slimmer);
  }
  const [, max, actual] =
    /exceeds the maximum allowed size of (\d+) bytes\. The actual size is (\d+) bytes/i.exec(message) ?? [];
  if (max !== undefined && actual !== undefined) {
    return tooBig(
      `The function and its layers together have ${number(actual)} bytes unzipped in ${region}, ${number(String(Number(actual) - Number(max)))} over the ${number(max)} that Lambda takes.`,
      `Take another layer off the function. ${slimmer}`,
    );
  }
  const [, zipped] = /Zipped size must be smaller than (\d+) bytes/i.exec(message) ?? [];
  const [, request] = /Request must be smaller than (\d+) bytes/i.exec(message) ?? [];
  if (zipped !== undefined || request !== undefined || /RequestEntityTooLarge|RequestTooLarge/.test(name)) {
    const limit = zipped ?? request;
    return tooBig(
      `${sentenceCase(subject)} is too large to be sent directly to Lambda in ${region}${limit === undefined ? '' : `: ${zipped === undefined ? 'a request' : 'a zip'} must be smaller than ${number(limit)} bytes`}.`,
      'Name a bucket in the same Region with --bucket: it goes through S3 then.',
    );
  }
  if (!/Cannot reference more than \d+ layers/i.test(message)) return null;
  return tooBig(
    `${sentenceCase(subject)} would have more layers than Lambda allows.`,
    'Take another layer off the function, or put several into one build.',
  );
}

const s3Hints: Readonly<Record<string, string>> = {
  NoSuchBucket: 'The bucket is not there: check --bucket.',
  NoSuchKey: 'The zip is not in the bucket any more: run it again, and it is sent again.',
  NoSuchVersion: 'This version of the zip is not in the bucket any more: run it again.',
  AccessDenied:
    'Lambda reads the zip with your own rights: allow s3:GetObject (and kms:Decrypt, when the bucket is encrypted with a key of yours). For --storage-mode reference the bucket’s policy must allow lambda.amazonaws.com s3:GetObject and s3:GetObjectVersion.',
  PermanentRedirect: 'The bucket is in another Region: name one in the layer’s own with --bucket.',
};

function aboutTheZip({ message }: AwsError, { subject, region }: LambdaAttempt): Words | null {
  if (/Could not unzip uploaded file/i.test(message)) {
    return {
      code: 'aws-refused',
      sentence: `Lambda in ${region} could not unzip ${subject}.`,
      hint: 'Build again. If it came through a bucket, something else lies under its name there: use another --prefix.',
    };
  }
  const [, code] = /Error occurred while GetObject\. S3 Error Code: (\w+)/i.exec(message) ?? [];
  if (code === undefined) return null;
  return {
    code: 'aws-refused',
    sentence: `Lambda in ${region} cannot fetch ${subject} from the bucket (${code}).`,
    hint: s3Hints[code] ?? 'See what S3 says above.',
  };
}

function aboutTheAccount({ name, message, status }: AwsError, attempt: LambdaAttempt): Words | null {
  const { subject, region, actions } = attempt;
  const refused = (sentence: string, hint: string): Words => ({ code: 'aws-refused', sentence, hint });
  if (name === 'CodeStorageExceededException') {
    return refused(
      `The account has no code storage left in ${region}.`,
      'Delete old versions with --keep N, keep the zips in your own bucket with --storage-mode reference, or ask AWS for more in Service Quotas.',
    );
  }
  if (name === 'PublicPolicyException') {
    return refused(
      `The account does not allow that ${subject} is public.`,
      'Name accounts or an organisation with --allow, or change the account’s setting.',
    );
  }
  if (name === 'PolicyLengthExceededException') {
    return refused(
      `The policy of ${subject} is full.`,
      'Allow an organisation (--allow o-…) instead of many accounts.',
    );
  }
  if (status !== 403) return null;
  const kms = /kms/i.test(`${name} ${message}`)
    ? ' A key of KMS is in the way: kms:Decrypt and kms:GenerateDataKey on it.'
    : '';
  const who = /explicit deny/i.test(message)
    ? 'An explicit deny (of a policy, a boundary or the organisation) must go.'
    : `Allow ${actions.join(', ')} on it; "aws sts get-caller-identity" shows who asks.`;
  return refused(`AWS does not allow ${actions[0] ?? 'this'} for ${subject} in ${region}.`, `${who}${kms}`);
}

function aboutTheThing({ name, status }: AwsError, { subject, region }: LambdaAttempt): Words | null {
  if (name === 'ResourceNotFoundException' || status === 404) {
    return {
      code: 'aws-refused',
      sentence: `${sentenceCase(subject)} is not there in ${region}.`,
      hint: 'Check the name, the Region (--region) and whose credentials these are ("aws sts get-caller-identity").',
    };
  }
  if (name !== 'ResourceConflictException' && name !== 'PreconditionFailedException') return null;
  return {
    code: 'aws-refused',
    sentence: `${sentenceCase(subject)} is being changed by somebody else in ${region}.`,
    hint: 'Wait until that is done, then run it again.',
  };
}

const sentenceCase = (text: string): string => `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
