// A private index for a real container: CodeArtifact's address, over a fake of it.
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';
import { copyFile, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Cache } from '../../src/io/cache.js';
import type { BuildRequest } from '../../src/model.js';
import { startCodeArtifact, token, type FakeCodeArtifact } from '../fake-aws/codeartifact.js';
import { distributions, environment, failure, project, resolved, wheels } from '../resolve/helper.js';
import { engine } from '../resolve/engine.js';
import { image, obstacle } from './helper-docker.js';

jest.setTimeout(600_000);

const missing = await obstacle();
const withDocker =
  missing === null ? test : (name: string): void => test.skip(`${name}: not run, ${missing}`, () => {});

const here = { resolver: 'docker', containerEngine: 'docker', image, python: '3.11', glibc: '2.36' } as const;

let fake: FakeCodeArtifact;
beforeAll(async () => {
  fake = await startCodeArtifact(wheels);
});
afterAll(() => fake.stop());

withDocker(
  'a package of CodeArtifact in a container; unchanged and pinned, nobody is asked again',
  async () => {
    const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const world = async () => ({
      cache: await Cache.open(cacheFolder, true),
      environment: {
        ...environment,
        AWS_ENDPOINT_URL_CODEARTIFACT: fake.endpoint,
        AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret-key-of-aws',
      },
    });
    const folder = await project({ 'requirements.txt': 'slim-extra==1.0\n' });
    const request = {
      ...here,
      indexes: ['codeartifact://dd/rr?owner=123456789012&region=eu-central-1'],
    };
    const first = await resolved(folder, request, await world());
    expect(await distributions(first.root)).toEqual(['slim_extra-1.0']);
    expect(fake.log.some((line) => / 200$/.test(line))).toBe(true);
    const files = await readdir(cacheFolder, { recursive: true, withFileTypes: true });
    for (const one of files.filter((entry) => entry.isFile()))
      expect(await readFile(path.join(one.parentPath, one.name), 'latin1')).not.toContain(token);
    fake.log.length = 0;
    expect((await resolved(folder, request, await world())).root).toBe(first.root);
    expect((await resolved(folder, { ...request, offline: true }, await world())).root).toBe(first.root);
    expect(fake.log).toEqual([]);
    const other = await project({ 'requirements.txt': 'slim-plain==1.0\n' });
    expect((await failure(other, { ...request, offline: true }, await world())).code).toBe('not-in-cache');
    fake.readable = false;
    const refused = await failure(other, request, await world());
    expect([refused.code, refused.message]).toEqual([
      'aws-refused',
      'CodeArtifact does not let this token read dd/rr.',
    ]);
    expect(JSON.stringify([refused.message, refused.details, refused.hint])).not.toContain(token);
  },
);

withDocker('an older version that has a wheel is taken with a word, offline as well', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'slim-index-'));
  await copyFile(
    path.join(wheels, 'slim_plain-1.0-py3-none-any.whl'),
    path.join(folder, 'slim_plain-1.0-py3-none-any.whl'),
  );
  await writeFile(path.join(folder, 'slim_plain-1.1.tar.gz'), '');
  const options = `--no-index\n--find-links ${folder}\n`;
  const at = await project({ 'requirements.txt': `${options}slim-plain\n` });
  const cacheFolder = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
  const said = async (changes: Partial<BuildRequest>): Promise<readonly unknown[]> => {
    const cache = await Cache.open(cacheFolder, true);
    return (await resolved(at, { ...here, ...changes }, { cache })).findings;
  };
  const older = {
    code: 'older-version',
    args: {
      ...{
        distribution: 'slim-plain',
        version: '1.0',
        newest: '1.1',
        because: 'only its source is published',
      },
      remedy:
        'Ask for slim-plain==1.1 to have it built from its source, which runs its code. Or write slim-plain==1.0 to say that this version is meant.',
    },
  };
  expect(await said({})).toEqual([older]);
  expect(await said({ offline: true })).toEqual([older]);
});

/** Its build needs what only the build tells. */
const late = {
  ...engine,
  'backend.py': `${engine['backend.py']}
def get_requires_for_build_wheel(config_settings=None):
    import slim_extra
    return ["slim-plain==1.0"]
`,
  'pyproject.toml': engine['pyproject.toml'].replace('requires = []', 'requires = ["slim-extra"]'),
};

withDocker('what a build needs is held against its project where only the build tells it', async () => {
  const taken = '[tool.uv.sources]\nslim-plain = { path = "../plain" }\n';
  const files = { ...late, 'pyproject.toml': `${late['pyproject.toml']}${taken}` };
  const folder = await project({
    'requirements.txt': `--no-index\n--find-links ${wheels}\n./lib\n`,
    ...Object.fromEntries(Object.entries(files).map(([name, text]) => [`lib/${name}`, text])),
  });
  const refused = await failure(folder, here);
  expect([refused.code, refused.message]).toEqual([
    'bad-requirements',
    'lib/pyproject.toml needs slim-plain for its build, and takes it from elsewhere.',
  ]);
});
