/** Options of everything that asks AWS. Pure. */
import type { OptionRow } from './row.js';

export const awsOptions = [
  {
    name: 'dry-run',
    key: 'dryRun',
    type: 'flag',
    inConfig: false,
    help: 'look and check, print the calls that would change something, and make none of them',
  },
  {
    name: 'profile',
    key: 'profile',
    variable: 'LAMBDA_SLIM_AWS_PROFILE',
    type: 'text',
    value: 'NAME',
    help: 'profile of your AWS config. Default: AWS_PROFILE, and the rest of the standard chain of credentials',
  },
  {
    name: 'endpoint-url',
    key: 'endpointUrl',
    variable: 'LAMBDA_SLIM_ENDPOINT_URL',
    type: 'text',
    value: 'URL',
    pattern: { regex: /^https?:\/\/[^\s]+$/, example: 'http://localhost:5000' },
    help: 'a server that stands for AWS. Default: AWS_ENDPOINT_URL, else AWS itself',
  },
] as const satisfies readonly OptionRow[];
