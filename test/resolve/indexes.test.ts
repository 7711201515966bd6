/** Private indexes: `--index`, and CodeArtifact by its own address, with the tools that there are. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { chmod, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseCodeArtifact } from '../../src/aws/codeartifact.js';
import { withIndexes } from '../../src/resolve/indexes.js';
import { findProgram } from '../../src/resolve/tools.js';
import { Cache } from '../../src/io/cache.js';
import { refusal, startCodeArtifact, token, type FakeCodeArtifact } from '../fake-aws/codeartifact.js';
import { distributions, environment, failure, hostTools, project, resolved, wheels } from './helper.js';

jest.setTimeout(90_000);

let fake: FakeCodeArtifact;
beforeAll(async () => {
  fake = await startCodeArtifact(wheels);
});
afterAll(() => fake.stop());
afterEach(() => {
  fake.log.length = 0;
  fake.fail = null;
  fake.readable = true;
});

const address = 'codeartifact://dd/rr?owner=123456789012&region=eu-central-1';
const aws = (): Readonly<Record<string, string | undefined>> => ({
  ...environment,
  AWS_ENDPOINT_URL_CODEARTIFACT: fake.endpoint,
  AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret-key-of-aws',
  AWS_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/nowhere',
  AWS_SHARED_CREDENTIALS_FILE: '/nowhere',
  AWS_EC2_METADATA_DISABLED: 'true',
});
const ownCache = async (): Promise<Cache> =>
  Cache.open(await mkdtemp(path.join(tmpdir(), 'slim-cache-')), true);

/** Every text below a folder that holds one of the words. */
async function holding(folder: string, words: readonly string[]): Promise<readonly string[]> {
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const found: string[] = [];
  for (const name of names.filter((one) => one.isFile())) {
    const file = path.join(name.parentPath, name.name);
    const text = await readFile(file, 'latin1');
    if (words.some((word) => text.includes(word))) found.push(file);
  }
  return found;
}

/** A folder whose uv and python3 write down how they are called. */
async function spied(): Promise<{ readonly bin: string; readonly calls: () => Promise<string> }> {
  const bin = await mkdtemp(path.join(tmpdir(), 'slim-bin-'));
  const log = path.join(bin, 'calls');
  await writeFile(log, '');
  for (const name of ['uv', 'python3']) {
    const real = await findProgram(name, environment);
    if (real === null) continue;
    await writeFile(path.join(bin, name), `#!/bin/sh\necho "$@" >> ${log}\nexec ${real} "$@"\n`);
    await chmod(path.join(bin, name), 0o755);
  }
  return { bin, calls: () => readFile(log, 'utf8') };
}

