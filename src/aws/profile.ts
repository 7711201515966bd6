/** What the AWS config files of an environment say: Region, endpoint, credentials. The SDK by itself asks the process only. */
import path from 'node:path';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { loadSharedConfigFiles } from '@smithy/core/config';
import type { Environment } from '../model.js';
import { firstSet } from '../text/variables.js';

/** Its name; AWS's tools take `default` when none is named. */
export const profileOf = (environment: Environment): string =>
  firstSet(environment, 'AWS_PROFILE', 'AWS_DEFAULT_PROFILE') ?? 'default';

/** Absolute paths; what is not named lies in the home folder, and the SDK finds it where there is no variable for that either. */
interface SharedFiles {
  readonly filepath?: string;
  readonly configFilepath?: string;
}

function sharedFiles(environment: Environment): SharedFiles {
  const home = firstSet(environment, 'HOME', 'USERPROFILE');
  const at = (named: string, name: string): string | undefined =>
    firstSet(environment, named) ?? (home === null ? undefined : path.join(home, '.aws', name));
  const filepath = at('AWS_SHARED_CREDENTIALS_FILE', 'credentials');
  const configFilepath = at('AWS_CONFIG_FILE', 'config');
  return {
    ...(filepath === undefined ? {} : { filepath }),
    ...(configFilepath === undefined ? {} : { configFilepath }),
  };
}

export interface Profile {
  readonly region: string | null;
  /** A server that stands for the service. */
  readonly endpoint: string | null;
}

/**
 * What the environment's profile says of a service. A file that is not there says nothing.
 * @param service as a `services` section spells it, e.g. `s3`
 */
export async function readProfile(environment: Environment, service: string): Promise<Profile> {
  // Asked anew: a program that calls us twice may have changed them.
  const files = await loadSharedConfigFiles({ ...sharedFiles(environment), ignoreCache: true });
  const name = profileOf(environment);
  const said = { ...files.credentialsFile[name], ...files.configFile[name] };
  const services = said['services'] === undefined ? {} : files.configFile[`services.${said['services']}`];
  const ignored = said['ignore_configured_endpoint_urls'] === 'true';
  return {
    region: said['region'] ?? null,
    endpoint: ignored ? null : (services?.[`${service}.endpoint_url`] ?? said['endpoint_url'] ?? null),
  };
}

/** The Region that the variables or else the profile name. */
export const regionOf = (environment: Environment, profile: Pick<Profile, 'region'> | null): string | null =>
  firstSet(environment, 'AWS_REGION', 'AWS_DEFAULT_REGION') ?? profile?.region ?? null;

/**
 * The SDK's standard chain, with the environment's own files: profile (SSO, roles, processes), web identity; then container
 * and instance, which are the machine's and not a variable's.
 */
export function credentialsOf(environment: Environment): ReturnType<typeof defaultProvider> {
  const webIdentityTokenFile = firstSet(environment, 'AWS_WEB_IDENTITY_TOKEN_FILE');
  const roleArn = firstSet(environment, 'AWS_ROLE_ARN');
  const roleSessionName = firstSet(environment, 'AWS_ROLE_SESSION_NAME');
  return defaultProvider({
    ...sharedFiles(environment),
    // Named, so that the keys of the process do not come before the files of the environment.
    profile: profileOf(environment),
    ...(webIdentityTokenFile === null ? {} : { webIdentityTokenFile }),
    ...(roleArn === null ? {} : { roleArn }),
    ...(roleSessionName === null ? {} : { roleSessionName }),
    // By default it warns on the terminal.
    logger: silent,
  });
}

const silent = { trace: () => {}, debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };
