/** What flags say about AWS, as variables. Pure. */
import type { Environment } from '../model.js';

/**
 * The clients look into the environment alone, so a flag takes the place of all variables that mean the same.
 * @param profile of `--profile`; null: not given
 * @param endpoint of `--endpoint-url`
 */
export function awsEnvironment(
  environment: Environment,
  profile: string | null,
  endpoint: string | null,
): Environment {
  return {
    ...environment,
    ...(profile === null ? {} : { AWS_PROFILE: profile }),
    ...(endpoint === null
      ? {}
      : {
          AWS_ENDPOINT_URL: endpoint,
          AWS_ENDPOINT_URL_S3: undefined,
          AWS_ENDPOINT_URL_LAMBDA: undefined,
        }),
  };
}
