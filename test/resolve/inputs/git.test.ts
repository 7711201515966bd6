import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdir, mkdtemp, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { SlimError } from '../../../src/errors.js';
import { Cache } from '../../../src/io/cache.js';
import { run } from '../../program.js';
import type { CollectedInputs } from '../../../src/resolve/inputs/input-lines.js';
import { gitAddress } from '../../../src/resolve/inputs/git.js';
import { collectInputs } from '../../../src/resolve/inputs/inputs.js';
import { contextFor, environment, project, requestFor } from '../helper.js';

describe('a git address taken apart', () => {
  test.each([
    ['git+https://h/o/r.git', 'https://h/o/r.git', null, null],
    ['git+https://h/o/r.git@v1', 'https://h/o/r.git', 'v1', null],
    ['git+https://h/o/r.git@v1#egg=x&subdirectory=a/b', 'https://h/o/r.git', 'v1', 'a/b'],
    ['git+https://h/o/r.git@feature/a@b', 'https://h/o/r.git@feature/a', 'b', null],
    ['git+https://TOKEN@h/o/r.git#egg=x', 'https://TOKEN@h/o/r.git', null, null],
    ['git+https://TOKEN@h/o/r.git@v1', 'https://TOKEN@h/o/r.git', 'v1', null],
    ['git+https://me:p%40ss@h/o/r.git', 'https://me:p%40ss@h/o/r.git', null, null],
    ['git+ssh://git@h/o/r.git', 'ssh://git@h/o/r.git', null, null],
    ['git+ssh://git@h:2222/o/r.git@refs/pull/1/head', 'ssh://git@h:2222/o/r.git', 'refs/pull/1/head', null],
    ['git+file:///srv/my%20repo@v1', 'file:///srv/my repo', 'v1', null],
    ['git+https://h', 'https://h', null, null],
  ])('%s', (text, url, revision, subdirectory) => {
    expect(gitAddress(text)).toEqual({ url, revision, subdirectory });
  });
});