describe.each(hostTools)('CodeArtifact with %s', (resolver) => {
  test.each<readonly [string, string, Readonly<Record<string, unknown>>, Readonly<Record<string, string>>]>([
    ['--index', 'slim-extra\n', { indexes: [address] }, {}],
    ['a line of the requirements', `--index-url ${address}\nslim-extra\n`, {}, {}],
    ['an extra index', `--no-index\n--extra-index-url ${address}\nslim-extra\n`, { indexes: [address] }, {}],
    [
      "the tool's own variable",
      'slim-extra\n',
      {},
      { [resolver === 'uv' ? 'UV_DEFAULT_INDEX' : 'PIP_INDEX_URL']: address },
    ],
  ])('by %s', async (name, requirements, request, variables) => {
    if (name === 'an extra index') requirements = requirements.replace('--no-index\n', '');
    const folder = await project({ 'requirements.txt': requirements });
    const cache = await ownCache();
    const { bin, calls } = await spied();
    const whole = { ...aws(), ...variables, PATH: `${bin}:${environment['PATH'] ?? ''}` };
    const tree = await resolved(folder, { resolver, ...request }, { environment: whole, cache });
    expect(await distributions(tree.root)).toEqual(['slim_extra-1.0']);
    expect(fake.log.slice(0, 2).sort()).toEqual([
      'GetAuthorizationToken domain-owner=123456789012 domain=dd duration=10800 region=eu-central-1',
      'GetRepositoryEndpoint domain-owner=123456789012 domain=dd format=pypi repository=rr region=eu-central-1',
    ]);
    expect(
      fake.log.filter((line) => line.startsWith('GET ') && line.endsWith(' 200')).length,
    ).toBeGreaterThan(0);
    expect(await calls()).not.toContain(token);
    expect(await calls()).toMatch(/install|compile/);
    expect(await holding(cache.root, [token, 'secret-key-of-aws'])).toEqual([]);
  });

  test('an unchanged build in which all is pinned asks neither AWS nor the index', async () => {
    const folder = await project({ 'requirements.txt': 'slim-extra==1.0\n' });
    const options = { resolver, indexes: [address] };
    const [first, second] = [await resolved(folder, options, { environment: aws() }), await (async () => {
      fake.log.length = 0;
      return resolved(folder, options, { environment: aws() });
    })()]; // prettier-ignore
    expect([second.root, second.findings]).toEqual([first.root, first.findings]);
    expect(fake.log).toEqual([]);
    await resolved(folder, { ...options, refresh: true }, { environment: aws() });
    expect(fake.log.length).toBeGreaterThan(2);
  });

  test('a token that may not read', async () => {
    fake.readable = false;
    const folder = await project({ 'requirements.txt': 'slim-extra\n' });
    const error = await failure(folder, { resolver, indexes: [address] }, { environment: aws() });
    expect([error.code, error.message]).toEqual([
      'aws-refused',
      'CodeArtifact does not let this token read dd/rr.',
    ]);
    expect(error.hint).toMatch(/codeartifact:ReadFromRepository.*sts:GetServiceBearerToken/);
    expect(JSON.stringify([error.message, error.hint, error.details, String(error.stack)])).not.toContain(
      token,
    );
  });
});

describe('what AWS refuses', () => {
  const refused = async (
    changes: { readonly index?: string; readonly without?: readonly string[] } = {},
  ): Promise<readonly string[]> => {
    const folder = await project({ 'requirements.txt': 'slim-extra\n' });
    const whole = Object.fromEntries(
      Object.entries(aws()).filter(([name]) => !changes.without?.includes(name)),
    );
    const error = await failure(
      folder,
      { resolver: 'pip', indexes: [changes.index ?? address] },
      { environment: whole },
    );
    return [error.code, error.message, error.hint];
  };

  test('no credentials', async () => {
    const [code, message, hint] = await refused({ without: ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY'] });
    expect([code, message]).toEqual(['no-credentials', 'There are no AWS credentials to read the index dd/rr of CodeArtifact with.']); // prettier-ignore
    expect(hint).toMatch(/AWS_PROFILE.*codeartifact:GetAuthorizationToken/);
  });

  test.each([
    [
      refusal(
        403,
        'AccessDeniedException',
        'User: arn:aws:iam::123456789012:user/me is not authorized to perform: codeartifact:GetAuthorizationToken on resource: arn:aws:codeartifact:eu-central-1:123456789012:domain/d',
      ),
      'aws-refused',
      /^AWS does not allow codeartifact:Get(?:AuthorizationToken|RepositoryEndpoint) for dd\/rr\.$/,
      /sts:GetServiceBearerToken.*own policy/,
    ],
    [
      refusal(403, 'ExpiredTokenException', 'The security token included in the request is expired'),
      'no-credentials',
      /^AWS does not take the credentials for the index dd\/rr of CodeArtifact \(ExpiredTokenException\)\.$/,
      /aws sso login/,
    ],
    [
      refusal(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.'),
      'no-credentials',
      /UnrecognizedClientException/,
      /get-caller-identity/,
    ],
    [
      { status: 403, headers: { 'content-type': 'text/html' }, body: '<html>Blocked by policy</html>' },
      'aws-unreachable',
      /^What answers for dd\/rr is not CodeArtifact\.$/,
      /proxy/,
    ],
    [
      refusal(400, 'ValidationException', '1 validation error detected'),
      'aws-refused',
      /^CodeArtifact refuses dd\/rr \(ValidationException\)\.$/,
      /AWS says above/,
    ],
  ] as const)('%#', async (answer, wanted, sentence, remedy) => {
    fake.fail = answer;
    const [code, message, hint] = await refused();
    expect(code).toBe(wanted);
    expect(message).toMatch(sentence);
    expect(hint).toMatch(remedy);
  });

  test.each([
    ['codeartifact://other/rr', 'CodeArtifact has no other/rr in your account.'],
    ['codeartifact://dd/none?owner=123456789012&region=eu-west-1', 'CodeArtifact has no dd/none in eu-west-1 of account 123456789012.'], // prettier-ignore
  ])('%s is not there', async (index, sentence) => {
    const [code, message, hint] = await refused({ index });
    expect([code, message]).toEqual(['aws-refused', sentence]);
    expect(hint).toMatch(/owner=ACCOUNT&region=REGION/);
  });

  test('no Region', async () => {
    const [code, message, hint] = await refused({ index: 'codeartifact://dd/rr', without: ['AWS_REGION'] });
    expect([code, message]).toEqual(['aws-refused', 'The Region of dd/rr is not known.']);
    expect(hint).toMatch(/AWS_REGION/);
  });
});

test.each(hostTools)(
  'as an index of the project itself, whose own tools do not know it: taken by pip, refused by uv (%s)',
  async (resolver) => {
    const folder = await project({
      'pyproject.toml': `[project]\nname = "p"\nversion = "1"\ndependencies = ["slim-extra"]\n[[tool.uv.index]]\nname = "ours"\nurl = "${address}"\ndefault = true\n`,
    });
    if (resolver === 'pip') {
      const tree = await resolved(folder, { resolver }, { environment: aws() });
      expect(await distributions(tree.root)).toEqual(['slim_extra-1.0']);
      return;
    }
    const environment = { ...aws(), UV_NO_CONFIG: undefined };
    const error = await failure(folder, { resolver }, { environment });
    expect([error.code, error.message]).toEqual([
      'bad-requirements',
      `The project names ${address} as an index, which uv does not know.`,
    ]);
    expect(error.hint).toMatch(/--index/);
  },
);

describe('addresses', () => {
  test('with and without what may be left out', () => {
    expect(parseCodeArtifact('codeartifact://my-domain/my.repo_1/?region=eu-west-1')).toEqual({
      domain: 'my-domain',
      repository: 'my.repo_1',
      owner: null,
      region: 'eu-west-1',
    });
  });

  test.each([
    ['codeartifact://d', 'a domain and a repository'],
    ['codeartifact://dd/rr?owner=12', '12 digits'],
    ['codeartifact://dd/rr?region=Frankfurt', 'like eu-central-1'],
    ['codeartifact://dd/rr?token=x', '"token" is no part of it'],
  ])('%s', (text, because) => {
    expect(() => parseCodeArtifact(text)).toThrow(because);
  });
});

test.each([
  [[], ['--index-url a'], ['--index-url a']],
  [['x'], [], ['--index-url x']],
  [['x', 'y'], [], ['--index-url y', '--extra-index-url x']],
  [
    ['x', 'y'],
    ['--index-url a', '--pre'],
    ['--extra-index-url x', '--extra-index-url y', '--index-url a', '--pre'],
  ],
  [['x'], ['--extra-index-url b'], ['--index-url x', '--extra-index-url b']],
] as const)('--index %j before %j', (indexes, options, together) => {
  expect(withIndexes(indexes, options)).toEqual(together);
});
