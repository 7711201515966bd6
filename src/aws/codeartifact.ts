/**
 * AWS CodeArtifact as a package index: where a repository answers, and a token that reads it. The token is handed to uv and
 * pip through their environment; it is never printed, stored or put on a command line.
 * https://docs.aws.amazon.com/codeartifact/latest/ug/python-configure-without-pip.html
 */
import type { CodeartifactClient } from '@aws-sdk/client-codeartifact';
import { SlimError } from '../errors.js';
import type { Environment } from '../model.js';
import { clientSettings } from './clients.js';
import { badCredentials, isBusy, isNetwork, readAwsError } from './failure.js';

export interface CodeArtifactAddress {
  readonly domain: string;
  readonly repository: string;
  /** AWS account that owns the domain; null: the caller's own. */
  readonly owner: string | null;
  /** Null: the one that environment or profile name. */
  readonly region: string | null;
}

export interface CodeArtifactAccess {
  /** The repository's simple index, e.g. `https://DOMAIN-OWNER.d.codeartifact.REGION.amazonaws.com/pypi/NAME/simple/`. */
  readonly index: string;
  /** Its password; the user is `aws`. Secret. */
  readonly token: string;
}

const scheme = 'codeartifact://';

/** Whether a text is meant as an address of CodeArtifact. */
export const isCodeArtifact = (text: string): boolean => text.toLowerCase().startsWith(scheme);

/**
 * @param text `codeartifact://DOMAIN/REPOSITORY?owner=123456789012&region=eu-central-1`; both parameters may be left out
 * @throws SlimError `bad-option`
 */
export function parseCodeArtifact(text: string): CodeArtifactAddress {
  const [, domain, repository, query = ''] =
    /^codeartifact:\/\/([a-z][a-z0-9-]{0,48}[a-z0-9])\/([A-Za-z0-9][A-Za-z0-9._-]{1,99})\/?(?:\?(.*))?$/i.exec(
      text,
    ) ?? [];
  const parameters = new URLSearchParams(query);
  const [owner, region] = [parameters.get('owner'), parameters.get('region')];
  const unknown = [...parameters.keys()].find((name) => name !== 'owner' && name !== 'region');
  const wrong =
    domain === undefined || repository === undefined
      ? 'it needs a domain and a repository'
      : unknown !== undefined
        ? `"${unknown}" is no part of it`
        : owner !== null && !/^\d{12}$/.test(owner)
          ? 'the owner is an account number of 12 digits'
          : region !== null && !/^[a-z]{2}(?:-[a-z]+)+-\d$/.test(region)
            ? 'the region is like eu-central-1'
            : null;
  if (wrong === null && domain !== undefined && repository !== undefined)
    return { domain, repository, owner, region };
  throw new SlimError('bad-option', `${text} is no address of CodeArtifact: ${wrong ?? ''}.`, {
    hint: 'Write codeartifact://DOMAIN/REPOSITORY?owner=ACCOUNT&region=REGION; owner and region may be left out when they are your own.',
  });
}

/** Seconds: longer than a build, and not the whole day that AWS gives by default. */
const tokenSeconds = 3 * 60 * 60;

/**
 * Ask AWS for a token and for where the repository answers, with the SDK's chain of credentials.
 * @throws SlimError `no-credentials`, `aws-refused`, `aws-unreachable`
 */
export async function openRepository(
  address: CodeArtifactAddress,
  environment: Environment,
  signal: AbortSignal,
): Promise<CodeArtifactAccess> {
  const sdk = await import('@aws-sdk/client-codeartifact');
  const client: CodeartifactClient = new sdk.CodeartifactClient(
    await clientSettings(environment, address.region, 'CODEARTIFACT'),
  );
  const { domain, repository, owner } = address;
  const common = { domain, ...(owner === null ? {} : { domainOwner: owner }) };
  const ask = async <T>(action: Action, work: () => Promise<T>): Promise<T> =>
    work().catch((error: unknown) => {
      signal.throwIfAborted();
      throw explain(error, address, action);
    });
  try {
    await ask('GetAuthorizationToken', () => client.config.region());
    const [{ authorizationToken: token }, { repositoryEndpoint }] = await Promise.all([
      ask('GetAuthorizationToken', () =>
        client.send(new sdk.GetAuthorizationTokenCommand({ ...common, durationSeconds: tokenSeconds }), {
          abortSignal: signal,
        }),
      ),
      ask('GetRepositoryEndpoint', () =>
        client.send(new sdk.GetRepositoryEndpointCommand({ ...common, repository, format: 'pypi' }), {
          abortSignal: signal,
        }),
      ),
    ]);
    if (token === undefined || repositoryEndpoint === undefined)
      throw new SlimError('aws-refused', `CodeArtifact gives no token for ${textOf(address)}.`, {
        hint: 'Try "aws codeartifact get-authorization-token" with the same domain.',
      });
    return { index: `${repositoryEndpoint.replace(/\/+$/, '')}/simple/`, token };
  } finally {
    client.destroy();
  }
}

