/** Makes the AWS SDK's clients. Everything else gets them passed in. */
import { setTimeout as after } from 'node:timers/promises';
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Environment } from '../model.js';
import { firstSet } from '../text/variables.js';
import { credentialsOf, profileOf, readProfile, regionOf } from './profile.js';

/** The client for a Region; null: the Region that environment or profile name. */
export type S3Clients = (region: string | null) => S3Client;

/**
 * Clients with the SDK's standard chain of credentials: environment, profile (SSO, roles), container, instance. Who, where and
 * how are taken from `environment`, and from the files that it names.
 */
export async function s3Clients(environment: Environment): Promise<S3Clients> {
  const clients = new Map<string | null, S3Client>();
  const common = await clientSettings(environment, null, 'S3');
  return (region) => {
    const client = clients.get(region) ?? new S3Client(s3Settings(common, region));
    clients.set(region, client);
    return client;
  };
}

function s3Settings(common: ClientSettings, region: string | null): S3ClientConfig {
  const settings = region === null ? common : { ...common, region };
  // A server of one's own rarely answers at bucket.host.
  return settings.endpoint === undefined ? settings : { ...settings, forcePathStyle: true };
}

/** What the clients of all services have. */
export interface ClientSettings {
  readonly region: string | (() => Promise<string>);
  readonly endpoint?: string;
  readonly credentials: NonNullable<S3ClientConfig['credentials']>;
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly socketTimeout: number };
}

/** @param service as AWS_ENDPOINT_URL_… spells it */
export async function clientSettings(
  environment: Environment,
  named: string | null,
  service: 'S3' | 'LAMBDA' | 'CODEARTIFACT',
): Promise<ClientSettings> {
  const profile = await readProfile(environment, service.toLowerCase());
  const region = named ?? regionOf(environment, profile);
  const endpoint =
    firstSet(environment, `AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL') ?? profile.endpoint;
  return {
    region: region ?? noRegion,
    ...(endpoint === null ? {} : { endpoint }),
    credentials: keysOf(environment) ?? credentialsOf(environment),
    // Between attempts it waits longer each time: SlowDown passes.
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5000, socketTimeout: 60_000 },
  };
}

/** The SDK would ask the process and its files. The words are the SDK's. */
const noRegion = (): Promise<string> => Promise.reject(new Error('Region is missing'));

/** As the SDK does: a profile that is named counts more than keys. */
function keysOf(environment: Environment): ClientSettings['credentials'] | null {
  const [id, secret] = [
    firstSet(environment, 'AWS_ACCESS_KEY_ID'),
    firstSet(environment, 'AWS_SECRET_ACCESS_KEY'),
  ];
  if (firstSet(environment, 'AWS_PROFILE') !== null || id === null || secret === null) return null;
  const token = firstSet(environment, 'AWS_SESSION_TOKEN');
  return { accessKeyId: id, secretAccessKey: secret, ...(token === null ? {} : { sessionToken: token }) };
}

/**
 * Who would ask AWS: `variables`, or the profile's name; null when there are no credentials. What a failing credential process
 * or session says is not told: it may hold secrets.
 * @param patience milliseconds; a network that does not answer has none
 */
export async function credentialsBy(environment: Environment, patience: number): Promise<string | null> {
  if (keysOf(environment) !== null) return 'variables';
  const has = await Promise.race([
    credentialsOf(environment)().then(
      () => true,
      () => false,
    ),
    after(patience, false, { ref: false }),
  ]);
  return has ? `profile ${profileOf(environment)}` : null;
}