describe('a server that says nothing', () => {
  let server: Server;
  let folder = '';
  let bySsh = '';
  let byGit = '';
  beforeAll(async () => {
    server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as AddressInfo;
    folder = await project({ 'requirements.txt': `x @ git+http://127.0.0.1:${port}/r.git\n` });
    bySsh = await project({ 'requirements.txt': `x @ git+ssh://git@127.0.0.1:${port}/r.git\n` });
    byGit = await project({ 'requirements.txt': `x @ git+git://127.0.0.1:${port}/r.git\n` });
  });
  afterAll(() => {
    server.close();
  });

  const ended = async (
    changes: Parameters<typeof contextFor>[0],
    at = folder,
  ): Promise<[code: string, ms: number]> => {
    const began = performance.now();
    const error: unknown = await collectInputs(requestFor(at), await contextFor(changes)).catch(
      (one: unknown) => one,
    );
    return [(error as SlimError).code, performance.now() - began];
  };

  test('is given up; how soon may be set as for git itself', async () => {
    const [code] = await ended({ environment: { ...environment, GIT_HTTP_LOW_SPEED_TIME: '1' } });
    expect(code).toBe('resolution-failed');
  }, 20_000);

  test('is given up by ssh, too, but for those who say how ssh is run', async () => {
    const own = { ...environment, GIT_HTTP_LOW_SPEED_TIME: '1' };
    const [code, ms] = await ended({ environment: own }, bySsh);
    expect(code).toBe('resolution-failed');
    expect(ms).toBeLessThan(15_000);
    const log = path.join(path.dirname(bySsh), 'log');
    const said = async (variables: Readonly<Record<string, string>>): Promise<string> => {
      await writeFile(log, '');
      await ended({ environment: { ...own, ...variables } }, bySsh);
      return readFile(log, 'utf8');
    };
    const command = `f() { echo "$@" >>'${log}'; false; }; f`;
    expect(await said({ GIT_SSH_COMMAND: command })).toMatch(/^(?!.*ConnectTimeout).*git@127/);
    const config = {
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'core.sshCommand',
      GIT_CONFIG_VALUE_0: command,
    };
    expect(await said(config)).toMatch(/^(?!.*ConnectTimeout).*git@127/);
  }, 30_000);

  test.each([
    ['named by it', () => byGit, {}],
    [
      'named otherwise',
      () => folder,
      { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'url.git://.insteadOf', GIT_CONFIG_VALUE_0: 'http://' },
    ],
  ] as const)(
    "is given up by git's own protocol, too: %s",
    async (_name, at, more) => {
      const own = { ...environment, GIT_HTTP_LOW_SPEED_TIME: '1', ...more };
      const began = performance.now();
      const error: unknown = await collectInputs(
        requestFor(at()),
        await contextFor({ environment: own }),
      ).catch((one: unknown) => one);
      expect(error).toMatchObject({
        code: 'resolution-failed',
        details: ['The server said nothing for 1 s.'],
      });
      expect(performance.now() - began).toBeLessThan(10_000);
    },
    20_000,
  );

  test('is given up where a submodule is there', async () => {
    const { port } = server.address() as AddressInfo;
    const repository = await mkdtemp(path.join(tmpdir(), 'slim-git-'));
    const git = (...args: string[]): ReturnType<typeof run> =>
      run('git', ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@h', ...args]);
    await git('init', '--quiet');
    await writeFile(
      path.join(repository, '.gitmodules'),
      `[submodule "s"]\n\tpath = s\n\turl = git://127.0.0.1:${port}/s.git\n`,
    );
    await git('add', '.');
    await git('update-index', '--add', '--cacheinfo', `160000,${'1'.repeat(40)},s`);
    await git('commit', '--quiet', '--message', 'a');
    const at = await project({ 'requirements.txt': `x @ git+file://${repository}\n` });
    const [code, ms] = await ended({ environment: { ...environment, GIT_HTTP_LOW_SPEED_TIME: '1' } }, at);
    expect(code).toBe('resolution-failed');
    expect(ms).toBeLessThan(10_000);
  }, 20_000);

  test.each([
    ['http', () => folder],
    ['git', () => byGit],
  ])('does not hold up an interrupt (%s)', async (_name, at) => {
    const controller = new AbortController();
    setTimeout(() => {
      controller.abort();
    }, 1000);
    const [code, ms] = await ended({ signal: controller.signal }, at());
    expect(code).toBe('interrupted');
    expect(ms - 1000).toBeLessThan(2000);
  });
});

describe('a repository', () => {
  let repository = '';
  const own: Record<string, string> = {};

  beforeAll(async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'slim-git-'));
    repository = path.join(folder, 'r.git');
    await mkdir(path.join(repository, 'py'), { recursive: true });
    const git = async (...args: string[]): Promise<string> => {
      const result = await run(
        'git',
        ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@h', ...args],
        {
          env: { ...environment, GIT_CONFIG_GLOBAL: '/dev/null' },
          onlyEnv: true,
        },
      );
      if (!result.ok) throw new Error(result.stderr);
      return result.stdout;
    };
    await git('init', '--quiet', '--initial-branch', 'main');
    for (const version of ['1', '2']) {
      await writeFile(
        path.join(repository, 'pyproject.toml'),
        `[project]\nname = "engine"\nversion = "${version}"\n`,
      );
      await writeFile(path.join(repository, 'py', 'setup.py'), `# ${version}`);
      await git('add', '.');
      await git('commit', '--quiet', '--message', version);
      await git('tag', `v${version}`);
    }
    await git('update-ref', 'refs/pull/7/head', 'v1');
    // No network: every address that begins so is this folder.
    Object.assign(own, {
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: '3',
      GIT_CONFIG_KEY_0: `url.${folder}/.insteadOf`,
      GIT_CONFIG_VALUE_0: 'ssh://git@h.example/o/',
      GIT_CONFIG_KEY_1: `url.${folder}/.insteadOf`,
      GIT_CONFIG_VALUE_1: 'https://hunter-22@h.example/o/',
      GIT_CONFIG_KEY_2: `url.${folder}/.insteadOf`,
      GIT_CONFIG_VALUE_2: 'https://h.example/o/',
    });
  });

  const caches: Cache[] = [];
  afterAll(() => Promise.all(caches.map((cache) => cache.close())));

  async function collect(
    line: string,
    more: Record<string, string> = {},
  ): Promise<{ inputs: CollectedInputs; place: string }> {
    const folder = await project({ 'requirements.txt': `${line}\n` });
    const place = await mkdtemp(path.join(tmpdir(), 'slim-cache-'));
    const cache = await Cache.open(place, true);
    caches.push(cache);
    const context = await contextFor({ cache, environment: { ...environment, ...own, ...more } });
    return { inputs: await collectInputs(requestFor(folder), context), place };
  }

  test.each([
    ['git+ssh://git@h.example/o/r.git', '2'],
    ['git+ssh://git@h.example/o/r.git@v1', '1'],
    ['git+ssh://git@h.example/o/r.git@v1 ; python_version >= "3.8"', '1'],
    ['git+https://hunter-22@h.example/o/r.git#egg=engine', '2'],
    ['git+https://hunter-22@h.example/o/r.git@v1#egg=engine', '1'],
    ['engine @ git+https://${TOKEN}@h.example/o/r.git', '2'],
    ['engine @ git+https://${TOKEN}@h.example/o/r.git@v1', '1'],
    ['-e git+https://${TOKEN}@h.example/o/r.git@main#egg=engine', '2'],
    ['${WHOLE}', '1'],
    ['engine @ git+https://h.example/o/r.git@refs/pull/7/head', '1'],
  ])('%s', async (line, version) => {
    const { inputs, place } = await collect(line, {
      TOKEN: 'hunter-22',
      WHOLE: 'git+https://hunter-22@h.example/o/r.git@v1#egg=engine',
    });
    expect(inputs.projects).toMatchObject([{ name: 'engine' }]);
    expect(inputs.requested).toEqual(['engine']);
    const copy = inputs.projects[0]?.copy ?? '';
    expect(await readFile(path.join(copy, 'pyproject.toml'), 'utf8')).toContain(`"${version}"`);
    expect(JSON.stringify(inputs)).not.toMatch(/hunter/);
    expect(await textsBelow(place)).not.toMatch(/hunter/);
  });

  test('its history is there for a build that reads the version from tags, without the login', async () => {
    await run('git', ['-C', repository, 'checkout', '--quiet', '-b', 'scm'], {
      env: environment,
      onlyEnv: true,
    });
    await writeFile(
      path.join(repository, 'pyproject.toml'),
      '[build-system]\nrequires = ["setuptools_scm"]\n[project]\nname = "engine"\ndynamic = ["version"]\n',
    );
    await run(
      'git',
      ['-C', repository, '-c', 'user.name=a', '-c', 'user.email=a@h', 'commit', '--quiet', '-am', 'scm'],
      {
        env: environment,
        onlyEnv: true,
      },
    );
    const { inputs, place } = await collect('engine @ git+https://hunter-22@h.example/o/r.git@scm');
    const copy = inputs.projects[0]?.copy ?? '';
    expect((await stat(path.join(copy, '.git'))).isDirectory()).toBe(true);
    expect(await textsBelow(place)).not.toMatch(/hunter/);
  });

  test('a subdirectory', async () => {
    const { inputs } = await collect('engine @ git+ssh://git@h.example/o/r.git@v1#subdirectory=py');
    expect(await readFile(path.join(inputs.projects[0]?.copy ?? '', 'setup.py'), 'utf8')).toBe('# 1');
  });

  test.each([
    [
      'engine @ git+ssh://git@h.example/o/r.git@gone',
      'resolution-failed',
      /git cannot get "engine @ git\+ssh/,
    ],
    ['engine @ git+ssh://git@h.example/o/r.git@', 'bad-requirements', /no revision behind its last @/],
    ['engine @ git+ssh://git@h.example/o/r.git@--upload-pack=x', 'bad-requirements', /no revision/],
    ['engine @ git+ssh://git@h.example/o/r.git#subdirectory=../../x', 'bad-requirements', /has no folder/],
    [
      'engine @ git+https://${GONE_TOKEN}@h.example/o/r.git',
      'bad-requirements',
      /line 1: the variable GONE_TOKEN is not set/,
    ],
    ['git+git@h.example:o/r.git', 'bad-requirements', /has an address as ssh writes it/],
    ['hg+https://h.example/r#egg=x', 'bad-requirements', /in a repository that is not git/],
  ])('%s: %s', async (line, code, message) => {
    const error = await collect(line).then(
      () => null,
      (one: unknown) => one as SlimError,
    );
    expect(error?.code).toBe(code);
    expect(error?.message).toMatch(message);
  });
});

async function textsBelow(folder: string): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((one) => one.isFile()).map((one) => path.join(one.parentPath, one.name));
  const texts = await Promise.all(files.map((file) => readFile(file, 'latin1')));
  return [...files, ...texts].join('\n');
}