type Action = 'GetAuthorizationToken' | 'GetRepositoryEndpoint';

const textOf = ({ domain, repository }: CodeArtifactAddress): string => `${domain}/${repository}`;

/** What a role needs to read packages, for messages and documents. */
const permissions =
  'codeartifact:GetAuthorizationToken, codeartifact:GetRepositoryEndpoint, codeartifact:ReadFromRepository and sts:GetServiceBearerToken';

function explain(error: unknown, address: CodeArtifactAddress, action: Action): unknown {
  if (error instanceof SlimError) return error;
  const said = readAwsError(error);
  const place = textOf(address);
  const details = [`${said.name}${said.status === null ? '' : ` (HTTP ${said.status})`}: ${said.message}`];
  const make = (code: SlimError['code'], sentence: string, hint: string): SlimError =>
    new SlimError(code, sentence, { hint, details });
  if (/^(?:Credentials|Token)ProviderError$/.test(said.name))
    return make(
      'no-credentials',
      `There are no AWS credentials to read the index ${place} of CodeArtifact with.`,
      `Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or run "aws sso login". They need ${permissions}.`,
    );
  if (badCredentials.has(said.name) || said.name === 'UnrecognizedClientException')
    return make(
      'no-credentials',
      `AWS does not take the credentials for the index ${place} of CodeArtifact (${said.name}).`,
      'They may have expired: run "aws sso login", or set new ones. "aws sts get-caller-identity" shows whose they are.',
    );
  // The SDK could not read the answer: a page of something between here and AWS.
  if (said.name === 'SyntaxError')
    return make(
      'aws-unreachable',
      `What answers for ${place} is not CodeArtifact.`,
      'A proxy or a login page may be in between: check HTTPS_PROXY, NO_PROXY and AWS_ENDPOINT_URL_CODEARTIFACT.',
    );
  if (said.name === 'AccessDeniedException' || said.status === 403)
    return make(
      'aws-refused',
      `AWS does not allow codeartifact:${action} for ${place}.`,
      `Allow ${permissions}; a domain of another account must allow it in its own policy, too. "aws sts get-caller-identity" shows who asks.`,
    );
  if (said.name === 'ResourceNotFoundException' || said.status === 404)
    return make(
      'aws-refused',
      `CodeArtifact has no ${place}${address.region === null ? '' : ` in ${address.region}`}${address.owner === null ? ' in your account' : ` of account ${address.owner}`}.`,
      'Check the names, and give the account that owns the domain and its Region: codeartifact://DOMAIN/REPOSITORY?owner=ACCOUNT&region=REGION.',
    );
  if (/Region is missing/i.test(said.message))
    return make(
      'aws-refused',
      `The Region of ${place} is not known.`,
      'Give it in the address (…?region=eu-central-1), or set AWS_REGION.',
    );
  if (isBusy(said))
    return make(
      'aws-unreachable',
      `CodeArtifact does not answer for ${place} now (${said.name}).`,
      'Try again in a minute.',
    );
  if (said.status === null && isNetwork(said))
    return make(
      'aws-unreachable',
      `CodeArtifact cannot be reached for ${place}.`,
      'Check the network, HTTPS_PROXY, the Region and AWS_ENDPOINT_URL_CODEARTIFACT, then try again.',
    );
  if (said.status === null) return error;
  return make('aws-refused', `CodeArtifact refuses ${place} (${said.name}).`, 'See what AWS says above.');
}

/** The error for a repository that its own token does not open. */
export function cannotRead(address: CodeArtifactAddress, details: readonly string[]): SlimError {
  return new SlimError('aws-refused', `CodeArtifact does not let this token read ${textOf(address)}.`, {
    hint: `Allow codeartifact:ReadFromRepository on the repository, in the role and in the repository's policy. All that is needed: ${permissions}.`,
    details,
  });
}
