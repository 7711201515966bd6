/** A login never stands in the list of processes: git gets it from its environment, and a server gets it when it asks. */
import { createServer, type Server } from 'node:http';
import { mkdtemp, readFile, writeFile, chmod, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { run } from '../../program.js';
import { gitLogin } from '../../../src/resolve/inputs/git-login.js';
import { cloneProject } from '../../../src/resolve/inputs/git.js';
import { contextFor, environment } from '../helper.js';

describe('a login taken out of an address', () => {
  test.each([
    ['https://me:p%40ss@h/o/r.git', 'https://h/o/r.git', 'me', 'p@ss'],
    ['https://me:p@ss@h/o/r.git', 'https://h/o/r.git', 'me', 'p@ss'],
    ['http://ghp_0123456789abcdefghij@h:8080/r', 'http://h:8080/r', 'ghp_0123456789abcdefghij', ''],
    ['https://oauth2:@h/r.git', 'https://h/r.git', 'oauth2', ''],
  ])('%s', (url, bare, user, password) => {
    const login = gitLogin(url, {}, 'x');
    expect(login.url).toBe(bare);
    expect(login.environment).toMatchObject({
      GIT_CONFIG_COUNT: '2',
      LAMBDA_SLIM_GIT_USER: user,
      LAMBDA_SLIM_GIT_PASSWORD: password,
    });
  });

  test.each(['https://h/o/r.git', 'ssh://git@h/o/r.git', '/srv/r.git', 'file:///srv/r@1'])(
    '%s has none',
    (url) => {
      expect(gitLogin(url, {}, 'x')).toEqual({ url, environment: {} });
    },
  );

  test("a name alone is for the user's own helpers, behind their other settings", () => {
    const own = { GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: 'a.b', GIT_CONFIG_VALUE_0: 'c' };
    expect(gitLogin('https://jdoe@h:444/r.git', own, 'x')).toEqual({
      url: 'https://h:444/r.git',
      environment: {
        GIT_CONFIG_COUNT: '2',
        GIT_CONFIG_KEY_1: 'credential.https://h:444.username',
        GIT_CONFIG_VALUE_1: 'jdoe',
      },
    });
  });

  test.each([
    ['ssh://git:hunter-22@h/r.git', /gives a password to ssh/],
    ['https://me:hunter-22%0Ahost=evil@h/r.git', /line break/],
  ])('%s is refused', (url, message) => {
    expect(() => gitLogin(url, {}, 'r @ git+…')).toThrow(message);
    expect(() => gitLogin(url, {}, 'r @ git+…')).not.toThrow(/hunter/);
  });
});

describe('a repository that asks who it is', () => {
  let server: Server;
  let address = '';
  let place = '';
  const asked: (string | undefined)[] = [];

  beforeAll(async () => {
    place = await mkdtemp(path.join(tmpdir(), 'slim-git-login-'));
    const work = path.join(place, 'work');
    await mkdir(work);
    await writeFile(path.join(work, 'pyproject.toml'), '[project]\nname = "engine"\nversion = "1"\n');
    const git = (...args: string[]) =>
      run('git', ['-C', work, '-c', 'user.name=a', '-c', 'user.email=a@h', ...args], { env: environment });
    await git('init', '--quiet');
    await git('add', '.');
    await git('commit', '--quiet', '--message', 'one');
    await git('clone', '--quiet', '--bare', '.', '../r.git');
    await git('-C', path.join(place, 'r.git'), 'update-server-info');
    server = createServer((request, response) => {
      const { authorization } = request.headers;
      asked.push(authorization);
      const file = path.join(place, (request.url ?? '').replace(/\?.*/, '').replaceAll('..', ''));
      if (authorization === undefined) {
        response.writeHead(401, { 'www-authenticate': 'Basic realm="x"' }).end();
        return;
      }
      readFile(file).then(
        (bytes) => response.end(bytes),
        () => response.writeHead(404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = typeof bound === 'object' && bound !== null ? `127.0.0.1:${bound.port}` : '';
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test.each([
    ['me:Zq7-hidden%2Fpw', 'me:Zq7-hidden/pw'],
    ['Zq7hiddenTokenAb3dE5', 'Zq7hiddenTokenAb3dE5:'],
  ])('gets %s, and nobody else does', async (login, sent) => {
    asked.length = 0;
    const programs = await mkdtemp(path.join(place, 'bin-'));
    const log = path.join(programs, 'log');
    const real = (await run('sh', ['-c', 'command -v git'])).stdout;
    // Every git that git itself starts is found by its own path; what is started first shows what everybody sees.
    await writeFile(
      path.join(programs, 'git'),
      `#!/bin/sh\nprintf '%s\\n' "$*" >> '${log}'\nexec '${real}' "$@"\n`,
    );
    await chmod(path.join(programs, 'git'), 0o755);
    const trace = path.join(programs, 'trace');
    const own = {
      ...environment,
      PATH: `${programs}:${environment['PATH'] ?? ''}`,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_TRACE: trace,
    };
    const context = await contextFor({ environment: own });
    const into = path.join(programs, 'clone');
    try {
      await cloneProject(
        `git+http://${login}@${address}/r.git`,
        into,
        'engine @ git+http://****',
        { offline: false, refresh: true },
        context,
      );
    } finally {
      await context.cache.close();
    }
    expect(await readFile(path.join(into, 'pyproject.toml'), 'utf8')).toContain('engine');
    expect(asked).toContain(`Basic ${Buffer.from(sent).toString('base64')}`);
    const lines = await readFile(log, 'utf8');
    expect(lines).toContain('clone');
    // All programs that git starts, with their arguments.
    expect(`${lines}${await readFile(trace, 'utf8')}`).not.toMatch(/Zq7/);
    expect(await readFile(path.join(into, '.git/config'), 'utf8')).not.toMatch(/Zq7/);
  });
});
