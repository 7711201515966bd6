/** The environment variables of a function, as Lambda sets them. Pure. */
import { partitionOf } from '../../text/partition.js';
import type { SandboxSpec } from '../model.js';

/**
 * Where something of ours answers in a sandbox, and the variable that says so. On this machine's own network several
 * environments share the ports, so that each takes one that is free.
 */
export interface Door {
  readonly port: number | null;
  readonly variable: string;
  /** Its value, with `{}` in place of the port. */
  readonly value: string;
}

/** @returns the Runtime API's */
function apiDoor({ network }: Pick<SandboxSpec, 'network'>): Door {
  return {
    port: network === 'host' ? null : 9001,
    variable: 'AWS_LAMBDA_RUNTIME_API',
    value: '127.0.0.1:{}',
  };
}

export const region = 'us-east-1';
const name = 'lambda-slim-verify';

export const functionArn = `arn:${partitionOf(region)}:lambda:${region}:123456789012:function:${name}`;

/** https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html, read 2026-11: these a function may set itself. */
const defaults: Readonly<Record<string, string>> = {
  LANG: 'en_US.UTF-8',
  TZ: ':UTC',
  PATH: '/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin',
  LD_LIBRARY_PATH:
    '/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib',
  AWS_XRAY_CONTEXT_MISSING: 'LOG_ERROR',
};

/**
 * The doors of a sandbox, in their order. S3's variable is read by every SDK of AWS's since the middle of 2023
 * (botocore 1.31): https://docs.aws.amazon.com/sdkref/latest/guide/feature-ss-endpoints.html, read 2026-11.
 */
export function doorsOf(spec: SandboxSpec): readonly Door[] {
  const port = spec.network === 'host' ? null : 9002;
  const s3: Door = { port, variable: 'AWS_ENDPOINT_URL_S3', value: 'http://127.0.0.1:{}' };
  return [apiDoor(spec), ...(spec.s3 === null ? [] : [s3])];
}

/** The whole environment: Lambda's defaults, the function's own, and what a function cannot change. */
export function environmentOf(spec: SandboxSpec): Readonly<Record<string, string>> {
  return {
    ...defaults,
    ...spec.environment,
    LAMBDA_TASK_ROOT: '/var/task',
    LAMBDA_RUNTIME_DIR: '/var/runtime',
    _HANDLER: spec.handler,
    AWS_EXECUTION_ENV: `AWS_Lambda_python${spec.python}`,
    ...identityOf(spec),
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: spec.initializationType === 'snap-start' ? '1' : '$LATEST',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(spec.memory),
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${name}`,
    AWS_LAMBDA_LOG_STREAM_NAME: '2026/01/01/[$LATEST]00000000000000000000000000000000',
    AWS_LAMBDA_INITIALIZATION_TYPE: spec.initializationType,
  };
}

/** Clients are made at import and want some; with no network nobody can be asked whether they are right. */
const identity: Readonly<Record<string, string>> = {
  AWS_REGION: region,
  AWS_DEFAULT_REGION: region,
  AWS_ACCESS_KEY_ID: 'ASIALAMBDASLIMVERIFY',
  AWS_SECRET_ACCESS_KEY: 'not-a-secret',
  AWS_SESSION_TOKEN: 'not-a-token',
};

/** Who goes out may bring his own Region and keys: all of the keys, as a token belongs to its key. */
function identityOf({ network, environment }: SandboxSpec): Readonly<Record<string, string>> {
  if (network === 'none') return identity;
  const named = Object.entries(environment).filter(([variable]) => variable in identity);
  const own = Object.fromEntries(named);
  const place = own['AWS_REGION'] ?? own['AWS_DEFAULT_REGION'] ?? region;
  const regions = { AWS_REGION: place, AWS_DEFAULT_REGION: own['AWS_DEFAULT_REGION'] ?? place };
  return 'AWS_ACCESS_KEY_ID' in own ? { ...own, ...regions } : { ...identity, ...own, ...regions };
}

/**
 * What starts the runtime: its interpreter, or the function's wrapper, which gets the interpreter's command line.
 * @param runtime program and arguments
 */
export function commandOf(spec: SandboxSpec, runtime: readonly string[]): readonly string[] {
  const wrapper = spec.environment['AWS_LAMBDA_EXEC_WRAPPER'] ?? '';
  return wrapper === '' ? runtime : [wrapper, ...runtime];
}
