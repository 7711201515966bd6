/** Who asks AWS, where and in which Region: the variables that are given, and the files that they name, never the process's. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { s3Clients } from '../../src/aws/clients.js';
import type { Environment } from '../../src/model.js';

let home: string;

beforeAll(async () => {
  home = await mkdtemp(path.join(tmpdir(), 'slim-aws-home-'));
  await mkdir(path.join(home, '.aws'));
  await writeFile(
    path.join(home, '.aws/credentials'),
    '[default]\naws_access_key_id = HOME\naws_secret_access_key = one\n' +
      '[team]\naws_access_key_id = TEAM\naws_secret_access_key = two\naws_session_token = three\n',
  );
  await writeFile(
    path.join(home, '.aws/config'),
    '[default]\nregion = eu-north-1\n[profile team]\nregion = ap-south-1\nendpoint_url = http://team.test\n' +
      '[profile served]\nregion = us-west-2\nservices = own\n[services own]\ns3 =\n  endpoint_url = http://s3.test:9000\n' +
      '[profile ignoring]\nregion = us-west-2\nendpoint_url = http://team.test\nignore_configured_endpoint_urls = true\n' +
      '[profile run]\nregion = us-west-2\ncredential_process = echo \'{"Version":1,"AccessKeyId":"RUN","SecretAccessKey":"s"}\'\n',
  );
  await writeFile(path.join(home, 'other-config'), '[default]\nregion = sa-east-1\n');
  await writeFile(
    path.join(home, 'other-credentials'),
    '[default]\naws_access_key_id = OTHER\naws_secret_access_key = s\n',
  );
  // What the process has must not matter.
  jest.replaceProperty(process, 'env', {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'PROCESS',
    AWS_SECRET_ACCESS_KEY: 's',
    AWS_REGION: 'me-south-1',
  });
});
afterAll(async () => {
  jest.restoreAllMocks();
  await rm(home, { recursive: true, force: true });
});

interface Case {
  readonly name: string;
  readonly environment: Environment;
  readonly key: string | null;
  readonly region: string | null;
  readonly host: string | null;
}

const keys = { AWS_ACCESS_KEY_ID: 'GIVEN', AWS_SECRET_ACCESS_KEY: 's' };

const cases: readonly Case[] = [
  { name: 'the default profile', environment: {}, key: 'HOME', region: 'eu-north-1', host: null },
  {
    name: 'keys before the default profile',
    environment: keys,
    key: 'GIVEN',
    region: 'eu-north-1',
    host: null,
  },
  {
    name: 'a named profile before keys, and its endpoint',
    environment: { ...keys, AWS_PROFILE: 'team' },
    key: 'TEAM',
    region: 'ap-south-1',
    host: 'team.test',
  },
  {
    name: 'variables before the profile',
    environment: {
      AWS_PROFILE: 'team',
      AWS_REGION: 'ca-central-1',
      AWS_ENDPOINT_URL_S3: 'http://given.test',
    },
    key: 'TEAM',
    region: 'ca-central-1',
    host: 'given.test',
  },
  {
    name: 'a section for one service',
    environment: { ...keys, AWS_DEFAULT_PROFILE: 'served' },
    key: 'GIVEN',
    region: 'us-west-2',
    host: 's3.test',
  },
  {
    name: 'endpoints that the profile ignores',
    environment: { ...keys, AWS_DEFAULT_PROFILE: 'ignoring' },
    key: 'GIVEN',
    region: 'us-west-2',
    host: null,
  },
  { name: 'a process', environment: { AWS_PROFILE: 'run' }, key: 'RUN', region: 'us-west-2', host: null },
  {
    name: 'a profile that is nowhere',
    environment: { AWS_PROFILE: 'nobody' },
    key: null,
    region: null,
    host: null,
  },
];

describe('a client asks', () => {
  const ask = async (environment: Environment): Promise<Omit<Case, 'name' | 'environment'>> => {
    const client = (await s3Clients(environment))(null);
    try {
      const endpoint = await client.config.endpoint?.();
      return {
        key: await client.config.credentials().then(
          ({ accessKeyId }) => accessKeyId,
          () => null,
        ),
        region: await client.config.region().then(
          (region) => region,
          () => null,
        ),
        host: endpoint?.hostname ?? null,
      };
    } finally {
      client.destroy();
    }
  };

  test.each(cases)('$name', async ({ environment, key, region, host }) => {
    const alone = { AWS_EC2_METADATA_DISABLED: 'true', HOME: home, ...environment };
    expect(await ask(alone)).toEqual({ key, region, host });
  });

  test('files that variables name come before those at home', async () => {
    const files = {
      AWS_CONFIG_FILE: path.join(home, 'other-config'),
      AWS_SHARED_CREDENTIALS_FILE: path.join(home, 'other-credentials'),
    };
    const found = await ask({ HOME: home, ...files });
    expect(found).toEqual({ key: 'OTHER', region: 'sa-east-1', host: null });
  });
});
