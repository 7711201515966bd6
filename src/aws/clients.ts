/** Makes the AWS SDK's clients. Everything else gets them passed in. */
import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Environment } from '../model.js';

/** The client for a Region; null: the Region that environment or profile name. */
export type S3Clients = (region: string | null) => S3Client;

/**
 * Clients with the SDK's standard chain of credentials: environment, profile (SSO, roles), container, instance. The caller's
 * variables that say who, where and how are taken from `environment`; files are the SDK's own business.
 */
export function s3Clients(environment: Environment): S3Clients {
  const clients = new Map<string | null, S3Client>();
  return (region) => {
    const client = clients.get(region) ?? new S3Client(s3Settings(environment, region));
    clients.set(region, client);
    return client;
  };
}

function s3Settings(environment: Environment, region: string | null): S3ClientConfig {
  const settings = clientSettings(environment, region, 'S3');
  // A server of one's own rarely answers at bucket.host.
  return settings.endpoint === undefined ? settings : { ...settings, forcePathStyle: true };
}

/** What the clients of all services have. */
interface ClientSettings {
  readonly region?: string;
  readonly endpoint?: string;
  readonly profile?: string;
  readonly credentials?: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken?: string;
  };
  readonly maxAttempts: number;
  readonly requestHandler: { readonly connectionTimeout: number; readonly socketTimeout: number };
}

/** @param service as AWS_ENDPOINT_URL_… spells it */
export function clientSettings(
  environment: Environment,
  named: string | null,
  service: 'S3' | 'LAMBDA' | 'CODEARTIFACT',
): ClientSettings {
  const given = (...names: readonly string[]): string | undefined =>
    names.map((name) => environment[name]).find((value) => value !== undefined && value !== '');
  const region = named ?? given('AWS_REGION', 'AWS_DEFAULT_REGION');
  const endpoint = given(`AWS_ENDPOINT_URL_${service}`, 'AWS_ENDPOINT_URL');
  const profile = given('AWS_PROFILE');
  const [id, secret] = [given('AWS_ACCESS_KEY_ID'), given('AWS_SECRET_ACCESS_KEY')];
  const token = given('AWS_SESSION_TOKEN');
  return {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(profile !== undefined ? { profile } : {}),
    // As the SDK does: a profile that is named counts more than keys.
    ...(profile === undefined && id !== undefined && secret !== undefined
      ? {
          credentials: {
            accessKeyId: id,
            secretAccessKey: secret,
            ...(token === undefined ? {} : { sessionToken: token }),
          },
        }
      : {}),
    // Between attempts it waits longer each time: SlowDown passes.
    maxAttempts: 5,
    requestHandler: { connectionTimeout: 5000, socketTimeout: 60_000 },
  };
}
